// Work away from the page, so that it stays free: training many runs, following expected paths.
import { kernel } from "rlgeo:kernel";
import { summary, train } from "./compare.js";
import { follow } from "./fields.js";

let orders = null;

/** From now on every new worker runs the functions of the script at `url`. */
export const brief = (url) => (orders = url);

/** As many workers as the machine has cores; where a page may not have any, slices of work between frames. */
export class Crew {
  constructor(most = 4) {
    this.queue = [];
    this.idle = [];
    this.busy = new Map();
    try {
      this.url = URL.createObjectURL(new Blob([`(${kernel})().worker.work();\n`], { type: "text/javascript" }));
      const size = Math.max(1, Math.min(most, navigator.hardwareConcurrency || 2));
      this.idle = Array.from({ length: size }, () => this.#hire());
    } catch {
      this.broken = true;
    }
  }

  #hire() {
    const worker = new Worker(this.url);
    if (orders) worker.postMessage({ kind: "take", url: orders });
    return worker;
  }

  end() {
    this.drop();
    for (const worker of this.idle.splice(0)) worker.terminate();
    URL.revokeObjectURL(this.url);
  }

  /** Give up what is queued and what is being done. */
  drop() {
    for (const { reject } of this.queue.splice(0)) reject(new Error("given up"));
    for (const [worker, reject] of this.busy) {
      worker.terminate();
      this.idle.push(this.#hire());
      reject(new Error("given up"));
    }
    this.busy.clear();
  }

  do(task) {
    if (this.broken) return here(task);
    return new Promise((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (!this.idle.length || !this.queue.length) return;
    const worker = this.idle.pop();
    const { task, resolve, reject } = this.queue.shift();
    this.busy.set(worker, reject);
    worker.onmessage = ({ data: { result, error } }) => {
      this.busy.delete(worker);
      this.idle.push(worker);
      if (error) reject(new Error(error));
      else resolve(result);
      this.#next();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.broken = true;
      for (const { task, resolve, reject } of [{ task, resolve, reject }, ...this.queue.splice(0)]) here(task).then(resolve, reject);
    };
    worker.postMessage(task);
  }
}

/** The same work on the page itself, in slices between frames. */
async function here(task) {
  if (task.kind === "follow") return follow(task);
  const work = train(task.method, task.settings, task.hyper, task.plan);
  let step = work.next();
  let begun = performance.now();
  while (!step.done) {
    if (performance.now() - begun > 12) {
      await new Promise((resume) => setTimeout(resume));
      begun = performance.now();
    }
    step = work.next();
  }
  return summary(step.value);
}
