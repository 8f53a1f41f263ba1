// Other traced functions in the place of the book's: what the page's Python makes of a file that a reader has changed.
import { core, methods, metadata } from "../generated/rlgeo.js";
import { COMPARED, METHODS } from "./names.js";
import * as np from "./runtime.js";
import { asFunction } from "./traced.js";

/** What runs now: whether it is another than the book's, and how a link tells it. */
export const present = { changed: false, told: "" };

/** Give `target` all that `source` has and nothing else, in place: whoever holds it, or a part of it, holds the new. */
function become(target, source) {
  for (const name of Object.keys(target)) if (!(name in source)) delete target[name];
  for (const [name, value] of Object.entries(source)) {
    const nested = [target[name], value].every((x) => typeof x === "object" && x !== null && !Array.isArray(x));
    if (nested) become(target[name], value);
    else target[name] = value;
  }
}

/** Called by the script that `script` makes. */
export function take(make, changed) {
  const made = make(np);
  become(core, made.core);
  become(methods, made.methods);
  become(metadata, made.metadata);
  METHODS.splice(0, Infinity, ...Object.keys(methods));
  COMPARED.splice(0, Infinity, ...metadata.compared);
  present.changed = changed;
}

/** The module that `rlgeo.live` prints, as a classic script: what a page's policy lets in where it allows no eval. */
export const script = (text, changed) => `rlgeoTake(${asFunction(text)}, ${changed});\n`;
