// What a key asks for, while the lab has the focus.
const PLAIN = { p: "play", s: "step", n: "resample", c: "clear", r: "reset" };
const TYPED = "input:not([type=range], [type=radio], [type=checkbox]), select, textarea";

/** "play", "undo", … or undefined. */
export function commandOf({ key, altKey, ctrlKey, metaKey, shiftKey, target }) {
  const letter = key.toLowerCase();
  if (altKey || target.matches(TYPED)) return undefined;
  if (!ctrlKey && !metaKey) return PLAIN[letter];
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" ? "redo" : undefined;
}
