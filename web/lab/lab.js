// <rl-lab>: the live lab. With `method="grpo"` a chapter's cut-down lab, with `method="compare"` that of all methods
// side by side, without it the full one.
import { element } from "../controls.js";
import { onScheme } from "../scheme.js";
import { metadata } from "../generated/rlgeo.js";
import { present } from "./adopt.js";
import { followLinks } from "./experiments.js";
import { build } from "./build.js";
import { listen } from "./keys.js";
import { COMPARE, pin } from "./layout.js";
import { fromEntries, fromHash } from "./link.js";
import { defaults, drawsNothing, parametersOf } from "./model.js";
import { methodCalled, ownName } from "./names.js";
import { LONG, PACE } from "./predict.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { parameterRow } from "./rows.js";
import { Session } from "./session.js";
import { shelf } from "./shelf.js";
import { PROBLEM } from "./story.js";
import { refresh } from "./theme.js";
import { alike } from "./twin.js";

export class RlLab extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    const asked = this.getAttribute("method") ?? "";
    this.full = !this.hasAttribute("method");
    this.compares = this.full || asked.toLowerCase() === COMPARE.toLowerCase();
    const linked = this.full && location.hash.includes("=") ? fromHash(location.hash) : null;
    this.session = new Session(this.#given(methodCalled(asked)), { beside: !this.full });
    const { settings } = linked ?? this;
    settings.compare.shown = this.comparing = this.full ? settings.compare.shown : this.compares;
    this.picture = new Picture(this);
    this.player = new Player({
      advance: (steps) => {
        this.advance(steps);
        this.paint();
      },
      speed: () => this.transport.speed,
      here: () => this.isConnected,
    });
    refresh();
    build(this);
    listen(this);
    this.load(linked ?? { settings });
    if (!linked) this.fresh = this.address();
    onScheme(() => this.picture.expire());
    this.setAttribute("data-ready", "");
    // a chapter's lab waits for what the reader expects
    if (this.comparing && this.full) this.comparison.run();
    this.#wish(linked);
    followLinks();
  }

  /** The settings that the page asks for. */
  #given(method) {
    const fresh = defaults(method);
    try {
      return fromEntries(Object.entries(JSON.parse(this.dataset.state ?? "{}")), fresh).settings;
    } catch {
      return fresh;
    }
  }

  // ---- the page's part

  /** Other functions have taken the place of the book's: the state of an address under them. */
  adopted(address) {
    const { open } = this.drawer;
    this.pause();
    for (const { crew } of [this.ends, this.comparison ?? {}]) crew?.end();
    this.session.equip();
    build(this);
    this.load(fromHash(address));
    this.#promise(this.promised);
    this.drawer.show(open);
    if (this.comparing) this.comparison.run();
  }

  /** Panels and sliders of the chosen method. */
  arrange() {
    const { full, comparing, comparison } = this;
    const { method } = this.settings;
    const panels = comparing ? [comparison.panel] : shelf(method, { full, records: full ? this.picture.recordNames() : [] });
    this.panels = [this.axis, this.map, ...panels];
    this.batch.replaceChildren(...(comparing ? [comparison.node] : panels.map((panel) => panel.node)));
    this.sliders = Object.entries(parametersOf(method)).map(([name, parameter]) => parameterRow(name, parameter, (value) => this.set(ownName(method, name), value)));
    if (!full) this.setAttribute("aria-label", `Live lab: ${comparing ? "all methods" : method}`);
    // a chapter's lab need not say which method it shows, unless a link has brought another
    const named = full || method !== this.session.initial.method;
    this.methodRows.replaceChildren(...(named ? [element("h2", {}, metadata.methods[method].title.split(":")[0])] : []), ...this.sliders.map((row) => row.node));
    if (!this.controls.querySelector("[data-pinned]")) pin(this.controls, this.problem.rows.beta.node);
    this.tabs?.show(comparing ? COMPARE : method);
    this.methodRows.hidden = comparing;
    this.controls.scrollTop = 0;
    this.classList.toggle("rl-lab-comparing", comparing);
    if (this.compares) {
      comparison.controls.hidden = !comparing;
      comparison.show();
    }
    // an exact gradient draws nothing
    this.transport.batch.hidden = drawsNothing(method, this.session.hyper);
    this.picture.watch(this.panels);
  }

  // ---- the state

  get settings() {
    return this.session.settings;
  }

  get runs() {
    return this.session.runs;
  }

  get run() {
    return this.session.run;
  }

  /** The book's version of the run, where changed code plays, and whether it is the same so far. */
  get book() {
    const run = this.comparing ? null : this.session.book;
    return run && { run, same: alike(this.run, run) };
  }

  address() {
    return present.told ? `${this.session.address}&python=${present.told}` : this.session.address;
  }

  load(state) {
    this.pause();
    const { compare } = state.settings;
    this.comparing = compare.shown = this.full ? compare.shown : this.compares;
    this.comparison?.begin(compare);
    this.session.load(state);
    // where a path is drawn already, it is too late to ask
    if (this.run.step) this.prediction?.end();
    this.picture.rebase();
    this.arrange();
    this.request();
  }

  /** What a link holds, as far as it is understood. */
  follow(hash) {
    const linked = fromHash(hash);
    this.load(linked);
    if (this.comparing) this.comparison.run();
    this.#wish(linked);
  }

  /** Play, where a link asks for it. */
  #wish(linked) {
    if (!linked) return;
    this.python = linked.wish.python;
    if (this.python) this.dispatchEvent(new CustomEvent("rlgeo-python", { bubbles: true }));
    this.tell(linked.notes);
    this.#promise(linked.promise);
    if (linked.wish.speed) this.transport.pace(linked.wish.speed);
    if (!linked.wish.play || this.comparing) return;
    this.session.until = linked.wish.play;
    this.play();
  }

  /** Change one setting by its name in a link. */
  set(name, value) {
    this.session.set(name, value);
    if (PROBLEM.includes(name)) this.#newProblem();
    this.picture.stir();
  }

  #newProblem() {
    this.picture.outdate();
    this.comparison?.expire(this.comparing);
  }

  /** Other settings from the start on. */
  start(settings) {
    this.session.start(settings);
    this.comparison?.expire(this.comparing);
    this.picture.stir();
  }

  moveStart(place) {
    this.session.moveStart(place);
    this.comparison?.expire(this.comparing);
    this.picture.stir();
  }

  choose(method) {
    this.pause();
    this.comparing = this.settings.compare.shown = method === COMPARE;
    this.#promise("");
    if (!this.comparing) this.session.choose(method);
    this.arrange();
    this.request();
    if (this.comparing && (!this.comparison.results.size || this.comparison.outdated)) this.comparison.run();
  }

  act(what) {
    const { session } = this;
    if (what === "play" && this.timer) this.pause();
    else if (what === "play") this.play();
    else if (what === "step") {
      this.prediction?.end();
      this.pause();
      this.advance(1);
    } else if (what === "resample") session.resample();
    else if (what === "clear") session.clear();
    else if (what === "reset") {
      this.pause();
      session.reset();
    } else if (what === "optimum") this.moveStart(this.base.optimum);
    else if (what === "undo" || what === "redo") this.#travel(what === "undo" ? -1 : 1);
    else if (what === "default") {
      this.tell([]);
      this.#promise("");
      this.load({ settings: structuredClone(session.initial) });
      if (this.comparing && this.full) this.comparison.run();
    }
    this.request();
  }

  #travel(turn) {
    this.pause();
    const state = this.session.travel(turn);
    if (!state) return;
    this.load(state);
    if (this.comparing) this.comparison.run();
  }

  advance(steps) {
    const { session } = this;
    for (let i = 0; i < steps && !session.arrived; i++) if (session.advance(this.base.problem)) this.#newProblem();
    if (session.arrived) this.pause();
  }

  get timer() {
    return this.player.timer;
  }

  play() {
    // a guess is judged after so many steps, which need not take long
    const judged = this.prediction?.guess && !this.comparing && this.run.step < LONG;
    if (judged && this.prediction.asks) this.transport.pace(PACE);
    this.prediction?.end();
    if (this.session.arrived) this.session.until = null;
    if (judged) this.session.until ??= LONG;
    if (this.comparing && this.full) this.choose(this.settings.method);
    this.player.start();
    this.request();
  }

  pause() {
    if (!this.timer) return;
    this.player.stop();
    this.session.until = null;
    this.request();
  }

  /** What a link held and the lab did not take, or what else it has to say. */
  tell(notes, before = "Parts of the link were ignored or changed: ") {
    this.note.hidden = !notes.length;
    const some = notes.slice(0, 4).join("; ") + (notes.length > 4 ? `; and ${notes.length - 4} more` : "");
    this.note.textContent = notes.length ? `${before}${some}.` : "";
  }

  /** What will happen in the experiment that was followed to here, if the book's code plays. */
  #promise(words) {
    this.promised = words;
    this.promise.hidden = !words;
    this.promise.textContent = words && `${present.changed ? "With the book’s version: " : ""}${words}`;
  }

  // ---- the picture

  get base() {
    return this.picture.base;
  }

  get view() {
    return this.picture.view;
  }

  get still() {
    return !this.timer && !this.pressed && this.picture.fine;
  }

  request() {
    this.picture.request();
  }

  paint() {
    this.picture.paint();
  }

  rest() {
    this.picture.rest();
  }

  link() {
    this.hash = this.address();
    const plain = !location.hash && this.hash === this.fresh;
    if (location.hash.slice(1) === this.hash || plain) return;
    try {
      history.replaceState(null, "", `#${this.hash}`);
    } catch {
      // some viewers forbid it; the link can still be copied
    }
  }
}
