// An experiment: one problem, one start, and a run of every method, all computed by rlgeo's traced functions.
import { core, methods, metadata } from "../generated/rlgeo.js";
import { Streams } from "./random.js";
import { NDArray, array } from "./runtime.js";

export const METHODS = Object.keys(methods);
export const { presets, experiment: EXPERIMENT } = metadata;
export const MOST_STEPS = 5000;
export const MOST_BUMPS = 12;

export const parametersOf = (method) => metadata.methods[method].parameters;
export const defaultsOf = (described) => Object.fromEntries(Object.entries(described).map(([name, p]) => [name, p.default]));

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
    compare: { shown: false, steps: 120, runs: 50, budget: 1, own: false, methods: [...METHODS] },
    hyper: Object.fromEntries(METHODS.map((name) => [name, defaultsOf(parametersOf(name))])),
  };
}

export function problemOf(settings) {
  const { weights, centers, widths } = settings.bumps ?? presets[settings.preset];
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

/** One method's training run, step by step. */
export class Run {
  constructor(method) {
    this.method = method;
    this.rules = methods[method];
  }

  restart(settings) {
    const policy = { mean: settings.mean, std: settings.std };
    this.state = { policy, behavior: policy, value: 0 };
    this.streams = new Streams(settings.seed, this.method, 1);
    this.step = 0;
    this.batch = this.noise = null;
    this.drawnAt = -1;
    this.pure = true;
    this.path = { mean: [settings.mean], std: [settings.std], objective: [] };
    this.records = {};
    this.from = 0;
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
    this.pure = this.pure && this.step === 0;
  }
}
