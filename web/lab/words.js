// Symbols and names as a reader sees them.
import { richText } from "../controls.js";

/** "η_V" → η with a subscript; markup passes through. */
export function symbol(text) {
  const [, stem, below] = /^([^<_]+)_(\w+)$/.exec(text) ?? [];
  return richText(stem ? `<i>${stem}</i><sub>${below}</sub>` : /^\p{L}$/u.test(text) ? `<i>${text}</i>` : text);
}

/** "accuracy_margin" → "accuracy margin" */
export const spaced = (name) => name.replaceAll("_", " ");

/** "some_thing" → "Some thing" */
export const titled = (name) => name.charAt(0).toUpperCase() + spaced(name.slice(1));

export const plainSymbol = (text) => text.replace("_", " ");
