// A chapter's cells, run where they stand: every cell after those before it, the hidden ones too, in one namespace.
import { element } from "../controls.js";
import { mark, stateOf, textOf, viewOf } from "./editor.js";
import { nodesOf, running } from "./outputs.js";
import { LIBRARY } from "./session.js";

/** The chapter's cells, from the script that lies beside the program. */
async function listed(base) {
  const page = location.pathname.split("/").at(-1).replace(/\.html$/, "") || "index";
  const script = element("script", { src: `${base}cells/${page}.js` });
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: () => reject(new Error("the list of this chapter’s cells did not come")) });
    document.head.append(script);
  });
  return globalThis.rlgeoCells;
}

const plain = (text) => text.replace(/\s+$/gm, "").trim();

/** Which of the chapter's cells each code block of the page shows, in order; a block that shows none is left out. */
function matched(cells, blocks) {
  const found = new Map();
  let at = 0;
  for (const block of blocks) {
    const text = plain(block.querySelector("code").textContent);
    const place = cells.findIndex((cell, i) => i >= at && cell.shown && plain(cell.text) === text);
    if (place < 0) continue;
    found.set(block, place);
    at = place + 1;
  }
  return found;
}

export class Chapter {
  constructor(session) {
    Object.assign(this, { session, ran: -1, views: new Map(), bars: new Map() });
    session.onRenew.push(() => this.forget("The code of the methods was changed: the cells begin again."));
  }

  async read(base, blocks) {
    this.cells = await listed(base);
    this.places = matched(this.cells, blocks);
    this.visible = this.cells.flatMap(({ shown }, i) => (shown ? [i] : []));
    return this;
  }

  /** A cell's place among all; a block that readers add runs after the `before` of it. */
  placeOf = (block) => this.places.get(block) ?? block.after;

  textOf(i) {
    const view = this.views.get(i);
    return view ? textOf(view.state) : this.cells[i].text;
  }

  /** Put an editor in the place of a code block. */
  edit(bar) {
    const { block } = bar;
    const i = this.places.get(block) ?? bar;
    if (this.views.has(i)) return this.views.get(i).focus();
    const text = typeof i === "number" ? this.cells[i].text : "";
    const label = typeof i === "number" ? `Cell ${this.#number(i)}` : "A cell of your own";
    const view = viewOf(stateOf(text, { label, book: text || undefined, numbers: false, onRun: () => this.run(bar) }));
    this.views.set(i, view);
    bar.back.hidden = typeof i !== "number";
    for (const child of block.children) child.hidden = true;
    block.append(element("div", { class: "rl-cell-editor" }, view.dom));
    view.focus();
    return view;
  }

  /** The book's text and outputs in the place of the reader's. */
  restore(bar) {
    if (this.running) return bar.say("A cell is running; Stop ends it.");
    const i = this.places.get(bar.block);
    this.views.get(i)?.dom.parentNode.remove();
    this.views.delete(i);
    for (const child of bar.block.children) child.hidden = false;
    bar.restore();
    this.ran = Math.min(this.ran, i - 1);
    return bar.say("The book’s cell, with what the book shows of it.");
  }

  #number = (i) => this.visible.indexOf(i) + 1;

  get state() {
    const done = this.visible.filter((i) => i <= this.ran).length;
    return done ? `${done} of the ${this.visible.length} cells that the page shows have run` : "no cell has run";
  }

  /** Run a cell, and before it those that have not run yet. */
  async run(bar) {
    if (this.running) return bar.say(this.running === bar ? "Still running what was there before; Stop ends it." : "Another cell is running.");
    this.running = bar;
    bar.begin();
    const place = this.places.get(bar.block);
    const last = place ?? bar.after;
    try {
      const missing = this.cells.map((_, i) => i).filter((i) => i > this.ran && i < (place ?? last + 1));
      for (const i of missing) {
        bar.say(`Running the cells before it, hidden ones too: ${i + 1} of ${missing.at(-1) + 1}`);
        const { error, outputs } = await this.#ask(i, this.textOf(i), this.cells[i].shown);
        if (error) return this.#stumble(bar, i, error);
        this.#show(i, { outputs, error });
        this.ran = i;
      }
      bar.say("Running …");
      const i = place ?? bar;
      const text = this.views.has(i) ? textOf(this.views.get(i).state) : this.cells[i].text;
      const begun = performance.now();
      const answer = await this.#ask(place ?? this.cells.length, text, true, (told) => bar.hear(told));
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      bar.show(nodesOf(answer), place !== undefined && text !== this.cells[place].text);
      if (this.views.has(i)) mark(this.views.get(i), answer.error?.line);
      if (place !== undefined) this.ran = Math.max(this.ran, place);
      const since = this.views.has(i) && textOf(this.views.get(i).state) !== text ? " Its text was changed meanwhile: run it again." : "";
      bar.say(`${place === undefined ? "Your cell has run" : `Cell ${this.#number(place)} has run`} in ${seconds} s; ${this.state}.${since}`);
    } catch (error) {
      this.ran = -1;
      const words = "Stopped. What is shown is from before. Python has been started again: the next run begins with the first cell.";
      bar.say(error.message === "stopped" ? words : error.message);
    } finally {
      this.running = null;
      bar.end();
    }
  }

  #ask(number, text, shown, hear = () => {}) {
    const told = (news) => (news.fetching ? this.running.say(`Fetching ${LIBRARY} …`) : hear(news));
    return this.session.ask("cell", { number: number + 1, text, shown }, told);
  }

  /** Outputs of an earlier cell go to where that cell stands, if its text is the reader's own. */
  #show(i, answer) {
    if (!this.views.has(i)) return;
    this.bars.get(i)?.show(nodesOf(answer));
    mark(this.views.get(i), null);
  }

  #stumble(bar, i, { line, message }) {
    const which = this.cells[i].shown ? `Cell ${this.#number(i)}` : "A hidden cell";
    bar.say(`${which}, which comes before, fails${line ? ` at its line ${line}` : ""}: ${message}`);
    if (this.views.has(i)) mark(this.views.get(i), line);
  }

  forget(why) {
    this.ran = -1;
    this.session.ask("begin", {});
    for (const bar of this.bars.values()) if (bar.hasRun) bar.say(why);
  }

  async stop() {
    await this.session.stop();
  }
}

/** What stands below a code block: its buttons, and how far it is. */
export class Bar {
  constructor(chapter, block, node, { after } = {}) {
    Object.assign(this, { chapter, block, node, after });
    this.status = element("span", { class: "rl-cell-said", role: "status" });
    const button = (words, act) => {
      const made = element("button", { type: "button", class: "rl-python-button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    this.go = button("Run", () => chapter.run(this));
    this.change = button("Edit", () => chapter.edit(this));
    this.back = button("The book’s cell", () => chapter.restore(this));
    this.halt = button("Stop", () => chapter.stop());
    this.again = button("Restart Python", async () => {
      await chapter.stop();
      chapter.ran = -1;
      this.say("Python has been started again; no cell has run.");
    });
    this.halt.hidden = true;
    this.again.hidden = this.back.hidden = true;
    node.replaceChildren(this.go, ...(after === undefined ? [this.change, this.back] : []), this.halt, this.again, this.status);
    chapter.bars.set(chapter.places.get(block) ?? this, this);
  }

  say(words) {
    this.status.textContent = words;
  }

  begin() {
    this.hasRun = true;
    this.halt.hidden = false;
    this.go.disabled = true;
  }

  end() {
    this.#hush();
    this.halt.hidden = true;
    this.again.hidden = false;
    this.go.disabled = false;
  }

  /** What the running cell has printed so far, below what is shown. */
  hear({ printed }) {
    this.news ??= running(this.node);
    this.news.append(printed);
  }

  #hush() {
    this.news?.closest(".cell-output").remove();
    this.news = null;
  }

  restore() {
    for (const node of this.shown ?? []) node.remove();
    this.shown = null;
    for (const node of this.book ?? []) node.hidden = false;
    this.back.hidden = true;
  }

  /** Outputs in the place of those that are there, which were the book's or an earlier run's; `own` are of a changed cell. */
  show(nodes, own = false) {
    this.#hush();
    this.book ??= this.#printed();
    for (const old of this.book) old.hidden = true;
    for (const old of this.shown ?? []) old.remove();
    this.shown = own ? [element("p", { class: "rl-cell-yours" }, nodes.length ? "Your version’s output:" : "Your version puts out nothing."), ...nodes] : nodes;
    this.node.after(...this.shown);
    const cell = this.block.closest(".cell") ?? this.block;
    cell.dataset.ran = String(Number(cell.dataset.ran ?? 0) + 1);
  }

  /** The book's own outputs of the cell, wherever its page has put them. */
  #printed() {
    const cell = this.block.closest(".cell");
    const floats = ":is([id^='fig-'], [id^='tbl-'], .quarto-float)";
    return cell ? [...cell.querySelectorAll(`.cell-output, ${floats}`)].filter((node) => node.closest(".cell") === cell) : [];
  }
}
