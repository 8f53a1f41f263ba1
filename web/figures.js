// <rl-figure>: a Plotly figure that is drawn when the reader comes near, in the colors of the page.
//
//   <rl-figure class="rl-figure" style="--rl-height:460px" role="group" aria-label="…">
//     <script type="application/json">{"data": […], "layout": {…}, "frames": […]}</script>
//   </rl-figure>
//
// `--rl-height` is the height of everything, controls included, so nothing on the page moves when it appears; the
// styles make it less where the screen is small.
import theme from "./generated/theme.json";
import { Controls, element, readControls } from "./controls.js";
import { Numbers, wordsOf } from "./numbers.js";
import { onScheme, scheme } from "./scheme.js";

const base = document.currentScript.src.replace(/[^/]*$/, "");
const NARROW = 560;
const LEAST = 220;
const UNHURRIED = 300; // ms after a page has loaded
const PAPER = 620; // what fits on a printed page, in CSS pixels

let plotly;

/** Plotly, loaded once by the first figure that needs it; a classic script, so that it works from a file. */
export function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const script = element("script", { src: `${base}plotly.js` });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("the plotting library did not load"));
    document.head.append(script);
  });
  return plotly;
}

/** Print may be asked for at any time, and does not wait for a script: it comes when the page has nothing else to do. */
function forPrint() {
  if (plotly || forPrint.asked) return;
  forPrint.asked = true;
  const idle = window.requestIdleCallback ?? setTimeout;
  // words in a face that has not come are not printed at all; figures have Latin and Greek ones, upright and slanted
  const faces = () => Promise.allSettled(["'Source Sans 3'", "KaTeX_Main"].flatMap((family) => ["", "italic "].map((style) => document.fonts.load(`${style}16px ${family}`, "aμ"))));
  const later = () => setTimeout(() => idle(() => faces().then(loadPlotly).catch(() => {})), UNHURRIED);
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
  addEventListener("keydown", (event) => {
    if (window.Plotly || event.key !== "p" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    faces().then(loadPlotly).then(() => print(), () => print());
  });
}

const TOKEN = /var\(--rl-([a-z0-9-]+)(?:\s*\/\s*([\d.]+))?\)/g;

function colorOf(match, name, alpha, which) {
  const entry = theme.palette[name];
  if (!entry) return match;
  const hex = entry[which];
  if (alpha === undefined) return hex;
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  return `rgba(${r},${g},${b},${alpha})`;
}

/** A copy of a figure's JSON with palette names replaced by the scheme's colors. */
export function resolveColors(value, which) {
  if (typeof value === "string") return value.includes("var(--rl-") ? value.replace(TOKEN, (m, name, alpha) => colorOf(m, name, alpha, which)) : value;
  if (Array.isArray(value)) return typeof value[0] === "number" && typeof value.at(-1) === "number" ? value : value.map((item) => resolveColors(item, which));
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveColors(item, which)]));
  return value;
}

/** Merge `patch` into `target` as Plotly does for frames: objects deeply, arrays as a whole. */
function merge(target, patch) {
  for (const [key, value] of Object.entries(patch ?? {})) {
    if (value !== null && typeof value === "object" && !Array.isArray(value) && typeof target[key] === "object" && target[key] !== null && !Array.isArray(target[key])) merge(target[key], value);
    else target[key] = value;
  }
  return target;
}

function mergeFrame(figure, frame) {
  if (!frame) return;
  (frame.data ?? []).forEach((patch, i) => {
    const trace = figure.data[frame.traces?.[i] ?? i];
    if (trace) merge(trace, patch);
  });
  merge(figure.layout, frame.layout);
}

const same = (a, b) => a === b || (typeof a === "object" && typeof b === "object" && a !== null && b !== null && Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => same(a[key], b[key])));

const isScatter = ({ type = "scatter" }) => type === "scatter";

/** Whether a trace lies between fixed axes; free ones follow what is drawn, and keep what was drawn before. */
const isFramed = (trace, layout) => ["x", "y"].every((letter) => layout[(trace[`${letter}axis`] ?? letter).replace(letter, `${letter}axis`)]?.range);

/**
 * What moves from one frame of a figure to another, as a frame of Plotly's, where only points and lines move; null
 * where a map or an axis changes, too. Frames of one figure name the same traces. Those that rest are listed as
 * well: Plotly takes whatever a frame does not list for gone.
 */
function movement({ data, layout }, from, to) {
  if (!from || !to || !same(from.layout, to.layout)) return null;
  const patches = new Map(to.data.map((patch, i) => [to.traces?.[i] ?? i, patch]));
  const moved = to.data.flatMap((patch, i) => (same(patch, from.data[i]) ? [] : [data[to.traces?.[i] ?? i]]));
  if (!moved.every((trace) => isScatter(trace) && isFramed(trace, layout))) return null;
  const traces = [...data.keys()].filter((trace) => isScatter(data[trace]));
  return { traces, data: traces.map((trace) => patches.get(trace) ?? {}) };
}

export class RLFigure extends HTMLElement {
  connectedCallback() {
    if (this.source) return;
    const script = this.querySelector('script[type="application/json"]');
    if (!script) return;
    this.source = JSON.parse(script.textContent);
    this.source.frames ??= [];
    this.source.layout ??= {};
    this.frame = null;
    this.called = new Map();

    this.alt = this.getAttribute("aria-label") ?? this.source.layout.meta?.alt ?? "Figure";
    this.plot = element("div", { class: "rl-plot", role: "img" });
    this.setAttribute("aria-label", "Interactive figure");
    this.buildControls();
    this.opening = this.controls.words();
    this.describe();

    this.observer = new IntersectionObserver(
      (entries) => {
        this.near = entries.at(-1).isIntersecting;
        if (!this.near) return;
        if (!this.started) this.start();
        else if (this.stale) this.draw();
      },
      { rootMargin: "600px 0px" },
    );
    this.observer.observe(this);
    addEventListener("beforeprint", (this.onPrint = () => this.print()));
    addEventListener("afterprint", (this.offPrint = () => this.started && ((this.paper = null), this.draw())));
    forPrint();
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.resizer?.disconnect();
    this.forget?.();
    removeEventListener("beforeprint", this.onPrint);
    removeEventListener("afterprint", this.offPrint);
    this.controls?.pause();
  }

  buildControls() {
    const read = readControls(this.source);
    this.actions = read.controls.map((control) => control.actions);
    this.frameOf = read.frameOf;
    this.controls = new Controls(read, (index, state) => this.change(index, state));
    const tools = element("div", { class: "rl-tools" });
    this.numbers = new Numbers({
      name: this.name,
      read: () => this.current(),
      state: () => this.controls.words(),
    });
    tools.append(this.numbers.button);
    const save = element("button", { type: "button", class: "rl-tool" }, "Save picture");
    save.addEventListener("click", () => this.save());
    tools.append(save);
    this.controls.node.append(tools);
    this.append(this.controls.node, this.plot, this.numbers.panel);
    if (this.frameOf) this.frame = this.frameOf(this.controls.state);
  }

  async start() {
    this.started = true;
    try {
      this.Plotly = await loadPlotly();
      // Plotly measures its labels once, with the faces that are there by then.
      await document.fonts.ready;
      if (!this.paper) await this.draw();
    } catch (error) {
      console.error(error);
      this.plot.replaceChildren(element("p", { class: "rl-alt" }, this.alt));
      return;
    }
    this.follow();
  }

  /** It is drawn; from now on it follows the color scheme and the room it has. */
  follow() {
    if ("ready" in this.dataset) return;
    this.dataset.ready = "";
    this.forget = onScheme(() => this.refresh());
    this.resizer = new ResizeObserver(() => {
      if (this.drawnWidth === this.clientWidth) return;
      cancelAnimationFrame(this.pending);
      this.pending = requestAnimationFrame(() => this.refresh());
    });
    this.resizer.observe(this);
  }

  /**
   * Paper does not wait: what the reader has not come near yet is drawn at once, without anything asynchronous. Until
   * it has been printed nothing else draws.
   */
  print() {
    if (!window.Plotly) return;
    this.controls.pause();
    cancelAnimationFrame(this.pending);
    Object.assign(this, { paper: PAPER, started: true, Plotly: window.Plotly });
    this.draw();
    this.follow();
  }

  plotHeight() {
    const whole = parseFloat(getComputedStyle(this).minHeight);
    return Math.max(LEAST, Math.round(whole - this.controls.node.offsetHeight));
  }

  /** Say what is drawn: what the author wrote of the first state, and in another one the numbers of that. */
  describe() {
    const now = this.controls.words();
    const moved = now === this.opening ? "" : ` That is for ${this.opening}. Now ${now}: ${wordsOf(this.current())}`;
    this.plot.setAttribute("aria-label", this.alt + moved);
  }

  /** What its files are called. */
  get name() {
    return this.closest("[id]")?.id || "figure";
  }

  named(name) {
    return this.source.frames.find((frame) => frame.name === name);
  }

  /** The figure as it is to be drawn now: colors, present frame, size. */
  current() {
    const which = scheme();
    const { data, layout } = resolveColors({ data: this.source.data, layout: this.source.layout }, which);
    const figure = { data, layout };
    mergeFrame(figure, resolveColors(this.named(this.frame), which));
    const narrow = this.clientWidth < NARROW;
    if (layout.sliders?.length || layout.updatemenus?.length) {
      // Their room belongs to the controls above the picture.
      delete layout.margin;
    }
    delete layout.sliders;
    delete layout.updatemenus;
    delete layout.width;
    layout.template = { layout: structuredClone(theme.templates[which].layout) };
    layout.autosize = true;
    layout.height = this.plotHeight();
    layout.uirevision ??= "kept";
    layout.dragmode = false; // a reader who drags wants to move something, not to zoom
    if (narrow) {
      const base = layout.template.layout;
      base.font.size = 12;
      base.margin = { l: 40, r: 8, t: 30, b: 38 };
      base.legend.font.size = 12;
      for (const axis of [base.xaxis, base.yaxis]) Object.assign(axis, { nticks: 5, tickfont: { ...axis.tickfont, size: 11 } });
      merge(layout, resolveColors(layout.meta?.narrow ?? {}, which));
    }
    return figure;
  }

  /** Draw again, now or when the reader comes near. */
  refresh() {
    this.stale = true;
    if (this.near && this.clientWidth && !this.paper) return this.draw();
  }

  /**
   * Draw everything. Where size or colors are others than before, from nothing: Plotly would place a legend by the
   * margins that were.
   */
  async draw(how = "newPlot") {
    this.stale = false;
    this.drawnWidth = this.clientWidth;
    const { data, layout } = this.current();
    if (this.paper) Object.assign(layout, { width: Math.min(this.paper, this.clientWidth), autosize: false });
    this.drawn = this.frame;
    this.hold(false);
    await this.Plotly[how](this.plot, {
      data,
      layout,
      config: { displayModeBar: false, displaylogo: false, showSendToCloud: false, responsive: false, scrollZoom: false, doubleClick: "reset" },
    });
    for (const action of this.called.values()) await this.call(action);
  }

  /** Another Plotly method, such as restyle, that a control's step asks for. */
  call({ method, args }) {
    return this.Plotly[method](this.plot, ...resolveColors(structuredClone(args), scheme()));
  }

  /**
   * Take maps out of Plotly's hands, or give them back. When Plotly moves lines it removes every layer that does
   * not move with them, and it finds its layers by this class.
   */
  hold(held) {
    const [from, to] = held ? ["mlayer", "rl-held"] : ["rl-held", "mlayer"];
    for (const layer of this.plot.querySelectorAll(`.${from}:not(.scatterlayer)`)) layer.classList.replace(from, to);
  }

  /** A control moved: show the frame it names, or do what its step says. */
  async change(index, state) {
    const action = this.frameOf ? { frame: this.frameOf(state) } : this.actions[index][state[index]];
    if (!action) return;
    if (action.frame !== undefined) this.frame = action.frame;
    else this.called.set(index, action);
    this.numbers.update();
    this.describe();
    if (!("ready" in this.dataset) || this.paper) return;
    if (action.frame === undefined) return void (await this.call(action));
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.drawn !== this.frame && !this.paper) await this.move();
    } finally {
      this.busy = false;
    }
  }

  /** From the frame that is drawn to the present one: only the lines where only they move, otherwise everything. */
  async move() {
    const moved = movement(this.source, this.named(this.drawn), this.named(this.frame));
    if (moved === null) return this.draw("react");
    this.drawn = this.frame;
    this.hold(true);
    const still = { duration: 0 };
    // Not awaited: what draws the figure anew meanwhile ends the animation without a word.
    this.Plotly.animate(this.plot, resolveColors(moved, scheme()), { mode: "immediate", transition: still, frame: { ...still, redraw: false } }).catch(() => {});
    await new Promise(requestAnimationFrame);
  }

  save() {
    this.Plotly?.downloadImage(this.plot, { format: "svg", filename: this.name, width: this.plot.clientWidth, height: this.plot.clientHeight });
  }
}

export function defineFigures() {
  if (!customElements.get("rl-figure")) customElements.define("rl-figure", RLFigure);
}
