// The sidebar as a drawer on small screens, the section in view, and the choice of color scheme.
import { choose, storedChoice } from "../scheme.js";

export function schemeChoice() {
  for (const input of document.querySelectorAll('input[name="rl-scheme"]')) {
    input.checked = input.value === storedChoice();
    input.addEventListener("change", () => choose(input.value));
  }
}

/** The drawer: what lies behind it cannot be reached while it is open, nor the drawer while it is closed. */
export function drawer() {
  const sidebar = document.getElementById("rl-sidebar");
  const button = document.querySelector(".rl-menu-button");
  const scrim = document.querySelector(".rl-scrim");
  if (!sidebar || !button) return;
  const behind = document.querySelectorAll("#rl-main, .rl-contents, .rl-footer");
  const small = matchMedia("(max-width: 59.99rem)");
  const set = (open) => {
    sidebar.classList.toggle("rl-open", open);
    document.documentElement.classList.toggle("rl-drawer-open", open);
    button.setAttribute("aria-expanded", String(open));
    sidebar.inert = small.matches && !open;
    for (const part of behind) part.inert = small.matches && open;
  };
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    set(open);
    if (open) sidebar.querySelector("a[aria-current], a")?.focus();
  });
  scrim?.addEventListener("click", () => set(false));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
    set(false);
    button.focus();
  });
  small.addEventListener("change", () => set(false));
  set(false);
  const here = sidebar.querySelector('[aria-current="page"]');
  if (here && !small.matches && here.getBoundingClientRect().bottom > innerHeight) sidebar.scrollTop = here.offsetTop - innerHeight / 2;
}

/** Mark the section being read in the page's contents. */
export function contents() {
  const links = [...document.querySelectorAll(".rl-contents a[href^='#']")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  if (!links.length) return;
  const box = document.querySelector(".rl-contents");
  let queued = false;
  const mark = () => {
    queued = false;
    let current = -1;
    headings.forEach((heading, i) => {
      if (heading && heading.getBoundingClientRect().top < 140) current = i;
    });
    if (innerHeight + scrollY >= document.documentElement.scrollHeight - 4) current = links.length - 1;
    links.forEach((link, i) => (i === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    if (current < 0 || box.scrollHeight <= box.clientHeight) return;
    // Long contents follow along.
    const at = links[current].getBoundingClientRect();
    if (at.top < 80 || at.bottom > innerHeight - 40) box.scrollTop += at.top - innerHeight / 2;
  };
  addEventListener("scroll", () => {
    if (!queued) requestAnimationFrame(mark);
    queued = true;
  }, { passive: true });
  mark();
}
