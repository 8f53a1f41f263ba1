// Where every method ends, and the path of its mean: computed away from the page, once for each problem, start and rule.
import { Crew } from "./crew.js";

const MOST = 60;

export class Ends {
  /** @param onCome called when something that was asked for has come */
  constructor(onCome) {
    this.known = new Map();
    this.onCome = onCome;
    // what is wanted is asked for when things have come to rest: it would be outdated before it came
    this.asking = false;
    this.wanting = false;
  }

  /** {end, path} of a method, or null as long as it is not known; `steps` only where the path is wanted. */
  of(method, settings, hyper, steps = 0) {
    const { preset, bumps, reference_mean, reference_std, beta, mean, std } = settings;
    const task = { kind: "follow", method, settings: { preset, bumps, reference_mean, reference_std, beta, mean, std }, hyper, steps };
    const key = JSON.stringify(task);
    const known = this.known.get(key);
    this.wanting ||= !known;
    if (known || !this.asking) return known?.found ?? null;
    this.known.set(key, {});
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value);
    this.crew ??= new Crew(2);
    this.crew.do(task).then((found) => {
      this.known.set(key, { found });
      this.onCome();
    }, () => {});
    return null;
  }
}
