// The mean of every method's sampled gradient, and where it leads: as a formula where rlgeo has one, else as an integral.
import { core, methods } from "../generated/rlgeo.js";
import { present } from "./adopt.js";
import { rest } from "./destination.js";
import { defaultsOf, parametersOf, problemOf } from "./model.js";
import { labelsOf, preferenceEnd } from "./preference.js";
import { normalNodes, normalPoints } from "./quadrature.js";
import { Generator } from "./random.js";
import { NDArray, scratch } from "./runtime.js";

/** Numbers drawn for an integral by sampling; always the same noise, so that the field is smooth. */
const DRAWS = 8192;
const CONTROL = "PG";

/** Whether a method's end is a matter of formulas, which take no time. */
export const hasFormula = (name) => "closed_form" in methods[name] || "expected_gradient" in methods[name];

/** The field as a function of the policy; a reader's change of a method need not have reached its integral. */
export function expectedField(name, problem, method) {
  const rules = methods[name];
  if (rules.expected_gradient) return (policy) => rules.expected_gradient({ policy, problem, method });
  if (present.changed) return sampledField(name, problem, method);
  if (rules.expected_gradient_on) return nodalField(name, problem, method);
  if (rules.integral) return (policy) => scratch(() => rules.integral({ policy, problem, method }));
  const { observed } = labelsOf(problem, method);
  return (policy) => scratch(() => rules.expected_gradient_from({ policy, problem, method, observed }));
}

/** The field by quadrature over one action and quasi-Monte Carlo over the others, on the nodes that rlgeo has; or on fewer. */
function nodalField(name, problem, method, replicates) {
  const others = normalPoints(method.group_size - 1, replicates);
  let [finest, nodes] = [NaN, null];
  return (policy) => {
    const now = methods[name].finest({ policy, problem, method });
    if (now !== finest) [finest, nodes] = [now, normalNodes(now)];
    return scratch(() => methods[name].expected_gradient_on({ policy, problem, method, others, ...nodes }));
  };
}

/** The mean over many batches; where the policy draws them, with the policy gradient, whose mean is known, as control variate. */
function sampledField(name, problem, hyper) {
  const rules = methods[name];
  const generator = new Generator(0);
  const noise = {};
  const batches = 2 * Math.ceil(DRAWS / 2 / sizeOf(rules, hyper));
  for (const [key, dims] of Object.entries(rules.noise({ method: hyper }))) {
    const each = dims.reduce((product, n) => product * n, 1);
    const draw = key.startsWith("normal") ? () => generator.standardNormal() : () => generator.random();
    const data = Float64Array.from({ length: batches * each }, draw);
    // each half mirrors the other
    if (key.startsWith("normal")) data.set(data.subarray(0, data.length / 2).map((x) => -x), data.length / 2);
    noise[key] = new NDArray(data, [batches, ...dims]);
  }
  const standard = (size) => ({ ...defaultsOf(parametersOf(CONTROL)), batch_size: size });
  const many = (value) => new NDArray(new Float64Array(batches).fill(value), [batches]);
  const drawn = (policy) => {
    const wide = { mean: many(policy.mean), std: many(policy.std) };
    const state = { policy: wide, behavior: wide, value: many(0) };
    return { state, problem, batch: rules.draw({ state, problem, method: hyper, noise }) };
  };
  const firsts = scratch(() => [0, 1].map((mean) => drawn({ mean, std: 1 }).batch)).map(({ rewards, actions }) => rewards && actions.data[0]);
  const controls = firsts[0] !== firsts[1];
  return (policy) => {
    const { own, control } = scratch(() => {
      const given = drawn(policy);
      return { own: rules.gradient({ ...given, method: hyper }), control: controls ? methods[CONTROL].gradient({ ...given, method: standard(given.batch.rewards.shape.at(-1)) }) : null };
    });
    const known = control && methods[CONTROL].expected_gradient({ policy, problem, method: standard(sizeOf(rules, hyper)) });
    return ["mean", "std"].map((axis, k) => controlled(own[axis].data, control?.[axis].data, known?.[k]));
  };
}

const sizeOf = (rules, hyper) => Object.values(rules.noise({ method: hyper }))[0].at(-1);
const average = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean of `values`, less what is known to be wrong with that of a related quantity. */
function controlled(values, related, known) {
  const mean = average(values);
  if (!related) return mean;
  const center = average(related);
  let [together, alone] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    together += (values[i] - mean) * (related[i] - center);
    alone += (related[i] - center) ** 2;
  }
  return mean - (alone > 0 ? together / alone : 0) * (center - known);
}

/** Where a method ends from `start`, or null. */
export function endOf(name, problem, hyper, start) {
  const { closed_form } = methods[name];
  if (closed_form) {
    const [mean, std] = scratch(() => closed_form({ problem, method: hyper }));
    return Number.isNaN(std) ? null : { mean, std };
  }
  if (name === "DPO" && !present.changed) return preferenceEnd(problem, hyper);
  if (present.changed || !methods[name].expected_gradient_on) return rest(expectedField(name, problem, hyper), start);
  // one of the replicates leads there in an eighth of the time
  const near = rest(nodalField(name, problem, hyper, 1), start);
  return near && rest(nodalField(name, problem, hyper), near);
}

/** The path of the expected update, steps of the method's own length. */
export function expectedPath(name, problem, hyper, start, steps) {
  const field = expectedField(name, problem, hyper);
  const mean = [start.mean];
  const std = [start.std];
  for (let t = 0; t < steps; t++) {
    const [dMean, dStd] = field({ mean: mean[t], std: std[t] });
    const next = core.clamp({ policy: { mean: mean[t] + hyper.learning_rate * dMean, std: std[t] + hyper.learning_rate * dStd } });
    mean.push(next.mean);
    std.push(next.std);
  }
  return { mean: Float64Array.from(mean), std: Float64Array.from(std) };
}

/** A worker's task: end, and path if steps are asked for. */
export function follow({ method, settings, hyper, steps }) {
  const problem = problemOf(settings);
  const start = { mean: settings.mean, std: settings.std };
  return { end: endOf(method, problem, hyper, start), path: steps ? expectedPath(method, problem, hyper, start, steps) : null };
}
