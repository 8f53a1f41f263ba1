// The landscape of J over (μ, σ): a shaded image with contours, the paths, and what can be dragged.
import { array, scratch } from "./runtime.js";
import { core } from "../generated/rlgeo.js";
import { ACTIONS } from "./axis.js";
import { Frame, fixed, format } from "./frame.js";
import { Panel } from "./panel.js";
import { styleOf } from "./pen.js";
import { boxAround, place } from "./labels.js";
import { palette, shade } from "./theme.js";

export const SIGMAS = [0.03, 3];

/** Evenly spread means and standard deviations. */
export function grid(columns, rows, sigmas = SIGMAS) {
  const spread = ([low, high], n) => Float64Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
  const [means, stds] = [spread(ACTIONS, columns), spread(sigmas, rows)];
  return { columns, rows, means, stds, given: { means: array(means), stds: array(stds) } };
}

/** Grids over (μ, σ): a fine one, and a rough one for as long as something is being dragged. */
export const [FINE, ROUGH] = [grid(73, 45), grid(37, 23)];
const LETTERS = 13;
const DOTS = 40; // of a path, that its name may not hide
const SPAN = 1.2; // how far below its top the map is shaded, in units of reward; deeper is level
const LEVELS = 15;
/** Paths of other settings than the present ones, until they are made again. */
export const OLD = 0.3;
/** The same run by the book's version, and what it is called. */
export const BOOK = { color: "muted", dash: "solid", width: 2 };
export const BOOKS = "book’s version";
export const MARGINS = { left: 40, right: 34, top: 6, bottom: 24 };

/** J on the map's grid, rows of σ. */
export const landscape = (problem, grid) => ({ J: scratch(() => core.landscape({ problem, ...grid.given })).data, ...grid });

/** Contour segments in grid units by marching squares, and the grid's own picture. */
export function relief({ J, columns, rows, stds }, canvas = document.createElement("canvas")) {
  const top = J.reduce((a, b) => Math.max(a, b), -Infinity);
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(columns, rows);
  const colors = table();
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const t = 1 - (top - J[j * columns + i]) / SPAN;
      const color = colors[Math.max(0, Math.round(255 * t)) || 0];
      const at = 4 * ((rows - 1 - j) * columns + i);
      pixels.data.set(color, at);
      pixels.data[at + 3] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
  return { canvas, columns, rows, stds, segments: contours(J, columns, rows, top) };
}

const tables = new Map();

/** The map's 256 colors in the scheme in force. */
function table() {
  const paper = palette("paper");
  if (!tables.has(paper)) tables.set(paper, Array.from({ length: 256 }, (_, i) => shade("landscape", i / 255)));
  return tables.get(paper);
}

function contours(J, columns, rows, top) {
  const step = SPAN / LEVELS;
  const base = top - (LEVELS - 0.5) * step;
  const found = [];
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const a = J[j * columns + i];
      const b = J[j * columns + i + 1];
      const c = J[(j + 1) * columns + i + 1];
      const d = J[(j + 1) * columns + i];
      const first = Math.max(0, Math.ceil((Math.min(a, b, c, d) - base) / step));
      const last = Math.min(LEVELS, Math.floor((Math.max(a, b, c, d) - base) / step));
      for (let k = first; k <= last; k++) {
        const level = base + k * step;
        // at most two segments cross a cell; a lone last point has none to go with
        const begun = found.length;
        if (a < level !== b < level) found.push(i + (level - a) / (b - a), j);
        if (b < level !== c < level) found.push(i + 1, j + (level - b) / (c - b));
        if (d < level !== c < level) found.push(i + (level - d) / (c - d), j + 1);
        if (a < level !== d < level) found.push(i, j + (level - a) / (d - a));
        found.length -= (found.length - begun) % 4;
      }
    }
  }
  return Float32Array.from(found);
}

export function mapPanel({ onPolicy }) {
  const panel = new Panel({
    key: "map",
    title: "<i>J</i>(<i>μ</i>, <i>σ</i>)",
    hint: [() => hinted(panel.offers?.()), (height) => height - 34],
    describe: ({ policy, objective, optimum, best, paths, book }) =>
      `Landscape of J. The policy stands at mean ${format(policy.mean)}, standard deviation ${format(policy.std)}, J ${format(objective)}. ` +
      `Moments of the optimum: ${format(optimum.mean)}, ${format(optimum.std)}. J peaks at ${format(best.mean)}, ${format(best.std)}. ` +
      `Paths: ${[...new Set(paths.map((p) => `${p.method}, ${p.mean.length - 1} steps`))].join("; ") || "none"}.` +
      (book ? ` The book’s version of this run stands at mean ${format(book.state.policy.mean)}, standard deviation ${format(book.state.policy.std)}.` : ""),
    grounds: [[(pen, { relief }) => ground(pen, relief), ({ relief }) => [relief]], [axes, () => []]],
    paint(pen, view, panel) {
      panel.setLegend([
        ["moment match", "optimum", "star"],
        ["best Gaussian", "argmax", "cross"],
        // also while rings would give an answer away: the legend shall not grow when they come
        ...(view.marks.length || panel.asks?.() ? [["destination", view.marks.length > 1 ? "ink" : styleOf(view.marks[0]?.name ?? view.method).color, "ring"]] : []),
      ]);
      const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: SIGMAS });
      panel.frame = frame;
      frame.inside(() => {
        if (view.book) pen.line(frame.points(view.book.path.mean, view.book.path.std), { ...BOOK, halo: 2 });
        for (const { method, mean, std, old, width = 2.4, style = styleOf(method) } of view.paths) {
          pen.line(frame.points(mean, std), { ...style, width, halo: old || width < 2 ? 0 : 2.5, alpha: old ? OLD : 1 });
        }
        star(pen, frame.px(view.optimum.mean), frame.py(view.optimum.std));
        cross(pen, frame.px(view.best.mean), frame.py(view.best.std));
        for (const { place, name } of view.marks) {
          pen.dot(frame.px(place.mean), frame.py(place.std), 5, { stroke: styleOf(name).color, fill: "paper", width: 2 });
        }
        if (view.guess) guessed(pen, frame.px(view.guess.mean), frame.py(view.guess.std));
        pen.dot(frame.px(view.start.mean), frame.py(view.start.std), 3.5, { stroke: "policy", fill: "paper", width: 1.5 });
      });
      for (const { name, words = name, left, right, top, bottom } of named(panel, frame, view)) {
        pen.area([left - 2, top, right + 2, top, right + 2, bottom, left - 2, bottom], { color: "paper", alpha: 0.72 });
        pen.text(left, top + 12, words, { align: "left", color: name === BOOKS ? "ink" : styleOf(name).color, size: LETTERS });
      }
      const at = [frame.px(view.policy.mean), frame.py(view.policy.std)];
      pen.dot(...at, 7, { fill: "policy", stroke: "paper", width: 2 });
      panel.handle(...at, (x, y) => onPolicy({ mean: frame.atX(x), std: frame.atY(y) }));
      if (view.hover) {
        const { mean, std, J } = view.hover;
        pen.text(frame.left + 8, frame.top + 16, `μ ${fixed(mean, 2)}  σ ${fixed(std, 2)}  J ${fixed(J)}`, { align: "left", color: "ink", size: 13 });
      }
    },
  });
  const inside = (x, y) => {
    const { frame } = panel;
    return frame && x >= frame.left && x <= frame.left + frame.width && y >= frame.top && y <= frame.top + frame.height;
  };
  // what a click means is for the page to say: a guess, a run to pick, else where to start
  panel.click = (x, y) => inside(x, y) && !panel.ask?.(x, y) && onPolicy({ mean: panel.frame.atX(x), std: panel.frame.atY(y) });
  panel.sweep = (x, y) => inside(x, y) && !panel.asks?.() && onPolicy({ mean: panel.frame.atX(x), std: panel.frame.atY(y) });
  panel.locate = (x, y) => (x !== null && inside(x, y) ? { mean: panel.frame.atX(x), std: panel.frame.atY(y) } : null);
  return panel;
}

/** Asked once: the answer makes the browser lay the page out. */
const click = matchMedia("(pointer: coarse)").matches ? "tap" : "click";
const hinted = (offered) => {
  return offered ? `${click[0].toUpperCase()}${click.slice(1)} ${offered}` : `Drag the dot, or ${click} where to start`;
};

/** What goes beside a method for comparison is the exact gradient. */
export const EXACT = "exact gradient";

/** Where several paths are, a name at the end of each; a comparison's methods are named where they lead. In their places for as long as something moves. */
function named(panel, frame, { paths, marks, method, moving, comparing, policy, optimum, best, start, book, beside, unringed }) {
  const at = ({ mean, std }) => ({ x: frame.px(mean), y: frame.py(std) });
  const ends = comparing
    ? [...marks, ...unringed].map(({ name, place }) => ({ name, ...at(place) }))
    : paths.map(({ method, mean, std }) => ({ name: method, words: method === beside ? EXACT : method, ...at({ mean: mean.at(-1), std: std.at(-1) }) }));
  const before = book && book.step ? [{ name: BOOKS, ...at(book.state.policy) }] : [];
  const points = [...before, ...(ends.length > 1 || comparing ? ends : [])];
  const key = JSON.stringify([points, frame.width]);
  if (moving && panel.named?.key === key) return panel.named.places;
  const marked = [...marks.map((mark) => mark.place), optimum, best, start, policy].map((mark) => boxAround(at(mark).x, at(mark).y, 8));
  const dots = paths.flatMap(({ mean, std }) => Array.from({ length: DOTS }, (_, i) => Math.round((i * (mean.length - 1)) / DOTS)).map((i) => [frame.px(mean[i]), frame.py(std[i])]));
  const room = { left: frame.left, right: frame.left + frame.width, top: frame.top, bottom: frame.top + frame.height };
  const places = place(points.map((point) => ({ ...point, width: 0.62 * LETTERS * (point.words ?? point.name).length })), marked, dots, room);
  panel.named = { key, places };
  return places;
}

/** What stays while a policy moves: picture and contours. */
export function ground(pen, { canvas, columns, rows, stds, segments }) {
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: [stds[0], stds.at(-1)] });
  // pixel centers of the small picture lie on the grid's points
  const [w, h] = [frame.width / (columns - 1), frame.height / (rows - 1)];
  frame.inside(() => {
    // the better interpolation is dear, and shows only on a picture that stays
    pen.image(canvas, frame.left - w / 2, frame.top - h / 2, frame.width + w, frame.height + h, columns > ROUGH.columns ? "high" : "low");
    pen.line(lines(segments, frame, w, h), { color: "reference", width: 0.7, alpha: 0.5 });
  });
}

export function axes(pen, { relief: { stds } }) {
  const frame = new Frame(pen, { ...MARGINS, x: ACTIONS, y: [stds[0], stds.at(-1)] });
  for (const tick of [1, 2, 3]) pen.text(frame.left - 7, frame.py(tick), String(tick), { align: "right", base: "middle" });
  for (let x = -4; x <= 4; x += 2) pen.text(frame.px(x), frame.top + frame.height + 16, format(x));
  pen.text(frame.left - 7, frame.py(2.5), "σ", { align: "right", base: "middle", color: "ink", size: 13 });
  pen.text(frame.left + frame.width, frame.top + frame.height + 16, "μ", { align: "right", color: "ink", size: 13 });
}

function lines(segments, frame, w, h) {
  const points = new Float64Array((segments.length / 4) * 6);
  const bottom = frame.top + frame.height;
  for (let s = 0, p = 0; s < segments.length; s += 4, p += 6) {
    points[p] = frame.left + segments[s] * w;
    points[p + 1] = bottom - segments[s + 1] * h;
    points[p + 2] = frame.left + segments[s + 2] * w;
    points[p + 3] = bottom - segments[s + 3] * h;
    points[p + 4] = points[p + 5] = NaN;
  }
  return points;
}

export function star(pen, x, y) {
  const points = [];
  for (let i = 0; i < 10; i++) {
    const radius = i % 2 ? 4 : 9.5;
    points.push(x + radius * Math.sin((i * Math.PI) / 5), y - radius * Math.cos((i * Math.PI) / 5));
  }
  pen.line([...points, ...points.slice(0, 2)], { color: "paper", width: 3 });
  pen.area(points, { color: "optimum" });
}

/** What the reader expects: two rings, as nothing else on the map has them. */
function guessed(pen, x, y) {
  pen.dot(x, y, 8, { stroke: "paper", width: 4 });
  pen.dot(x, y, 8, { stroke: "ink", width: 1.6 });
  pen.dot(x, y, 2.5, { fill: "ink" });
}

export function cross(pen, x, y) {
  const r = 4.5;
  const points = [x - r, y - r, x + r, y + r, NaN, NaN, x - r, y + r, x + r, y - r];
  pen.line(points, { color: "paper", width: 5 });
  pen.line(points, { color: "argmax", width: 2.4 });
}
