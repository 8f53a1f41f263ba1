// The comparison away from the page: the bundler turns this file into a string, the page into a worker.
import { summary, train } from "./compare.js";

self.onmessage = ({ data: { method, settings, hyper, plan } }) => {
  try {
    const work = train(method, settings, hyper, plan);
    let step = work.next();
    while (!step.done) step = work.next();
    self.postMessage({ result: summary(step.value) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
