// The controls of what all methods share: the reward, the reference, β, the seed, and where the policy is.
import { element } from "../controls.js";
import { EXPERIMENT, bumpsOf, presets } from "./model.js";
import { button, choiceRow, sliderRow } from "./rows.js";

const TITLES = { reference_mean: "reference mean", reference_std: "reference std", beta: "KL coefficient", mean: "policy mean", std: "policy std" };
const SEED = { symbol: "", title: "seed", low: 0, high: 2 ** 32 - 1, step: 1, integer: true, log: false, meaning: "of the random numbers" };

export class ProblemControls {
  constructor(lab) {
    const words = Object.fromEntries(Object.keys(presets).map((name) => [name, name]));
    this.preset = choiceRow("Reward", { ...words, own: "own bumps" }, (value) => {
      if (value === "own") lab.set("bumps", bumpsOf(lab.settings));
      else lab.set("preset", value);
    });
    // in a chapter only a link brings bumps of its own
    this.own = lab.full ? null : this.preset.select.querySelector("[value=own]");
    this.rows = {};
    const row = (name) => {
      const made = sliderRow(name, { ...EXPERIMENT[name], title: TITLES[name] }, (value) => {
        if (name === "mean" || name === "std") lab.moveStart({ ...lab.run.state.policy, [name]: value });
        else lab.set(name, value);
      });
      this.rows[name] = made;
      return made.node;
    };
    const policy = ["mean", "std"];
    const shared = lab.full ? ["beta", "reference_mean", "reference_std"] : ["beta"];
    this.node = element(
      "div",
      { class: "rl-lab-group" },
      element("h2", {}, "Problem"),
      this.preset.node,
      ...(lab.full ? [lab.bumpEditor.node] : []),
      ...[...shared, ...policy].map(row),
      ...(lab.full ? [this.#seed(lab)] : []),
    );
  }

  #seed(lab) {
    const seed = sliderRow("seed", SEED, (value) => lab.start({ seed: value }));
    // four thousand million seeds are no slider; a number and a die are
    const next = button("New seed", () => lab.start({ seed: (lab.settings.seed + 1) % 2 ** 32 }));
    seed.node.querySelector("input[type=range]").replaceWith(next);
    seed.node.querySelector("label").htmlFor = seed.node.querySelector(".rl-lab-number").id = "rl-lab-seed";
    this.rows.seed = seed;
    return seed.node;
  }

  show(settings, policy, clamped) {
    if (this.own) this.own.hidden = !settings.bumps;
    this.preset.show(settings.bumps ? "own" : settings.preset);
    for (const [name, row] of Object.entries(this.rows)) row.show(policy[name] ?? settings[name], name === "std" && clamped);
  }
}
