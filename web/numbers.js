// The numbers that a figure's picture shows in its present state, as a table and as CSV.
import { element, richText } from "./controls.js";
import { download } from "./download.js";

const FEW = 4; // points that are listed one by one

const plain = (html) => richText(html ?? "").textContent.trim();
const short = (value) => (typeof value === "number" ? String(Number(value.toPrecision(4))).replace("-", "−") : plain(value ?? ""));
const finite = (values) => values.filter((value) => typeof value === "number" && Number.isFinite(value));

/** What a trace's axis is called, for example "policy mean μ". */
function titleOf({ layout }, trace, letter) {
  const axis = (of) => layout[(of ?? letter).replace(letter, `${letter}axis`)];
  const title = (of) => of?.title?.text ?? of?.title;
  const own = axis(trace[`${letter}axis`]);
  return title(own) || title(axis(own?.matches)) || letter; // panels above one another share the lowest one's title
}

/** The traces that a reader sees: named, not hidden, with their points; words alone are no numbers. */
function tracesOf({ data }) {
  return data
    .filter(({ visible, name, mode, y }) => visible !== false && visible !== "legendonly" && name && mode !== "text" && Array.isArray(y))
    .map((trace) => ({ trace, name: trace.name, x: trace.x ?? [...trace.y.keys()], y: trace.y, z: trace.z, text: Array.isArray(trace.text) ? trace.text.map(plain) : [] }));
}

/** The words that are written into the picture. */
const notesOf = ({ data }) => data.filter(({ mode, visible }) => mode === "text" && visible !== false).flatMap(({ text }) => [text].flat().map((words) => plain((words ?? "").replaceAll("<br>", " "))));

/** Rows of the table: each of a few points, and of a longer curve or a map where it begins, ends and is extreme. */
function rowsOf(figure) {
  return tracesOf(figure).flatMap(({ trace, name, x, y, z, text }) => {
    const where = `${titleOf(figure, trace, "x")}, ${titleOf(figure, trace, "y")}`;
    if (z) {
      const values = finite(z.flat());
      return [[name, where, `least ${short(Math.min(...values))}`, `greatest ${short(Math.max(...values))}`]];
    }
    const points = [...x.keys()].filter((i) => x[i] != null && y[i] != null);
    const pair = (i) => `${short(x[i])}, ${short(y[i])}`;
    const called = (i) => (text[i] && text[i] !== name ? `${name}, ${text[i]}` : name);
    if (!points.length) return [];
    if (points.length <= FEW || points.every((i) => text[i])) return points.map((i) => [called(i), where, pair(i), ""]);
    const heights = finite(y);
    const extremes = `least ${short(Math.min(...heights))}, greatest ${short(Math.max(...heights))}`;
    return [[name, where, `${pair(points[0])} … ${pair(points.at(-1))}`, heights.length ? extremes : ""]];
  });
}

/** The picture in a sentence for those who do not see it: its marks, the heights of its curves, its words. */
export function wordsOf(figure) {
  const rows = rowsOf(figure).map(([what, , values, extremes]) => `${plain(what)}: ${extremes.startsWith("least") ? extremes : values}`);
  return [...notesOf(figure).filter(Boolean), ...rows].join("; ") + ".";
}

/** Every number that is drawn: trace, x, y, z of a map, and the label of a mark. */
export function csvOf(figure) {
  const quoted = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
  const lines = tracesOf(figure).flatMap(({ name, x, y, z, text }) =>
    z ? y.flatMap((height, j) => x.map((place, i) => [plain(name), place, height, z[j][i], ""])) : y.map((height, i) => [plain(name), x[i], height, "", text[i]]),
  );
  return [["trace", "x", "y", "z", "label"], ...lines].map((line) => line.map(quoted).join(",")).join("\n") + "\n";
}

function table([head, ...rows], caption) {
  const cells = (tag, row, extra = {}) => element("tr", {}, ...row.map((cell) => (cell === "" ? element("td") : element(tag, extra, richText(cell)))));
  const body = element("tbody", {}, ...rows.map((row) => cells("td", row)));
  return element("table", { class: "rl-numbers" }, element("caption", {}, caption), element("thead", {}, cells("th", head, { scope: "col" })), body);
}

/**
 * A box that opens below the figure. `read()` returns the figure as it is drawn, `state()` says in words which state
 * that is.
 */
export class Numbers {
  constructor({ name, read, state }) {
    Object.assign(this, { name, read, state });
    this.panel = element("div", { class: "rl-numbers-panel", tabindex: "0", role: "region", "aria-label": `Numbers of ${name}`, hidden: true });
    this.button = element("button", { type: "button", class: "rl-tool", "aria-expanded": "false" }, "Numbers");
    this.button.addEventListener("click", () => this.open(this.panel.hidden));
  }

  open(wanted) {
    this.panel.hidden = !wanted;
    this.button.setAttribute("aria-expanded", String(wanted));
    this.update();
    if (wanted) this.panel.scrollIntoView?.({ block: "nearest" });
  }

  update() {
    if (this.panel.hidden) return;
    const now = this.state() ? `Now: ${this.state()}` : "What is drawn";
    const save = element("button", { type: "button", class: "rl-tool" }, "Save as CSV");
    save.addEventListener("click", () => this.save());
    const drawn = table([["what", "axes", "x, y", "range of y"], ...rowsOf(this.read())], now);
    this.panel.replaceChildren(drawn, save);
  }

  save() {
    download(`${this.name}.csv`, new Blob([csvOf(this.read())], { type: "text/csv" }));
  }
}
