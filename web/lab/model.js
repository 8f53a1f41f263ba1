// An experiment: one problem, one start, and a run of every method, all computed by rlgeo's traced functions.
import { core, methods, metadata } from "../generated/rlgeo.js";
import { COMPARED, METHODS, ownName } from "./names.js";
import { Streams } from "./random.js";
import { NDArray, array } from "./runtime.js";
import { PROBLEM, assign } from "./story.js";

export const { presets, experiment: EXPERIMENT } = metadata;
export const MOST_STEPS = 5000;
export const MOST_BUMPS = 12;

export const parametersOf = (method) => metadata.methods[method].parameters;
export const defaultsOf = (described) => Object.fromEntries(Object.entries(described).map(([name, p]) => [name, p.default]));

/** Whether a method needs no random numbers, as an exact gradient does not. */
export const drawsNothing = (method, hyper) => !Object.keys(methods[method].noise({ method: hyper })).length;

/** Everything that the controls set, at its defaults. */
export function defaults(method = METHODS[0]) {
  const { reference_mean, reference_std, beta, mean, std } = defaultsOf(EXPERIMENT);
  return {
    method,
    preset: Object.keys(presets)[0],
    bumps: null,
    reference_mean,
    reference_std,
    beta,
    mean,
    std,
    seed: 0,
    // the comparison's plan, and whether it is what is shown
    compare: { shown: false, steps: 120, runs: 50, budget: 1, own: false, methods: [...COMPARED] },
    hyper: Object.fromEntries(METHODS.map((name) => [name, defaultsOf(parametersOf(name))])),
  };
}

/** The bumps of the reward: the settings' own, or the preset's. */
export const bumpsOf = ({ bumps, preset }) => bumps ?? presets[preset];

export function problemOf(settings) {
  const { weights, centers, widths } = bumpsOf(settings);
  return {
    reward: { weights: array(weights), centers: array(centers), widths: array(widths) },
    reference: { mean: settings.reference_mean, std: settings.reference_std },
    beta: settings.beta,
  };
}

/** Noise for one draw, of the shapes that the method asks for. */
export function drawNoise(method, hyper, streams, batched) {
  const noise = {};
  for (const [name, dims] of Object.entries(methods[method].noise({ method: hyper }))) {
    const count = dims.reduce((product, n) => product * n, 1);
    const data = streams.draw(name.replace(/\d+$/, ""), count);
    noise[name] = new NDArray(data, batched ? [streams.runs, ...dims] : [...dims]);
  }
  return noise;
}

/** A copy that goes its own way, of a generator as of any object of numbers and arrays. */
function copied(x) {
  if (ArrayBuffer.isView(x)) return x.slice();
  if (typeof x !== "object" || x === null) return x;
  const copy = Array.isArray(x) ? [] : Object.create(Object.getPrototypeOf(x));
  for (const name of Object.keys(x)) copy[name] = copied(x[name]);
  return copy;
}

/** What a change on the way must find as if nothing had been changed at its step yet. */
const BEFORE = ["state", "batch", "noise", "drawnAt", "path", "records", "from"];

/** One method's training run, step by step. */
export class Run {
  constructor(method) {
    this.method = method;
    this.rules = methods[method];
  }

  restart(settings) {
    const policy = { mean: settings.mean, std: settings.std };
    this.state = { policy, behavior: policy, value: 0 };
    this.seed = settings.seed;
    this.streams = null;
    this.step = 0;
    this.batch = this.noise = this.mark = null;
    this.drawnAt = -1;
    this.path = { mean: [settings.mean], std: [settings.std], objective: [] };
    this.records = {};
    this.from = 0;
    // where the run began and what was changed on its way, of a method that is not the chosen one
    this.kept = null;
  }

  /** Whether it can be shown as it went, changes on its way included. */
  get remembers() {
    return Boolean(this.kept && this.step && !this.old);
  }

  /** `steps` steps from `settings`, with the changes of `story` on the way. Returns the settings that it ends with. */
  replay(origin, story, steps) {
    const settings = structuredClone(origin);
    this.restart(settings);
    return this.proceed(settings, story, steps);
  }

  /** As far as `steps` from where it is, `settings` changing on the way as the story has it. */
  proceed(settings, story, steps) {
    let problem = problemOf(settings);
    // of a run that is under way, what was changed up to its present step has been taken up
    for (let next = this.batch === null ? 0 : story.filter(({ step }) => step <= this.step).length; ; ) {
      this.prepare(problem, settings.hyper[this.method]);
      let end = next;
      while (end < story.length && story[end].step <= this.step) end++;
      if (end > next) {
        this.change(story.slice(next, end), settings);
        problem = problemOf(settings);
      }
      next = end;
      if (this.step >= steps) return settings;
      this.advance(problem, settings.hyper[this.method]);
    }
  }

  /** Take up all that was changed at the present step, whatever of it was taken up before. */
  change(changes, settings) {
    if (this.mark?.step === this.step) Object.assign(this, this.mark.before, { streams: copied(this.mark.streams) });
    else this.mark = { step: this.step, before: Object.fromEntries(BEFORE.map((name) => [name, this[name]])), streams: copied(this.streams) };
    const values = changes.filter(({ value }) => value !== undefined);
    for (const { name, value } of values) if (name !== "draw") assign(settings, name, value);
    const [problem, hyper] = [problemOf(settings), settings.hyper[this.method]];
    const has = (names) => changes.some(({ name }) => names.includes(name));
    if (has(PROBLEM)) this.redraw(problem, hyper);
    // a batch of another size, or with other labels, is another batch
    if (has(metadata.methods[this.method].draws_on.map((name) => ownName(this.method, name)))) this.draw(problem, hyper);
    for (const { name, value } of values) if (name === "draw") for (let i = 0; i < value; i++) this.draw(problem, hyper);
    if (has(["clear"])) this.clear();
  }

  /** Draw data if the next step needs new ones. */
  prepare(problem, hyper) {
    if (!this.path.objective.length) this.path.objective.push(core.objective({ problem, policy: this.state.policy }));
    const lifetime = this.rules.lifetime({ method: hyper });
    const due = Number.isFinite(lifetime) && this.step % lifetime === 0 && this.drawnAt !== this.step;
    if (this.batch === null || due) this.draw(problem, hyper);
  }

  draw(problem, hyper) {
    this.state = { ...this.state, behavior: this.state.policy };
    this.streams ??= new Streams(this.seed, this.method, 1);
    this.noise = drawNoise(this.method, hyper, this.streams, false);
    this.drawnAt = this.step;
    this.redraw(problem, hyper);
  }

  /** The same noise under a changed problem. */
  redraw(problem, hyper) {
    if (this.noise === null) return;
    // what a batch is drawn from is the policy that was frozen then, also for methods that freeze none
    const state = { ...this.state, policy: this.state.behavior };
    this.batch = this.rules.draw({ state, problem, method: hyper, noise: this.noise });
  }

  advance(problem, hyper) {
    this.prepare(problem, hyper);
    const given = { state: this.state, batch: this.batch, problem, method: hyper };
    const measured = this.rules.diagnostics(given);
    for (const [name, value] of Object.entries(measured)) (this.records[name] ??= []).push(value);
    this.state = this.rules.step(given);
    this.step++;
    const { policy } = this.state;
    this.path.mean.push(policy.mean);
    this.path.std.push(policy.std);
    this.path.objective.push(core.objective({ problem, policy }));
    this.prepare(problem, hyper);
  }

  /** Forget the path, keep the place. */
  clear() {
    const { mean, std } = this.state.policy;
    this.path = { mean: [mean], std: [std], objective: [this.path.objective.at(-1)] };
    this.records = {};
    this.from = this.step;
  }
}
