// The reader's own reward: bumps to drag, to type, to add and to remove.
import { element } from "../controls.js";
import { format } from "./frame.js";
import { BUMP_RANGES } from "./link.js";
import { MOST_BUMPS, presets } from "./model.js";
import { button } from "./rows.js";

const NAMES = { weights: "weight", centers: "center", widths: "width" };

export class BumpEditor {
  constructor(lab) {
    this.lab = lab;
    this.list = element("div", { class: "rl-lab-bumps" });
    this.more = button("Add a bump", () => this.add(0, 1));
    this.node = element("div", {}, this.list, this.more);
  }

  /** The settings' own bumps, begun as a copy of the preset's. */
  own() {
    const { settings } = this.lab;
    const copy = ({ weights, centers, widths }) => ({ weights: [...weights], centers: [...centers], widths: [...widths] });
    settings.bumps ??= copy(presets[settings.preset]);
    return settings.bumps;
  }

  change(k, { weight, center, width }) {
    const bumps = this.own();
    const put = (name, value) => {
      if (!Number.isFinite(value)) return;
      const [low, high] = BUMP_RANGES[name];
      bumps[name][k] = Number(Math.min(high, Math.max(low, value)).toFixed(3));
    };
    put("weights", weight);
    put("centers", center);
    put("widths", width);
    this.lab.changed("problem");
  }

  add(center, weight) {
    const bumps = this.own();
    if (bumps.weights.length >= MOST_BUMPS) {
      this.lab.tell([`There can be ${MOST_BUMPS} bumps`], "");
      return;
    }
    bumps.weights.push(0);
    bumps.centers.push(0);
    bumps.widths.push(0.6);
    this.change(bumps.weights.length - 1, { center, weight });
  }

  remove(k) {
    const bumps = this.own();
    if (bumps.weights.length < 2) return;
    for (const name of Object.keys(NAMES)) bumps[name].splice(k, 1);
    this.lab.changed("problem");
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
