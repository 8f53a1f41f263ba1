// What the panels show, computed from an experiment: once per frame, and only what has changed.
import { core, methods } from "../generated/rlgeo.js";
import { ACTIONS } from "./axis.js";
import { landscape, relief } from "./map.js";
import { METHODS, presets, problemOf, summit } from "./model.js";
import { linspace } from "./runtime.js";
import { computeTerms } from "./terms.js";

const actions = linspace(...ACTIONS, 181);

const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);

/** Ranges of axes that grow at once but shrink only when much too wide, so that pictures do not twitch. */
export class Scales {
  constructor() {
    this.held = new Map();
  }

  hold(name, [low, high]) {
    const old = this.held.get(name);
    const fits = old && old[0] <= low && old[1] >= high && old[1] - old[0] < 2.2 * (high - low);
    if (!fits) this.held.set(name, [low, high]);
    return this.held.get(name);
  }

  clear() {
    this.held.clear();
  }
}

/** The part that depends on the problem alone. */
export function landscapeView(settings) {
  const problem = problemOf(settings);
  const map = landscape(problem);
  const { density, ...optimum } = core.optimum({ problem, actions });
  const best = summit(problem, map);
  const curves = {
    reward: core.reward({ reward: problem.reward, actions }).data,
    reference: core.density({ policy: problem.reference, actions }).data,
    optimum: density.data,
  };
  return {
    problem,
    map,
    relief: relief(map),
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
export function runView(base, settings, run, runs, scales) {
  const { problem } = base;
  const { state, batch, records, from, method } = run;
  const hyper = settings.hyper[method];
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
    ...runs[name].path,
  }));
  const marks = METHODS.filter((name) => methods[name].closed_form && (name === method || runs[name].step)).map((name) => {
    const [mean, std] = methods[name].closed_form({ problem, method: settings.hyper[name] });
    return { name, mean, std };
  });
  return {
    ...base,
    settings,
    bumps: settings.bumps ?? presets[settings.preset],
    method,
    hyper,
    policy,
    start: { mean: settings.mean, std: settings.std },
    state,
    batch,
    terms,
    curves,
    // a needle of a policy may leave the picture; everything else stays readable
    densityTop: Math.min(Math.max(base.densityTop, largest(curves.policy)), 2 * base.densityTop),
    paths,
    marks,
    records,
    from,
    fit: terms.residuals ? fit(problem, policy, state.value, hyper.beta) : null,
    ceilingValue: terms.residuals ? ceiling(base, hyper.beta) : NaN,
    objective: core.objective({ problem, policy }),
    expected: core.expected_reward({ problem, policy }),
    divergence: core.kl({ problem, policy }),
    slope: Math.hypot(...core.gradient({ problem, policy })),
    scales,
  };
}

/** β log Z at a price that need not be the problem's. */
function ceiling(base, beta) {
  if (base.ceiling?.beta !== beta) {
    base.ceiling = { beta, value: core.optimum({ problem: { ...base.problem, beta }, actions }).objective };
  }
  return base.ceiling.value;
}

/** V + β log π_θ/π_ref, what DRO fits to the reward. */
function fit(problem, policy, value, beta) {
  const own = core.log_prob({ policy, actions }).data;
  const reference = core.log_prob({ policy: problem.reference, actions }).data;
  return own.map((l, i) => value + beta * (l - reference[i]));
}
