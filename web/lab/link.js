// The lab's whole state as the address's hash, and back – from anything that anyone may have put there.
import experiments from "./experiments.json";
import { EXPERIMENT, MOST_BUMPS, MOST_STEPS, defaults, parametersOf, presets } from "./model.js";
import { COMPARED, METHODS, keyOf, methodCalled, ownName } from "./names.js";
import { BEFORE, DEEDS, MOST_CHANGES, PROBLEM, read, told } from "./story.js";

const SEEDS = 2 ** 32 - 1;
const BUMP = { weights: [-5, 5], centers: [-6, 6], widths: [0.05, 5] };
const CHOSEN = ["preset", "reference_mean", "reference_std", "beta", "mean", "std", "seed"];

/** Ranges of the comparison's plan. */
export const PLAN = {
  steps: { low: 20, high: 3000, integer: true },
  runs: { low: 1, high: 200, integer: true },
  budget: { low: 0.125, high: 8 },
};

const short = (value) => String(Number(Number(value).toPrecision(12)));

/** A hyperparameter's value: a number, or its choice's name. */
const worded = (value, { choices }) => (value in Object.keys(choices) ? encodeURIComponent(Object.keys(choices)[value]) : short(value));

const bumpsText = ({ weights, centers, widths }) => weights.map((w, k) => [w, centers[k], widths[k]].map(short).join(",")).join(";");

/** The settings that the method's run began with, the others as they are now. */
export function begun(settings, origin) {
  const { method, hyper } = settings;
  const problem = Object.fromEntries(PROBLEM.map((name) => [name, origin[name]]));
  return { ...settings, ...problem, hyper: { ...hyper, [method]: origin.hyper[method] } };
}

/** "120:beta:0.9/300:draw:1", what was changed on the way. */
function storyText(story) {
  const text = ({ name, value }) => (value === undefined ? [] : [name === "preset" ? value : name === "bumps" ? bumpsText(value) : short(value)]);
  return story.map((change) => [change.step, change.name, ...text(change)].join(":")).join("/");
}

/** A story that another method's run had, after what its problem was before its first step, where that is not the address's. */
function otherStory(settings, { origin, story }) {
  const differs = (name) => JSON.stringify(settings[name]) !== JSON.stringify(origin[name]);
  const reward = origin.bumps ? "bumps" : "preset";
  const names = [...(differs("bumps") || differs(reward) ? [reward] : []), ...PROBLEM.filter((name) => name in EXPERIMENT && differs(name))];
  return [...names.map((name) => ({ step: BEFORE, name, value: origin[name] })), ...story];
}

/** What differs from the defaults, as `key=value&…`: the settings at the start of the run, its story, and those of others. */
export function toHash(settings, steps, story = [], others = {}) {
  const usual = defaults(settings.method);
  const parts = [`method=${keyOf(settings.method)}`];
  for (const key of CHOSEN) {
    if (key === "preset" && settings.bumps) continue;
    if (settings[key] !== usual[key]) parts.push(`${key}=${key === "preset" ? settings[key] : short(settings[key])}`);
  }
  if (settings.bumps) parts.push(`bumps=${bumpsText(settings.bumps)}`);
  for (const method of METHODS) {
    const other = others[method];
    for (const [name, value] of Object.entries((other?.origin ?? settings).hyper[method])) {
      if (value !== usual.hyper[method][name]) parts.push(`${ownName(method, name)}=${worded(value, parametersOf(method)[name])}`);
    }
    if (steps[method]) parts.push(`${ownName(method, "steps")}=${steps[method]}`);
    if (other) parts.push(`${ownName(method, "then")}=${storyText(otherStory(settings, other))}`);
  }
  if (story.length) parts.push(`then=${storyText(story)}`);
  const { compare } = settings;
  if (compare.shown) parts.push("compare=yes");
  for (const name of ["steps", "runs", "budget"]) if (compare[name] !== usual.compare[name]) parts.push(`compare.${name}=${short(compare[name])}`);
  if (compare.own) parts.push("compare.hyperparameters=own");
  if (compare.methods.join() !== COMPARED.join()) parts.push(`compare.methods=${compare.methods.map(keyOf).join(",")}`);
  return parts.join("&");
}

/**
 * Settings, steps and story from a hash or from `data-state`; what is not understood is told in `notes`.
 * `play` is the step up to which the link asks to play, `speed` how fast, `python` how rlgeo's files are changed.
 */
export function fromEntries(entries, settings) {
  const notes = [];
  const steps = {};
  const wish = {};
  const thens = {};
  const numeric = (key, text, low, high, integer = false) => {
    const value = typeof text === "number" ? text : text.trim() === "" ? NaN : Number(text);
    if (Number.isNaN(value)) {
      notes.push(`${key} is not a number`);
      return null;
    }
    const inside = Math.min(high, Math.max(low, integer ? Math.round(value) : value));
    if (inside !== value) notes.push(`${key} was brought into [${low}, ${high}]`);
    return inside;
  };
  const apply = (target, name, key, text, { low, high, integer, choices }) => {
    const choice = Object.keys(choices ?? {}).indexOf(text);
    const value = choice < 0 ? numeric(key, text, low, high, integer) : choice;
    if (value !== null) target[name] = value;
  };
  for (const [rawKey, text] of entries) {
    const key = String(rawKey).slice(0, 40);
    const dot = key.indexOf(".");
    const owner = dot > 0 ? methodCalled(key.slice(0, dot)) : null;
    const name = key.slice(dot + 1);
    if (owner && name === "steps") {
      const value = numeric(key, text, 0, MOST_STEPS, true);
      if (value) steps[owner] = value;
    } else if (key === "then") thens[""] = String(text);
    else if (owner && name === "then") thens[owner] = String(text);
    else if (key === "python") wish.python = String(text);
    else if (key === "play") apply(wish, "play", key, text, { low: 1, high: MOST_STEPS, integer: true });
    else if (key === "speed") apply(wish, "speed", key, text, { low: 0.5, high: 4 });
    else if (key === "compare") settings.compare.shown = text === "yes" || text === true;
    else if (key.startsWith("compare.") && Object.hasOwn(PLAN, name)) apply(settings.compare, name, key, text, PLAN[name]);
    else if (key === "compare.hyperparameters") settings.compare.own = text === "own";
    else if (key === "compare.methods") {
      const named = String(text).split(",");
      settings.compare.methods = METHODS.filter((method) => named.some((one) => methodCalled(one) === method));
      for (const one of named.filter(Boolean).slice(0, 20)) if (!methodCalled(one)) notes.push(`there is no method ${one.slice(0, 20)}`);
    } else if (owner && Object.hasOwn(parametersOf(owner), name)) apply(settings.hyper[owner], name, key, text, parametersOf(owner)[name]);
    else if (key === "method") {
      const method = methodCalled(text);
      if (method) settings.method = method;
      else notes.push(`there is no method ${String(text).slice(0, 20)}`);
    } else if (key === "preset") {
      if (Object.hasOwn(presets, text)) settings.preset = text;
      else notes.push(`there is no reward ${String(text).slice(0, 20)}`);
    } else if (key === "bumps") settings.bumps = bumpsFrom(String(text), notes) ?? settings.bumps;
    else if (key === "seed") apply(settings, "seed", key, text, { low: 0, high: SEEDS, integer: true });
    else if (Object.hasOwn(EXPERIMENT, key)) apply(settings, key, key, text, EXPERIMENT[key]);
    else if (Object.hasOwn(parametersOf(settings.method), key)) apply(settings.hyper[settings.method], key, key, text, parametersOf(settings.method)[key]);
    else notes.push(`${key || "an empty key"} is unknown`);
  }
  const stories = Object.fromEntries(Object.entries(thens).map(([owner, then]) => [owner, storyFrom(then, settings, owner, notes)]));
  return { settings, steps, story: stories[""] ?? [], stories, notes, wish };
}

/** Changes that a method's run can have had, each clamped as it would be in a link; the chosen method has no `owner`. */
function storyFrom(text, settings, owner, notes) {
  let story = [];
  const method = owner || settings.method;
  const first = owner ? BEFORE : 0;
  const mine = Object.keys(parametersOf(method)).map((name) => ownName(method, name));
  for (const part of text.split("/").filter(Boolean).slice(0, MOST_CHANGES)) {
    const [at, name, ...rest] = part.split(":");
    const step = Math.round(Number(at));
    if (!(step >= first && step <= MOST_STEPS) || ![...PROBLEM, ...DEEDS, ...mine].includes(name)) {
      notes.push(`the change ${part.slice(0, 30)} is unknown`);
      continue;
    }
    if (name === "clear") story = told(story, { step, name });
    else if (name === "draw") story = told(story, { step, name, value: Math.min(100, Math.max(1, Math.round(Number(rest[0])) || 1)) });
    else {
      const { settings: changed, notes: said } = fromEntries([[name, rest.join(":")]], { ...structuredClone(settings), bumps: null });
      notes.push(...said);
      story = told(story, { step, name, value: read(changed, name) });
    }
  }
  return story.filter(({ value, name }) => name === "clear" || (value !== null && value !== undefined));
}

/** A state from an address; `try=name` in it stands for what the experiment of that name sets, which what follows changes. */
export function fromHash(hash) {
  const text = hash.replace(/^#/, "").slice(0, 12000);
  const entries = text.split("&").filter(Boolean).slice(0, 200).map((part) => {
    const at = part.indexOf("=");
    const decode = (piece) => {
      try {
        return decodeURIComponent(piece);
      } catch {
        return piece;
      }
    };
    return at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
  });
  const notes = [];
  let tried = null;
  const opened = ([key, value]) => {
    if (key !== "try") return [[key, value]];
    tried = experiments.find(({ name }) => name === value);
    if (!tried) notes.push(`there is no experiment ${value.slice(0, 30)}`);
    return tried ? tried.link.split("&").map((part) => part.split("=")) : [];
  };
  const linked = fromEntries(entries.flatMap(opened), defaults());
  return { ...linked, notes: [...notes, ...linked.notes], promise: tried ? `${tried.title}. ${tried.promise}` : "" };
}

function bumpsFrom(text, notes) {
  const bumps = { weights: [], centers: [], widths: [] };
  const parts = text.split(";").filter(Boolean);
  if (parts.length > MOST_BUMPS) notes.push(`only the first ${MOST_BUMPS} of ${parts.length} bumps were taken`);
  for (const part of parts.slice(0, MOST_BUMPS)) {
    const numbers = part.split(",").map((piece) => (piece.trim() === "" ? NaN : Number(piece)));
    if (numbers.length !== 3 || !numbers.every(Number.isFinite)) {
      notes.push("a bump is not three numbers");
      continue;
    }
    Object.entries(BUMP).forEach(([name, [low, high]], i) => {
      const inside = Math.min(high, Math.max(low, numbers[i]));
      if (inside !== numbers[i]) notes.push(`a bump's ${name.slice(0, -1)} was brought into [${low}, ${high}]`);
      bumps[name].push(inside);
    });
  }
  return bumps.weights.length ? bumps : null;
}

export const BUMP_RANGES = BUMP;
