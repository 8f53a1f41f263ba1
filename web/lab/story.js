// What was changed on the way: a run is its settings at the start and, of every change, the step at which it was made.
import { methodCalled } from "./names.js";

export const MOST_CHANGES = 200;
/** What a story holds besides changed settings: batches that were drawn anew, and paths that were forgotten. */
export const DEEDS = ["draw", "clear"];
/** The step of what is so before the first one. */
export const BEFORE = -1;
/** The settings that every method's problem is made of. */
export const PROBLEM = ["preset", "bumps", "reference_mean", "reference_std", "beta"];

const owned = (name) => {
  const [owner, parameter] = name.split(".");
  return [methodCalled(owner), parameter];
};

/** Set one setting by its name in a link: "beta", "preset", "dpo.beta". */
export function assign(settings, name, value) {
  if (name.includes(".")) {
    const [method, parameter] = owned(name);
    settings.hyper[method][parameter] = value;
  } else if (name === "preset") Object.assign(settings, { preset: value, bumps: null });
  else settings[name] = value;
}

export function read(settings, name) {
  if (!name.includes(".")) return settings[name];
  const [method, parameter] = owned(name);
  return settings.hyper[method][parameter];
}

const REWARD = ["preset", "bumps"];

/** `story` with one more change; what was said of the same thing at the same step gives way to it. */
export function told(story, change) {
  const same = (name) => name === change.name || (REWARD.includes(name) && REWARD.includes(change.name));
  const rest = story.filter(({ step, name }) => step !== change.step || !same(name));
  return [...rest, change].sort((a, b) => a.step - b.step || (a.name < b.name ? -1 : 1));
}
