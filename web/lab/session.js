// What is being tried: settings, one run per method, and what was changed on the way. Knows nothing of the page.
import { core } from "../generated/rlgeo.js";
import { History } from "./history.js";
import { begun, fromHash, toHash } from "./link.js";
import { MOST_STEPS, Run, drawsNothing, problemOf } from "./model.js";
import { METHODS } from "./names.js";
import { Twin } from "./twin.js";
import { BEFORE, DEEDS, MOST_CHANGES, PROBLEM, assign, told } from "./story.js";

const [DRAW, CLEAR] = DEEDS;

export class Session {
  /** @param beside whether the exact gradient, which draws nothing, walks beside the chosen method */
  constructor(settings, { beside }) {
    this.settings = settings;
    this.initial = structuredClone(settings);
    this.past = new History();
    this.twin = new Twin();
    this.accompanied = beside;
    this.equip();
    // the step up to which a link asks to play
    this.until = null;
  }

  /** A run of every method there is. */
  equip() {
    this.runs = Object.fromEntries(METHODS.map((name) => [name, new Run(name)]));
    this.exact = this.accompanied ? METHODS.find((name) => drawsNothing(name, this.settings.hyper[name])) : null;
  }

  get run() {
    return this.runs[this.settings.method];
  }

  get beside() {
    return this.exact && this.exact !== this.settings.method ? this.runs[this.exact] : null;
  }

  /** The book's run in the same circumstances, where changed code plays. */
  get book() {
    return this.twin.beside(this);
  }

  get others() {
    return Object.values(this.runs).filter((run) => run !== this.run);
  }

  get hyper() {
    return this.settings.hyper[this.settings.method];
  }

  /** Whether the run is that of the present settings from its start. */
  get pure() {
    return !this.story.length && !this.lossy;
  }

  /** Take up a whole state: settings at the start of the run, the steps of every method, what was changed on the way. */
  load({ settings, steps = {}, story = [], stories = {} }) {
    this.#begin(settings, story);
    this.settings = settings;
    this.settings = { ...settings, ...this.run.replay(settings, story, steps[settings.method] ?? 0), compare: settings.compare };
    for (const other of this.others) {
      const [own, count] = [stories[other.method] ?? [], steps[other.method] ?? 0];
      if (own.length && count) this.#retell(other, own, count);
      else this.#again(other, count);
    }
    if (this.beside) this.#again(this.beside, this.run.step);
  }

  #begin(settings, story = []) {
    Object.assign(this, { origin: structuredClone(settings), story, lossy: false, until: null });
  }

  /** A run of another method than the chosen one, as the present settings have it from the start. */
  #again(run, steps) {
    const { settings } = this;
    const hyper = { ...settings.hyper[run.method] };
    if (run === this.beside) hyper.learning_rate = this.hyper.learning_rate;
    if (steps) run.replay({ ...settings, hyper: { ...settings.hyper, [run.method]: hyper } }, [], steps);
    else run.restart(settings);
    run.old = false;
  }

  /** A run of another method with what was changed on its way. */
  #retell(run, story, steps) {
    const { method } = run;
    const origin = structuredClone(this.origin);
    for (const { step, name, value } of story) if (step === BEFORE) assign(origin, name, value);
    const own = story.filter(({ step }) => step !== BEFORE);
    const end = run.replay(origin, own, steps);
    this.settings.hyper[method] = end.hyper[method];
    run.kept = { origin, story: own };
    run.old = JSON.stringify(problemOf(end)) !== JSON.stringify(problemOf(this.settings));
  }

  /** Change one setting by its name in a link; a run that is under way goes on with it. */
  set(name, value) {
    const { run } = this;
    if (run.step === 0 && !this.story.length) {
      assign(this.settings, name, value);
      this.origin = structuredClone(this.settings);
      run.restart(this.settings);
    } else this.#tell({ step: run.step, name, value });
    this.#outdate();
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

  /** What other methods did under other settings is not what they would do now. */
  #outdate() {
    for (const other of this.others) if (other.step) other.old = true;
  }

  /** Runs of other settings than the present ones are made again; false where there is none. */
  renew() {
    const old = this.others.filter((run) => run.old);
    for (const run of old) this.#again(run, run.step);
    return old.length > 0;
  }

  /** Other settings from the start on, of which no run that is under way can go on. */
  start(settings) {
    Object.assign(this.settings, settings);
    this.#begin(this.settings);
    for (const run of Object.values(this.runs)) run.restart(this.settings);
  }

  /** Put the policy somewhere: every method starts again from there. */
  moveStart({ mean, std }) {
    const inside = core.clamp({ policy: { mean, std } });
    const round = (x) => Number(x.toFixed(4));
    this.start({ mean: round(inside.mean), std: round(inside.std) });
  }

  choose(method) {
    if (method === this.settings.method) return;
    const { run: before, origin, story, lossy } = this;
    // the story belongs to the method that it happened to, which keeps it
    if (lossy) this.#again(before, before.step);
    else if (story.length && before.step) before.kept = { origin, story };
    this.settings.method = method;
    const { run } = this;
    if (run.remembers) this.#begin(run.kept.origin, run.kept.story);
    else {
      this.#again(run, run.step);
      this.#begin(this.settings);
    }
    run.kept = null;
  }

  /** Another batch at this step. */
  resample() {
    const { step } = this.run;
    const before = this.story.find((change) => change.step === step && change.name === DRAW);
    this.#tell({ step, name: DRAW, value: (before?.value ?? 0) + 1 });
  }

  /** Forget all paths; the policy stays where it is. */
  clear() {
    for (const other of this.others) other.restart(this.settings);
    if (this.run.step) this.#tell({ step: this.run.step, name: CLEAR });
  }

  /** The policy back to its start, with all settings as they are. */
  reset() {
    this.run.restart(this.settings);
    this.beside?.restart(this.settings);
    this.#begin(this.settings);
  }

  get arrived() {
    return this.run.step >= Math.min(MOST_STEPS, this.until ?? Infinity);
  }

  /** One step. Returns whether the problem has changed, as a link's story may have it. */
  advance(problem) {
    const { run, beside, hyper } = this;
    run.advance(problem, hyper);
    // with the same steps and the same step length
    beside?.advance(problem, { ...this.settings.hyper[beside.method], learning_rate: hyper.learning_rate });
    const now = this.story.filter(({ step }) => step === run.step);
    if (!now.length) return false;
    run.change(now, this.settings);
    this.#outdate();
    return now.some(({ name }) => PROBLEM.includes(name));
  }

  /** The state as an address holds it. */
  get address() {
    const steps = Object.fromEntries(METHODS.map((name) => [name, this.runs[name].step]));
    const kept = Object.fromEntries(this.others.filter((run) => run.remembers).map((run) => [run.method, run.kept]));
    return this.lossy ? toHash(this.settings, steps, [], kept) : toHash(begun(this.settings, this.origin), steps, this.story, kept);
  }

  /** One state back (−1) or forth (1); null where there is none. */
  travel(turn) {
    const address = this.past.go(turn);
    return address === null ? null : fromHash(address);
  }
}
