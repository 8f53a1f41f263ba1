// The same run by the book's version, where a changed one plays: same settings, same seed, same changes on the way.
import { kernel } from "rlgeo:kernel";
import { present } from "./adopt.js";

/** What may differ in the last digits, as a formula that was only written otherwise may. */
const ROUNDING = 1e-9;
/** The book's functions, apart from those that have taken their place. */
let book = null;

export class Twin {
  /** The book's run, as far as the session's; null where the book's own version plays, or the book has no such run. */
  beside({ settings: { method }, origin, story, lossy, run: { step } }) {
    if (!present.changed || lossy) return null;
    book ??= kernel();
    if (!book.names.METHODS.includes(method)) return null;
    if (!Object.keys(book.model.parametersOf(method)).every((name) => name in origin.hyper[method])) return null;
    const key = JSON.stringify([method, origin, story]);
    if (key !== this.key || this.run.step > step) {
      Object.assign(this, { key, run: new book.model.Run(method) });
      this.settings = this.run.replay(origin, story, step);
    } else this.run.proceed(this.settings, story, step);
    return this.run;
  }
}

/** Whether two runs have been the same all the way. */
export const alike = (a, b) => ["mean", "std"].every((axis) => a.path[axis].every((x, t) => Math.abs(x - b.path[axis][t]) <= ROUNDING));
