// The same run by the book's version, where a changed one plays: same settings, same seed, same changes on the way.
import { make } from "../generated/rlgeo.js";
import { present } from "./adopt.js";
import { Run } from "./model.js";
import * as np from "./runtime.js";

/** What may differ in the last digits, as a formula that was only written otherwise may. */
const ROUNDING = 1e-9;
let book = null;

export class Twin {
  /** The book's run, as far as the session's; null where the book's own version plays, or the book has no such run. */
  beside({ settings: { method }, origin, story, lossy, run: { step } }) {
    if (!present.changed || lossy) return null;
    book ??= make(np);
    if (!(method in book.methods)) return null;
    const { parameters } = book.metadata.methods[method];
    if (!Object.keys(parameters).every((name) => name in origin.hyper[method])) return null;
    const key = JSON.stringify([method, origin, story]);
    if (key !== this.key || this.run.step > step) {
      Object.assign(this, { key, run: new Run(method, book) });
      this.settings = this.run.replay(origin, story, step);
    } else this.run.proceed(this.settings, story, step);
    return this.run;
  }
}

/** Whether two runs have been the same all the way. */
export const alike = (a, b) => ["mean", "std"].every((axis) => a.path[axis].every((x, t) => Math.abs(x - b.path[axis][t]) <= ROUNDING));
