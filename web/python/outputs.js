// A cell's outputs as the page shows its own: printed text, values, tables, figures.
import { element } from "../controls.js";
import { rendered } from "./markdown.js";

const printed = (text, kind) => element("div", { class: `cell-output cell-output-${kind}` }, element("pre", {}, element("code", {}, text.replace(/\n$/, ""))));

/** A figure shows pictures that it carries and fetches none. */
const carriedOnly = (name, value) => (name === "source" && !String(value).startsWith("data:image/") ? undefined : value);

/** A figure's or a lab's element from the text that rlgeo makes of it: its data and its names, nothing else of it. */
function figure(text) {
  const made = new DOMParser().parseFromString(text, "text/html");
  const given = made.querySelector("rl-figure");
  const data = given?.querySelector('script[type="application/json"]');
  if (!data) return printed("a figure that cannot be shown", "display");
  const carried = element("script", { type: "application/json" });
  carried.textContent = JSON.stringify(JSON.parse(data.textContent, carriedOnly));
  const height = Number(given.dataset.height) || 420;
  const names = { class: "rl-figure", "data-height": String(height), style: `min-height: ${height}px`, role: "group", "aria-label": given.getAttribute("aria-label") };
  return element("div", { class: "cell-output cell-output-display" }, element("rl-figure", names, carried));
}

function shown(output) {
  if ("printed" in output) return printed(output.printed, "stdout");
  if ("figure" in output) return figure(output.figure);
  if ("markdown" in output) return element("div", { class: "cell-output cell-output-display cell-output-markdown" }, ...rendered(output.markdown));
  return printed(output.text, "display");
}

/** A place below `node` for what a running cell prints. */
export function running(node) {
  const output = printed("", "stdout");
  node.after(output);
  return output.querySelector("code");
}

const said = ({ line, message }) => (line ? `line ${line}: ${message}` : message);

/** Nodes for an answer of `inside.cells.cell`. */
export function nodesOf({ outputs, error }) {
  const nodes = outputs.map(shown);
  if (error) nodes.push(printed(said(error), "error"));
  return nodes;
}
