// Search over the book. Engine and index are scripts of their own, fetched when the reader first asks for them.
import { element } from "../controls.js";
import { leading, patternOf } from "./found.js";

const base = document.currentScript.src.replace(/[^/]*$/, "");
const LIMIT = 12;
let engine;

const fetched = (src) =>
  new Promise((resolve, reject) => {
    document.head.append(element("script", { src, onload: resolve, onerror: () => reject(new Error(`${src} did not load`)) }));
  });

function load(source) {
  engine ??= Promise.all([source, `${base}search.js`].map(fetched)).then(() => window.rlgeoEngine(window.rlgeoSearch));
  return engine;
}

/** A line of text around the first hit, with hits marked. */
function excerpt(text, terms) {
  const low = text.toLowerCase();
  const found = terms.map((term) => low.indexOf(term)).filter((at) => at >= 0);
  const from = Math.max(0, (found.length ? Math.min(...found) : 0) - 50);
  const start = from ? text.indexOf(" ", from) + 1 : 0;
  const end = start + 150 < text.length ? text.lastIndexOf(" ", start + 150) : text.length;
  const piece = text.slice(start, end);
  const node = element("span", { class: "rl-hit-text" });
  if (start) node.append("… ");
  for (const [i, part] of piece.split(patternOf(terms)).entries()) node.append(i % 2 ? element("mark", {}, part) : part);
  if (end < text.length) node.append(" …");
  return node;
}

/** Quarto's own search asks a server for its index, so it is dead on a page opened as a file. */
function sayWhySilent() {
  const box = location.protocol === "file:" && document.getElementById("quarto-search");
  if (box) box.replaceChildren(element("p", { class: "rl-silent" }, "The search needs a server; see the book there, or with quarto preview."));
}

export function search() {
  sayWhySilent();
  const dialog = document.getElementById("rl-search");
  if (!dialog?.showModal) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector(".rl-hits");
  const status = dialog.querySelector(".rl-search-status");
  const { index, root } = dialog.dataset;

  const open = () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    load(index).catch(() => (status.textContent = "The search index could not be loaded."));
  };
  for (const button of document.querySelectorAll(".rl-search-open")) button.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=range]):not([type=radio]), textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      open();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  input.addEventListener("input", async () => {
    const query = input.value.trim();
    const hits = query ? (await load(index)).search(query).slice(0, LIMIT) : [];
    if (query !== input.value.trim()) return;
    list.replaceChildren(
      ...hits.map((hit) => {
        const where = element("span", { class: "rl-hit-title" }, hit.section || hit.title);
        if (hit.section && hit.section !== hit.title) where.append(element("span", { class: "rl-hit-chapter" }, hit.title));
        return element("li", {}, element("a", { href: root + leading(hit.href, hit.terms) }, where, excerpt(hit.text ?? "", hit.terms)));
      }),
    );
    status.textContent = !query ? "" : hits.length ? `${hits.length === LIMIT ? "The best " : ""}${hits.length} ${hits.length === 1 ? "result" : "results"}` : "Nothing found";
  });
  list.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...list.querySelectorAll("a")];
    if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      links[0]?.click();
    }
    if (!step || !links.length) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement) + step;
    (at < 0 ? input : links[Math.min(at, links.length - 1)]).focus();
  });
}
