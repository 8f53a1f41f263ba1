// Compare: every method from one start, J with its median and band, final places, cost.
import source from "worker:./worker.js";
import { element } from "../controls.js";
import { budgeted, summary, train } from "./compare.js";
import { destination, hasDestination } from "./destination.js";
import { envelope } from "./envelope.js";
import { Frame, fixed, format, range } from "./frame.js";
import { PLAN } from "./link.js";
import { METHODS, defaults, defaultsOf, parametersOf, problemOf } from "./model.js";
import { Panel } from "./panel.js";
import { styleOf } from "./pen.js";
import { palette } from "./theme.js";
import { button, choiceRow, sliderRow } from "./rows.js";
import { swatch } from "./swatch.js";

const STEPS = { symbol: "T", title: "steps", ...PLAN.steps, step: 10, log: false, meaning: "training steps of every run" };
const RUNS = { symbol: "R", title: "runs", ...PLAN.runs, step: 1, log: true, meaning: "independent runs of every method" };
const INTEGRAL = "–*";
/** Seconds that a comparison may have taken to be made again unasked. */
const QUICK = 2;
const BUDGETS = { 0.125: "⅛", 0.25: "¼", 0.5: "½", 1: "1", 2: "2", 4: "4", 8: "8" };

/** As many workers as the machine has cores; where a page may not have any, slices of work between frames. */
class Crew {
  constructor() {
    this.queue = [];
    this.idle = [];
    try {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const size = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));
      this.idle = Array.from({ length: size }, () => new Worker(url));
    } catch {
      this.broken = true;
    }
  }

  do(task) {
    if (this.broken) return here(task);
    return new Promise((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (!this.idle.length || !this.queue.length) return;
    const worker = this.idle.pop();
    const { task, resolve, reject } = this.queue.shift();
    worker.onmessage = ({ data: { result, error } }) => {
      this.idle.push(worker);
      if (error) reject(new Error(error));
      else resolve(result);
      this.#next();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.broken = true;
      for (const { task, resolve, reject } of [{ task, resolve, reject }, ...this.queue.splice(0)]) here(task).then(resolve, reject);
    };
    worker.postMessage(task);
  }
}

async function here({ method, settings, hyper, plan }) {
  const work = train(method, settings, hyper, plan);
  let step = work.next();
  let begun = performance.now();
  while (!step.done) {
    if (performance.now() - begun > 12) {
      await new Promise((resume) => setTimeout(resume));
      begun = performance.now();
    }
    step = work.next();
  }
  return summary(step.value);
}

export class Comparison {
  constructor({ height, onChange }) {
    this.onChange = onChange;
    this.plan = defaults().compare;
    this.results = new Map();
    const rows = [
      sliderRow("steps", STEPS, (steps) => this.#set({ steps })),
      sliderRow("runs", RUNS, (runs) => this.#set({ runs })),
    ];
    this.rows = rows;
    const budget = choiceRow("Budget: samples ×", BUDGETS, (value) => this.#set({ budget: Number(value) }));
    // numeric keys come in their own order
    budget.select.replaceChildren(...Object.entries(BUDGETS).sort(([a], [b]) => a - b).map(([value, text]) => element("option", { value }, text)));
    this.budgetRow = budget;
    const settings = choiceRow("Hyperparameters", { defaults: "defaults", own: "as set in the tabs" }, (value) => this.#set({ own: value === "own" }));
    this.ownRow = settings;
    this.boxes = new Map();
    const toggles = METHODS.map((method) => {
      const box = element("input", { type: "checkbox", checked: true, "data-name": method });
      this.boxes.set(method, box);
      box.addEventListener("change", () => {
        this.#set({ methods: METHODS.filter((each) => (each === method ? box.checked : this.plan.methods.includes(each))) });
        this.show();
      });
      const { color, dash } = styleOf(method);
      return element("label", { class: "rl-lab-toggle" }, box, swatch(color, dash), method);
    });
    this.go = button("Run all", () => this.run(), { class: "rl-lab-button rl-lab-primary" });
    this.status = element("span", { class: "rl-lab-status", role: "status" });
    this.controls = element(
      "div",
      { class: "rl-lab-group" },
      element("h2", {}, "Compare"),
      (this.actions = element("div", { class: "rl-lab-actions" }, this.go, this.status)),
      ...rows.map((row) => row.node),
      budget.node,
      settings.node,
      element("fieldset", { class: "rl-lab-toggles" }, element("legend", {}, "Methods"), ...toggles),
    );
    this.panel = new Panel({
      key: "comparison",
      title: "<i>J</i> over steps: median and 10 – 90 % band",
      height,
      describe: () =>
        this.shown.length ? `Median J at the end: ${this.shown.map((r) => `${r.method} ${format(r.bands[1].at(-1))}`).join(", ")}` : "Nothing compared yet",
      paint: (pen, view, panel) => this.#paint(pen, view, panel),
    });
    const note = element("p", { class: "rl-lab-keys" }, "Distances: in (μ, σ), the median over the runs. * Its end is no formula but an integral, which the chapter on destinations computes.");
    this.table = element("table", { class: "rl-lab-table" });
    this.node = element("div", { class: "rl-lab-compare" }, this.panel.node, element("div", { class: "rl-lab-scroll", tabindex: "0", role: "group", "aria-label": "Results of the comparison" }, this.table), note);
  }

  /** Take up a plan, as an address holds it. */
  begin(plan) {
    this.plan = plan;
    const { steps, runs, budget, own, methods } = plan;
    this.rows[0].show(steps);
    this.rows[1].show(runs);
    // any factor may stand in an address, the list offers the round ones
    plan.budget = Number(Object.keys(BUDGETS).reduce((a, b) => (Math.abs(b / budget - 1) < Math.abs(a / budget - 1) ? b : a)));
    this.budgetRow.show(String(plan.budget));
    this.ownRow.show(own ? "own" : "defaults");
    for (const [method, box] of this.boxes) box.checked = methods.includes(method);
  }

  #set(change) {
    Object.assign(this.plan, change);
    this.begin(this.plan);
    if (!change.methods || change.methods.some((method) => !this.results.has(method))) this.expire(true);
    this.onChange();
  }

  /** The results are of other settings than the present ones; where it is quick and they are `seen`, they are renewed. */
  expire(seen) {
    if (!this.results.size) return;
    this.outdated = true;
    this.status.textContent = "Changed since.";
    clearTimeout(this.again);
    if (seen && this.seconds < QUICK) this.again = setTimeout(() => this.run(), 300);
  }

  get shown() {
    return METHODS.filter((method) => this.plan.methods.includes(method) && this.results.has(method)).map((method) => this.results.get(method));
  }

  /** A few runs of each method for the map. */
  get paths() {
    return this.shown.flatMap(({ method, few }) => few.slice(0, 4).map(({ mean, std }) => ({ method, mean, std })));
  }

  /** Where the methods end, as far as formulas say. */
  get marks() {
    return this.shown.filter(({ end }) => end).map(({ method, end }) => ({ name: method, place: end }));
  }

  /** Train all chosen methods; the page stays free meanwhile. */
  async run() {
    this.crew ??= new Crew();
    this.crew.queue.length = 0;
    clearTimeout(this.again);
    this.outdated = false;
    const settings = structuredClone(this.settings());
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { steps, runs, budget } = this.plan;
    const best = this.best();
    const begun = performance.now();
    this.status.textContent = "running …";
    this.go.disabled = true;
    // what takes longest first
    const chosen = [...METHODS].reverse().filter((method) => this.plan.methods.includes(method));
    try {
      await Promise.all(
        chosen.map(async (method) => {
          const hyper = budgeted(method, this.plan.own ? settings.hyper[method] : defaultsOf(parametersOf(method)), budget);
          const result = await this.crew.do({ method, settings, hyper, plan: { steps, runs } });
          if (turn !== this.turn) return;
          this.results.set(method, { ...result, best, end: destination(method, problemOf(settings), hyper, settings) });
        }),
      );
      if (turn !== this.turn) return;
      this.seconds = (performance.now() - begun) / 1000;
      this.status.textContent = `${chosen.length} × ${runs} runs of ${steps} steps in ${this.seconds.toFixed(2)} s`;
    } catch (error) {
      if (turn !== this.turn) return;
      this.status.textContent = `The comparison stopped: ${error.message}`;
    }
    this.go.disabled = false;
    this.show();
    this.onChange();
  }

  /** The table below the curves. */
  show() {
    const head = ["method", "median J", "10 – 90 %", "mean μ, σ", "to argmax J", "to own end", "samples"];
    const rows = METHODS.filter((method) => this.plan.methods.includes(method)).map((method) => {
      // a row for what is still running, so that nothing below moves when it arrives
      if (!this.results.has(method)) return [method, ...head.slice(1).map(() => "…")];
      const { bands, final, samples, best, end } = this.results.get(method);
      // median over the runs of the distance in (μ, σ)
      const apart = ({ mean, std }) => fixed(final.mean.map((m, i) => Math.hypot(m - mean, final.std[i] - std)).sort()[final.mean.length >> 1], 2);
      const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
      const last = bands.map((band) => band.at(-1));
      return [method, fixed(last[1]), `${fixed(last[0])} – ${fixed(last[2])}`, `${fixed(mean(final.mean), 2)}, ${fixed(mean(final.std), 2)}`, apart(best), end ? apart(end) : hasDestination(method) ? "none" : INTEGRAL, format(samples, 6)];
    });
    this.table.replaceChildren(
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row[0]), ...row.slice(1).map((text) => element("td", {}, text))))),
    );
    this.table.hidden = !rows.length;
  }

  #paint(pen, { optimum, bestObjective }, panel) {
    const { shown } = this;
    panel.setLegend([
      ["<i>J</i>(<i>π</i><sup>★</sup>)", "optimum", "dash"],
      ["max <i>J</i>", "argmax", "dot"],
      ...shown.map(({ method }) => [method, styleOf(method).color, styleOf(method).dash]),
    ]);
    const all = shown.flatMap(({ bands }) => [Math.min(...bands[0]), Math.max(...bands[2])]);
    const low = Math.max(Math.min(...all, bestObjective), optimum.objective - 2.5);
    const axes = {
      left: 48,
      right: 12,
      top: 8,
      bottom: 24,
      x: [0, Math.max(20, ...shown.map(({ bands }) => bands[0].length - 1))],
      y: range([low], [bestObjective, optimum.objective, ...(shown.length ? [] : [0])], 0.08),
    };
    const frame = new Frame(pen, axes);
    frame.grid({ xLabel: "step", yTicks: 5 });
    frame.inside(() => {
      for (const [value, color, dash] of [[optimum.objective, "optimum", "dash"], [bestObjective, "argmax", "dot"]]) {
        pen.line([0, frame.py(value), pen.width, frame.py(value)], { color, dash, width: 1.4 });
      }
    });
    // bands are many points: they are drawn again only when they, or what they are measured by, have changed
    pen.once((panel.kept ??= {}), [...shown, palette("paper"), ...frame.y], (under) => this.#bands(new Frame(under, axes)));
    if (!shown.length) pen.text(frame.left + frame.width / 2, frame.top + frame.height / 2, "Press “Run all”", { size: 14 });
  }

  #bands(frame) {
    frame.inside(() => {
      for (const { method, bands } of this.shown) {
        const band = envelope(frame, bands[2]);
        const back = envelope(frame, bands[0]);
        for (let i = back.length - 2; i >= 0; i -= 2) band.push(back[i], back[i + 1]);
        frame.pen.area(band, { color: styleOf(method).color, alpha: 0.13 });
      }
      for (const { method, bands } of this.shown) frame.pen.line(envelope(frame, bands[1]), { ...styleOf(method), width: 2.2 });
    });
  }
}
