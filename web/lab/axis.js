// The action axis: densities, reward, batch; the policy and the bumps can be taken hold of.
import { Frame, WHOLE, format } from "./frame.js";
import { Panel } from "./panel.js";

export const ACTIONS = [-4.5, 4.5];
const MARGINS = { left: 40, right: 34, top: 8, bottom: 24 };

export function axisPanel({ editable, onPolicy, onBump }) {
  return new Panel({
    key: "axis",
    title: "Densities and reward",
    hint: [() => "Drag any dot", () => 20],
    legend: [
      ["<i>π</i><sub>ref</sub>", "reference", "dash"],
      ["<i>r</i>", "reward", "fill"],
      ["<i>π</i><sup>★</sup>", "optimum", "fill"],
      ["<i>π</i><sub>θ</sub>", "policy", "solid"],
    ],
    describe: ({ settings, policy, optimum }) =>
      `Reward ${settings.bumps ? "of your own bumps" : settings.preset}, reference of mean ${format(settings.reference_mean)} and standard deviation ` +
      `${format(settings.reference_std)}, optimum of mean ${format(optimum.mean)} and standard deviation ${format(optimum.std)}, policy of mean ` +
      `${format(policy.mean)} and standard deviation ${format(policy.std)}`,
    grounds: [[axes, ({ densityTop, rewardRange }) => [densityTop, ...rewardRange]], [ground, ({ curves, densityTop }) => [curves.reward, densityTop]]],
    paint(pen, view, panel) {
      const { actions, curves, policy, batch, comparing } = view;
      const { frame, reward, top } = frames(pen, view);
      frame.inside(() => {
        if (curves.behavior) pen.line(frame.points(actions, curves.behavior), { color: "behavior", width: 1.8, dash: "dot" });
        pen.line(frame.points(actions, curves.policy), { color: "policy", width: 2.6 });
        if (!comparing) rug(pen, frame, batch);
      });
      const peak = Math.min(top * 0.98, 1 / (policy.std * Math.sqrt(2 * Math.PI)));
      const shoulder = frame.py(Math.min(top * 0.98, peak * Math.exp(-0.5)));
      const grip = [frame.px(policy.mean), frame.py(peak)];
      pen.dot(...grip, 5.5, { fill: "policy", stroke: "paper" });
      panel.handle(...grip, (x) => onPolicy({ mean: frame.atX(x), std: policy.std }), { cursor: "ew-resize" });
      for (const side of [-1, 1]) {
        const action = policy.mean + side * policy.std;
        const at = [frame.px(action), shoulder];
        if (shows(action)) pen.dot(...at, 4, { fill: "paper", stroke: "policy", width: 2 });
        panel.handle(...at, (x) => onPolicy({ mean: policy.mean, std: Math.max(0.03, side * (frame.atX(x) - policy.mean)) }), { cursor: "ew-resize" });
      }
      if (editable) bumps(pen, reward, view.bumps, panel, onBump);
      panel.addAt = editable ? (x, y) => ({ center: reward.atX(x), weight: reward.atY(y) }) : null;
    },
  });
}

/** Of densities and of the reward, with both zeros on one line. */
function frames(pen, { densityTop, rewardRange }) {
  const top = 1.1 * densityTop;
  const low = Math.min(0, rewardRange[0]);
  const high = Math.max(rewardRange[1], 0.1) * 1.08;
  const floor = low < 0 ? (1.12 * low) / high : 0;
  const over = (y) => new Frame(pen, { ...MARGINS, x: ACTIONS, y });
  return { frame: over([top * floor, top]), reward: over([high * floor, high]), top, high };
}

function axes(pen, view) {
  const { frame, reward, high } = frames(pen, view);
  frame.grid({ yTicks: 3, digits: 2, xLabel: "action a", xs: WHOLE });
  for (const tick of [0, Number((high * 0.9).toPrecision(1))]) {
    pen.text(frame.left + frame.width + 6, reward.py(tick), format(tick, 2), { align: "left", base: "middle", color: "reward" });
  }
}

/** What stays while a policy moves. */
function ground(pen, view) {
  const { actions, curves } = view;
  const { frame, reward } = frames(pen, view);
  frame.inside(() => {
    pen.area(reward.under(actions, curves.reward), { color: "reward", alpha: 0.14 });
    pen.line(reward.points(actions, curves.reward), { color: "reward", width: 1.6 });
    pen.area(frame.under(actions, curves.optimum), { color: "optimum", alpha: 0.14 });
    pen.line(frame.points(actions, curves.optimum), { color: "optimum", width: 2 });
    pen.line(frame.points(actions, curves.reference), { color: "reference", width: 2, dash: "dash" });
  });
}

/** Whether an action is on the axis; a handle beyond it stays in the list, in case it is being dragged. */
const shows = (action) => ACTIONS[0] <= action && action <= ACTIONS[1];

/** The batch as short strokes below the curves, darker where the reward is higher. */
function rug(pen, frame, batch) {
  if (!batch) return;
  const base = frame.top + frame.height;
  const marks = batch.actions ? [[batch.actions.data, "policy"]] : batch.winners ? [[batch.losers.data, "negative"], [batch.winners.data, "positive"]] : [];
  for (const [xs, color] of marks) {
    const points = [];
    for (const x of xs) points.push(frame.px(x), base, frame.px(x), base - 9, NaN, NaN);
    pen.line(points, { color, width: 1.3, alpha: 0.75 });
  }
}

function bumps(pen, reward, { weights, centers, widths }, panel, onBump) {
  weights.forEach((weight, k) => {
    const [x, y] = [reward.px(centers[k]), reward.py(weight)];
    const edge = centers[k] + widths[k];
    const side = [reward.px(shows(edge) ? edge : centers[k] - widths[k]), reward.py(weight * Math.exp(-0.5))];
    pen.line([x, reward.py(0), x, y], { color: "reward", width: 1, dash: "dot" });
    pen.dot(x, y, 6, { fill: "reward", stroke: "paper" });
    pen.dot(...side, 4, { fill: "paper", stroke: "reward", width: 2 });
    panel.handle(x, y, (px, py) => onBump(k, { center: reward.atX(px), weight: reward.atY(py) }), { cursor: "move", bump: k });
    panel.handle(...side, (px) => onBump(k, { width: Math.abs(reward.atX(px) - centers[k]) }), { cursor: "ew-resize" });
  });
}
