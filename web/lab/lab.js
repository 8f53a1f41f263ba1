// <rl-lab>: the live lab. With `method="grpo"` a chapter's cut-down lab, with `method="compare"` that of all methods
// side by side, without it the full one.
import { element } from "../controls.js";
import { onScheme } from "../scheme.js";
import { Comparison } from "./comparison.js";
import { axisPanel } from "./axis.js";
import { BumpEditor } from "./bumps.js";
import { comparisonData, runData, saveCsv, saveJson, savePng, saveSvg } from "./files.js";
import { fromEntries, fromHash, toHash } from "./link.js";
import { mapPanel } from "./map.js";
import { core, metadata } from "../generated/rlgeo.js";
import { EXPERIMENT, METHODS, MOST_STEPS, Run, defaults, parametersOf, presets } from "./model.js";
import { button, choiceRow, sliderRow } from "./rows.js";
import { comparisonScript, runScript } from "./script.js";
import { diagnosticGroups, diagnosticPanel, objectivePanel } from "./series.js";
import { StateTable } from "./table.js";
import { samplesPanel, termPanel, termsOf } from "./terms.js";
import { refresh } from "./theme.js";
import { Scales, landscapeView, runView } from "./view.js";

const base = document.currentScript?.src ?? "";
const SPEED = { symbol: "", title: "steps per second", low: 1, high: 240, step: 1, integer: true, log: true, meaning: "pace of Play" };
/** The one term that a chapter's lab shows, the first of these that the method has. */
const TELLING = ["margins", "ratios", "advantages"];
const PRESET_WORDS = { single: "one bump", double: "two bumps", trap: "a trap", mixed: "a bump and a pit" };
const COMPARE = "Compare";
const REST = 400;

export class RlLab extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.full = !this.hasAttribute("method");
    this.compares = this.full || this.getAttribute("method")?.toLowerCase() === COMPARE.toLowerCase();
    let notes = [];
    const named = METHODS.find((name) => name.toLowerCase() === (this.getAttribute("method") ?? "").toLowerCase());
    const fresh = defaults(named ?? (this.full ? METHODS.find((name) => name === "GRPO") : undefined) ?? METHODS[0]);
    let steps = {};
    try {
      ({ settings: this.settings } = fromEntries(Object.entries(JSON.parse(this.dataset.state ?? "{}")), fresh));
    } catch {
      this.settings = fresh;
    }
    this.initial = structuredClone(this.settings);
    if (this.full && location.hash.includes("=")) ({ settings: this.settings, steps, notes } = fromHash(location.hash));
    this.comparing = this.getAttribute("method")?.toLowerCase() === COMPARE.toLowerCase() || (this.full && this.settings.compare.shown);
    this.settings.compare.shown = this.comparing;
    this.scales = new Scales();
    this.runs = Object.fromEntries(METHODS.map((name) => [name, new Run(name)]));
    this.speed = 20;
    refresh();
    this.build();
    this.restart(steps);
    this.tell(notes);
    // panels grow with the page, and with the column that they share
    this.sizes = new ResizeObserver(() => {
      for (const panel of this.panels) panel.resize();
      this.paint();
    });
    // what is out of sight is not painted
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const panel = this.panels.find(({ canvas }) => canvas === target);
        if (panel) panel.near = isIntersecting;
      }
      this.request();
    }, { rootMargin: "120px" });
    this.#watch();
    onScheme(() => {
      this.stale = true;
      this.request();
    });
    this.setAttribute("data-ready", "");
    if (this.comparing) this.comparison.run();
  }

  // ---- the page's part

  build() {
    const full = this.full;
    const onPolicy = (policy) => this.moveStart(policy);
    this.axis = axisPanel({ height: full ? 210 : this.compares ? 160 : 200, editable: full, onPolicy, onBump: (k, change) => this.bumpEditor.change(k, change) });
    this.map = mapPanel({ height: full ? 300 : this.compares ? 230 : 290, onPolicy });
    this.map.hover = (x, y) => {
      const place = this.map.locate(x, y);
      this.hovered = place && { ...place, J: core.objective({ problem: this.base.problem, policy: place }) };
      this.request();
    };
    const bare = !termsOf(this.settings.method).length;
    this.objectives = objectivePanel({ height: full ? 150 : bare ? 370 : 168 });
    this.table = new StateTable({ full });
    this.world = element("div", { class: "rl-lab-world" }, this.axis.node, this.map.node);
    this.side = element("div", { class: "rl-lab-side" });
    this.more = full ? element("div", { class: "rl-lab-more-panels", role: "group", "aria-label": "Over the steps" }) : null;
    this.note = element("p", { class: "rl-lab-note", role: "status", hidden: true });
    this.bar = this.#bar();
    this.experiment = this.#experiment();
    this.methodRows = element("div", { class: "rl-lab-group" });
    const panels = element("div", { class: "rl-lab-panels" }, this.world, this.side);
    const controls = element("div", { class: "rl-lab-controls" }, this.experiment, this.methodRows);
    this.classList.add("rl-lab", full ? "rl-lab-full" : "rl-lab-chapter");
    this.tabIndex = -1;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", full ? "Live lab" : `Live lab: ${this.comparing ? "all methods" : this.settings.method}`);
    if (this.compares) {
      this.comparison = new Comparison({ height: full ? 480 : 425, onChange: () => this.request() });
      this.comparison.settings = () => this.settings;
      this.comparison.best = () => this.base.best;
      this.comparison.begin(this.settings.compare);
      if (!full) this.comparison.actions.append(this.openFull);
      controls.append(this.comparison.controls);
    }
    if (full) {
      this.replaceChildren(this.note, this.#tabs(), this.bar, element("div", { class: "rl-lab-body" }, controls, panels, this.more), this.#share());
    } else this.replaceChildren(element("div", { class: "rl-lab-in" }, this.note, this.bar, panels, controls));
    this.table.link = full ? null : this.openFull;
    this.addEventListener("keydown", (event) => this.key(event));
    const release = () => {
      if (!this.pressed) return;
      this.pressed = false;
      this.request();
    };
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
    this.addEventListener("pointerdown", (event) => {
      this.pressed = true;
      if (event.target instanceof HTMLCanvasElement) this.focus({ preventScroll: true });
    });
    if (full) {
      this.axis.canvas.addEventListener("dblclick", (event) => this.bumpEditor.doubleClick(event, this.axis));
      addEventListener("hashchange", () => {
        if (location.hash.slice(1) === this.hash || !location.hash.includes("=")) return;
        const { settings, steps, notes } = fromHash(location.hash);
        this.adopt(settings, steps);
        this.tell(notes);
      });
    }
  }

  #bar() {
    this.playButton = element("button", { type: "button", class: "rl-play", "aria-label": "Play", title: "Play (P)" });
    this.playButton.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    const buttons = [
      button("Step", () => this.act("step"), { title: "One update (S)" }),
      (this.resample = button("Resample", () => this.act("resample"), { title: "Draw a new batch (N)" })),
      this.full ? button("Clear", () => this.act("clear"), { title: "Forget the paths (C)" }) : null,
      button("Reset", () => this.act("reset"), { title: "Back to the start (R)" }),
      button("Set to π★", () => this.act("optimum"), { title: "Put the policy on the moments of the optimum" }),
      this.full ? button("Reset all", () => this.act("default"), { title: "Everything back to its default" }) : null,
    ].filter(Boolean);
    this.counter = element("span", { class: "rl-lab-counter" });
    const speed = sliderRow("speed", SPEED, (value) => {
      this.speed = value;
      speed.show(value);
    });
    speed.show(20);
    speed.node.classList.add("rl-lab-speed");
    this.openFull = element("a", { class: "rl-lab-more", href: "#" }, "Open in the full lab");
    this.openFull.addEventListener("pointerdown", () => this.#pointToFull());
    this.openFull.addEventListener("focus", () => this.#pointToFull());
    return element("div", { class: "rl-lab-bar" }, this.playButton, ...buttons, this.counter, this.full ? speed.node : this.openFull);
  }

  #pointToFull() {
    this.openFull.href = `${base.replace(/site_libs\/.*$/, "")}lab.html#${toHash(this.settings, { [this.settings.method]: this.run.step })}`;
  }

  #tabs() {
    const name = "rl-lab-method";
    this.tabs = new Map();
    const labels = [...METHODS, COMPARE].map((method) => {
      const input = element("input", { type: "radio", name, value: method });
      input.addEventListener("change", () => this.choose(method));
      this.tabs.set(method, input);
      return element("label", {}, input, element("span", {}, method));
    });
    return element("div", { class: "rl-segments rl-lab-tabs", role: "radiogroup", "aria-label": "Method" }, ...labels);
  }

  #experiment() {
    const words = Object.fromEntries(Object.keys(presets).map((name) => [name, PRESET_WORDS[name] ?? name]));
    this.presetRow = choiceRow("Reward", this.full ? { ...words, own: "own bumps" } : words, (value) => {
      if (value === "own") this.bumpEditor.own();
      else Object.assign(this.settings, { preset: value, bumps: null });
      this.changed("problem");
    });
    const titles = { reference_mean: "reference mean", reference_std: "reference std", beta: "KL price", mean: "policy mean", std: "policy std" };
    this.rows = {};
    const row = (name) => {
      const policy = name === "mean" || name === "std";
      const row = sliderRow(name, { ...EXPERIMENT[name], title: titles[name] }, (value) => {
        if (policy) {
          const { mean, std } = this.run.state.policy;
          this.moveStart({ mean, std, [name]: value });
        } else {
          this.settings[name] = value;
          this.changed("problem");
        }
      });
      this.rows[name] = row;
      return row.node;
    };
    if (!this.full) return element("div", { class: "rl-lab-group" }, this.presetRow.node, row("beta"), row("mean"), row("std"));
    const seed = sliderRow("seed", { symbol: "", title: "seed", low: 0, high: 2 ** 32 - 1, step: 1, integer: true, log: false, meaning: "of the random numbers" }, (value) => {
      this.settings.seed = value;
      this.restart();
    });
    // four thousand million seeds are no slider; a number and a die are
    const next = button("New seed", () => {
      this.settings.seed = (this.settings.seed + 1) % 2 ** 32;
      this.restart();
    });
    seed.node.querySelector("input[type=range]").replaceWith(next);
    seed.node.querySelector("label").htmlFor = seed.node.querySelector(".rl-lab-number").id = "rl-lab-seed";
    this.rows.seed = seed;
    this.bumpEditor = new BumpEditor(this);
    return element(
      "div",
      {},
      element("div", { class: "rl-lab-group" }, element("h2", {}, "Experiment"), this.presetRow.node, this.bumpEditor.node, row("reference_mean"), row("reference_std"), row("beta"), seed.node),
      element("div", { class: "rl-lab-group" }, element("h2", {}, "Policy"), row("mean"), row("std")),
    );
  }

  #share() {
    const said = element("span", { class: "rl-lab-status", role: "status" });
    const copy = async (text, words) => {
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = `${words} copied.`;
        this.copied.hidden = true;
      } catch {
        this.copied.hidden = false;
        this.copied.value = text;
        this.copied.focus();
        this.copied.select();
        said.textContent = `${words}: copy it from the box.`;
      }
    };
    this.copied = element("textarea", { class: "rl-lab-copied", "aria-label": "Text to copy", readonly: "", rows: "12", hidden: true });
    const python = () => (this.comparing ? comparisonScript(this.settings, this.comparison.plan) : runScript(this.settings, this.run));
    const visible = () => this.panels.filter((panel) => !panel.node.hidden);
    const name = () => `rlgeo-${(this.comparing ? COMPARE : this.settings.method).toLowerCase()}`;
    const data = () => (this.comparing ? comparisonData(this.settings, this.comparison) : runData(this.settings, this.run));
    const keys = element("p", { class: "rl-lab-keys" }, "Keys, while the lab has the focus: P play or pause, S step, N resample, C clear, R reset. Drag the policy on the curve or on the map; click the map to start there; double-click the curves to add a bump, a bump to remove it.");
    return element(
      "div",
      { class: "rl-lab-share" },
      button("Copy link", () => {
        copy(`${location.href.replace(/#.*$/, "")}#${this.address()}`, "Link");
      }),
      button("Copy as Python", () => copy(python(), "Script")),
      button("CSV", () => saveCsv(name(), data().rows), { "aria-label": "Download the data as CSV" }),
      button("JSON", () => saveJson(name(), data().whole), { "aria-label": "Download the data as JSON" }),
      button("PNG", () => savePng(name(), visible(), this.view), { "aria-label": "Download the panels as PNG" }),
      button("SVG", () => saveSvg(name(), visible(), this.view), { "aria-label": "Download the panels as SVG" }),
      said,
      this.copied,
      keys,
    );
  }

  /** Panels and sliders of the chosen method. */
  arrange() {
    const { method } = this.settings;
    const own = termsOf(method);
    const height = this.full ? 150 : 172;
    const fitted = own.includes("residuals");
    this.samples = own.length && (this.full || fitted) ? samplesPanel({ height: this.full ? 180 : height }) : null;
    const names = this.full ? own : fitted ? [] : own.filter((name) => name === TELLING.find((one) => own.includes(one)));
    this.terms = names.map((name) => termPanel(name, { height }));
    const groups = this.full ? diagnosticGroups(Object.keys(this.recordNames(method))) : [];
    this.diagnostics = [this.full && own.length ? this.objectives : null, ...groups.map((group) => diagnosticPanel(group, { height: 150 }))].filter(Boolean);
    const side = [this.samples, ...this.terms, this.full && own.length ? null : this.objectives].filter(Boolean);
    // the numbers stand in the shorter column
    const beside = !this.full || side.length < 3;
    if (this.comparing) this.side.replaceChildren(this.comparison.node);
    else this.side.replaceChildren(...side.map((panel) => panel.node), ...(beside ? [this.table.node] : []));
    if (this.full) {
      if (!beside || this.comparing) this.world.append(this.table.node);
      this.more.replaceChildren(...(this.comparing ? [] : this.diagnostics.map((panel) => panel.node)));
    }
    this.panels = [this.axis, this.map, ...(this.comparing ? [this.comparison.panel] : [...side, ...this.diagnostics])];
    this.sliders = Object.entries(parametersOf(method)).map(([name, parameter]) =>
      sliderRow(name, parameter, (value) => {
        this.settings.hyper[method][name] = value;
        this.changed(name);
      }),
    );
    this.methodRows.replaceChildren(
      ...(this.full ? [element("h2", {}, metadata.methods[method].title.split(":")[0])] : []),
      ...this.sliders.map((row) => row.node),
    );
    if (this.full) this.tabs.get(this.comparing ? COMPARE : method).checked = true;
    if (this.compares) {
      this.comparison.controls.hidden = !this.comparing;
      this.methodRows.hidden = this.comparing;
      this.bar.hidden = this.comparing;
      this.classList.toggle("rl-lab-comparing", this.comparing);
      this.comparison.show();
    }
    // an exact gradient draws nothing
    this.resample.hidden = !Object.keys(this.run.rules.noise({ method: this.settings.hyper[method] })).length;
    this.scales.clear();
    for (const panel of this.panels) panel.resize();
    this.#watch();
  }

  #watch() {
    for (const observer of [this.sizes, this.sight]) {
      observer?.disconnect();
      for (const { canvas } of this.panels) observer?.observe(canvas);
    }
  }

  recordNames(method) {
    const run = this.runs[method];
    if (Object.keys(run.records).length) return run.records;
    if (!run.state) return {};
    run.prepare(this.base.problem, this.settings.hyper[method]);
    return run.rules.diagnostics({ state: run.state, batch: run.batch, problem: this.base.problem, method: this.settings.hyper[method] });
  }

  // ---- what the reader does

  get run() {
    return this.runs[this.settings.method];
  }

  /** In a chapter the exact gradient, which draws nothing, walks beside the chapter's method. */
  get beside() {
    if (this.full) return null;
    const exact = METHODS.find((name) => !Object.keys(this.runs[name].rules.noise({ method: this.settings.hyper[name] })).length);
    return exact && exact !== this.settings.method ? this.runs[exact] : null;
  }

  choose(method) {
    this.comparing = this.settings.compare.shown = method === COMPARE;
    if (this.comparing) this.pause();
    else this.settings.method = method;
    this.arrange();
    this.request();
    if (this.comparing && (!this.comparison.results.size || this.comparison.outdated)) this.comparison.run();
  }

  /** Put the policy somewhere: every method starts again from there. */
  moveStart({ mean, std }) {
    const inside = core.clamp({ policy: { mean, std } });
    const round = (x) => Number(x.toFixed(4));
    Object.assign(this.settings, { mean: round(inside.mean), std: round(inside.std) });
    this.restart();
  }

  /** Everything from the start, with `steps` taken at once. */
  restart(steps = {}) {
    this.base ??= landscapeView(this.settings);
    if (this.stale) this.rebase();
    for (const run of Object.values(this.runs)) {
      run.restart(this.settings);
      for (let t = steps[run.method] ?? 0; t > 0; t--) run.advance(this.base.problem, this.settings.hyper[run.method]);
    }
    if (!this.panels) this.arrange();
    this.comparison?.expire(this.comparing);
    this.request();
  }

  rebase() {
    this.stale = false;
    refresh();
    this.base = landscapeView(this.settings, { rough: this.dragging, canvas: this.base.relief.canvas });
    // the rough map of a moving control becomes a fine one as soon as it rests
    clearTimeout(this.settling);
    if (this.dragging) this.settling = setTimeout(() => this.settle(), 120);
    for (const run of Object.values(this.runs)) {
      if (run.batch) run.redraw(this.base.problem, this.settings.hyper[run.method]);
      if (run.path?.objective.length === 1 && run.step === 0) run.path.objective = [];
    }
  }

  /** A control moved: `what` is "problem" or a hyperparameter's name. */
  changed(what) {
    const { run } = this;
    if (what === "problem") {
      this.dragging = (this.stale && this.dragging) || performance.now() - (this.touched ?? -Infinity) < 100;
      this.touched = performance.now();
      this.stale = true;
      this.scales.clear();
      for (const other of Object.values(this.runs)) if (other.step) other.pure = false;
      this.comparison?.expire(this.comparing);
    } else {
      if (run.step) run.pure = false;
      // a batch of another size, or with other labels, is another batch
      if (metadata.methods[run.method].draws_on.includes(what)) run.draw(this.base.problem, this.settings.hyper[run.method]);
    }
    this.request();
  }

  /** The fine map, where a rough one was good enough for a moment. */
  settle() {
    this.dragging = false;
    if (this.base.rough) this.stale = true;
    this.request();
  }

  adopt(settings, steps = {}) {
    this.pause();
    this.settings = settings;
    this.comparing = settings.compare.shown ||= this.compares && !this.full;
    if (this.compares) this.comparison.begin(settings.compare);
    this.stale = true;
    this.restart(steps);
    this.arrange();
    if (this.comparing && this.full) this.comparison.run();
  }

  act(what) {
    const { run, settings } = this;
    const hyper = settings.hyper[settings.method];
    if (this.stale) this.rebase();
    if (what === "step") {
      this.pause();
      this.advance(1);
    } else if (what === "resample") {
      if (run.step) run.pure = false;
      run.draw(this.base.problem, hyper);
    } else if (what === "clear") for (const each of Object.values(this.runs)) each.path.objective.length && each.clear();
    else if (what === "reset") {
      this.pause();
      run.restart(settings);
      this.beside?.restart(settings);
    } else if (what === "optimum") this.moveStart(this.base.optimum);
    else if (what === "default") {
      this.tell([]);
      this.adopt(structuredClone(this.initial));
    }
    this.request();
  }

  advance(steps) {
    const { run, beside, settings } = this;
    const hyper = settings.hyper[settings.method];
    for (let i = 0; i < steps && run.step < MOST_STEPS; i++) {
      run.advance(this.base.problem, hyper);
      // with the same steps and the same step length
      beside?.advance(this.base.problem, { ...settings.hyper[beside.method], learning_rate: hyper.learning_rate });
    }
    if (this.run.step >= MOST_STEPS) this.pause();
  }

  play() {
    let last = performance.now();
    let due = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tick = (now) => {
      if (!this.isConnected) return;
      due += Math.min(0.1, (now - last) / 1000) * (calm ? Math.min(4, this.speed) : this.speed);
      last = now;
      this.timer = requestAnimationFrame(tick);
      if (due >= 1) {
        if (this.stale) this.rebase();
        this.advance(Math.floor(due));
        due -= Math.floor(due);
        this.paint();
      }
    };
    if (this.comparing && this.full) this.choose(this.settings.method);
    this.timer = requestAnimationFrame(tick);
    this.#playing(true);
  }

  pause() {
    if (!this.timer) return;
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.#playing(false);
    this.request();
  }

  #playing(on) {
    this.playButton.dataset.playing = String(on);
    this.playButton.setAttribute("aria-label", on ? "Pause" : "Play");
    this.playButton.title = on ? "Pause (P)" : "Play (P)";
  }

  key(event) {
    if (this.comparing || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=range], [type=radio], [type=checkbox]), select, textarea")) return;
    const what = { s: "step", n: "resample", c: "clear", r: "reset" }[event.key.toLowerCase()];
    if (event.key.toLowerCase() === "p") {
      if (this.timer) this.pause();
      else this.play();
    } else if (what) this.act(what);
    else return;
    event.preventDefault();
  }

  /** What a link held and the lab did not take, or what else it has to say. */
  tell(notes, before = "Parts of the link were ignored or changed: ") {
    this.note.hidden = !notes.length;
    const some = notes.slice(0, 4).join("; ") + (notes.length > 4 ? `; and ${notes.length - 4} more` : "");
    this.note.textContent = notes.length ? `${before}${some}.` : "";
  }

  // ---- drawing

  request() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    if (this.stale) this.rebase();
    const { settings, run } = this;
    run.prepare(this.base.problem, settings.hyper[settings.method]);
    // axes hold still while something moves; at rest they fit, so that the same state is the same picture
    if (!this.timer && !this.pressed) this.scales.clear();
    this.view = runView(this.base, settings, run, this.runs, this.scales);
    if (this.comparing) Object.assign(this.view, { paths: this.comparison.paths, marks: this.comparison.marks });
    this.view.hover = this.hovered;
    for (const panel of this.panels) panel.draw(this.view);
    this.table.show(this.view, run);
    this.presetRow.show(settings.bumps ? "own" : settings.preset);
    for (const [name, row] of Object.entries(this.rows)) row.show(name === "mean" || name === "std" ? run.state.policy[name] : settings[name]);
    for (const row of this.sliders) row.show(settings.hyper[settings.method][row.name]);
    const words = `step ${run.step}`;
    if (this.counter.textContent !== words) this.counter.textContent = words;
    this.bumpEditor?.show();
    this.painted = performance.now();
    this.rest();
  }

  /** What can wait for a moment: words for those who do not see the pictures, and the address. */
  rest() {
    this.resting ??= setTimeout(() => {
      this.resting = null;
      for (const panel of this.panels) panel.tell(this.view);
      const still = !this.timer && performance.now() - this.painted > REST / 2;
      if (this.full && still) this.link();
      if (!this.table.tell(this.view, this.run) || !still) this.rest();
    }, REST);
  }

  /** The state as an address holds it. */
  address() {
    return toHash(this.settings, Object.fromEntries(METHODS.map((name) => [name, this.runs[name].step])));
  }

  link() {
    this.hash = this.address();
    if (location.hash.slice(1) === this.hash || (!location.hash && this.hash === `method=${this.settings.method.toLowerCase()}`)) return;
    try {
      history.replaceState(null, "", `#${this.hash}`);
    } catch {
      // some viewers forbid it; the link can still be copied
    }
  }
}
