// Curves over training steps: J of every method, and each method's diagnostics.
import { envelope } from "./envelope.js";
import { Frame, extremes, format, range } from "./frame.js";
import { BOOK, BOOKS, EXACT } from "./map.js";
import { Panel } from "./panel.js";
import { styleOf } from "./pen.js";
import { titled } from "./words.js";

const MARGINS = { left: 48, right: 12, top: 8, bottom: 24 };

function curves(pen, lines, levels, { name, scales, yRange }) {
  const steps = lines.flatMap((line) => [line.from ?? 0, (line.from ?? 0) + line.values.length - 1]);
  const x = [Math.min(0, ...steps), Math.max(20, ...steps)];
  const y = yRange ?? scales.hold(name, range(extremes(...lines.map((line) => line.values)), levels.map((l) => l.value), 0.08));
  const frame = new Frame(pen, { ...MARGINS, x, y });
  frame.grid({ xLabel: "step" });
  frame.inside(() => {
    for (const { value, color, dash = "dash" } of levels) {
      if (Number.isFinite(value)) pen.line([0, frame.py(value), pen.width, frame.py(value)], { color, dash, width: 1.4 });
    }
    for (const { values, from, color, dash, width = 2 } of lines) pen.line(envelope(frame, values, from), { color, dash, width });
  });
  for (const { values, from = 0, color } of lines) {
    const last = values.length - 1;
    if (last >= 0) pen.dot(frame.px(from + last), Math.max(frame.top, Math.min(frame.top + frame.height, frame.py(values[last]))), 3, { fill: color });
  }
  return frame;
}

export function objectivePanel({ height }) {
  return new Panel({
    key: "objective",
    title: "<i>J</i> over steps",
    height,
    describe: ({ paths, optimum }) =>
      `J over steps: ${paths.map((p) => `${p.method} ${format(p.objective.at(-1))} after ${p.objective.length - 1}`).join("; ") || "no steps yet"}; ceiling ${format(optimum.objective)}`,
    paint(pen, { paths, optimum, bestObjective, scales, book, beside }, panel) {
      panel.setLegend([
        ["<i>J</i>(<i>π</i><sup>★</sup>)", "optimum", "dash"],
        ["best Gaussian", "argmax", "dot"],
        ...paths.map(({ method }) => [method === beside ? `${method}, ${EXACT}` : method, styleOf(method).color, styleOf(method).dash]),
        ...(book ? [[BOOKS, BOOK.color, BOOK.dash]] : []),
      ]);
      const levels = [
        { value: optimum.objective, color: "optimum" },
        { value: bestObjective, color: "argmax", dash: "dot" },
      ];
      const lines = [
        ...(book ? [{ values: book.path.objective, from: book.from, ...BOOK }] : []),
        ...paths.map(({ method, objective, from }) => ({ values: objective, from, ...styleOf(method) })),
      ];
      panel.frame = curves(pen, lines, levels, { name: "objective", scales });
    },
  });
}

// Diagnostics that belong on one picture, with what they are measured by; what is not named here gets a picture of its own.
const GROUPS = [
  { key: "accuracy", title: "Pairs ordered as labeled", members: { accuracy_margin: ["by <i>h</i> > 0", "dpo"], accuracy_policy: ["by <i>π</i><sub>θ</sub>", "policy"], accuracy_reference: ["by <i>π</i><sub>ref</sub>", "reference"] }, range: [0, 1.02] },
  {
    key: "value",
    title: "Baseline <i>V</i>",
    members: { value: ["<i>V</i>", "own"], settled_value: ["<i>V</i><sub>∞</sub>(θ)", "ink"], mean_reward: ["batch mean <i>r̄</i>", "reward"] },
    needs: "value",
    levels: ({ ceilingValue }) => [["<i>β</i><sub>R</sub> log <i>Z</i>", ceilingValue, "optimum"]],
  },
  {
    key: "loss",
    title: "Loss on the data",
    members: { loss: ["loss", "own"], bias: ["bias ½<i>δ̄</i>²", "ink"], spread: ["spread ½ var <i>δ</i>", "reward"] },
    levels: () => [["zero", 0, "muted"]],
  },
  {
    key: "ratio",
    title: "Range of the ratios",
    members: { ratio_min: ["smallest <i>ρ</i>", "muted"], ratio_max: ["largest <i>ρ</i>", "ink"] },
    levels: ({ hyper }) => [["1 ± <i>ε</i>", 1 - hyper.clip, "clipped"], ["1 ± <i>ε</i>", 1 + hyper.clip, "clipped"]],
  },
  { key: "clip", title: "Clipped share of the batch", members: { clip_fraction: ["share", "own"] }, range: [0, 1.02] },
  {
    key: "rewards",
    title: "Rewards of the batch",
    members: { mean_reward: ["mean <i>r̄</i>", "own"], reward_std: ["spread std(<i>r</i>)", "reward"] },
    levels: ({ expected }) => [["E[<i>r</i>] at present", expected, "reward"]],
  },
  {
    key: "surrogate",
    title: "Surrogate",
    members: { surrogate: ["what a step climbs, on its batch", "own"] },
    levels: () => [["zero", 0, "muted"]],
  },
];

/** The pictures that a method's diagnostics ask for: [{key, title, members: {name: [label, color]}, range}]. */
export function diagnosticGroups(names) {
  const left = new Set(names);
  const groups = [];
  for (const group of GROUPS) {
    const members = Object.fromEntries(Object.entries(group.members).filter(([name]) => left.has(name)));
    if (!Object.keys(members).length || (group.needs && !left.has(group.needs))) continue;
    Object.keys(members).forEach((name) => left.delete(name));
    groups.push({ ...group, members });
  }
  for (const name of left) groups.push({ key: name, title: titled(name), members: { [name]: [titled(name), "own"] } });
  return groups;
}

export function diagnosticPanel(group, { height }) {
  return new Panel({
    key: group.key,
    title: group.title,
    height,
    describe: ({ records }) =>
      `${group.title.replace(/<[^>]+>/g, "")} over steps: ` +
      Object.keys(group.members).map((name) => `${name.replaceAll("_", " ")} ${format(records[name]?.at(-1))}`).join(", "),
    paint(pen, view, panel) {
      const { records, pending, method, scales, from } = view;
      const own = styleOf(method).color;
      const entries = Object.entries(group.members).map(([name, [label, color]], i) => ({
        label,
        // before the first step, what that step will find
        values: records[name] ?? (name in pending ? [pending[name]] : []),
        color: color === "own" ? own : color,
        dash: ["solid", "dash", "dot"][i % 3],
        from,
      }));
      const levels = (group.levels?.(view) ?? []).map(([label, value, color]) => ({ label, value, color })).filter(({ value }) => Number.isFinite(value));
      // one curve that its panel's title names needs no legend
      const named = entries.filter((e) => e.label !== group.title).map((e) => [e.label, e.color, e.dash]);
      const measures = levels.filter(({ value }, i) => value !== 0 && levels[i - 1]?.label !== levels[i].label);
      panel.setLegend([...named, ...measures.map(({ label, color }) => [label, color, "dash"])]);
      panel.frame = curves(pen, entries, levels, { name: group.key, scales, yRange: group.range });
    },
  });
}
