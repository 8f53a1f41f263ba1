// The sign of a line or a mark, as legends show it.
import { element } from "../controls.js";
import { DASH } from "./pen.js";

/** One period of a dash, in the color of the line. */
function strokes(lengths) {
  let at = 0;
  return lengths.map((length, i) => `${i % 2 ? "transparent" : "var(--rl-swatch)"} ${at}px ${(at += length)}px`);
}

export function swatch(color, mark = "solid") {
  const node = element("span", { class: "rl-lab-swatch", "data-mark": mark, "aria-hidden": "true" });
  node.style.setProperty("--rl-swatch", `var(--rl-${color}, var(--rl-ink))`);
  if (DASH[mark]?.length) node.style.background = `repeating-linear-gradient(90deg, ${strokes(DASH[mark])})`;
  return node;
}
