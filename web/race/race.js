// <rl-race>: six methods from one start on one landscape, computed as they go. The start can be dragged.
import { element } from "../controls.js";
import { core } from "../generated/rlgeo.js";
import { ACTIONS } from "../lab/axis.js";
import { summit } from "../lab/destination.js";
import { Frame, fixed } from "../lab/frame.js";
import { toHash } from "../lab/link.js";
import { MARGINS, axes, cross, grid, ground, landscape, relief, star } from "../lab/map.js";
import { defaults, problemOf } from "../lab/model.js";
import { Panel } from "../lab/panel.js";
import { styleOf } from "../lab/pen.js";
import { array, scratch } from "../lab/runtime.js";
import { palette, refresh } from "../lab/theme.js";
import { onScheme } from "../scheme.js";
import { boxAround, place } from "../lab/labels.js";
import { Runner } from "./runner.js";

const LASTS = 5000; // ms of the film
const EASE = 1.6; // early steps are the long ones
const SLICE = 8; // ms of computing between two pictures, at least; as long as painting where that takes longer
const SIZE = 13;
const NOWHERE = array([0]);
const START = "start";
// more than the box that training stays in, so that paths along its edges are seen whole
const VIEW = [0.003, 3.15];
const FINE = grid(73, 47, VIEW);

export class RlRace extends HTMLElement {
  connectedCallback() {
    if (this.panel) return;
    const { methods, presets, steps, ...chosen } = JSON.parse(this.dataset.state);
    Object.assign(this, { methods, steps, goal: 0, settings: Object.assign(defaults(), chosen) });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.build(presets);
    this.restart(true);
    this.panel.resize();
    onScheme(() => this.landscape());
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => this.landscape());
    const fit = () => {
      this.panel.resize();
      if (this.still || !this.calm.matches) this.paint();
    };
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(this.panel.canvas);
    this.setAttribute("data-ready", "");
    this.play();
  }

  build(presets) {
    this.panel = new Panel({
      key: "race",
      title: "<i>J</i>(<i>μ</i>, <i>σ</i>), brighter is better",
      legend: [["best Gaussian", "argmax", "cross"], ["moment match", "optimum", "star"]],
      hint: [() => "Drag the start", (height) => height - 34],
      describe: () => this.words(),
      grounds: [[(pen) => ground(pen, this.base.relief), () => [this.base.relief]], [(pen) => axes(pen, this.base), () => []]],
      paint: (pen) => this.draw(pen),
    });
    this.panel.click = (x, y) => this.moveTo(x, y);
    this.button = element("button", { type: "button", class: "rl-play" });
    this.button.addEventListener("click", () => (this.film ? this.finish() : this.play()));
    this.chips = Object.entries(presets).map(([name, words]) => {
      const input = element("input", { type: "radio", name: "rl-race-preset", value: name, checked: name === this.settings.preset });
      input.addEventListener("change", () => this.choose(name));
      return element("label", {}, input, element("span", {}, words));
    });
    this.count = element("output", { class: "rl-race-step" });
    this.grip = element("button", { type: "button", class: "rl-race-start" });
    this.grip.addEventListener("keydown", (event) => this.key(event));
    this.panel.canvas.after(this.grip);
    const chips = element("div", { class: "rl-segments", role: "radiogroup", "aria-label": "Reward" }, ...this.chips);
    this.replaceChildren(element("div", { class: "rl-race-bar" }, this.button, element("span", { "aria-hidden": "true" }, "reward:"), chips, this.count), this.panel.node);
  }

  // ---- what happens

  /** The runs from the present start; the landscape, too, where it is another. */
  restart(anew = false) {
    if (anew) this.landscape();
    this.runners = this.methods.map((method) => new Runner(method, this.settings, this.problem));
  }

  landscape(which) {
    refresh(which);
    this.problem = problemOf(this.settings);
    const map = landscape(this.problem, FINE);
    const { mean, std } = scratch(() => core.optimum({ problem: this.problem, actions: NOWHERE }));
    this.base = { map, relief: relief(map), star: { mean, std }, best: summit(this.problem, map) };
    this.paint();
  }

  choose(preset) {
    this.settings.preset = preset;
    this.restart(true);
    this.play();
  }

  /** From the start, as a film; at once for readers who want no motion. */
  play() {
    this.restart();
    const now = performance.now();
    this.film = this.calm.matches ? null : { from: now };
    this.goal = this.film ? 0 : this.steps;
    this.tick(now);
  }

  finish() {
    this.film = null;
    this.goal = this.steps;
    this.request();
  }

  moveTo(x, y) {
    const { frame } = this.panel;
    const { mean, std } = core.clamp({ policy: { mean: frame.atX(x), std: frame.atY(y) } });
    Object.assign(this.settings, { mean: Number(mean.toFixed(2)), std: Number(std.toFixed(2)) });
    this.restart();
    this.finish();
  }

  key(event) {
    const turn = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.05], ArrowDown: [0, -0.05] }[event.key];
    if (!turn) return;
    event.preventDefault();
    this.panel.touched();
    const { frame } = this.panel;
    this.moveTo(frame.px(this.settings.mean + turn[0]), frame.py(this.settings.std + turn[1]));
  }

  /** On white, and to the end. */
  print() {
    this.finish();
    for (const runner of this.runners) while (runner.step < this.steps) runner.advance();
    this.landscape("light");
    this.panel.print({});
  }

  // ---- frames

  request() {
    this.due ??= requestAnimationFrame((now) => {
      this.due = null;
      this.tick(now);
    });
  }

  /** Compute for as long as one picture may take, and draw it. */
  tick(now) {
    if (!this.isConnected) return;
    if (this.film) {
      const share = Math.min(1, (now - this.film.from) / LASTS);
      this.goal = Math.ceil(this.steps * share ** EASE) || 1; // something moves in the first picture
      if (share === 1) this.film = null;
    }
    const until = performance.now() + Math.max(SLICE, (now - (this.before ?? now)) / 2);
    let step = this.step;
    for (; step < this.goal && performance.now() < until; step++) for (const runner of this.runners) if (runner.step === step) runner.advance();
    const done = step >= this.goal;
    if (done || !this.calm.matches || step === 0) this.paint();
    this.before = !done || this.film ? now : null;
    if (this.before) this.request();
  }

  get step() {
    return Math.min(...this.runners.map((runner) => runner.step));
  }

  get still() {
    return !this.film && this.step >= this.goal;
  }

  // ---- the picture

  paint() {
    if (!this.runners) return;
    this.panel.draw({});
    this.count.textContent = `step ${this.step} of ${this.steps}`;
    this.button.dataset.playing = String(Boolean(this.film));
    const label = this.film ? "Show the end" : "Play from the start";
    if (this.button.getAttribute("aria-label") !== label) this.button.setAttribute("aria-label", label);
    if (this.still) this.rest();
  }

  /** What waits until nothing moves: words, and the way to the lab in this state. */
  rest() {
    this.panel.tell({});
    const { mean, std } = this.settings;
    this.grip.setAttribute("aria-label", `Start at mean ${fixed(mean, 2)}, standard deviation ${fixed(std, 2)}. Arrow keys move it.`);
    const steps = Object.fromEntries(this.runners.map((runner) => [runner.method, runner.step]));
    for (const link of document.querySelectorAll(".rl-race-links a[href*='lab.html']")) link.hash = toHash(this.settings, steps);
  }

  words() {
    const ends = this.runners.map(({ method, policy }) => `${method} ${fixed(policy.mean, 2)}, ${fixed(policy.std, 2)}`);
    const { mean, std, preset } = this.settings;
    return `Landscape of J, reward ${preset}, and the paths of ${this.methods.join(", ")} from mean ${fixed(mean, 2)}, standard deviation ${fixed(std, 2)}. After ${this.step} steps: ${ends.join("; ")}.`;
  }

  draw(pen) {
    const { panel, base, runners, settings } = this;
    const frame = (panel.frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: VIEW }));
    const at = ({ mean, std }) => [frame.px(mean), frame.py(std)];
    const lines = runners.map(({ path }) => frame.points(path.mean, path.std));
    runners.forEach(({ method }, i) => pen.line(lines[i], { ...styleOf(method), width: 2.2, halo: 2 }));
    for (const { method, policy } of runners) pen.dot(...at(policy), 5, { fill: method.toLowerCase(), stroke: "paper" });
    const start = at(settings);
    pen.dot(...start, 7, { fill: "paper", stroke: "ink", width: 2 });
    pen.dot(...start, 2.5, { fill: "ink" });
    star(pen, ...at(base.star));
    cross(pen, ...at(base.best));
    this.label(pen, frame, lines, [start, at(base.star), at(base.best)]);
    panel.handle(...start, (x, y) => this.moveTo(x, y));
    Object.assign(this.grip.style, { left: `${start[0]}px`, top: `${start[1] + panel.canvas.offsetTop}px` });
  }

  /** The names of the ends, and of the start. */
  label(pen, frame, lines, marks) {
    const { left, top, width, height } = frame;
    const named = this.runners.map(({ method, policy }) => ({ name: method, x: frame.px(policy.mean), y: frame.py(policy.std) }));
    // as long as all are at the start there is nothing to tell apart
    const names = [{ name: START, x: marks[0][0], y: marks[0][1] }, ...(this.step ? named : [])].map((one) => ({ ...one, width: wide(one.name) }));
    const taken = [...marks.map(([x, y]) => boxAround(x, y, 9)), ...named.map(({ x, y }) => boxAround(x, y, 5))];
    if (!this.panel.known) taken.push({ left: left, right: left + 120, top: top + height - 30, bottom: top + height });
    const dots = lines.flatMap((points) => Array.from({ length: Math.ceil(points.length / 8) }, (_, i) => [points[8 * i], points[8 * i + 1]]));
    this.panel.labels = place(names, taken, dots, { left: left + 2, right: left + width - 2, top: top + 2, bottom: top + height - 2 });
    for (const { name, x, y, left, right, top, bottom, reach } of this.panel.labels) {
      const color = name === START ? "ink" : name.toLowerCase();
      const edge = [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))];
      if (reach > 12) pen.line([x, y, ...edge], { color, width: 1 });
      pen.area([left - 2, top, right + 2, top, right + 2, bottom, left - 2, bottom], { color: "paper", alpha: 0.72 });
      pen.text(left, bottom - 3.5, name, { align: "left", color: "ink", size: SIZE });
    }
  }
}

const widths = new Map();
let ruler;

/** How wide a name is, once its face has come. */
function wide(name) {
  if (!widths.has(name)) {
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = `${SIZE}px ${palette.font}`;
    const { width } = ruler.measureText(name);
    if (document.fonts.status !== "loaded") return width;
    widths.set(name, width);
  }
  return widths.get(name);
}
