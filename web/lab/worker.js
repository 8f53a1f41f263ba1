// Work away from the page: what a worker does, which has the same functions as the page.
import { take } from "./adopt.js";
import { summary, train } from "./compare.js";
import { follow } from "./fields.js";

function trained({ method, settings, hyper, plan }) {
  const work = train(method, settings, hyper, plan);
  let step = work.next();
  while (!step.done) step = work.next();
  return summary(step.value);
}

/** Begin to answer. */
export function work() {
  self.rlgeoTake = take;
  self.onmessage = ({ data }) => {
    if (data.kind === "take") return importScripts(data.url);
    try {
      self.postMessage({ result: data.kind === "follow" ? follow(data) : trained(data) });
    } catch (error) {
      self.postMessage({ error: String(error) });
    }
  };
}
