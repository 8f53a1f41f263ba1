// A panel: a heading with its legend, canvases of fixed height, and one way to draw it on the screen or into a file.
import { element } from "../controls.js";
import { Layer } from "./layer.js";
import { SvgPen, recorded } from "./pen.js";
import { swatch } from "./swatch.js";
import { palette } from "./theme.js";
import { symbol } from "./words.js";

const same = (a, b) => a.length === b.length && a.every((part, i) => part === b[i]);

/** A finger takes hold by resting for so many milliseconds, or by setting out sideways for so many pixels. */
const HOLD = 180;
const SLOP = 4;
const FINGER = 22;
const POINTER = 11;
/** Canvas pixels per pixel while a rough map is dragged, and while anything moves: what moves is not looked at that closely. */
const ROUGH_RATIO = 1;
const MOVING_RATIO = 2;

export class Panel {
  /**
   * @param title   heading, may hold <i> <sub> <sup>
   * @param legend  [[label, palette name, dash or mark]]
   * @param height  pixels of the canvas, where the page's style gives none
   * @param paint   (pen, view) => void: what moves
   * @param grounds what stays below it, each as long as every part of its key does: [paint, (view) => key]
   * @param hint    what can be done here, written on it until it has been done: [text, place] of the size
   */
  constructor({ key, title, legend = [], height, paint, grounds = [], describe, hint }) {
    Object.assign(this, { key, paint, describe, height, hint });
    this.top = new Layer({ role: "img" });
    this.canvas = this.top.canvas;
    this.grounds = grounds.map(([paint, keyOf]) => ({ paint, keyOf, layer: new Layer({ "aria-hidden": "true" }) }));
    this.layers = [...this.grounds.map(({ layer }) => layer.canvas), this.canvas];
    if (height) for (const canvas of this.layers) canvas.style.height = `${height}px`;
    this.heading = element("span", { class: "rl-lab-title" }, symbol(title));
    this.legend = element("span", { class: "rl-lab-legend" });
    this.setLegend(legend);
    this.node = element("figure", { class: "rl-lab-panel", "data-panel": key }, element("figcaption", {}, this.heading, this.legend), element("div", { class: "rl-lab-layers" }, ...this.layers));
    this.handles = [];
    this.near = true;
    this.faces = 0;
    this.#listen();
  }

  setLegend(entries) {
    const key = JSON.stringify(entries);
    if (key === this.legendKey) return;
    this.legendKey = key;
    this.legend.replaceChildren(
      ...entries.map(([label, color, mark]) => element("span", {}, swatch(color, mark), symbol(label))),
    );
  }

  /** Measure. */
  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.size = [clientWidth, clientHeight];
    this.ratio = Math.min(3, window.devicePixelRatio || 1);
  }

  /** Width and height; of what has not been laid out yet, those that a file gives it. */
  get extent() {
    return this.size ?? [480, this.height ?? 240];
  }

  /** The strokes of what moves, and the places to take hold of. */
  #moving(view) {
    const [width, height] = this.extent;
    this.handles = [];
    return recorded({ width, height }, (pen) => this.paint(pen, view, this));
  }

  /** All of it by one pen. */
  write(pen, view) {
    for (const { paint } of this.grounds) paint(pen, view);
    this.#moving(view).replay(pen);
  }

  /** Onto the screen, if it looks different from what is there. */
  draw(view) {
    // a picture has words from the first, and keeps them up to date when it rests
    if (!this.text) this.tell(view);
    if (!this.size || this.node.hidden || !this.near) return;
    // canvases are as sharp as the screen when they are at rest
    const sharp = view.rough ? Math.min(this.ratio, ROUGH_RATIO) : this.ratio;
    const look = [...this.size, palette("paper"), this.faces];
    this.view = view;
    for (const ground of this.grounds) this.#lay(ground, view, sharp, look);
    const ratio = view.moving ? Math.min(sharp, MOVING_RATIO) : sharp;
    const hint = this.hint && !this.known && !view.moving ? this.hint[0]() : "";
    const strokes = this.#moving(view);
    const drawn = [ratio, hint, ...look];
    if (this.strokes?.equals(strokes) && same(this.drawn, drawn)) return;
    Object.assign(this, { strokes, drawn });
    this.top.draw(this.size, ratio, (pen) => {
      strokes.replay(pen);
      if (hint) pen.text(48, this.hint[1](this.size[1]), hint, { align: "left", color: "ink", halo: 3 });
    });
    if (document.fonts.status !== "loaded") this.#await();
  }

  /** Words are written again in their own face as soon as it has come. An event tells: the promise may be kept too early. */
  #await() {
    if (this.awaits) return;
    this.awaits = true;
    document.fonts.addEventListener("loadingdone", () => {
      this.awaits = false;
      this.faces++;
      this.draw(this.view);
    }, { once: true });
  }

  #lay(ground, view, ratio, look) {
    const key = [ratio, ...look, ...ground.keyOf(view)];
    if (ground.key && same(ground.key, key)) return;
    ground.key = key;
    ground.layer.draw(this.size, ratio, (pen) => ground.paint(pen, view));
  }

  /** The reader has taken hold of something here, and needs no hint any more. */
  touched() {
    this.known = true;
  }

  /** In words, for those who do not see it. */
  tell(view) {
    const text = this.describe?.(view);
    if (text && text !== this.text) this.canvas.setAttribute("aria-label", (this.text = text));
  }

  /** The view's strokes as SVG. */
  #lines(view) {
    const pen = new SvgPen(...this.extent);
    this.write(pen, view);
    return pen.body.join("");
  }

  /** What paper shows in place of the canvas, whose pixels are too few for it. */
  print(view) {
    const [width, height] = this.extent;
    this.printed ??= element("div", { class: "rl-lab-print", role: "img" });
    this.printed.setAttribute("aria-label", this.describe?.(view) ?? this.heading.textContent);
    this.printed.innerHTML = `<svg viewBox="0 0 ${width} ${height}" font-family='${palette.font}'>${this.#lines(view)}</svg>`;
    this.canvas.parentElement.after(this.printed);
  }

  svg(view) {
    const [width, height] = this.extent;
    const pen = new SvgPen(width, height + 30);
    pen.text(8, 18, this.heading.textContent, { align: "left", color: "ink", size: 14 });
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + 30}" font-family='${palette.font}'>` +
      `<rect width="100%" height="100%" fill="${palette("paper")}"/>${pen.body.join("")}<g transform="translate(0 26)">${this.#lines(view)}</g></svg>`
    );
  }

  /** Offer a place to take hold of: `drag(x, y)` gets pixels. Called while painting. */
  handle(x, y, drag, { radius = 0, cursor = "grab", bump } = {}) {
    this.handles.push({ x, y, drag, radius, cursor, bump });
  }

  #nearest(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const reach = event.pointerType === "touch" ? FINGER : POINTER;
    let best = null;
    let least = Infinity;
    for (const handle of this.handles) {
      const distance = Math.hypot(handle.x - x, handle.y - y) - handle.radius;
      if (distance <= reach && distance < least) [best, least] = [handle, distance];
    }
    return { best, x, y };
  }

  #listen() {
    const { canvas } = this;
    // Handles are made anew by every painting; the one that is held is known by its place in the list.
    let held = null;
    let press = null;
    const take = () => {
      press.taken = true;
      this.touched();
    };
    /** Whether what is held goes along; a finger that sets out up or down before it has rested scrolls the page. */
    const taken = (x, y) => {
      if (held !== null && !press.taken && Math.hypot(x - press.x, y - press.y) >= SLOP) {
        clearTimeout(press.rests);
        if (Math.abs(x - press.x) > Math.abs(y - press.y)) take();
        else held = null;
      }
      return held !== null && press.taken;
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const { best, x, y } = this.#nearest(event);
      const finger = event.pointerType === "touch";
      press = { x, y, drags: !finger };
      if (!best) return;
      held = this.handles.indexOf(best);
      if (finger) press.rests = setTimeout(take, HOLD);
      else take();
      canvas.setPointerCapture(event.pointerId);
      canvas.style.cursor = "grabbing";
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      const { best, x, y } = this.#nearest(event);
      if (taken(x, y)) this.handles[held]?.drag(x, y);
      else if (press?.drags && this.sweep && Math.hypot(x - press.x, y - press.y) >= 5) {
        press.swept = true;
        canvas.setPointerCapture(event.pointerId);
        this.touched();
        this.sweep(x, y);
      } else if (event.pointerType !== "touch") {
        canvas.style.cursor = best ? best.cursor : this.click ? "crosshair" : "";
        this.hover?.(x, y);
      }
    });
    const release = (event) => {
      clearTimeout(press?.rests);
      if (held === null && press && !press.swept && event.type === "pointerup") {
        const { x, y } = this.#nearest(event);
        if (Math.hypot(x - press.x, y - press.y) < 5) {
          this.touched();
          this.click?.(x, y);
        }
      }
      held = press = null;
      canvas.style.cursor = "";
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => this.hover?.(null));
    const hold = (event) => {
      const { left, top } = canvas.getBoundingClientRect();
      const { clientX, clientY } = event.touches[0];
      if (taken(clientX - left, clientY - top)) event.preventDefault();
    };
    canvas.addEventListener("touchmove", hold, { passive: false });
  }
}
