// What is seen of the lab, kept up to date: at once what moves, in a moment what can wait.
import { methods } from "../generated/rlgeo.js";
import { Scales, comparedView, landscapeView, runView } from "./view.js";
import { refresh } from "./theme.js";

/** Milliseconds after which the reader is taken to be looking, after which a moving control to rest, and that part two movements of one. */
const REST = 400;
const SETTLED = 120;
const APART = 100;
/** Milliseconds between two times that numbers and sliders are written while something moves: the page's layout is dear. */
const WRITTEN = 100;

export class Picture {
  constructor(lab) {
    this.lab = lab;
    this.scales = new Scales();
    // panels grow with the page, and with the column that they share
    this.sizes = new ResizeObserver(() => requestAnimationFrame(() => {
      // not at once: words that are painted may give the panels another size
      for (const panel of lab.panels) panel.resize();
      this.paint();
    }));
    // what is out of sight is not painted
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const panel = lab.panels.find(({ canvas }) => canvas === target);
        if (panel) panel.near = isIntersecting;
      }
      this.request();
    }, { rootMargin: "120px" });
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => this.expire());
  }

  /** Other panels are shown now. */
  watch(panels) {
    this.scales.clear();
    for (const panel of panels) panel.resize();
    for (const observer of [this.sizes, this.sight]) {
      observer.disconnect();
      for (const { canvas } of panels) observer.observe(canvas);
    }
  }

  /** Names of what the chosen method records, from its run or from what the next step will record. */
  recordNames() {
    const { run, hyper } = this.lab.session;
    const { problem } = this.base;
    if (!Object.keys(run.records).length) run.prepare(problem, hyper);
    const { records, state, batch, method } = run;
    return Object.keys(Object.keys(records).length ? records : methods[method].diagnostics({ state, batch, problem, method: hyper }));
  }

  /** Something is being moved. */
  stir() {
    this.stirred = performance.now();
    this.request();
  }

  get moving() {
    return Boolean(this.lab.timer || this.lab.pressed) || performance.now() - (this.stirred ?? -Infinity) < REST / 2;
  }

  /** The problem is another one; it is taken to be dragged where two changes follow closely. */
  outdate() {
    const now = performance.now();
    this.dragging = (this.stale && this.dragging) || now - (this.touched ?? -Infinity) < APART;
    this.touched = now;
    this.expire();
  }

  /** All that depends on the problem or on the colors is to be made anew. */
  expire() {
    this.stale = true;
    this.request();
  }

  get base() {
    if (this.stale) this.rebase();
    return this.kept;
  }

  rebase(scheme) {
    this.stale = false;
    refresh(scheme);
    this.kept = landscapeView(this.lab.settings, { rough: this.dragging, canvas: this.kept?.relief.canvas });
    // the rough map of a moving control becomes a fine one as soon as it rests
    clearTimeout(this.settling);
    if (this.dragging) this.settling = setTimeout(() => this.#settle(), SETTLED);
  }

  #settle() {
    this.dragging = false;
    if (this.kept.rough) this.stale = true;
    this.request();
  }

  /** Whether nothing of it is preliminary. */
  get fine() {
    return !this.stale && !this.dragging;
  }

  request() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { lab, base } = this;
    const { settings, session, comparison, prediction } = lab;
    const { run } = session;
    run.prepare(base.problem, session.hyper);
    const { moving } = this;
    // axes hold still while something moves; at rest they fit, so that the same state is the same picture
    if (!lab.timer && !lab.pressed && !this.dragging) this.scales.clear();
    Object.assign(lab.ends, { asking: this.calm && lab.still, wanting: false });
    this.calm = false;
    this.view = runView(base, session, this.scales, lab.ends);
    if (lab.drawer.open === "slow") lab.slow.show(this.view);
    // all that is compared begins at the start, wherever a run of one method may stand
    if (lab.comparing) Object.assign(this.view, comparedView(settings, this.view), { paths: comparison.paths, marks: comparison.marks, unringed: comparison.unringed });
    // a ring where it ends would give the answer away
    if (prediction?.asks) this.view.marks = [];
    Object.assign(this.view, { hover: lab.hovered, guess: prediction?.guess, moving, comparing: lab.comparing, book: lab.comparing ? null : session.book });
    for (const panel of lab.panels) panel.draw(this.view);
    if (lab.still) session.past.note(lab.address());
    this.painted = performance.now();
    const wait = WRITTEN - (this.painted - (this.written ?? -Infinity));
    if (!moving || wait < 0 || lab.transport.playing !== Boolean(lab.timer)) this.#write();
    else this.writing ??= setTimeout(() => this.#write(), wait);
    this.rest();
  }

  /** What is said in numbers and by controls. */
  #write() {
    clearTimeout(this.writing);
    Object.assign(this, { writing: null, written: performance.now() });
    const { lab, view } = this;
    const { run, settings, hyper, past } = lab.session;
    lab.table.show(view, run);
    lab.problem.show(settings, view.policy, view.clamped);
    for (const row of lab.sliders) row.show(hyper[row.name]);
    lab.transport.show({ step: run.step, playing: Boolean(lab.timer), back: past.back, forth: past.forth });
    lab.bumpEditor?.show();
  }

  /** For paper, on white and as lines. */
  print() {
    const { lab } = this;
    lab.pause();
    this.rebase("light");
    this.paint();
    for (const panel of lab.panels) panel.print(this.view);
  }

  /** What can wait for a moment: the others' runs, words for those who do not see the pictures, and the address. */
  rest() {
    this.resting ??= setTimeout(() => {
      this.resting = null;
      const { lab, view } = this;
      const { run } = lab;
      const still = lab.still && performance.now() - this.painted > REST / 2;
      if (still && (lab.session.renew() || view.moving || (lab.ends.wanting && !lab.ends.asking))) {
        this.calm = true;
        this.request();
      }
      if (still && lab.comparing) lab.prediction?.tellNearest(lab.comparison.ended);
      else if (still) lab.prediction?.tell({ name: run.method, place: run.state.policy, step: run.step, end: view.end });
      for (const panel of lab.panels) panel.tell(view);
      lab.dispatchEvent(new Event("rlgeo-told"));
      if (lab.full && still) lab.link();
      if (!lab.table.tell(view, run) || !still) this.rest();
    }, REST);
  }
}
