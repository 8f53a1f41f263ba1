// What is folded: written as open for readers without scripts, closed before the first paint, open again on paper.

const close = (fold) => {
  fold.open = false;
  delete fold.dataset.fold;
};

/** Close what is to be folded as soon as the parser has come to it. */
export function closeFolds() {
  const sweep = () => document.querySelectorAll("details[data-fold]").forEach(close);
  sweep();
  if (document.readyState !== "loading") return;
  const observer = new MutationObserver(sweep);
  observer.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => (sweep(), observer.disconnect()));
}

/** Open every fold that `node` lies in. */
export function openAround(node) {
  const closed = [];
  for (let fold = node.closest("details"); fold; fold = fold.parentElement.closest("details")) if (!fold.open) closed.push(fold);
  for (const fold of closed) fold.open = true;
}

/** Open the folds that a link leads into, and all of them on paper. */
export function folds() {
  const reveal = () => {
    const target = document.querySelector(":target");
    if (!target) return;
    openAround(target);
    // A browser that opens folds by itself is still on its way, past what has just become longer.
    if (target.closest("details")) target.scrollIntoView({ behavior: "instant" });
  };
  addEventListener("hashchange", reveal);
  // A link that is followed twice changes no address.
  addEventListener("click", ({ target }) => target.closest?.("a")?.hash === location.hash && location.hash && setTimeout(reveal));
  reveal();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
}
