// Many runs of a method side by side: arrays of shape [runs], one pass per step. Used by the worker and, where there
// is none, by the page itself.
import { core, methods, metadata } from "../generated/rlgeo.js";
import { drawNoise, problemOf } from "./model.js";
import { Streams } from "./random.js";
import { NDArray, rint, scratch } from "./runtime.js";

const SHOWN_PATHS = 12;
export const QUANTILES = [0.1, 0.5, 0.9];

/** Hyperparameters with every sample count times `budget`, as rlgeo.training.comparison.budgeted has it. */
export function budgeted(method, hyper, budget) {
  const changed = { ...hyper };
  for (const [name, { samples, allowed }] of Object.entries(metadata.methods[method].parameters)) {
    if (samples) changed[name] = Math.max(rint(hyper[name] * budget), Math.trunc(Number(allowed.slice(1).split(",")[0])));
  }
  return changed;
}

/** Train `runs` policies; calls `beat()` between steps and stops where it returns false. */
export function* train(method, settings, hyper, { steps, runs }) {
  const problem = problemOf(settings);
  const full = (value) => new NDArray(new Float64Array(runs).fill(value), [runs]);
  const streams = new Streams(settings.seed, method, runs);
  const rules = methods[method];
  const lifetime = rules.lifetime({ method: hyper });
  const start = { mean: full(settings.mean), std: full(settings.std) };
  let state = { policy: start, behavior: start, value: full(0) };
  let batch = null;
  let samples = 0;
  let J;
  const path = [start];
  const objective = [core.objective({ problem, policy: start })];
  for (let t = 0; t < steps; t++) {
    if (batch === null || (Number.isFinite(lifetime) && t % lifetime === 0)) {
      state = { ...state, behavior: state.policy };
      const noise = drawNoise(method, hyper, streams, true);
      const from = state;
      batch = scratch(() => rules.draw({ state: from, problem, method: hyper, noise }));
      for (const [name, { samples: counts }] of Object.entries(metadata.methods[method].parameters)) if (counts) samples += hyper[name];
    }
    const given = { state, batch, problem, method: hyper };
    ({ state, J } = scratch(() => {
      const next = rules.step(given);
      return { state: next, J: core.objective({ problem, policy: next.policy }) };
    }));
    path.push(state.policy);
    objective.push(J);
    if (t % 16 === 15) yield t / steps;
  }
  return { method, path, objective, samples, runs };
}

const at = (x, i) => (typeof x === "number" ? x : x.data[i]);

/** What the page draws: quantiles of J, a few paths, final places. */
export function summary({ method, path, objective, samples, runs }) {
  const bands = QUANTILES.map(() => new Float64Array(objective.length));
  objective.forEach((values, t) => {
    const sorted = typeof values === "number" ? [values] : values.data.slice().sort();
    QUANTILES.forEach((q, k) => {
      const place = q * (sorted.length - 1);
      const below = Math.floor(place);
      bands[k][t] = sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
    });
  });
  const few = Array.from({ length: Math.min(runs, SHOWN_PATHS) }, (_, i) => ({
    mean: Float64Array.from(path, (p) => at(p.mean, i)),
    std: Float64Array.from(path, (p) => at(p.std, i)),
    objective: Float64Array.from(objective, (J) => at(J, i)),
  }));
  const last = path[path.length - 1];
  const every = (x) => Float64Array.from({ length: runs }, (_, i) => at(x, i));
  return { method, bands, few, final: { mean: every(last.mean), std: every(last.std), objective: every(objective.at(-1)) }, samples };
}
