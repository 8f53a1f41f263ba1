// DPO on infinitely many pairs: what its labels say, once for each problem, and where it ends.
import { core } from "../generated/rlgeo.js";
import { scratch } from "./runtime.js";

const MOST_TURNS = 100;
const STILL = 1e-11;

/** The two numbers by which labels enter every logistic or squared loss, and the error of both. */
export function labelsOf(problem, { label_noise }) {
  const [first, second, error] = scratch(() => core.label_moments({ problem, label_noise }));
  return { observed: [first, second], error };
}

/** Where DPO ends, or null where the labels are separable. */
export function preferenceEnd(problem, hyper) {
  const { observed, error } = labelsOf(problem, hyper);
  let margin = [0, 0];
  for (let turn = 0, moved = Infinity; turn < MOST_TURNS && moved > STILL; turn++) {
    const [next, sure] = scratch(() => core.preference_newton({ margin, observed, error }));
    if (!sure) return null;
    moved = Math.hypot(next[0] - margin[0], next[1] - margin[1]) / (1 + Math.hypot(...next));
    margin = next;
  }
  const [mean, std] = core.preference_end({ problem, margin, beta: hyper.beta });
  return Number.isNaN(std) ? null : { mean, std };
}
