// The color scheme in force: the reader's choice on our own page, Quarto's body class on Quarto's.
const KEY = "rlgeo-scheme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

/** "auto", "light" or "dark"; storage may be forbidden, then it is "auto". */
export function storedChoice() {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === "light" || choice === "dark" ? choice : "auto";
  } catch {
    return "auto";
  }
}

export function applyChoice(choice) {
  root.dataset.theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
}

export function choose(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Private windows may refuse storage; the choice then holds for this page.
  }
  applyChoice(choice);
}

/** "light" or "dark", whichever renderer made the page. */
export function scheme() {
  if (root.dataset.theme) return root.dataset.theme;
  if (document.body?.classList.contains("quarto-dark")) return "dark";
  return "light";
}

/** Call `listener(scheme)` whenever the scheme in force changes. */
export function onScheme(listener) {
  let last = scheme();
  const check = () => {
    const now = scheme();
    if (now !== last) listener((last = now));
  };
  const observer = new MutationObserver(check);
  observer.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/** Follow the system while the reader has not chosen, and print on white. */
export function watchSystem() {
  if (!root.classList.contains("rl-page")) {
    for (const styles of document.querySelectorAll("link.quarto-color-alternate")) styles.media = "not print";
    return;
  }
  dark.addEventListener("change", () => applyChoice(storedChoice()));
  addEventListener("beforeprint", () => (root.dataset.theme = "light"));
  addEventListener("afterprint", () => applyChoice(storedChoice()));
}
