// A plot's coordinates: ranges to pixels, ticks, grid.

/** About `count` round numbers in [low, high]. */
export function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.75) ?? 10 * power;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return found;
}

const MINUS = "−";

/** Ticks of every action axis. */
export const WHOLE = [-4, -2, 0, 2, 4];

/** A number as a reader wants it: `digits` significant, a real minus sign. */
export function format(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) text = size.toExponential(digits - 1).replace(/\.?0+e/, "e");
  else text = String(Number(size.toPrecision(digits)));
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + text;
}

/** `value` with a fixed number of decimals, so that a table does not jump. */
export const fixed = (value, decimals = 3) =>
  Number.isFinite(value) ? (value < 0 && -value >= 0.5 * 10 ** -decimals ? MINUS : "") + Math.abs(value).toFixed(decimals) : "–";

/** The smallest and the largest of all finite values; [∞, −∞] where there is none. */
export function extremes(...lists) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const v of list) {
      if (Number.isFinite(v)) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
    }
  }
  return [low, high];
}

/** [low, high] that holds the values with some air, never empty. */
export function range(values, include = [], air = 0.06) {
  let [low, high] = extremes(values, include);
  if (!(low <= high)) return [0, 1];
  if (high - low < 1e-6) [low, high] = [low - 0.5, high + 0.5];
  const more = (high - low) * air;
  return [low - more, high + more];
}

export class Frame {
  constructor(pen, { x, y, left = 44, right = 10, top = 6, bottom = 24 }) {
    Object.assign(this, { pen, x, y, left, top });
    this.width = Math.max(1, pen.width - left - right);
    this.height = Math.max(1, pen.height - top - bottom);
  }

  px = (x) => this.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.width;
  py = (y) => this.top + this.height - ((y - this.y[0]) / (this.y[1] - this.y[0])) * this.height;
  atX = (px) => this.x[0] + ((px - this.left) / this.width) * (this.x[1] - this.x[0]);
  atY = (py) => this.y[0] + ((this.top + this.height - py) / this.height) * (this.y[1] - this.y[0]);

  /** Interleaved pixel coordinates of a curve. */
  points(xs, ys) {
    const points = new Float64Array(2 * xs.length);
    for (let i = 0; i < xs.length; i++) {
      points[2 * i] = this.px(xs[i]);
      points[2 * i + 1] = this.py(ys[i]);
    }
    return points;
  }

  /** A curve closed down to `base`. */
  under(xs, ys, base = 0) {
    const points = Array.from(this.points(xs, ys));
    points.push(this.px(xs[xs.length - 1]), this.py(base), this.px(xs[0]), this.py(base));
    return points;
  }

  grid({ xLabel = "", yTicks = 3, xs = ticks(...this.x, Math.max(3, this.width / 80)), digits = 3, xGrid = false } = {}) {
    const { pen } = this;
    const bottom = this.top + this.height;
    for (const y of ticks(...this.y, yTicks)) {
      pen.line([this.left, this.py(y), this.left + this.width, this.py(y)], { color: "grid" });
      pen.text(this.left - 7, this.py(y), format(y, digits), { align: "right", base: "middle" });
    }
    for (const x of xs) {
      if (xGrid) pen.line([this.px(x), this.top, this.px(x), bottom], { color: "grid" });
      if (!xLabel || this.px(x) < this.left + this.width - 7 * xLabel.length - 4) pen.text(this.px(x), bottom + 16, format(x, digits));
    }
    if (xLabel) pen.text(this.left + this.width, bottom + 16, xLabel, { align: "right", color: "ink" });
  }

  inside(draw) {
    this.pen.clip(this.left, this.top, this.width, this.height);
    draw();
    this.pen.unclip();
  }
}
