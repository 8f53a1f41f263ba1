// The palette of the color scheme in force, by name; methods that the palette does not know get the ink's color.
import { dashes, font, palette as colors } from "../generated/theme.json";
import { scheme } from "../scheme.js";

let now = "light";

/** Look up the scheme, or be told; call before drawing. */
export const refresh = (which = scheme()) => (now = which);

/** A palette color; a literal `rgb(…)` passes through. */
export const palette = (name) => (name.includes("(") ? name : (colors[name] ?? colors.ink)[now]);
palette.font = font;

export { dashes };

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** The color at `t` in [0, 1] of a seven-stop scale, as [r, g, b]. */
export function shade(scale, t) {
  const at = 6 * Math.min(1, Math.max(0, t || 0));
  const stop = Math.min(5, Math.floor(at));
  const [a, b] = [stop, stop + 1].map((i) => channels(palette(`${scale}-${i}`)));
  return a.map((channel, i) => Math.round(channel + (b[i] - channel) * (at - stop)));
}

export const rgb = (color) => `rgb(${color.join(",")})`;
