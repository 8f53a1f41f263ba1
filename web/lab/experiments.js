// Experiments are links: a state of the lab, and what will happen there when it plays.
import { element } from "../controls.js";
import experiments from "./experiments.json";
import { fromHash } from "./link.js";

/** The lab's own list. */
export function experimentsSection(lab) {
  const items = experiments.map(({ name, title, promise }) => {
    const anchor = element("a", { href: `#try=${name}` }, title);
    anchor.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      run(lab, anchor.hash);
    });
    return element("li", {}, anchor, ": ", element("span", { class: "rl-lab-words" }, promise));
  });
  return element("div", { class: "rl-lab-try" }, element("ol", {}, ...items));
}

function run(lab, hash) {
  lab.follow(hash);
  const { top } = lab.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) lab.scrollIntoView({ block: "start", behavior: "instant" });
  lab.focus({ preventScroll: true });
}

let following = false;

/** Links to states of the lab are followed by a lab of the same page that can show them; other links stay links. */
export function followLinks() {
  if (following) return;
  following = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href*='lab.html#']");
    if (!link || link.closest("rl-lab") || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { hash } = new URL(link.href);
    const { settings } = fromHash(hash);
    // a chapter's lab shows one method at a time, or all of them side by side
    const lab = [...document.querySelectorAll("rl-lab")].find(({ full, comparing }) => full || comparing === settings.compare.shown);
    if (!lab) return;
    event.preventDefault();
    run(lab, hash);
  });
}
