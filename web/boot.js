// Runs before the first paint: the reader's color scheme, so that nothing flashes, and the faces of the first lines.
import { applyChoice, storedChoice } from "./scheme.js";

document.documentElement.classList.add("rl-js");
applyChoice(storedChoice());

// Pages opened as files cannot preload fonts; their styles find them a moment later.
if (location.protocol !== "file:") {
  for (const face of ["serif", "display", "sans"]) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: new URL(`fonts/${face}-latin.woff2`, document.currentScript.src).href });
    document.head.append(link);
  }
}
