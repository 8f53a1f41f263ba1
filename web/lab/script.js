// "Copy as Python": a script that calls rlgeo and makes the run that is on the screen.

const number = (x) => {
  const text = String(x);
  return Number.isInteger(x) || /[e.]/.test(text) ? text : `${text}`;
};
const list = (values) => `[${values.map(number).join(", ")}]`;

export function toPython(settings, run, compared) {
  const { method, bumps } = settings;
  const hyper = Object.entries(settings.hyper[method]).map(([name, value]) => `${name}=${number(value)}`);
  const lines = [
    "import rlgeo",
    "",
    bumps
      ? `reward = rlgeo.BumpReward(${list(bumps.weights)}, ${list(bumps.centers)}, ${list(bumps.widths)})`
      : `reward = rlgeo.preset("${settings.preset}")`,
    `reference = rlgeo.Gaussian(${number(settings.reference_mean)}, ${number(settings.reference_std)})`,
    `problem = rlgeo.Problem(reward, reference, beta=${number(settings.beta)})`,
    `method = rlgeo.${method}(${hyper.join(", ")})`,
    `start = rlgeo.Gaussian(${number(settings.mean)}, ${number(settings.std)})`,
  ];
  if (!run.pure) lines.push("# In the lab something was changed on the way; this is the run with today's settings from the start.");
  lines.push(
    `trajectory = rlgeo.run(method, problem, start, steps=${run.step}, seed=${settings.seed})`,
    "",
    'print("mean", trajectory.mean[0, -1])',
    'print("std", trajectory.std[0, -1])',
    'print("J", trajectory.objective[0, -1])',
  );
  if (compared) {
    lines.push(
      "",
      `compared = rlgeo.compare(problem, start, ${compared.steps}, budget=${number(compared.budget)}, runs=${compared.runs}, seed=${settings.seed})`,
      "for name, trajectory in compared.items():",
      "    print(name, trajectory.objective[:, -1].mean())",
    );
  }
  return `${lines.join("\n")}\n`;
}
