// Where a search has led: the words are marked, what is folded over them is open. Quarto's own search asks alike.
import { element } from "../controls.js";
import { openAround } from "./folds.js";

// Quarto takes the words out of the address as soon as it has marked them
const asked = new URLSearchParams(location.search).get("q");
/** Milliseconds after which a page has come. */
const SETTLED = 3000;
const BLOCK = "p, li, dt, dd, pre, td, th, figcaption, summary, h1, h2, h3, h4, h5, h6";
const ELSEWHERE = "script, style, rl-lab, rl-figure, svg, .katex-mathml, .rl-python";

/** A hit's address, which tells the page the words. */
export function leading(href, terms) {
  const [page, anchor] = href.split("#");
  return `${page}?q=${encodeURIComponent(terms.join(" "))}${anchor ? `#${anchor}` : ""}`;
}

/** Any of some words, caught, the longest first. */
export const patternOf = (words) => new RegExp(`(${[...words].sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");

export function found() {
  if (!asked?.trim()) return;
  const root = document.getElementById(decodeURIComponent(location.hash.slice(1))) ?? document.querySelector("main");
  const pattern = patternOf(asked.trim().split(/\s+/));
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) => (node.parentElement.closest(ELSEWHERE) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  const blocks = new Map();
  while (walker.nextNode()) {
    const words = walker.currentNode.data.toLowerCase().match(pattern);
    if (!words) continue;
    const block = walker.currentNode.parentElement.closest(BLOCK) ?? walker.currentNode.parentElement;
    if (!blocks.has(block)) blocks.set(block, { nodes: [], words: new Set() });
    const one = blocks.get(block);
    one.nodes.push(walker.currentNode);
    for (const word of words) one.words.add(word);
  }
  // the first of those that hold most of the words
  const [best] = [...blocks].sort(([, a], [, b]) => b.words.size - a.words.size);
  if (!best) return;
  const [block, { nodes }] = best;
  openAround(block);
  if (!document.getElementById("quarto-search")) {
    for (const node of nodes) node.replaceWith(...node.data.split(pattern).map((part, i) => (i % 2 ? element("mark", { class: "rl-found" }, part) : part)));
  }
  const show = () => block.scrollIntoView({ block: "center", behavior: "instant" });
  show();
  // a page that is still coming goes to its anchor again, and grows where faces and figures come; the reader is not held
  if (document.readyState !== "complete") addEventListener("load", () => setTimeout(show), { once: true });
  const growth = new ResizeObserver(show);
  growth.observe(document.body);
  const leave = () => growth.disconnect();
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(kind, leave, { once: true, passive: true });
  setTimeout(leave, SETTLED);
  history.replaceState(null, "", location.pathname + location.hash);
}
