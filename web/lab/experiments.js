// Experiments are links: a state of the lab, and what will happen there when it plays.
import { element } from "../controls.js";
import experiments from "./experiments.json";

/** The lab's own list. */
export function experimentsSection(lab) {
  const items = experiments.map(({ title, promise, link }) => {
    const anchor = element("a", { href: `#${link}` }, title);
    anchor.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      run(lab, `#${link}`);
    });
    return element("li", {}, anchor, " ", element("span", { class: "rl-lab-words" }, promise));
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
    const wanted = new URLSearchParams(hash.slice(1));
    const method = wanted.get("compare") === "yes" ? "compare" : (wanted.get("method") ?? "").toLowerCase();
    const labs = [...document.querySelectorAll("rl-lab")];
    const lab = labs.find((each) => each.full) ?? labs.find((each) => each.getAttribute("method")?.toLowerCase() === method);
    if (!lab) return;
    event.preventDefault();
    run(lab, hash);
  });
}
