// Runs before the first paint: the reader's color scheme (Quarto's pages have their own), so that nothing flashes, and
// the faces of the first lines.
import { closeFolds } from "./page/folds.js";
import { applyChoice, storedChoice } from "./scheme.js";

const root = document.documentElement;
const ours = root.classList.contains("rl-page");
const FACES = ["fonts/serif-latin", "fonts/serif-latin-italic", "fonts/display-latin", "fonts/sans-latin"];
if (!ours) FACES.push("fonts/mono-latin"); // Quarto's text is on the screen before its styles ask for it
if ("math" in root.dataset || !ours) FACES.push("katex/fonts/KaTeX_Main-Regular", "katex/fonts/KaTeX_Math-Italic");

root.classList.add("rl-js");
if (ours) applyChoice(storedChoice());
closeFolds();

// A long page is painted when its first screen is laid out; the rest follows at once. Not where the reader arrives
// further down, at an anchor or by going back: there the true heights are needed first.
if (!location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  root.classList.add("rl-first");
  requestAnimationFrame(() => setTimeout(() => root.classList.remove("rl-first")));
}

// Pages opened as files cannot preload fonts; their styles find them a moment later.
if (location.protocol !== "file:") {
  for (const face of FACES) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: new URL(`${face}.woff2`, document.currentScript.src).href });
    document.head.append(link);
  }
}
