// What a page looks like, in any engine. The tests call these by name; each returns what is wrong.
window.looking = {
  noise: () => window.noise,

  /** Wider than the window. */
  wide: () => (document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} > ${innerWidth}`] : []),

  /** Formulas on another line than the comma, period or bracket that touches them, unless they fill the line. */
  parted: () =>
    [...document.querySelectorAll(".rl-keep")].filter((keep) => {
      if (!keep.getClientRects().length) return false;
      const last = keep.lastChild;
      if (last.nodeType !== Node.TEXT_NODE) return false;
      const range = document.createRange();
      range.selectNodeContents(last);
      const end = [...keep.querySelectorAll(".katex-html .katex-base")].at(-1).getBoundingClientRect();
      const seen = keep.querySelector(".katex").getBoundingClientRect(); // of what scrolls, a part
      const room = keep.closest("p, li, td, dd, figcaption, div").clientWidth;
      return range.getClientRects()[0].left < Math.min(end.right, seen.right) - 4 && end.width < 0.9 * room;
    }).map((keep) => keep.textContent.slice(-40)),

  /** Numbered equations whose parts do not stand on one line: each strut says how far below the line it reaches. */
  tilted: () =>
    [...document.querySelectorAll(".katex-display .katex-html")].filter((formula) => {
      if (!formula.getClientRects().length) return false;
      const lines = [...formula.querySelectorAll(":scope > .katex-base > .katex-strut, :scope > .katex-tag > .katex-strut")].map((strut) => {
        const below = parseFloat(getComputedStyle(strut).verticalAlign) || 0;
        return strut.getBoundingClientRect().bottom + below;
      });
      return Math.max(...lines) - Math.min(...lines) > 1;
    }).map((formula) => formula.textContent.slice(0, 60)),

  /** MathML elements with a child too many or too few. */
  invalid: () => {
    const parts = { msub: 2, msup: 2, munder: 2, mover: 2, mfrac: 2, mroot: 2, msubsup: 3, munderover: 3 };
    return [...document.querySelectorAll(Object.keys(parts).join())].filter((node) => node.children.length !== parts[node.localName]).map((node) => node.outerHTML);
  },

  /** Figures in view that are not as high as the room kept for them, or not as wide as their column. */
  misfit: () =>
    [...document.querySelectorAll("rl-figure[data-ready]")].filter((figure) => {
      const { top, bottom } = figure.getBoundingClientRect();
      if (bottom < 0 || top > innerHeight) return false;
      const { width, height } = figure.querySelector(".main-svg").getBoundingClientRect();
      return Math.abs(width - figure.clientWidth) > 1 || height < 150 || height > figure.clientHeight + 1;
    }).map((figure) => figure.closest("[id]").id),
};
