// Everything a page does beyond being read.  A classic script that may stand anywhere in the document.
import { defineFigures } from "./figures.js";
import { anchors, boxButtons, copyButtons, scrollRegions } from "./page/content.js";
import { closeFolds, folds } from "./page/folds.js";
import { found } from "./page/found.js";
import { contents, drawer, schemeChoice } from "./page/navigation.js";
import { search } from "./page/search.js";
import { tooltips } from "./page/tooltips.js";
import { watchSystem } from "./scheme.js";

closeFolds();

function ready() {
  watchSystem();
  folds(); // what is folded is open on paper before its figures are drawn
  defineFigures();
  anchors();
  copyButtons();
  boxButtons();
  scrollRegions();
  tooltips();
  schemeChoice();
  drawer();
  contents();
  search();
  found();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
