// <rl-lab>: the live lab. With `method="grpo"` a chapter's cut-down lab, with `method="compare"` that of all methods
// side by side, without it the full one.
import { element } from "../controls.js";
import { onScheme } from "../scheme.js";
import { core, metadata } from "../generated/rlgeo.js";
import { present } from "./adopt.js";
import { axisPanel } from "./axis.js";
import { BumpEditor } from "./bumps.js";
import { Comparison } from "./comparison.js";
import { Drawer } from "./drawer.js";
import { Ends } from "./ends.js";
import { experimentsSection, followLinks } from "./experiments.js";
import { History } from "./history.js";
import { begun, fromEntries, fromHash, toHash } from "./link.js";
import { mapPanel } from "./map.js";
import { METHODS, MOST_STEPS, Run, defaults, parametersOf } from "./model.js";
import { Prediction } from "./predict.js";
import { ProblemControls } from "./problem.js";
import { sliderRow } from "./rows.js";
import { diagnosticGroups, diagnosticPanel, objectivePanel } from "./series.js";
import { shareSection } from "./share.js";
import { SlowMotion } from "./slow.js";
import { DEEDS, MOST_CHANGES, PROBLEM, assign, ownName, told } from "./story.js";
import { StateTable } from "./table.js";
import { MethodTabs } from "./tabs.js";
import { samplesPanel, termPanel, termsOf } from "./terms.js";
import { refresh } from "./theme.js";
import { Transport } from "./transport.js";
import { Scales, landscapeView, runView } from "./view.js";

const base = document.currentScript?.src ?? "";
/** The one term that a chapter's lab shows, the first of these that the method has. */
const TELLING = ["margins", "ratios", "advantages"];
const COMPARE = "Compare";
const REST = 400;
const DRAWERS = { controls: "All controls", batch: "Batch and traces", slow: "Slow motion", try: "Experiments", share: "Share" };

export class RlLab extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    const asked = (this.getAttribute("method") ?? "").toLowerCase();
    this.full = !this.hasAttribute("method");
    this.compares = this.full || asked === COMPARE.toLowerCase();
    const named = METHODS.find((name) => name.toLowerCase() === asked);
    const fresh = defaults(named ?? (this.full ? METHODS.find((name) => name === "GRPO") : undefined) ?? METHODS[0]);
    try {
      ({ settings: this.settings } = fromEntries(Object.entries(JSON.parse(this.dataset.state ?? "{}")), fresh));
    } catch {
      this.settings = fresh;
    }
    this.initial = structuredClone(this.settings);
    const linked = this.full && location.hash.includes("=") ? fromHash(location.hash) : null;
    if (linked) this.settings = linked.settings;
    this.settings.compare.shown = this.comparing = this.full ? this.settings.compare.shown : this.compares;
    this.scales = new Scales();
    this.past = new History();
    refresh();
    this.build();
    this.#listen();
    this.load(linked ?? { settings: this.settings });
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
    this.#wish(linked);
    followLinks();
  }

  // ---- the page's part

  build() {
    const { full } = this;
    this.runs = Object.fromEntries(METHODS.map((name) => [name, new Run(name)]));
    this.ends = new Ends(() => {
      this.comparison?.show();
      this.request();
    });
    const onPolicy = (policy) => this.moveStart(policy);
    this.axis = axisPanel({ editable: full, onPolicy, onBump: (k, change) => this.bumpEditor.change(k, change) });
    this.map = mapPanel({ onPolicy });
    this.map.hover = (x, y) => {
      const place = this.map.locate(x, y);
      this.hovered = place && { ...place, J: core.objective({ problem: this.base.problem, policy: place }) };
      this.request();
    };
    this.map.asks = () => this.prediction?.asks;
    this.map.ask = (x, y) => {
      if (this.prediction?.asks) this.prediction.mark(this.map.locate(x, y));
      else return this.comparing && this.comparison.pickAt(x, y, this.map.frame);
      return true;
    };
    this.slow = new SlowMotion();
    this.slow.onTurn = () => this.request();
    if (!full) this.prediction = new Prediction(this.comparing ? "they" : this.settings.method, () => this.request());
    this.objectives = objectivePanel({ height: full ? 150 : 110 });
    this.table = new StateTable({ full });
    this.note = element("p", { class: "rl-lab-note", role: "status", hidden: true });
    this.transport = new Transport({ act: (what) => this.act(what), full });
    if (full) this.bumpEditor = new BumpEditor(this);
    this.problem = new ProblemControls(this);
    this.methodRows = element("div", { class: "rl-lab-group" });
    this.controls = element("div", { class: "rl-lab-controls", tabindex: "-1" }, this.methodRows, this.problem.node);
    if (this.compares) {
      this.comparison = new Comparison({ height: full ? 360 : 230, onChange: () => this.request() });
      this.comparison.settings = () => this.settings;
      this.comparison.best = () => this.base.best;
      this.comparison.ends = this.ends;
      this.controls.prepend(this.comparison.controls);
    }
    this.batch = element("div", { class: "rl-lab-batch", role: "group", "aria-label": "Batch and traces" });
    this.openFull = element("a", { class: "rl-lab-more", href: "#" }, "Open in the full lab");
    for (const event of ["pointerdown", "focus"]) this.openFull.addEventListener(event, () => this.#pointToFull());
    this.#drawers();
    this.classList.add("rl-lab", full ? "rl-lab-full" : "rl-lab-chapter");
    this.tabIndex = -1;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Live lab");
    const world = element("div", { class: "rl-lab-world" }, this.axis.node, this.map.node);
    const sections = Object.values(this.drawer.sections).map(([, section]) => section).filter((section) => section !== this.controls);
    const shelf = element("div", { class: "rl-lab-shelf" }, this.drawer.node, ...sections);
    const desk = element("div", { class: "rl-lab-desk" }, this.transport.node, ...(full ? [] : [this.prediction.node]), this.controls);
    const body = element("div", { class: "rl-lab-body" }, world, desk, this.table.node, shelf);
    if (full) this.tabs = new MethodTabs([...METHODS], COMPARE, (method) => this.choose(method));
    this.replaceChildren(this.note, ...(full ? [this.tabs.node] : []), body);
    this.#attend();
  }

  /** Other functions have taken the place of the book's: the state of an address under them. */
  adopted(address) {
    const { open } = this.drawer;
    this.pause();
    for (const { crew } of [this.ends, this.comparison ?? {}]) crew?.end();
    this.build();
    this.load(fromHash(address));
    this.drawer.show(open);
    if (this.comparing) this.comparison.run();
  }

  #drawers() {
    const { controls, slow } = DRAWERS;
    const titles = this.full ? DRAWERS : this.comparing ? { controls } : { controls, slow };
    const nodes = { controls: this.controls, batch: this.batch, slow: this.slow.node };
    if (this.full) Object.assign(nodes, { try: experimentsSection(this), share: shareSection(this) });
    this.drawer = new Drawer(Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, [title, nodes[name]]])), (open) => {
      // the sheet stands below the map that it moves: both are to be seen
      if (open === "controls") this.map.node.scrollIntoView({ block: "start", behavior: "instant" });
      this.request();
      this.rest();
    });
    if (!this.full) {
      this.drawer.sections.batch = [DRAWERS.batch, this.batch];
      this.drawer.node.append(this.openFull);
    }
  }

  /** Hear what is built anew with the lab. */
  #attend() {
    // where there is no room for all sliders, the one that was touched last stays in sight
    for (const event of ["input", "keydown"]) {
      this.controls.addEventListener(event, ({ target }) => {
        const row = target.closest(".rl-lab-row");
        if (target.type === "range" && row) this.pin(row);
      });
    }
    if (this.full) this.axis.canvas.addEventListener("dblclick", (event) => this.bumpEditor.doubleClick(event, this.axis));
  }

  #listen() {
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
    if (!this.full) return;
    addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.hash && location.hash.includes("=")) this.follow(location.hash);
    });
  }

  pin(row) {
    for (const other of this.controls.querySelectorAll("[data-pinned]")) other.removeAttribute("data-pinned");
    row.dataset.pinned = "";
  }

  #pointToFull() {
    this.openFull.href = `${base.replace(/site_libs\/.*$/, "")}lab.html#${this.address()}`;
  }

  /** Panels and sliders of the chosen method. */
  arrange() {
    const { method } = this.settings;
    const own = termsOf(method);
    const height = this.full ? 150 : 110;
    const fitted = own.includes("residuals");
    this.samples = own.length && (this.full || fitted) ? samplesPanel({ height: this.full ? 180 : height }) : null;
    const names = this.full ? own : fitted ? [] : own.filter((name) => name === TELLING.find((one) => own.includes(one)));
    const groups = this.full ? diagnosticGroups(Object.keys(this.recordNames(method))) : [];
    const shown = [this.samples, ...names.map((name) => termPanel(name, { height })), this.objectives, ...groups.map((group) => diagnosticPanel(group, { height: 150 }))].filter(Boolean);
    this.panels = [this.axis, this.map, ...(this.comparing ? [this.comparison.panel] : shown)];
    this.batch.replaceChildren(...(this.comparing ? [this.comparison.node] : shown.map((panel) => panel.node)));
    this.sliders = Object.entries(parametersOf(method)).map(([name, parameter]) =>
      sliderRow(name, parameter, (value) => this.set(ownName(method, name), value)),
    );
    if (!this.full) this.setAttribute("aria-label", `Live lab: ${this.comparing ? "all methods" : method}`);
    // a chapter's lab need not say which method it shows, unless a link has brought another
    const named = this.full || method !== this.initial.method;
    this.methodRows.replaceChildren(...(named ? [element("h2", {}, metadata.methods[method].title.split(":")[0])] : []), ...this.sliders.map((row) => row.node));
    if (!this.controls.querySelector("[data-pinned]")) this.pin(this.problem.rows.beta.node);
    this.tabs?.show(this.comparing ? COMPARE : method);
    this.methodRows.hidden = this.comparing;
    this.classList.toggle("rl-lab-comparing", this.comparing);
    if (this.compares) {
      this.comparison.controls.hidden = !this.comparing;
      this.comparison.show();
    }
    // an exact gradient draws nothing
    this.transport.batch.hidden = !Object.keys(this.run.rules.noise({ method: this.settings.hyper[method] })).length;
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

  // ---- the state

  get run() {
    return this.runs[this.settings.method];
  }

  /** In a chapter the exact gradient, which draws nothing, walks beside the chapter's method. */
  get beside() {
    if (this.full) return null;
    const exact = METHODS.find((name) => !Object.keys(this.runs[name].rules.noise({ method: this.settings.hyper[name] })).length);
    return exact && exact !== this.settings.method ? this.runs[exact] : null;
  }

  /** Whether the run is that of the present settings from its start. */
  get pure() {
    return !this.story.length && !this.lossy;
  }

  /** Take up a whole state: settings at the start of the run, the steps of every method, what was changed on the way. */
  load({ settings, steps = {}, story = [] }) {
    this.pause();
    this.comparing = settings.compare.shown = this.full ? settings.compare.shown : this.compares;
    this.comparison?.begin(settings.compare);
    Object.assign(this, { origin: structuredClone(settings), story, lossy: false });
    this.settings = settings;
    this.settings = { ...settings, ...this.run.replay(settings, story, steps[settings.method] ?? 0), compare: settings.compare };
    this.rebase();
    for (const other of Object.values(this.runs)) if (other !== this.run) this.#again(other, steps[other.method] ?? 0);
    this.beside && this.#again(this.beside, this.run.step);
    this.arrange();
    this.request();
  }

  /** What a link holds, as far as it is understood. */
  follow(hash) {
    const linked = fromHash(hash);
    this.load(linked);
    this.tell(linked.notes);
    if (this.comparing) this.comparison.run();
    this.#wish(linked);
  }

  /** Play, where a link asks for it. */
  #wish(linked) {
    if (!linked) return;
    this.python = linked.wish.python;
    if (this.python) this.dispatchEvent(new CustomEvent("rlgeo-python", { bubbles: true }));
    if (linked.notes.length) this.tell(linked.notes);
    if (linked.wish.speed) this.transport.pace(linked.wish.speed);
    if (!linked.wish.play || this.comparing) return;
    this.until = linked.wish.play;
    this.play();
  }

  /** A run of another method than the chosen one, as the present settings have it from the start. */
  #again(run, steps) {
    const { settings } = this;
    const hyper = { ...settings.hyper[run.method] };
    if (run === this.beside) hyper.learning_rate = settings.hyper[settings.method].learning_rate;
    run.replay({ ...settings, hyper: { ...settings.hyper, [run.method]: hyper } }, [], steps);
    run.old = false;
  }

  /** Change one setting by its name in a link; a run that is under way goes on with it. */
  set(name, value) {
    const { run } = this;
    if (run.step === 0 && !this.story.length) {
      assign(this.settings, name, value);
      this.origin = structuredClone(this.settings);
      run.restart(this.settings);
    } else this.#tell({ step: run.step, name, value });
    this.#changed(PROBLEM.includes(name));
  }

  /** Something happens on the way. */
  #tell(change) {
    this.story = told(this.story, change);
    const now = this.story.filter(({ step }) => step === change.step);
    this.run.change(now, this.settings);
    if (this.story.length <= MOST_CHANGES) return;
    this.lossy = true;
    this.story = now;
  }

  #changed(problem) {
    for (const other of Object.values(this.runs)) if (other !== this.run && other.step) other.old = true;
    if (problem) {
      this.dragging = (this.stale && this.dragging) || performance.now() - (this.touched ?? -Infinity) < 100;
      this.touched = performance.now();
      this.stale = true;
      this.scales.clear();
      this.comparison?.expire(this.comparing);
    }
    this.request();
  }

  /** Other settings from the start on, of which no run that is under way can go on. */
  start(settings) {
    Object.assign(this.settings, settings);
    this.restart();
  }

  /** Put the policy somewhere: every method starts again from there. */
  moveStart({ mean, std }) {
    const inside = core.clamp({ policy: { mean, std } });
    const round = (x) => Number(x.toFixed(4));
    this.start({ mean: round(inside.mean), std: round(inside.std) });
  }

  restart() {
    Object.assign(this, { origin: structuredClone(this.settings), story: [], lossy: false, until: null });
    for (const run of Object.values(this.runs)) run.restart(this.settings);
    this.comparison?.expire(this.comparing);
    this.request();
  }

  choose(method) {
    this.pause();
    const before = this.run;
    this.comparing = this.settings.compare.shown = method === COMPARE;
    if (!this.comparing && method !== this.settings.method) {
      this.settings.method = method;
      // the story belongs to the method that it happened to; its path is now one of the others
      if (!this.pure) this.#again(before, before.step);
      this.#again(this.run, this.run.step);
      Object.assign(this, { origin: structuredClone(this.settings), story: [], lossy: false });
    }
    this.arrange();
    this.request();
    if (this.comparing && (!this.comparison.results.size || this.comparison.outdated)) this.comparison.run();
  }

  rebase() {
    this.stale = false;
    refresh();
    this.base = landscapeView(this.settings, { rough: this.dragging, canvas: this.base?.relief.canvas });
    // the rough map of a moving control becomes a fine one as soon as it rests
    clearTimeout(this.settling);
    if (this.dragging) this.settling = setTimeout(() => this.settle(), 120);
  }

  /** The fine map, where a rough one was good enough for a moment. */
  settle() {
    this.dragging = false;
    if (this.base.rough) this.stale = true;
    this.request();
  }

  act(what) {
    const { run, settings } = this;
    if (this.stale) this.rebase();
    if (what === "play") {
      if (this.timer) this.pause();
      else this.play();
    } else if (what === "step") {
      this.prediction?.end();
      this.pause();
      this.advance(1);
    } else if (what === "resample") {
      const before = this.story.find(({ step, name }) => step === run.step && name === DEEDS[0]);
      this.#tell({ step: run.step, name: DEEDS[0], value: (before?.value ?? 0) + 1 });
    } else if (what === "clear") {
      for (const other of Object.values(this.runs)) if (other !== run) other.restart(settings);
      if (run.step) this.#tell({ step: run.step, name: DEEDS[1] });
    } else if (what === "reset") {
      this.pause();
      run.restart(settings);
      this.beside?.restart(settings);
      Object.assign(this, { origin: structuredClone(settings), story: [], lossy: false, until: null });
    } else if (what === "optimum") this.moveStart(this.base.optimum);
    else if (what === "undo" || what === "redo") this.#travel(what === "undo" ? -1 : 1);
    else if (what === "default") {
      this.tell([]);
      this.load({ settings: structuredClone(this.initial) });
      if (this.comparing && this.full) this.comparison.run();
    }
    this.request();
  }

  #travel(turn) {
    this.pause();
    const address = this.past.go(turn);
    if (address === null) return;
    this.load(fromHash(address));
    if (this.comparing) this.comparison.run();
  }

  advance(steps) {
    if (this.stale) this.rebase();
    const { run, beside, settings } = this;
    const hyper = settings.hyper[settings.method];
    const most = Math.min(MOST_STEPS, this.until ?? Infinity);
    for (let i = 0; i < steps && run.step < most; i++) {
      run.advance(this.base.problem, hyper);
      // with the same steps and the same step length
      beside?.advance(this.base.problem, { ...settings.hyper[beside.method], learning_rate: hyper.learning_rate });
      this.#meet();
    }
    if (run.step >= most) this.pause();
  }

  /** Take up what a link's story holds for the step that has just been reached. */
  #meet() {
    const now = this.story.filter(({ step }) => step === this.run.step);
    if (!now.length) return;
    this.run.change(now, this.settings);
    this.#changed(now.some(({ name }) => PROBLEM.includes(name)));
    if (this.stale) this.rebase();
  }

  play() {
    this.prediction?.end();
    let last = performance.now();
    let due = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.until !== null && this.run.step >= this.until) this.until = null;
    const tick = (now) => {
      if (!this.isConnected) return;
      const { speed } = this.transport;
      due += Math.min(0.1, (now - last) / 1000) * (calm ? Math.min(4, speed) : speed);
      last = now;
      this.timer = requestAnimationFrame(tick);
      if (due >= 1) {
        this.advance(Math.floor(due));
        due -= Math.floor(due);
        this.paint();
      }
    };
    if (this.comparing && this.full) this.choose(this.settings.method);
    this.timer = requestAnimationFrame(tick);
    this.request();
  }

  pause() {
    if (!this.timer) return;
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.until = null;
    this.request();
  }

  key(event) {
    const { target, key } = event;
    if (event.altKey || target.matches("input:not([type=range], [type=radio], [type=checkbox]), select, textarea")) return;
    if (event.ctrlKey || event.metaKey) {
      const what = key.toLowerCase() === "z" ? (event.shiftKey ? "redo" : "undo") : key.toLowerCase() === "y" ? "redo" : null;
      if (!what) return;
      this.act(what);
      event.preventDefault();
      return;
    }
    const what = { p: "play", s: "step", n: "resample", c: "clear", r: "reset" }[key.toLowerCase()];
    if (!what || this.comparing) return;
    this.act(what);
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

  get still() {
    return !this.timer && !this.pressed && !this.stale && !this.dragging;
  }

  paint() {
    if (this.stale) this.rebase();
    const { settings, run } = this;
    run.prepare(this.base.problem, settings.hyper[settings.method]);
    // axes hold still while something moves; at rest they fit, so that the same state is the same picture
    if (!this.timer && !this.pressed) this.scales.clear();
    this.ends.asking = this.still;
    this.view = runView(this.base, settings, run, this.runs, this.scales, this.ends);
    if (this.comparing) Object.assign(this.view, { paths: this.comparison.paths, marks: this.comparison.marks });
    this.view.hover = this.hovered;
    this.view.guess = this.prediction?.guess;
    this.slow.show(this.view);
    for (const panel of this.panels) panel.draw(this.view);
    this.table.show(this.view, run);
    this.problem.show(settings, run.state.policy, this.view.clamped);
    for (const row of this.sliders) row.show(settings.hyper[settings.method][row.name]);
    if (this.still) this.past.note(this.address());
    this.transport.show({ step: run.step, playing: Boolean(this.timer), back: this.past.back, forth: this.past.forth });
    this.bumpEditor?.show();
    this.painted = performance.now();
    this.rest();
  }

  /** What can wait for a moment: the others' runs, words for those who do not see the pictures, and the address. */
  rest() {
    this.resting ??= setTimeout(() => {
      this.resting = null;
      const still = this.still && performance.now() - this.painted > REST / 2;
      if (still) this.#others();
      if (still && !this.ends.asking) this.request();
      if (still) this.prediction?.tell(this.comparing ? this.comparison.ended : this.run.step ? [this.run.state.policy] : []);
      for (const panel of this.panels) panel.tell(this.view);
      if (this.full && still) this.link();
      if (!this.table.tell(this.view, this.run) || !still) this.rest();
    }, REST);
  }

  /** Runs of other settings than the present ones are made again. */
  #others() {
    const old = Object.values(this.runs).filter((run) => run.old && run !== this.run);
    for (const run of old) this.#again(run, run.step);
    if (old.length) this.request();
  }

  /** The state as an address holds it. */
  address() {
    const steps = Object.fromEntries(METHODS.map((name) => [name, this.runs[name].step]));
    const hash = this.lossy ? toHash(this.settings, steps) : toHash(begun(this.settings, this.origin), steps, this.story);
    return present.told ? `${hash}&python=${present.told}` : hash;
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

