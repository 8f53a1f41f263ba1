// One set of strokes for the screen and for files: a panel draws with a pen and does not know which.
import { METHODS, keyOf } from "./names.js";
import { palette, dashes } from "./theme.js";

const STROKES = ["line", "area", "dot", "text", "image", "clip", "unclip"];

/** Takes strokes down; what has not changed since the last time need not be drawn again. */
export class Recorder {
  constructor(width, height) {
    Object.assign(this, { width, height, strokes: [] });
  }

  replay(pen) {
    for (const [name, ...rest] of this.strokes) pen[name](...rest);
    return this;
  }

  equals({ width, height, strokes }) {
    return width === this.width && height === this.height && alike(strokes, this.strokes);
  }
}
for (const name of STROKES) {
  Recorder.prototype[name] = function (...rest) {
    this.strokes.push([name, ...rest]);
  };
}

/** What `draw` draws, taken down. */
export function recorded({ width, height }, draw) {
  const recorder = new Recorder(width, height);
  draw(recorder);
  return recorder;
}

/** Equal numbers, words, and lists or styles of such. */
function alike(a, b) {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (a.length === undefined) {
    if (Object.getPrototypeOf(a) !== Object.prototype) return false;
    for (const name in a) if (!alike(a[name], b[name])) return false;
    for (const name in b) if (!(name in a)) return false;
    return true;
  }
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i])) return false;
  return true;
}

export const DASH = { solid: [], dash: [7, 4], dot: [2, 3], dashdot: [7, 3, 2, 3], dashdotdot: [7, 3, 2, 3, 2, 3], longdash: [11, 4], longdashdot: [11, 3, 2, 3], longdashdotdot: [11, 3, 2, 3, 2, 3] };

/** Size of the font that a canvas has at present. */
export const fonts = new WeakMap();

/** Canvas. */
export class CanvasPen {
  constructor(context, width, height) {
    Object.assign(this, { context, width, height });
  }

  #path(points, close) {
    const { context } = this;
    context.beginPath();
    let down = false;
    for (let i = 0; i < points.length; i += 2) {
      const gap = !(points[i] === points[i] && points[i + 1] === points[i + 1]);
      if (gap) down = false;
      else if (down) context.lineTo(points[i], points[i + 1]);
      else {
        context.moveTo(points[i], points[i + 1]);
        down = true;
      }
    }
    if (close) context.closePath();
  }

  line(points, { color, width = 1, dash = "solid", alpha = 1, halo = 0 }) {
    const { context } = this;
    this.#path(points);
    context.lineJoin = "round";
    context.lineCap = dash === "solid" && width > 1 ? "round" : "butt";
    if (halo) {
      Object.assign(context, { strokeStyle: palette("paper"), lineWidth: width + halo, globalAlpha: 0.75 });
      context.setLineDash([]);
      context.stroke();
    }
    Object.assign(context, { strokeStyle: palette(color), lineWidth: width, globalAlpha: alpha });
    context.setLineDash(DASH[dash]);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  area(points, { color, alpha = 1 }) {
    this.#path(points, true);
    Object.assign(this.context, { fillStyle: palette(color), globalAlpha: alpha });
    this.context.fill();
    this.context.globalAlpha = 1;
  }

  dot(x, y, radius, { fill, stroke, width = 1.5, alpha = 1 }) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = alpha;
    if (fill) {
      context.fillStyle = palette(fill);
      context.fill();
    }
    if (stroke) {
      Object.assign(context, { strokeStyle: palette(stroke), lineWidth: width });
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  text(x, y, words, { color = "muted", size = 12, align = "center", base = "alphabetic", halo = 0 } = {}) {
    const { context } = this;
    Object.assign(context, { fillStyle: palette(color), textAlign: align, textBaseline: base });
    // parsing a font is dear, and a canvas keeps its font from one painting to the next
    if (fonts.get(context) !== size) {
      context.font = `${size}px ${palette.font}`;
      fonts.set(context, size);
    }
    if (halo) {
      Object.assign(context, { strokeStyle: palette("paper"), lineWidth: halo, lineJoin: "round" });
      context.strokeText(words, x, y);
    }
    context.fillText(words, x, y);
  }

  image(bitmap, x, y, width, height, quality) {
    this.context.imageSmoothingQuality = quality;
    this.context.drawImage(bitmap, x, y, width, height);
  }

  clip(x, y, width, height) {
    const { context } = this;
    this.font = fonts.get(context);
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
  }

  unclip() {
    this.context.restore();
    fonts.set(this.context, this.font);
  }
}

const round = (x) => Math.round(x * 100) / 100;
const escape = (text) => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

// one page may hold several drawings
let clips = 0;

/** SVG text. */
export class SvgPen {
  constructor(width, height) {
    Object.assign(this, { width, height, body: [] });
  }

  #d(points, close = "") {
    let text = "";
    let down = false;
    for (let i = 0; i < points.length; i += 2) {
      if (!(points[i] === points[i] && points[i + 1] === points[i + 1])) down = false;
      else {
        text += `${down ? "L" : "M"}${round(points[i])} ${round(points[i + 1])}`;
        down = true;
      }
    }
    return text + close;
  }

  line(points, { color, width = 1, dash = "solid", alpha = 1, halo = 0 }) {
    const d = this.#d(points);
    if (!d) return;
    const around = (c, w, o, more) =>
      this.body.push(`<path d="${d}" fill="none" stroke="${palette(c)}" stroke-width="${w}" stroke-opacity="${o}" stroke-linejoin="round"${more}/>`);
    if (halo) around("paper", width + halo, 0.75, "");
    around(color, width, alpha, DASH[dash].length ? ` stroke-dasharray="${DASH[dash].join(" ")}"` : "");
  }

  area(points, { color, alpha = 1 }) {
    this.body.push(`<path d="${this.#d(points, "Z")}" fill="${palette(color)}" fill-opacity="${alpha}"/>`);
  }

  dot(x, y, radius, { fill, stroke, width = 1.5, alpha = 1 }) {
    const outline = stroke ? ` stroke="${palette(stroke)}" stroke-width="${width}"` : "";
    const inside = fill ? palette(fill) : "none";
    this.body.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${inside}"${outline} opacity="${alpha}"/>`);
  }

  text(x, y, words, { color = "muted", size = 12, align = "center", base = "alphabetic", halo = 0 } = {}) {
    const anchor = { center: "middle", left: "start", right: "end" }[align];
    const shift = { alphabetic: 0, middle: 0.35, top: 0.8, bottom: -0.2 }[base] * size;
    const around = halo ? ` stroke="${palette("paper")}" stroke-width="${halo}" stroke-linejoin="round" paint-order="stroke"` : "";
    this.body.push(
      `<text x="${round(x)}" y="${round(y + shift)}" fill="${palette(color)}" font-size="${size}" text-anchor="${anchor}"${around}>${escape(words)}</text>`,
    );
  }

  image(bitmap, x, y, width, height) {
    const href = bitmap.toDataURL("image/png");
    this.body.push(
      `<image href="${href}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" preserveAspectRatio="none"/>`,
    );
  }

  clip(x, y, width, height) {
    const id = `rl-clip-${++clips}`;
    this.body.push(`<clipPath id="${id}"><rect x="${x}" y="${y}" width="${width}" height="${height}"/></clipPath><g clip-path="url(#${id})">`);
  }

  unclip() {
    this.body.push("</g>");
  }
}

const REST = ["cousin-0", "cousin-1", "cousin-2"];

/** Style of a method's lines: its color and its dash. */
export function styleOf(method) {
  const key = keyOf(method);
  if (key in dashes) return { color: key, dash: dashes[key] };
  // methods that the palette does not know share a few colors, and no two of them both color and dash
  const patterns = Object.keys(DASH);
  const at = METHODS.filter((name) => !(keyOf(name) in dashes)).indexOf(method);
  return { color: REST[at % REST.length], dash: patterns[Math.floor(at / REST.length) % patterns.length] };
}
