// The files of a lab's method beside it: edited, traced by the page's Python, played by the lab.
import { element } from "../controls.js";
import { download } from "../download.js";
import { heard, patch, told } from "./changes.js";
import { mark, reveal, stateOf, textOf, viewOf, write } from "./editor.js";
import { LIST, NAME, OWN, TEMPLATE, listed } from "./own.js";
import { contextOf, nameOf, pathsOf } from "./paths.js";
import { LIBRARY } from "./session.js";

const LONGEST_LINK = 4000;
const HOW = "Change a line, then press Run (or Ctrl+Enter): the lab plays what you wrote.";
const number = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
/** A place in words that stay on one line. */
const spot = (values) => Object.entries(values).map(([symbol, value]) => `${symbol}\u00a0${number(value)}`).join(", ");

const placeOf = ({ state: { policy }, path }) => spot({ μ: policy.mean, σ: policy.std, J: path.objective.at(-1) });

export class Workbench {
  constructor(session, lab, { keep }) {
    Object.assign(this, { session, lab, keep, book: session.files, states: new Map(), sent: new Set() });
    this.paths = pathsOf(this.book, lab);
    // Python that has been stopped knows only the book's files
    session.onBegin.push(() => this.adopted && session.ask("trace", { files: this.adopted }));
    this.view = viewOf(this.#state(this.paths[0]));
    this.tabs = element("div", { class: "rl-edit-tabs", role: "group", "aria-label": "Files" });
    this.said = element("p", { class: "rl-edit-said", role: "status" }, HOW);
    this.context = element("p", { class: "rl-edit-context" });
    // where the run stands and where the book's does: below the editor, and above the lab
    this.stands = [element("p", { class: "rl-edit-stands", hidden: true }), element("span", { hidden: true })];
    this.warned = element("p", { class: "rl-edit-warned", role: "status", hidden: true });
    const button = (words, act) => {
      const node = element("button", { type: "button", class: "rl-python-button" }, words);
      node.addEventListener("click", act);
      return node;
    };
    this.go = button("Run", () => this.run({ look: true }));
    this.halt = button("Stop", () => (this.stop(), this.view.focus()));
    this.halt.hidden = true;
    this.back = button("The book’s version", () => this.restore([this.path]));
    this.whole = button("All files as in the book", () => this.restore(Object.keys(this.changed)));
    this.mine = button("My version again", () => (this.bring(), this.view.focus()));
    this.up = button("To the lab", () => (this.flag.hidden ? lab : this.flag).scrollIntoView({ block: "start" }));
    const save = button("Download as a patch", () => this.save());
    const own = lab.full && listed(this.book[LIST]) ? [button("Write your own", () => this.own())] : [];
    const bar = element("div", { class: "rl-edit-bar" }, this.go, this.halt, this.up, this.back, this.whole, this.mine, save, ...own);
    this.node = element("div", { class: "rl-edit" }, this.tabs, this.context, this.view.dom, bar, this.said, this.stands[0], this.warned);
    this.flag = element("div", { class: "rl-python rl-python-flag", hidden: true });
    lab.before(this.flag);
    lab.addEventListener("rlgeo-told", () => this.#compare());
    this.open(this.paths[0]);
  }

  #state(path, text = this.book[path]) {
    return stateOf(text ?? "", { label: path, book: this.book[path] ?? "", onRun: () => this.run({ look: true }), onChange: () => this.#list() });
  }

  /** A new method, which the lab then shows. */
  async own() {
    this.before ??= this.lab.settings.method;
    if (!this.paths.includes(OWN)) {
      this.paths.unshift(OWN);
      this.paths.push(LIST);
      this.states.set(OWN, this.#state(OWN, TEMPLATE));
      this.states.set(LIST, this.#state(LIST, listed(this.book[LIST])));
    }
    this.open(OWN);
    await this.run();
    if (NAME in this.lab.runs) this.lab.choose(NAME);
  }

  /** What each file holds now, the open one as it stands in the editor. */
  get texts() {
    if (this.path) this.states.set(this.path, this.view.state);
    return Object.fromEntries([...this.states].map(([path, state]) => [path, textOf(state)]));
  }

  get changed() {
    return Object.fromEntries(Object.entries(this.texts).filter(([path, text]) => text !== this.book[path]));
  }

  /** Take up changes from a link, to look at before they run, or from the last visit. */
  async take(letters, { look, then } = {}) {
    try {
      for (const [path, text] of Object.entries(await heard(this.book, letters))) {
        if (!this.paths.includes(path)) this.paths.push(path);
        this.states.set(path, this.#state(path, text));
        if (path === this.path) this.view.setState(this.states.get(path));
      }
    } catch (error) {
      return this.#say(`The change could not be taken up: ${error.message}.`, true);
    }
    const [first] = Object.keys(this.changed);
    if (first) this.open(first);
    this.then = then;
    if (!look) return this.run();
    return this.#say(`The link changes ${Object.keys(this.changed).map(nameOf).join(", ")}; the changed lines are marked. Press Run to let the lab play them.`);
  }

  open(path) {
    if (this.path) this.states.set(this.path, this.view.state);
    this.path = path;
    this.view.setState(this.states.get(path) ?? this.#state(path));
    this.states.set(path, this.view.state);
    this.#list();
    this.context.textContent = contextOf(this.book, path);
    const text = textOf(this.view.state);
    const changed = text === this.book[path] ? -1 : [...text].findIndex((letter, i) => letter !== this.book[path]?.[i]);
    const start = text.search(/^@dataclass|^class |^def /m);
    reveal(this.view, changed >= 0 ? changed : Math.max(0, start), changed >= 0 ? "center" : "start");
  }

  #list() {
    const { changed } = this;
    this.tabs.replaceChildren(
      ...this.paths.map((path) => {
        const tab = element("button", { type: "button", "aria-pressed": String(path === this.path), title: path }, nameOf(path), path in changed ? " ●" : "");
        if (path in changed) tab.setAttribute("aria-label", `${nameOf(path)}, changed`);
        tab.addEventListener("click", () => this.open(path));
        return tab;
      }),
    );
    this.back.disabled = !(this.path in changed);
    this.whole.hidden = Object.keys(changed).every((path) => path === this.path);
    this.mine.hidden = !this.taken;
  }

  #say(words, wrong = false) {
    this.said.textContent = words;
    this.said.toggleAttribute("data-wrong", wrong);
  }

  /** Trace what stands in the editor, and let the labs run it; with `look` the lab is brought into view where it plays out of sight. */
  async run({ look = false } = {}) {
    if (this.running) return this.#say("Still running what was there before; Stop ends it.");
    this.running = true;
    const { changed, texts } = this;
    for (const path of Object.keys(changed)) this.sent.add(path);
    const files = Object.fromEntries([...this.sent].map((path) => [path, texts[path] ?? this.book[path] ?? null]));
    const begun = performance.now();
    this.#say("Running …");
    this.warned.hidden = true;
    this.halt.hidden = false;
    this.go.disabled = true;
    try {
      const answer = await this.session.ask("trace", { files }, ({ fetching }) => fetching && this.#say(`Fetching ${LIBRARY} …`));
      if (answer.error) this.#blame(answer.error);
      else await this.#adopt(answer, changed, begun);
      if (!answer.error) this.adopted = changed;
      if (!answer.error && look && Object.keys(changed).length) this.#bringLab();
    } catch (error) {
      this.#say(error.message === "stopped" ? "Stopped. The lab goes on with what it had." : error.message, true);
    }
    this.halt.hidden = true;
    this.go.disabled = false;
    this.running = false;
  }

  #blame({ path, line, message }) {
    if (path && path !== this.path) this.open(path);
    mark(this.view, path ? line : null);
    const goes = this.adopted && Object.keys(this.adopted).length ? "your version before" : "the book’s version";
    this.#say(`${path ? `${nameOf(path)}, line ${line}: ` : ""}${message}. The lab goes on with ${goes}.`, true);
  }

  async #adopt({ text, warnings }, changed, begun) {
    mark(this.view, null);
    const letters = await told(this.book, changed);
    const fits = letters.length <= LONGEST_LINK;
    const before = this.#place();
    await globalThis.rlgeoAdopt(text, { changed: Boolean(letters), told: fits ? letters : "" });
    this.#remember(letters);
    // chapters go on with the changed package
    for (const hear of this.session.onRenew) hear();
    const seconds = ((performance.now() - begun) / 1000).toFixed(2);
    const whose = letters ? "your version" : "the book’s version";
    const now = this.#place();
    const moved = !this.lab.book && before && now && before !== now ? ` It now stands at ${now}, before at ${before}.` : "";
    this.#say(`The lab plays ${whose} (it took ${seconds} s).${moved}${fits ? "" : " It is too long for a link; download it as a patch."}`);
    this.#fly(changed, moved);
    if (NAME in this.lab.runs) this.before ??= this.lab.settings.method;
    else if (this.before) this.lab.choose(this.before);
    this.then?.();
    this.then = null;
    if (letters && !now) this.lab.play();
    this.warned.hidden = !warnings.length;
    const sentence = ({ method, axis, gradient, difference }) =>
      `${method}: at one of the states tried, gradient says ${number(gradient)} along ${axis === "mean" ? "μ" : "σ"}, but the surrogate changes by ${number(difference)}.`;
    this.warned.textContent = warnings.length ? `gradient is not the derivative of surrogate any more. ${warnings.map(sentence).join(" ")}` : "";
  }

  /** Above the lab: that it plays other code than the book's, and where that is. */
  #fly(changed, moved) {
    const paths = Object.keys(changed);
    this.flag.hidden = !paths.length;
    const down = element("button", { type: "button", class: "rl-python-button" }, "To the code");
    down.addEventListener("click", () => this.node.scrollIntoView({ block: "nearest" }));
    this.flag.replaceChildren(element("span", {}, `The lab plays your version of ${paths.map(nameOf).join(", ")}.${moved} `, this.stands[1]), down);
    this.#compare();
  }

  /** Where the run stands, and where the book's version of it does, at the same step. */
  #compare() {
    const { book, run, timer } = this.lab;
    const both = book && run.step > 0;
    const steps = `${run.step} ${run.step === 1 ? "step" : "steps"}`;
    const words = !both
      ? ""
      : book.same
        ? `It now stands at ${placeOf(run)}, the book’s version at the same place: nothing has changed in ${steps}.`
        : `It now stands at ${placeOf(run)}, the book’s version at ${placeOf(book.run)}, after ${steps}.`;
    // told when it rests, not at every step
    const live = timer ? "off" : "polite";
    for (const node of this.stands) {
      node.hidden = !both;
      if (node.textContent === words && node.ariaLive === live) continue;
      node.ariaLive = live;
      node.textContent = words;
    }
  }

  /** The lab into view, unless its map is; the editor keeps the focus, and "To the code" leads back. */
  #bringLab() {
    const { top, bottom } = this.lab.map.node.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) this.flag.scrollIntoView({ block: "start", behavior: "instant" });
  }

  /** Where the lab's run is, in words; "" where nothing has run yet, or many runs are compared. */
  #place() {
    const { comparing, run } = this.lab;
    if (comparing) return " ";
    return run.step ? placeOf(run) : "";
  }

  #remember(letters) {
    try {
      if (letters) localStorage.setItem(this.keep, letters);
      else localStorage.removeItem(this.keep);
    } catch {
      // a browser may forbid it; the link and the patch remain
    }
  }

  /** Files as the book has them; a method of one's own goes with its line in the list. What goes can be brought back. */
  restore(paths) {
    const { changed } = this;
    const gone = paths.includes(OWN) ? [...paths, LIST] : paths;
    this.taken = Object.fromEntries(Object.entries(changed).filter(([path]) => gone.includes(path)));
    for (const path of Object.keys(this.taken)) {
      if (!(path in this.book)) this.#remove(path);
      else if (path === this.path) write(this.view, this.book[path]);
      else this.states.set(path, this.#state(path));
    }
    this.#list();
    return this.run();
  }

  /** What `restore` took away. */
  bring() {
    for (const [path, text] of Object.entries(this.taken)) {
      if (!this.paths.includes(path)) this.paths.unshift(path);
      if (path === this.path) write(this.view, text);
      else this.states.set(path, this.#state(path, text));
    }
    this.taken = null;
    this.#list();
    return this.run();
  }

  #remove(path) {
    this.paths = this.paths.filter((other) => other !== path);
    if (path === this.path) this.open(this.paths[0]);
    this.states.delete(path);
  }

  async stop() {
    await this.session.stop();
  }

  save() {
    const text = patch(this.book, this.changed);
    if (!text) return this.#say("Nothing is changed.");
    const runs = this.adopted && JSON.stringify(this.adopted) === JSON.stringify(this.changed);
    download("rlgeo.patch", new Blob([text], { type: "text/x-patch" }));
    return this.#say(`In a clone of the book: git apply rlgeo.patch.${runs ? "" : " It holds what stands here, which has not run as it is."}`, !runs);
  }
}
