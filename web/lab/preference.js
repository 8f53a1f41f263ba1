// DPO on infinitely many pairs, as rlgeo.preference has it: which action wins how often, the regression's solution, and
// the field, by quadrature over actions from π_ref. The traced functions supply rewards and log-probabilities.
import { core } from "../generated/rlgeo.js";
import { array, expit } from "./runtime.js";

const REACH = 9;
const NODES = 257;
const WINS = 1025;
const SHARP = 0.25;
const SEPARATED = 100;
const MOST_TURNS = 100;

/** Nodes ξ and weights w with E[f(ξ)] ≈ Σ w f(ξ): the trapezoidal rule under the standard normal. */
function normalNodes(count) {
  const nodes = Float64Array.from({ length: count }, (_, i) => -REACH + (2 * REACH * i) / (count - 1));
  const weights = nodes.map((x) => Math.exp(-0.5 * x * x));
  const total = weights.reduce((a, b) => a + b, 0);
  return { nodes, weights: weights.map((w) => w / total) };
}

const rewardAt = ({ reward, reference }, nodes) => core.reward({ reward, actions: array(nodes.map((z) => reference.mean + reference.std * z)) }).data;

/** P(a ≻ b), b ~ π_ref, for actions of the rewards `own`; at ν = 0 the share of opponents with less reward. */
function winningRate(problem, noise, own) {
  const { nodes, weights } = normalNodes(noise >= SHARP ? WINS : 4 * WINS - 3);
  const others = rewardAt(problem, nodes);
  if (noise > 0) {
    return own.map((r) => {
      let sum = 0;
      for (let j = 0; j < others.length; j++) sum += weights[j] * expit((r - others[j]) / noise);
      return sum;
    });
  }
  const mass = nodes.map((z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) * ((2 * REACH) / (nodes.length - 1)));
  return own.map((r) => {
    let sum = 0;
    for (let j = 0; j + 1 < others.length; j++) {
      const [a, b] = [r - others[j], r - others[j + 1]];
      const size = Math.abs(a) + Math.abs(b);
      sum += ((mass[j] + mass[j + 1]) / 2) * (size > 0 ? (Math.max(a, 0) + Math.max(b, 0)) / size : 0.5);
    }
    return sum;
  });
}

/** Winners a ~ π_ref as standard normals, and the weight of each, 2 × density × P(a ≻ ·), summing to 1. */
function winnersOf(problem, noise) {
  const { nodes, weights } = normalNodes(noise >= SHARP ? WINS : 2 * WINS - 1);
  const rate = winningRate(problem, noise, rewardAt(problem, nodes));
  const wins = weights.map((w, i) => w * rate[i]);
  const total = wins.reduce((a, b) => a + b, 0);
  return { nodes, wins: wins.map((w) => w / total) };
}

/** For every pair of nodes `each(i, j, weight, chance)`, with the chance σ(u_i − u_j) that i beats j. */
function overPairs(u, weights, each) {
  for (let i = 0; i < u.length; i++) for (let j = 0; j < u.length; j++) each(i, j, weights[i] * weights[j], expit(u[i] - u[j]));
}

/** Loss, slope and curvature of the regression of labels on the margin c·(φ(a) − φ(b)), φ = (z, z²). */
function regression(c, z, weights, pull) {
  const u = z.map((x) => c[0] * x + c[1] * x * x);
  let value = 0;
  const slope = [-pull[0], -pull[1]];
  const curve = [0, 0, 0];
  let center = [0, 0];
  for (let i = 0; i < z.length; i++) center = [center[0] + weights[i] * z[i], center[1] + weights[i] * z[i] * z[i]];
  overPairs(u, weights, (i, j, mass, chance) => {
    const margin = u[i] - u[j];
    value += mass * (margin > 0 ? margin + Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)));
    slope[0] += 2 * mass * chance * z[i];
    slope[1] += 2 * mass * chance * z[i] * z[i];
    const spread = mass * chance * (1 - chance);
    const [d1, d2] = [z[i] - z[j], z[i] * z[i] - z[j] * z[j]];
    curve[0] += spread * d1 * d1;
    curve[1] += spread * d1 * d2;
    curve[2] += spread * d2 * d2;
  });
  value -= c[0] * (pull[0] - center[0]) + c[1] * (pull[1] - center[1]);
  return { value, slope, curve };
}

/** The regression's solution in z and z², or null where labels are separable: Newton's method, each step as short as it must be. */
function solved(z, weights, pull) {
  let c = [0, 0];
  let here = regression(c, z, weights, pull);
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const [[g, h], [a, b, d]] = [here.slope, here.curve];
    const det = a * d - b * b;
    const step = [-(d * g - b * h) / det, -(a * h - b * g) / det];
    let length = 1;
    let next;
    let there;
    do {
      next = [c[0] + length * step[0], c[1] + length * step[1]];
      there = regression(next, z, weights, pull);
      length /= 2;
    } while (there.value > here.value + 1e-14 && length > 1e-6);
    const moved = Math.hypot(next[0] - c[0], next[1] - c[1]);
    [c, here] = [next, there];
    if (!(Math.hypot(...c) < SEPARATED)) return null;
    if (moved < 1e-11) return c;
  }
  return c;
}

/** Where DPO ends: π_ref e^{(c₁a + c₂a²)/β_D}, normalized, or null. */
export function preferenceEnd(problem, { beta, label_noise }) {
  const { mean, std } = problem.reference;
  const { nodes: z, weights } = normalNodes(NODES);
  const { nodes, wins } = winnersOf(problem, label_noise);
  const pull = [0, 0];
  wins.forEach((w, i) => {
    pull[0] += w * nodes[i];
    pull[1] += w * nodes[i] * nodes[i];
  });
  const c = solved(z, weights, pull);
  if (!c) return null;
  const curvature = c[1] / std ** 2;
  const slope = c[0] / std - 2 * curvature * mean;
  const precision = 1 / std ** 2 - (2 * curvature) / beta;
  return precision > 0 ? { mean: (mean / std ** 2 + slope / beta) / precision, std: Math.sqrt(1 / precision) } : null;
}

/** β_D E[(P(a ≻ b) − σ(h)) (s(a) − s(b))] as a function of the policy. */
export function preferenceField(problem, { beta, label_noise }) {
  const { nodes: z, weights } = normalNodes(NODES);
  const place = (x) => problem.reference.mean + problem.reference.std * x;
  const actions = z.map(place);
  const { nodes, wins } = winnersOf(problem, label_noise);
  const winners = nodes.map(place);
  const reference = core.log_prob({ policy: problem.reference, actions: array(actions) }).data;
  return (policy) => {
    const { mean, std } = policy;
    const own = core.log_prob({ policy, actions: array(actions) }).data;
    const implicit = own.map((l, i) => beta * (l - reference[i]));
    const score = (a) => [(a - mean) / std ** 2, ((a - mean) ** 2 / std ** 2 - 1) / std];
    let [dMean, dStd] = [0, 0];
    const add = (weight, [m, s]) => {
      dMean += weight * m;
      dStd += weight * s;
    };
    wins.forEach((w, i) => add(w, score(winners[i])));
    for (let i = 0; i < z.length; i++) {
      let believed = 0;
      for (let j = 0; j < z.length; j++) believed += weights[j] * expit(implicit[i] - implicit[j]);
      add(-2 * weights[i] * believed, score(actions[i]));
    }
    return [beta * dMean, beta * dStd];
  };
}
