// The current state in numbers; spoken politely, and not at every frame.
import { element } from "../controls.js";
import { fixed } from "./frame.js";
import { symbol } from "./words.js";

const PAUSE = 1500;

const ROWS = [
  ["<i>μ</i>, <i>σ</i>", "policy", (v) => `${fixed(v.policy.mean)}, ${fixed(v.policy.std)}`],
  ["E[<i>r</i>]", "expected reward", (v) => fixed(v.expected)],
  ["KL(<i>π</i><sub>θ</sub>‖<i>π</i><sub>ref</sub>)", "from the reference, in nats", (v) => fixed(v.divergence)],
  ["<i>J</i>(<i>π</i><sub>θ</sub>)", "objective", (v) => fixed(v.objective)],
  ["‖∇<i>J</i>‖", "length of the gradient", (v) => fixed(v.slope)],
  ["<i>J</i>(<i>π</i><sup>★</sup>)", "at the optimum, β log Z", (v) => fixed(v.optimum.objective)],
  ["<i>μ</i><sup>★</sup>, <i>σ</i><sup>★</sup>", "the moment match", (v) => `${fixed(v.optimum.mean)}, ${fixed(v.optimum.std)}`],
  ["best Gaussian", "where J peaks in the family", (v) => `${fixed(v.best.mean)}, ${fixed(v.best.std)}`],
];
const VALUE = ["<i>V</i>", "learned baseline", (v) => fixed(v.state.value)];
// in the full lab only
const END = ["destination", "and distance", (v) => (v.end ? `${fixed(v.end.mean, 2)}, ${fixed(v.end.std, 2)}; ${fixed(distance(v.policy, v.end), 2)}` : v.end === undefined ? "…" : "none")];

const distance = (a, b) => Math.hypot(a.mean - b.mean, a.std - b.std);

export class StateTable {
  constructor({ full }) {
    this.cells = [];
    const rows = [...ROWS, ...(full ? [END] : []), VALUE].map(([sign, words, text]) => {
      const cell = { value: document.createTextNode(""), shown: "" };
      const row = element("tr", {}, element("th", { scope: "row" }, symbol(sign), element("span", { class: "rl-lab-words" }, words)), element("td", {}, cell.value));
      this.cells.push({ cell, row, text, words });
      return row;
    });
    this.limit = element("span", { class: "rl-lab-limit", hidden: true }, "clamped");
    rows[0].querySelector("th").append(this.limit);
    this.said = element("p", { class: "rl-sr", "aria-live": "polite" });
    this.last = -Infinity;
    const table = element("table", { class: "rl-lab-state" }, element("caption", { class: "rl-sr" }, "Current state"), element("tbody", {}, ...rows));
    this.node = element("div", { class: "rl-lab-numbers" }, table, this.said);
  }

  show(view, run) {
    for (const { cell, row, text, words } of this.cells) {
      if (words === VALUE[1]) row.hidden = !("value_learning_rate" in view.hyper);
      const now = text(view);
      if (cell.shown !== now) cell.value.data = cell.shown = now;
    }
    if (this.limit.hidden === view.clamped) this.limit.hidden = !view.clamped;
    // nothing is said before the reader has done something
    this.sentence ??= told(view, run);
  }

  /** Aloud, unless something was just said; false where it is still to be said. */
  tell(view, run) {
    const words = told(view, run);
    if (words === this.sentence) return true;
    if (performance.now() - this.last < PAUSE) return false;
    this.last = performance.now();
    this.said.textContent = this.sentence = words;
    return true;
  }
}

const told = ({ policy, objective }, { method, step }) =>
  `${method}, step ${step}: mean ${fixed(policy.mean, 2)}, standard deviation ${fixed(policy.std, 2)}, objective ${fixed(objective)}`;
