// "Copy as Python": a script that calls rlgeo and makes what is on the screen, a run or a comparison.
import { metadata } from "../generated/rlgeo.js";

const list = (values) => `[${values.join(", ")}]`;
const made = (method, hyper) => {
  const { python, parameters } = metadata.methods[method];
  const written = ([name, value]) => {
    const choices = Object.keys(parameters[name].choices);
    return `${name}=${choices.length ? JSON.stringify(choices[value]) : value}`;
  };
  return `${python}(${Object.entries(hyper).map(written).join(", ")})`;
};

/** The problem and the start. */
function experiment({ bumps, preset, reference_mean, reference_std, beta, mean, std }) {
  return [
    "import numpy as np",
    "import rlgeo",
    "",
    bumps
      ? `reward = rlgeo.BumpReward(${list(bumps.weights)}, ${list(bumps.centers)}, ${list(bumps.widths)})`
      : `reward = rlgeo.preset("${preset}")`,
    `reference = rlgeo.Gaussian(${reference_mean}, ${reference_std})`,
    `problem = rlgeo.Problem(reward, reference, beta=${beta})`,
    `start = rlgeo.Gaussian(${mean}, ${std})`,
  ];
}

export function runScript(settings, run, pure) {
  const lines = experiment(settings).slice(1);
  lines.push(`method = ${made(settings.method, settings.hyper[settings.method])}`);
  if (!pure) lines.push("# In the lab something was changed on the way; this is the run with today's settings from the start.");
  lines.push(
    `trajectory = rlgeo.run(method, problem, start, steps=${run.step}, seed=${settings.seed})`,
    "",
    'print("mean", trajectory.mean[0, -1])',
    'print("std", trajectory.std[0, -1])',
    'print("J", trajectory.objective[0, -1])',
  );
  return `${lines.join("\n")}\n`;
}

export function comparisonScript(settings, { steps, runs, budget, own, methods }) {
  const lines = experiment(settings);
  const each = methods.map((name) => `    ${made(name, own ? settings.hyper[name] : {})},`);
  lines.push(
    `methods = [`,
    ...each,
    `]`,
    `compared = rlgeo.compare(problem, start, ${steps}, methods=methods, budget=${budget}, runs=${runs}, seed=${settings.seed})`,
    "for name, trajectory in compared.items():",
    '    print(name, "median J", np.median(trajectory.objective[:, -1]))',
  );
  return `${lines.join("\n")}\n`;
}
