// What a method computes for every sample of its batch, one panel for each public function that takes the batch.
import { core, metadata, methods } from "../generated/rlgeo.js";
import { ACTIONS } from "./axis.js";
import { Frame, WHOLE, format, range } from "./frame.js";
import { Panel } from "./panel.js";
import { rgb, shade } from "./theme.js";
import { titled } from "./words.js";

const MARGINS = { left: 40, right: 34, top: 8, bottom: 24 };

const TITLES = {
  advantages: "Advantages <i>Â</i>",
  ratios: "Ratio <i>ρ</i> = <i>π</i><sub>θ</sub>/<i>π</i><sub>old</sub>",
  contributions: "Contribution to the surrogate",
  margins: "Margin <i>h</i> against Δ<i>r</i>",
  residuals: "Residuals <i>δ</i>",
};

/** Names of a method's per-sample terms, in the order of its file where it matters. */
export function termsOf(method) {
  const order = ["advantages", "ratios", "contributions", "margins", "residuals"];
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.keys(metadata.methods[method].terms)
    .filter((name) => name !== "clipped")
    .sort((a, b) => place(a) - place(b));
}

const shown = (method) => metadata.methods[method].terms;

/** All terms of the batch, computed by the method itself. */
export function computeTerms(run, problem, hyper) {
  if (!run.batch) return {};
  const given = { state: run.state, batch: run.batch, problem, method: hyper };
  const values = {};
  for (const name of Object.keys(shown(run.method))) values[name] = methods[run.method][name](given);
  return values;
}

/** Samples on the action axis: at height r, darker where the reward is higher; pairs as rows. */
export function samplesPanel({ height }) {
  return new Panel({
    key: "samples",
    title: "The batch",
    height,
    describe: ({ batch }) => (batch ? `${(batch.actions ?? batch.winners).data.length} ${batch.winners ? "pairs" : "samples"} of the present batch` : "No batch"),
    paint(pen, view, panel) {
      const { batch } = view;
      if (!batch) return;
      if (batch.winners) pairs(pen, view, panel);
      else if (view.terms.residuals) targets(pen, view, panel);
      else rewards(pen, view, panel);
    },
  });
}

function rewards(pen, { batch, policy, actions, curves, rewardRange }, panel) {
  panel.setLegend([["<i>r</i>", "reward", "solid"], ["sample, shade = reward", "policy", "point"]]);
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: range(rewardRange, [0], 0.12) });
  frame.grid({ xLabel: "action a", xs: WHOLE });
  frame.inside(() => {
    pen.line([frame.px(policy.mean), 0, frame.px(policy.mean), pen.height], { color: "policy", dash: "dash", alpha: 0.7 });
    pen.line(frame.points(actions, curves.reward), { color: "reward", width: 1.6 });
    const [low, high] = rewardRange;
    batch.actions.data.forEach((a, i) => {
      const r = batch.rewards.data[i];
      pen.dot(frame.px(a), frame.py(r), 5, { fill: "paper" });
      pen.dot(frame.px(a), frame.py(r), 5, { fill: "policy", stroke: "policy", width: 1, alpha: 0.25 + (0.75 * (r - low)) / (high - low || 1) });
    });
  });
}

function targets(pen, { batch, terms, actions, curves, rewardRange, fit }, panel) {
  panel.setLegend([
    ["<i>r</i>", "reward", "solid"],
    ["<i>V</i> + <i>β</i><sub>R</sub> log <i>π</i><sub>θ</sub>/<i>π</i><sub>ref</sub>", "dro", "solid"],
    ["<i>δ</i> > 0", "positive", "point"],
    ["<i>δ</i> < 0", "negative", "point"],
  ]);
  const air = 0.6 * Math.max(0.5, rewardRange[1] - rewardRange[0]);
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: [Math.min(0, rewardRange[0]) - air, rewardRange[1] + air] });
  frame.grid({ xLabel: "action a", xs: WHOLE });
  frame.inside(() => {
    pen.line(frame.points(actions, curves.reward), { color: "reward", width: 1.6 });
    if (fit) pen.line(frame.points(actions, fit), { color: "dro", width: 2.2 });
    batch.actions.data.forEach((a, i) => {
      const [r, d] = [batch.rewards.data[i], terms.residuals.data[i]];
      pen.line([frame.px(a), frame.py(r), frame.px(a), frame.py(r - d)], { color: d >= 0 ? "positive" : "negative", alpha: 0.4 });
      pen.dot(frame.px(a), frame.py(r), 4.5, { fill: rgb(shade("diverging", 0.5 + d / 1.2)), stroke: d >= 0 ? "positive" : "negative", width: 1 });
    });
  });
}

function pairs(pen, { batch, problem }, panel) {
  panel.setLegend([["winner", "ink", "point"], ["loser", "ink", "ring"], ["color: reward margin", "positive", "solid"]]);
  const margin = rewardMargins(batch, problem);
  const order = Array.from(margin.keys()).sort((a, b) => margin[b] - margin[a]);
  const shownRows = Math.min(order.length, Math.floor((pen.height - 32) / 4));
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: [shownRows - 0.3, -0.7] });
  frame.grid({ xLabel: "action a", xs: WHOLE, yTicks: 0, xGrid: true });
  const size = Math.min(4, 0.4 * (frame.height / shownRows) + 0.8);
  for (let row = 0; row < shownRows; row++) {
    // where there are more pairs than rows, an even choice of them
    const i = order[Math.floor((row * order.length) / shownRows)];
    const color = rgb(shade("diverging", 0.5 + margin[i] / 2 + 0.08 * Math.sign(margin[i])));
    const [w, l, y] = [frame.px(batch.winners.data[i]), frame.px(batch.losers.data[i]), frame.py(row)];
    frame.inside(() => {
      pen.line([l, y, w, y], { color, width: Math.max(1.2, size / 2) });
      pen.dot(l, y, size, { fill: "paper", stroke: color, width: 1.2 });
      pen.dot(w, y, size, { fill: color });
    });
  }
}

function rewardMargins(batch, problem) {
  const at = (actions) => core.reward({ reward: problem.reward, actions }).data;
  const [w, l] = [at(batch.winners), at(batch.losers)];
  return w.map((r, i) => r - l[i]);
}

/** One per-sample term as stems. */
export function termPanel(name, { height }) {
  return new Panel({
    key: name,
    title: TITLES[name] ?? titled(name),
    height,
    describe: ({ terms, method }) => {
      const values = terms[name]?.data ?? [];
      const clipped = name === "ratios" && terms.clipped ? `, ${terms.clipped.data.reduce((a, b) => a + b, 0)} clipped` : "";
      return values.length ? `${method}: ${name.replaceAll("_", " ")} between ${format(Math.min(...values))} and ${format(Math.max(...values))}${clipped}` : "";
    },
    paint(pen, view, panel) {
      const values = view.terms[name]?.data;
      if (!values) return;
      if (view.batch.winners) marginStems(pen, view, values, panel);
      else stems(pen, view, values, panel, name);
    },
  });
}

function stems(pen, { batch, terms, hyper, scales }, values, panel, name) {
  const ratio = name === "ratios";
  const base = ratio ? 1 : 0;
  const band = ratio && "clip" in hyper ? [1 - hyper.clip, 1 + hyper.clip] : [];
  const held = scales.hold(name, range(values, [base, ...band], 0.12));
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: held });
  const clipped = terms.clipped?.data;
  const grey = clipped && (ratio || name === "contributions");
  const signs = [["> " + base, "positive", "point"], ["< " + base, "negative", "point"]];
  panel.setLegend([...signs, ...(grey ? [["clipped", "clipped", "point"]] : []), ...(band.length ? [["1 ± <i>ε</i>", "clipped", "dash"]] : [])]);
  frame.grid({ xLabel: "action a", xs: WHOLE });
  frame.inside(() => {
    if (band.length) {
      pen.area(frame.under(ACTIONS, [band[1], band[1]], band[0]), { color: "clipped", alpha: 0.13 });
      for (const edge of band) pen.line([0, frame.py(edge), pen.width, frame.py(edge)], { color: "clipped", dash: "dash", width: 1.2 });
    }
    pen.line([0, frame.py(base), pen.width, frame.py(base)], { color: "muted", width: 1 });
    values.forEach((value, i) => {
      const color = grey && clipped[i] ? "clipped" : value >= base ? "positive" : "negative";
      const x = frame.px(batch.actions.data[i]);
      pen.line([x, frame.py(base), x, frame.py(value)], { color, width: 1.6, alpha: 0.65 });
      pen.dot(x, frame.py(value), 3.8, { fill: color });
    });
  });
}

function marginStems(pen, { batch, problem, scales }, values, panel) {
  panel.setLegend([["ordered as labeled", "positive", "point"], ["misordered", "negative", "point"]]);
  const margin = rewardMargins(batch, problem);
  const frame = new Frame(pen, { ...MARGINS, x: scales.hold("margin x", range(margin, [0], 0.08)), y: scales.hold("margin y", range(values, [0], 0.1)) });
  frame.grid({ xLabel: "reward margin Δr" });
  frame.inside(() => {
    pen.line([0, frame.py(0), pen.width, frame.py(0)], { color: "muted" });
    values.forEach((value, i) => {
      const color = value > 0 ? "positive" : "negative";
      const x = frame.px(margin[i]);
      pen.line([x, frame.py(0), x, frame.py(value)], { color, width: 1.3, alpha: 0.5 });
      pen.dot(x, frame.py(value), 3.2, { fill: color, alpha: 0.85 });
    });
  });
}
