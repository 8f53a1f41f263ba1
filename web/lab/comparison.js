// Compare: every method from one start, J with its median and band, final places, cost.
import { element } from "../controls.js";
import { metadata } from "../generated/rlgeo.js";
import { budgeted } from "./compare.js";
import { Crew } from "./crew.js";
import { envelope } from "./envelope.js";
import { Frame, fixed, format, range } from "./frame.js";
import { PLAN } from "./link.js";
import { defaults, defaultsOf, drawsNothing, parametersOf } from "./model.js";
import { COMPARED, METHODS } from "./names.js";
import { Panel } from "./panel.js";
import { styleOf } from "./pen.js";
import { button, choiceRow, sliderRow } from "./rows.js";
import { swatch } from "./swatch.js";

const STEPS = { symbol: "T", title: "steps", ...PLAN.steps, step: 10, log: true, meaning: "training steps of every run" };
const RUNS = { symbol: "R", title: "runs", ...PLAN.runs, step: 1, log: true, meaning: "independent runs of every method" };
/** Runs of each method that the map shows. */
const CLOUD = 8;
/** Pixels within which a run on the map is picked. */
const NEAR = 14;
/** Steps of an expected path; it has long arrived then. */
const FAR = 600;
/** One run that is singled out: as no method's lines are drawn. */
const PICKED = { color: "policy", dash: "solid" };
const BUDGETS = { 0.125: "⅛", 0.25: "¼", 0.5: "½", 1: "1", 2: "2", 4: "4", 8: "8" };

export class Comparison {
  /** @param onRun called when runs are made; without `full` only what a chapter needs is in sight */
  constructor({ full, onChange, onRun }) {
    Object.assign(this, { full, onChange, onRun });
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
    const toggle = (method) => {
      const box = element("input", { type: "checkbox", checked: COMPARED.includes(method), "data-name": method });
      this.boxes.set(method, box);
      box.addEventListener("change", () => {
        this.#set({ methods: METHODS.filter((each) => (each === method ? box.checked : this.plan.methods.includes(each))) });
        this.show();
      });
      const { color, dash } = styleOf(method);
      return element("label", { class: "rl-lab-toggle", title: metadata.methods[method].title }, box, swatch(color, dash), method);
    };
    const cousins = METHODS.filter((method) => !COMPARED.includes(method));
    this.more = element("details", { class: "rl-lab-details", hidden: !cousins.length }, element("summary", {}, "More methods"), element("div", { class: "rl-lab-toggles" }, ...cousins.map(toggle)));
    this.picker = choiceRow("Pick a run", { "": "none" }, (value) => this.pick(value));
    this.expected = element("input", { type: "checkbox", "data-name": "expected" });
    this.expected.addEventListener("change", () => this.onChange());
    this.go = button("Run all", () => this.run(), { class: "rl-lab-button rl-lab-primary" });
    this.status = element("span", { class: "rl-lab-status", role: "status" });
    const samples = [budget.node, settings.node];
    const looks = [this.more, this.picker.node, element("label", { class: "rl-lab-toggle" }, this.expected, "Expected paths")];
    this.controls = element(
      "div",
      { class: "rl-lab-group" },
      element("h2", {}, "Compare"),
      (this.actions = element("div", { class: "rl-lab-actions" }, this.go, this.status)),
      ...rows.map((row) => row.node),
      ...(full ? samples : []),
      element("fieldset", { class: "rl-lab-toggles" }, element("legend", {}, "Methods"), ...COMPARED.map(toggle)),
      ...(full ? looks : [element("details", { class: "rl-lab-details" }, element("summary", {}, "More"), ...samples, ...looks)]),
    );
    this.panel = new Panel({
      key: "comparison",
      title: "<i>J</i> over steps: median and 10 – 90 % band",
      height: full ? 360 : 150,
      describe: () =>
        this.shown.length ? `Median J at the end: ${this.shown.map((r) => `${r.method} ${format(r.bands[1].at(-1))}`).join(", ")}` : "Nothing compared yet",
      // bands are many points
      grounds: [[(pen, view) => this.#bands(pen, view), ({ optimum, bestObjective }) => [optimum.objective, bestObjective, ...this.shown, ...this.shown.map(({ old }) => Boolean(old))]]],
      paint: (pen, view, panel) => this.#paint(pen, view, panel),
    });
    const note = element("p", { class: "rl-lab-keys" }, "Distances: in (μ, σ), the median over the runs.");
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

  /** The results are of other settings than the present ones: they fade, and where they are `seen` they are made anew. */
  expire(seen) {
    if (!this.results.size) return;
    this.outdated = true;
    for (const result of this.results.values()) result.old = true;
    this.status.textContent = "Changed since.";
    clearTimeout(this.again);
    if (seen) this.again = setTimeout(() => this.run(), 300);
  }

  get shown() {
    return METHODS.filter((method) => this.plan.methods.includes(method) && this.results.has(method)).map((method) => this.results.get(method));
  }

  /** A few runs of each method for the map, and the expected ones if they are wanted. */
  get paths() {
    const { picked } = this;
    const runs = this.shown.flatMap(({ method, few, old }) =>
      few.slice(0, CLOUD).map(({ mean, std }, i) => {
        const mine = picked?.method === method && picked.run === i;
        return { method, mean, std, run: i, old: old || Boolean(picked && !mine), width: mine ? 2.6 : 1.5, style: mine ? PICKED : styleOf(method) };
      }),
    );
    if (!this.expected.checked) return runs;
    const expected = this.shown.map((result) => ({ method: result.method, ...this.#followed(result, Math.min(FAR, result.steps))?.path, width: 3.4 }));
    return [...runs, ...expected.filter(({ mean }) => mean)];
  }

  #followed({ method, settings, hyper }, steps = 0) {
    return this.ends.of(method, settings, hyper, steps);
  }

  /** Where the methods end. */
  get marks() {
    return this.shown.map((result) => ({ name: result.method, place: this.#followed(result)?.end })).filter(({ place }) => place);
  }

  /** Methods that end nowhere, named where their runs are. */
  get unringed() {
    const ringed = new Set(this.marks.map(({ name }) => name));
    return this.ended.filter(({ name }) => !ringed.has(name)).map(({ name, ...place }) => ({ name, place }));
  }

  /** Where the runs of each method are at the end, on average. */
  get ended() {
    const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    return this.shown.map(({ method, final }) => ({ name: method, mean: mean(final.mean), std: mean(final.std) }));
  }

  /** Single out one run, by a value of the list: "PG 3", or "" for none. */
  pick(value) {
    const at = value.lastIndexOf(" ");
    this.picked = value ? { method: value.slice(0, at), run: Number(value.slice(at)) - 1 } : null;
    this.onChange();
  }

  /** The run whose path passes nearest to a place on the map, if one does. */
  pickAt(x, y, frame) {
    let least = NEAR;
    let found = null;
    for (const { method, mean, std, run } of this.paths) {
      if (run === undefined) continue;
      for (let i = 0; i < mean.length; i++) {
        const distance = Math.hypot(frame.px(mean[i]) - x, frame.py(std[i]) - y);
        if (distance < least) [least, found] = [distance, `${method} ${run + 1}`];
      }
    }
    if (found) this.pick(found);
    return found !== null;
  }

  /** Train all chosen methods; the page stays free meanwhile. */
  async run() {
    this.crew ??= new Crew();
    this.crew.drop();
    this.onRun?.();
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
          const result = await this.crew.do({ kind: "train", method, settings, hyper, plan: { steps, runs } });
          if (turn !== this.turn) return;
          this.results.set(method, { ...result, best, settings, hyper, steps });
          this.onChange();
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
    const wide = this.full ? ["10 – 90 %", "mean μ, σ"] : [];
    const head = ["method", "median J", ...wide, "to best Gaussian", "to its destination", ...(this.full ? ["samples"] : [])];
    const rows = METHODS.filter((method) => this.plan.methods.includes(method)).map((method) => {
      // a row for what is still running, so that nothing below moves when it arrives
      if (!this.results.has(method)) return [method, ...head.slice(1).map(() => "…")];
      const result = this.results.get(method);
      const { bands, final, samples, best } = result;
      const end = this.#followed(result)?.end;
      // median over the runs of the distance in (μ, σ)
      const apart = ({ mean, std }) => fixed(final.mean.map((m, i) => Math.hypot(m - mean, final.std[i] - std)).sort()[final.mean.length >> 1], 2);
      const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
      const last = bands.map((band) => band.at(-1));
      const spread = [`${fixed(last[0])} – ${fixed(last[2])}`, `${fixed(mean(final.mean), 2)}, ${fixed(mean(final.std), 2)}`];
      const own = end ? apart(end) : end === null ? "none" : "…";
      return [method, fixed(last[1]), ...(this.full ? spread : []), apart(best), own, ...(this.full ? [format(samples, 6)] : [])];
    });
    this.table.replaceChildren(
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row[0]), ...row.slice(1).map((text) => element("td", {}, text))))),
    );
    this.table.hidden = !rows.length;
    // where nothing is drawn by chance one run is like any other
    const runs = this.shown.map(({ method, few, hyper }) => [method, few.slice(0, drawsNothing(method, hyper) ? 1 : CLOUD).map((_, i) => `${method} ${i + 1}`)]);
    const options = runs.flatMap(([, values]) => values);
    const value = this.picked ? `${this.picked.method} ${this.picked.run + 1}` : "";
    if (!options.includes(value)) this.picked = null;
    const option = (value, words = value) => element("option", { value }, words);
    const group = ([method, values]) => (values.length > 1 ? element("optgroup", { label: method }, ...values.map((one) => option(one))) : option(values[0], method));
    this.picker.select.replaceChildren(option("", "none"), ...runs.map(group));
    this.picker.show(this.picked ? value : "");
  }

  #frame(pen, { optimum, bestObjective }) {
    const { shown } = this;
    const all = shown.flatMap(({ bands }) => [Math.min(...bands[0]), Math.max(...bands[2])]);
    const low = Math.max(Math.min(...all, bestObjective), optimum.objective - 2.5);
    const x = [0, Math.max(20, ...shown.map(({ bands }) => bands[0].length - 1))];
    const y = range([low], [bestObjective, optimum.objective, ...(shown.length ? [] : [0])], 0.08);
    return new Frame(pen, { left: 48, right: 12, top: 8, bottom: 24, x, y });
  }

  #paint(pen, view, panel) {
    const { shown, picked } = this;
    panel.setLegend([
      ["<i>J</i>(<i>π</i><sup>★</sup>)", "optimum", "dash"],
      ["best Gaussian", "argmax", "dot"],
      ...shown.map(({ method }) => [method, styleOf(method).color, styleOf(method).dash]),
      ...(picked ? [[`${picked.method}, run ${picked.run + 1}`, PICKED.color, PICKED.dash]] : []),
    ]);
    const frame = this.#frame(pen, view);
    const one = picked && this.results.get(picked.method)?.few[picked.run];
    if (one) frame.inside(() => pen.line(envelope(frame, one.objective), { ...PICKED, width: 1.6 }));
    if (!shown.length) pen.text(frame.left + frame.width / 2, frame.top + frame.height / 2, "Press “Run all”", { size: 14 });
  }

  #bands(pen, view) {
    const { optimum, bestObjective } = view;
    const frame = this.#frame(pen, view);
    frame.grid({ xLabel: "step", yTicks: 5 });
    frame.inside(() => {
      for (const [value, color, dash] of [[optimum.objective, "optimum", "dash"], [bestObjective, "argmax", "dot"]]) {
        pen.line([0, frame.py(value), pen.width, frame.py(value)], { color, dash, width: 1.4 });
      }
      for (const { method, bands, old } of this.shown) {
        const band = envelope(frame, bands[2]);
        const back = envelope(frame, bands[0]);
        for (let i = back.length - 2; i >= 0; i -= 2) band.push(back[i], back[i + 1]);
        pen.area(band, { color: styleOf(method).color, alpha: old ? 0.05 : 0.13 });
      }
      for (const { method, bands, old } of this.shown) pen.line(envelope(frame, bands[1]), { ...styleOf(method), width: 2.2, alpha: old ? 0.3 : 1 });
    });
  }
}
