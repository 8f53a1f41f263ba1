// The reader's own reward: bumps to drag, to type, to add and to remove.
import { element } from "../controls.js";
import { ACTIONS } from "./axis.js";
import { format } from "./frame.js";
import { BUMP_RANGES } from "./link.js";
import { MOST_BUMPS, bumpsOf } from "./model.js";
import { button } from "./rows.js";

const NAMES = { weights: "weight", centers: "center", widths: "width" };

/** Write what is given into bump `k`, inside its range. */
function put(bumps, k, given) {
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isFinite(value)) continue;
    const [low, high] = BUMP_RANGES[name];
    bumps[name][k] = Number(Math.min(high, Math.max(low, value)).toFixed(3));
  }
}

/** The place on the axis that is farthest from every center and from both ends. */
function roomiest({ centers }) {
  const [low, high] = ACTIONS;
  const room = (x) => Math.min(2 * (x - low), 2 * (high - x), ...centers.map((center) => Math.abs(center - x)));
  const places = Array.from({ length: 8 * (high - low) + 1 }, (_, i) => low + i / 8);
  return places.reduce((best, x) => (room(x) > room(best) + 1e-9 ? x : best));
}

export class BumpEditor {
  constructor(lab) {
    this.lab = lab;
    this.list = element("div", { class: "rl-lab-bumps" });
    this.more = button("Add a bump", () => this.add());
    this.node = element("div", {}, this.list, this.more);
  }

  /** Bumps to change: the settings' own, or the preset's. */
  copy() {
    return structuredClone(bumpsOf(this.lab.settings));
  }

  change(k, { weight, center, width }) {
    const bumps = this.copy();
    put(bumps, k, { weights: weight, centers: center, widths: width });
    this.lab.set("bumps", bumps);
  }

  /** A new bump, where it is asked for or else where there is most room. */
  add(center, weight = 1) {
    const bumps = this.copy();
    const k = bumps.weights.length;
    if (k >= MOST_BUMPS) {
      this.lab.tell([`There can be ${MOST_BUMPS} bumps`], "");
      return;
    }
    put(bumps, k, { weights: weight, centers: center ?? roomiest(bumps), widths: 0.6 });
    this.lab.set("bumps", bumps);
  }

  remove(k) {
    const bumps = this.copy();
    if (bumps.weights.length < 2) return;
    for (const name of Object.keys(NAMES)) bumps[name].splice(k, 1);
    this.lab.set("bumps", bumps);
  }

  /** On a bump: remove it. Elsewhere: add one there. */
  doubleClick(event, panel) {
    const { left, top } = panel.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const hit = panel.handles.findIndex((handle) => handle.bump !== undefined && Math.hypot(handle.x - x, handle.y - y) < 12);
    if (hit >= 0) this.remove(panel.handles[hit].bump);
    else {
      const { center, weight } = panel.addAt(x, y);
      this.add(center, Math.abs(weight) < 0.1 ? 0.5 : weight);
    }
  }

  show() {
    const { bumps } = this.lab.settings;
    const shown = bumps ?? { weights: [], centers: [], widths: [] };
    if (this.list.children.length !== shown.weights.length) this.#rebuild(shown.weights.length);
    [...this.list.children].forEach((row, k) => {
      for (const input of row.querySelectorAll("input")) {
        if (document.activeElement !== input) input.value = format(shown[input.name][k], 4);
      }
      row.querySelector("button").disabled = shown.weights.length < 2;
    });
    this.more.disabled = shown.weights.length >= MOST_BUMPS;
  }

  #rebuild(count) {
    const rows = Array.from({ length: count }, (_, k) => {
      const inputs = Object.entries(NAMES).map(([name, word]) => {
        const input = element("input", { type: "text", inputmode: "decimal", name, class: "rl-lab-number", autocomplete: "off", "aria-label": `bump ${k + 1}, ${word}` });
        input.addEventListener("change", () => {
          const value = Number(input.value.replace("−", "-").replace(",", "."));
          if (input.value.trim() !== "" && Number.isFinite(value)) this.change(k, { [word]: value });
          input.blur();
          this.show();
        });
        return element("label", {}, element("span", { class: "rl-lab-words" }, word), input);
      });
      const gone = button("×", () => this.remove(k), { class: "rl-lab-button rl-lab-small", "aria-label": `Remove bump ${k + 1}` });
      return element("div", { class: "rl-lab-bump" }, ...inputs, gone);
    });
    this.list.replaceChildren(...rows);
  }
}
