// The methods' updates in plain JavaScript, one run at a time, as bench/plain.py has them in Python.
//   node updates.mjs time STEPS RUNS      processor seconds per run of every method, as JSON
//   node updates.mjs check                reads {method: {steps, normal, uniform}} and prints {method: [mean, std]}
import { readFileSync } from "node:fs";

const W = 1, C = 2, S = 0.8, REF_MEAN = 0, REF_STD = 1.5, BETA = 0.5;
const reward = (a) => W * Math.exp(-0.5 * ((a - C) / S) ** 2);
const logProb = (mean, std, a) => -0.5 * ((a - mean) / std) ** 2 - Math.log(std);
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

class Policy {
  mean = 0;
  std = 1;
  move(rate, dMean, dStd) {
    this.mean = clamp(this.mean + rate * dMean, -4, 4);
    this.std = clamp(this.std + rate * dStd, 0.03, 3);
  }
  // Along a reward's gradient, less the price of divergence.
  climb(rate, dMean, dStd) {
    const priceMean = (BETA * (this.mean - REF_MEAN)) / REF_STD ** 2;
    const priceStd = BETA * (this.std / REF_STD ** 2 - 1 / this.std);
    this.move(rate, dMean - priceMean, dStd - priceStd);
  }
}

function draw(actions, rewards, mean, std, normal) {
  let sum = 0;
  for (let i = 0; i < actions.length; i++) {
    actions[i] = mean + std * normal();
    rewards[i] = reward(actions[i]);
    sum += rewards[i];
  }
  return sum / actions.length;
}

function rlhf(steps) {
  const p = new Policy();
  for (let t = 0; t < steps; t++) {
    const v = p.std ** 2 + S ** 2;
    const term = ((W * S) / Math.sqrt(v)) * Math.exp((-0.5 * (p.mean - C) ** 2) / v);
    p.climb(0.1, (-term * (p.mean - C)) / v, ((term * p.std) / v) * ((p.mean - C) ** 2 / v - 1));
  }
  return p;
}

function pg(steps, normal) {
  const p = new Policy(), n = 16, actions = new Float64Array(n), rewards = new Float64Array(n);
  for (let t = 0; t < steps; t++) {
    const average = draw(actions, rewards, p.mean, p.std, normal);
    let dMean = 0, dStd = 0;
    for (let i = 0; i < n; i++) {
      const d = actions[i] - p.mean, advantage = rewards[i] - average;
      dMean += (advantage * d) / p.std ** 2 / n;
      dStd += (advantage * (d ** 2 / p.std ** 3 - 1 / p.std)) / n;
    }
    p.climb(0.05, dMean, dStd);
  }
  return p;
}

function clipped(steps, normal, n, rate, group) {
  const p = new Policy(), clip = 0.2, actions = new Float64Array(n), rewards = new Float64Array(n);
  let value = 0, average = 0, scale = 1, oldMean = 0, oldStd = 1;
  for (let t = 0; t < steps; t++) {
    if (t % 4 === 0) {
      oldMean = p.mean;
      oldStd = p.std;
      average = draw(actions, rewards, p.mean, p.std, normal);
      let squares = 0;
      for (let i = 0; i < n; i++) squares += (rewards[i] - average) ** 2;
      scale = Math.sqrt(squares / (n - 1)) + 1e-4;
    }
    let dMean = 0, dStd = 0;
    for (let i = 0; i < n; i++) {
      const a = actions[i], advantage = group ? (rewards[i] - average) / scale : rewards[i] - value;
      const ratio = Math.exp(logProb(p.mean, p.std, a) - logProb(oldMean, oldStd, a));
      if ((advantage > 0 && ratio > 1 + clip) || (advantage < 0 && ratio < 1 - clip)) continue;
      const d = a - p.mean;
      dMean += (ratio * advantage * d) / p.std ** 2 / n;
      dStd += (ratio * advantage * (d ** 2 / p.std ** 3 - 1 / p.std)) / n;
    }
    p.climb(rate, dMean, dStd);
    value += 0.2 * (average - value);
  }
  return p;
}

function dpo(steps, normal, uniform) {
  const p = new Policy(), n = 32, beta = 0.5, noise = 0.5;
  const winners = new Float64Array(n), losers = new Float64Array(n);
  for (let i = 0; i < n; i++) winners[i] = REF_MEAN + REF_STD * normal();
  for (let i = 0; i < n; i++) losers[i] = REF_MEAN + REF_STD * normal();
  for (let i = 0; i < n; i++) {
    const a = winners[i], b = losers[i], u = uniform();
    if (!(noise * (Math.log(u) - Math.log1p(-u)) < reward(a) - reward(b))) {
      winners[i] = b;
      losers[i] = a;
    }
  }
  for (let t = 0; t < steps; t++) {
    let dMean = 0, dStd = 0;
    for (let i = 0; i < n; i++) {
      const w = winners[i], l = losers[i];
      const winner = logProb(p.mean, p.std, w) - logProb(REF_MEAN, REF_STD, w);
      const loser = logProb(p.mean, p.std, l) - logProb(REF_MEAN, REF_STD, l);
      const doubt = 1 / (1 + Math.exp(beta * (winner - loser)));
      dMean += (beta * doubt * (w - l)) / p.std ** 2 / n;
      dStd += (beta * doubt * ((w - p.mean) ** 2 - (l - p.mean) ** 2)) / p.std ** 3 / n;
    }
    p.move(0.05, dMean, dStd);
  }
  return p;
}

function dro(steps, normal) {
  const p = new Policy(), n = 32, beta = 0.5, actions = new Float64Array(n), rewards = new Float64Array(n);
  draw(actions, rewards, REF_MEAN, REF_STD, normal);
  let value = 0;
  for (let t = 0; t < steps; t++) {
    let dMean = 0, dStd = 0, dValue = 0;
    for (let i = 0; i < n; i++) {
      const a = actions[i], d = a - p.mean;
      const delta = rewards[i] - value - beta * (logProb(p.mean, p.std, a) - logProb(REF_MEAN, REF_STD, a));
      dMean += (beta * delta * d) / p.std ** 2 / n;
      dStd += (beta * delta * (d ** 2 / p.std ** 3 - 1 / p.std)) / n;
      dValue += delta / n;
    }
    p.move(0.05, dMean, dStd);
    value += 0.1 * dValue;
  }
  return p;
}

const METHODS = {
  RLHF: rlhf,
  PG: pg,
  PPO: (steps, normal) => clipped(steps, normal, 16, 0.05, false),
  GRPO: (steps, normal) => clipped(steps, normal, 8, 0.03, true),
  DPO: dpo,
  DRO: dro,
};

// Marsaglia's polar method on Math.random.
let spare = NaN;
function normal() {
  if (spare === spare) {
    const x = spare;
    spare = NaN;
    return x;
  }
  let u, v, q;
  do {
    u = 2 * Math.random() - 1;
    v = 2 * Math.random() - 1;
    q = u * u + v * v;
  } while (q >= 1 || q === 0);
  const factor = Math.sqrt((-2 * Math.log(q)) / q);
  spare = v * factor;
  return u * factor;
}

const next = (numbers) => {
  let i = 0;
  return () => numbers[i++];
};

const [mode, steps, runs] = process.argv.slice(2);
const result = {};
if (mode === "check") {
  for (const [name, given] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
    const p = METHODS[name](given.steps, next(given.normal), next(given.uniform));
    result[name] = [p.mean, p.std];
  }
} else {
  for (const [name, method] of Object.entries(METHODS)) {
    let sum = 0;
    for (let i = 0; i < 200; i++) sum += method(Number(steps), normal, Math.random).mean; // compiled by now
    const start = process.cpuUsage();
    for (let i = 0; i < Number(runs); i++) sum += method(Number(steps), normal, Math.random).mean;
    const { user, system } = process.cpuUsage(start);
    result[name] = (user + system) / 1e6 / Number(runs);
    if (!Number.isFinite(sum)) throw new Error(`${name} gave ${sum}`);
  }
}
console.log(JSON.stringify(result));
