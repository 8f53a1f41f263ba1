// One method on its way: the places it has been, one step at a time. A `Run` of the lab, without what only the lab shows.
import { methods } from "../generated/rlgeo.js";
import { drawNoise } from "../lab/model.js";
import { Streams } from "../lab/random.js";
import { scratch } from "../lab/runtime.js";

export class Runner {
  constructor(method, settings, problem) {
    const policy = { mean: settings.mean, std: settings.std };
    Object.assign(this, { method, problem, hyper: settings.hyper[method], rules: methods[method], step: 0, batch: null });
    this.streams = new Streams(settings.seed, method, 1);
    this.state = { policy, behavior: policy, value: 0 };
    this.lifetime = this.rules.lifetime({ method: this.hyper });
    this.path = { mean: [policy.mean], std: [policy.std] };
  }

  advance() {
    const { rules, problem, hyper } = this;
    const due = Number.isFinite(this.lifetime) && this.step % this.lifetime === 0;
    if (this.batch === null || due) {
      const noise = drawNoise(this.method, hyper, this.streams, false);
      const state = (this.state = { ...this.state, behavior: this.state.policy });
      this.batch = scratch(() => rules.draw({ state, problem, method: hyper, noise }));
    }
    const given = { state: this.state, batch: this.batch, problem, method: hyper };
    this.state = scratch(() => rules.step(given));
    this.step++;
    this.path.mean.push(this.state.policy.mean);
    this.path.std.push(this.state.policy.std);
  }

  get policy() {
    return this.state.policy;
  }
}
