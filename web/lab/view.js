// What the panels show, computed from an experiment: once per frame, and only what has changed.
import { core, methods } from "../generated/rlgeo.js";
import { ACTIONS } from "./axis.js";
import { FINE, ROUGH, landscape, relief } from "./map.js";
import { summit } from "./destination.js";
import { endOf, hasFormula } from "./fields.js";
import { bumpsOf, problemOf } from "./model.js";
import { METHODS } from "./names.js";
import { linspace, scratch } from "./runtime.js";
import { computeTerms } from "./terms.js";

const actions = linspace(...ACTIONS, 181);

const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);

const AIR = 0.15;

/** Ranges of axes that grow at once but shrink only when much too wide, so that pictures do not twitch. */
export class Scales {
  constructor() {
    this.held = new Map();
  }

  hold(name, [low, high]) {
    const old = this.held.get(name);
    const fits = old && old[0] <= low && old[1] >= high && old[1] - old[0] < 2.2 * (high - low);
    // what grows shall not have to grow again at once
    const air = old ? AIR * (high - low) : 0;
    if (!fits) this.held.set(name, [low < old?.[0] ? low - air : low, high > old?.[1] ? high + air : high]);
    return this.held.get(name);
  }

  clear() {
    this.held.clear();
  }
}

/** The part that depends on the problem alone; `rough` while it is being dragged. */
export function landscapeView(settings, { rough = false, canvas } = {}) {
  const problem = problemOf(settings);
  const map = landscape(problem, rough ? ROUGH : FINE);
  const { density, ...optimum } = scratch(() => core.optimum({ problem, actions }));
  const best = summit(problem, map);
  const curves = {
    reward: core.reward({ reward: problem.reward, actions }).data,
    reference: core.density({ policy: problem.reference, actions }).data,
    optimum: density.data,
  };
  return {
    problem,
    rough,
    map,
    relief: relief(map, canvas),
    optimum,
    best,
    bestObjective: core.objective({ problem, policy: best }),
    actions: actions.data,
    curves,
    densityTop: Math.max(largest(curves.reference), largest(curves.optimum)),
    rewardRange: [smallest(curves.reward), largest(curves.reward)],
  };
}

/** The part that moves with every step. */
export function runView(base, { settings, run, runs, beside: companion }, scales, ends) {
  const { problem } = base;
  const { state, batch, records, from, method } = run;
  const hyper = settings.hyper[method];
  const beside = companion?.method;
  const { policy } = state;
  const terms = computeTerms(run, problem, hyper);
  const moved = state.behavior.mean !== policy.mean || state.behavior.std !== policy.std;
  const freezes = "ratios" in terms;
  const curves = {
    ...base.curves,
    policy: core.density({ policy, actions }).data,
    behavior: freezes && moved ? core.density({ policy: state.behavior, actions }).data : null,
  };
  const paths = METHODS.filter((name) => runs[name].path.mean.length > 1 || name === method).map((name) => ({
    method: name,
    from: runs[name].from,
    old: Boolean(runs[name].old) && name !== method,
    ...runs[name].path,
  }));
  const start = { mean: settings.mean, std: settings.std };
  const found = METHODS.filter((name) => name === method || runs[name].step).map((name) => ({ name, place: end(base, name, settings, ends) }));
  return {
    ...base,
    settings,
    bumps: bumpsOf(settings),
    method,
    beside,
    hyper,
    policy,
    clamped: atLimit(policy),
    start,
    state,
    batch,
    terms,
    curves,
    // a needle of a policy may leave the picture; everything else stays readable
    densityTop: scales.hold("density", [0, Math.min(Math.max(base.densityTop, largest(curves.policy)), 2 * base.densityTop)])[1],
    paths,
    // what goes beside the chosen method for comparison goes uphill; the cross says where to
    marks: found.filter(({ name, place }) => place && name !== beside),
    // undefined as long as it is not known, null where there is none
    end: found.find(({ name }) => name === method).place,
    records,
    from,
    fit: terms.residuals ? fit(problem, policy, state.value, hyper.beta) : null,
    // an integral, for the one panel that shows it
    get ceilingValue() {
      return terms.residuals ? ceiling(base, hyper.beta) : NaN;
    },
    objective: core.objective({ problem, policy }),
    expected: core.expected_reward({ problem, policy }),
    divergence: core.kl({ problem, policy }),
    slope: Math.hypot(...core.gradient({ problem, policy })),
    pending: run.step === run.from ? methods[method].diagnostics({ state, batch, problem, method: hyper }) : {},
    scales,
  };
}

/** What differs where many runs from one start are shown: the policy is that start. */
export function comparedView({ mean, std }, { curves }) {
  const policy = { mean, std };
  return { policy, clamped: atLimit(policy), curves: { ...curves, policy: core.density({ policy, actions }).data, behavior: null } };
}

/** Whether σ stands where training may not go further. */
function atLimit({ mean, std }) {
  const further = core.clamp({ policy: { mean, std: std * 0.99 } }).std;
  return further === std || core.clamp({ policy: { mean, std: std * 1.01 } }).std === std;
}

/** Where a method ends: a formula at once and anew only for another problem, start or rule; an integral when it comes. */
function end(base, name, settings, ends) {
  const hyper = settings.hyper[name];
  if (!hasFormula(name)) return ends.of(name, settings, hyper)?.end;
  const start = { mean: settings.mean, std: settings.std };
  const key = JSON.stringify([hyper, start]);
  const known = (base.ends ??= {})[name];
  if (known?.key !== key) base.ends[name] = { key, place: endOf(name, base.problem, hyper, start) };
  return base.ends[name].place;
}

/** β log Z at a β that need not be the problem's. */
function ceiling(base, beta) {
  if (base.ceiling?.beta !== beta) {
    base.ceiling = { beta, value: scratch(() => core.optimum({ problem: { ...base.problem, beta }, actions })).objective };
  }
  return base.ceiling.value;
}

/** V + β log π_θ/π_ref, what DRO fits to the reward. */
function fit(problem, policy, value, beta) {
  const own = core.log_prob({ policy, actions }).data;
  const reference = core.log_prob({ policy: problem.reference, actions }).data;
  return own.map((l, i) => value + beta * (l - reference[i]));
}
