// Play and what goes with it: one step, the pace, back and forth, and the ways to begin again.
import { element } from "../controls.js";
import { button } from "./rows.js";

/** Steps per second at ×1. */
const PACE = 30;
const SPEEDS = { 0.5: "×½", 1: "×1", 2: "×2", 4: "×4" };
let count = 0;

export class Transport {
  /** @param act what a button asks for, by name */
  constructor({ act, full }) {
    this.play = element("button", { type: "button", class: "rl-play", "aria-label": "Play", title: "Play (P)" });
    this.play.addEventListener("click", () => act("play"));
    this.counter = element("span", { class: "rl-lab-counter" });
    this.undo = button("↶", () => act("undo"), { class: "rl-lab-button rl-lab-small", "aria-label": "Undo", title: "Undo (Ctrl+Z)" });
    this.redo = button("↷", () => act("redo"), { class: "rl-lab-button rl-lab-small", "aria-label": "Redo", title: "Redo (Ctrl+Shift+Z)" });
    this.batch = button("New batch", () => act("resample"), { title: "Draw another batch at this step (N)" });
    const ways = [
      this.batch,
      button("Clear paths", () => act("clear"), { title: "Forget all paths; the policy stays where it is (C)" }),
      button("Back to start", () => act("reset"), { title: "The policy back to its start, with all settings as they are (R)" }),
      button("Start at ★", () => act("optimum"), { title: "Start from the moment match" }),
      full ? button("Reset everything", () => act("default"), { title: "Every setting back to its default" }) : null,
    ];
    this.node = element(
      "div",
      { class: "rl-lab-bar" },
      element("div", { class: "rl-lab-line" }, this.play, button("Step", () => act("step"), { title: "One update (S)" }), this.counter, element("span", { class: "rl-lab-history" }, this.undo, this.redo)),
      element("div", { class: "rl-lab-line rl-lab-ways" }, ...ways, this.#speeds()),
    );
  }

  #speeds() {
    const name = `rl-lab-speed-${++count}`;
    this.speeds = Object.entries(SPEEDS)
      .sort(([a], [b]) => a - b)
      .map(([factor, text]) => {
        const input = element("input", { type: "radio", name, value: factor });
        input.addEventListener("change", () => this.pace(Number(factor)));
        return { input, node: element("label", {}, input, element("span", {}, text)) };
      });
    this.pace(1);
    return element("div", { class: "rl-segments rl-lab-speed", role: "radiogroup", "aria-label": "Speed" }, ...this.speeds.map(({ node }) => node));
  }

  /** Play at `factor` times the usual pace. */
  pace(factor) {
    this.speed = PACE * factor;
    for (const { input } of this.speeds ?? []) input.checked = Number(input.value) === factor;
  }

  /** What the buttons show. */
  show({ step, playing, back, forth }) {
    const words = `step ${step}`;
    if (this.counter.textContent !== words) this.counter.textContent = words;
    this.undo.disabled = !back;
    this.redo.disabled = !forth;
    if (this.playing === playing) return;
    this.playing = playing;
    this.play.dataset.playing = String(playing);
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.play.title = playing ? "Pause (P)" : "Play (P)";
  }
}
