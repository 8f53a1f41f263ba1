// The little Markdown that cells print: a table of pipes, code, emphasis, formulas. Everything else is text.
import katex from "katex";
import { element } from "../controls.js";

const INLINE = /`([^`]+)`|\$([^$]+)\$|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\([^)]*\)/g;

function formula(tex) {
  const node = element("span", { class: "math" });
  try {
    katex.render(tex, node, { throwOnError: true });
  } catch {
    node.textContent = tex;
  }
  return node;
}

function inline(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(at, match.index));
    const [, code, tex, strong, weak, link] = match;
    if (code) parts.push(element("code", {}, code));
    else if (tex) parts.push(formula(tex));
    else if (strong) parts.push(element("strong", {}, ...inline(strong)));
    else if (weak) parts.push(element("em", {}, ...inline(weak)));
    else parts.push(...inline(link));
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== "");
}

const cellsOf = (line) => line.replace(/^\s*\|/, "").replace(/\|\s*$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

function table([head, rule, ...rows]) {
  const aligned = cellsOf(rule).map((dash) => (dash.endsWith(":") ? (dash.startsWith(":") ? "center" : "right") : "left"));
  const row = (tag, line) => element("tr", {}, ...cellsOf(line).map((cell, i) => element(tag, { style: `text-align: ${aligned[i] ?? "left"}` }, ...inline(cell))));
  return element("table", { class: "table" }, element("thead", {}, row("th", head)), element("tbody", {}, ...rows.map((line) => row("td", line))));
}

/** Nodes for a text of paragraphs and tables. */
export function rendered(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      const lines = block.split("\n");
      const isTable = lines.length > 1 && lines[0].includes("|") && /^[\s|:-]+$/.test(lines[1]);
      return isTable ? table(lines) : element("p", {}, ...inline(lines.join(" ")));
    });
}
