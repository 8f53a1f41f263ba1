// Code blocks that can be copied, and wide things that can be scrolled without a mouse.
import { element } from "../controls.js";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages opened as files have no clipboard; the old way still works there.
    const area = element("textarea", { style: "position:fixed;opacity:0" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function offer(button, text) {
  const before = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text())) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (button.textContent = before), 1500);
  });
}

/** A copy button on each code cell, unless Quarto has made one, and on anything with `data-copy`. */
export function copyButtons() {
  for (const pre of document.querySelectorAll("pre.code-with-copy, .rl-citation pre")) {
    if (pre.parentElement.querySelector(".code-copy-button")) continue;
    const button = element("button", { type: "button", class: "rl-copy" }, "Copy");
    offer(button, () => pre.textContent.trimEnd());
    pre.parentElement.classList.add("rl-copyable");
    pre.before(button);
  }
}

/** A link beside each heading, for those who want to point at it; Quarto makes its own. */
export function anchors() {
  for (const heading of document.querySelectorAll(".rl-body :is(h2, h3, h4)")) {
    const id = heading.id || heading.closest("section[id]")?.id;
    if (!id || heading.querySelector(".rl-anchor") || heading.closest("rl-figure, rl-lab, .callout")) continue;
    heading.append(element("a", { class: "rl-anchor", href: `#${id}`, "aria-label": "Link to this section" }, "#"));
  }
}

/** Quarto folds a box under a title that is no button; make it one, for keyboards and screen readers. */
export function boxButtons() {
  for (const title of document.querySelectorAll(".callout-header[data-bs-toggle]")) {
    title.setAttribute("role", "button");
    title.removeAttribute("aria-label"); // it hides the box's title
    title.tabIndex = 0;
    title.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      title.click();
    });
  }
}

/** The text of a page, of press's and of Quarto's. */
const TEXT = ":is(.rl-body, main.content)";
const SCROLLERS = "pre, .katex-display, .cell-output-display, .rl-table, .table-responsive, .rl-numbers-panel";

/** Regions that scroll sideways become reachable by keyboard, and only while they do. */
export function scrollRegions() {
  for (const table of document.querySelectorAll(`${TEXT} table`)) {
    if (table.closest(".rl-table, rl-figure, rl-lab")) continue;
    const box = element("div", { class: "rl-table" });
    table.replaceWith(box);
    box.append(table);
  }
  // A table's empty corner heads nothing.
  for (const head of document.querySelectorAll(`${TEXT} th`)) {
    if (head.textContent.trim()) continue;
    const cell = element("td", { style: head.getAttribute("style") });
    cell.append(...head.childNodes);
    head.replaceWith(cell);
  }
  const check = (targets) => {
    for (const target of targets) {
      const scrolls = target.scrollWidth > target.clientWidth + 1;
      if (scrolls && !target.hasAttribute("tabindex")) {
        target.tabIndex = 0;
        target.dataset.rlScroll = "";
        if (!target.hasAttribute("role")) {
          target.setAttribute("role", "group");
          target.setAttribute("aria-label", target.matches("pre") ? "Code, scrolls sideways" : "Scrolls sideways");
        }
      } else if (!scrolls && "rlScroll" in target.dataset) {
        for (const name of ["tabindex", "data-rl-scroll", "role", "aria-label"]) target.removeAttribute(name);
      }
    }
  };
  const regions = [...document.querySelectorAll(SCROLLERS)].filter((node) => !node.querySelector("rl-lab, rl-race, rl-figure"));
  const observer = new ResizeObserver((entries) => check(entries.map((entry) => entry.target)));
  for (const node of regions) observer.observe(node);
  // A formula in a line that is longer than any line scrolls, too.
  const formulas = document.querySelectorAll(`${TEXT} :is(p, li, dd, figcaption) .katex:not(.katex-display *)`);
  const fit = () => {
    for (const formula of formulas) formula.classList.remove("rl-long-math");
    const long = [...formulas].filter((formula) => formula.getBoundingClientRect().right > innerWidth);
    for (const formula of long) formula.classList.add("rl-long-math");
    check(formulas);
  };
  addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true);
  // It lays out the whole page, so not before the first screen is painted.
  requestAnimationFrame(() => setTimeout(fit));
  // Faces that arrive late change what is inside a region, not its own size.
  document.fonts.addEventListener("loadingdone", () => (check(regions), fit()));
}
