// How the lab's parts stand on the page: the map and the curves above it, the desk beside, numbers, and the shelf.
import { element } from "../controls.js";
import { Drawer } from "./drawer.js";
import { experimentsSection } from "./experiments.js";
import { shareSection } from "./share.js";
import { MethodTabs } from "./tabs.js";

export const COMPARE = "Compare";
const DRAWERS = { controls: "All controls", batch: "Batch and traces", slow: "Slow motion", try: "Experiments", share: "Share" };

/** Every part of `lab` in its place. */
export function lay(lab) {
  const { full } = lab;
  lab.classList.add("rl-lab", full ? "rl-lab-full" : "rl-lab-chapter");
  lab.tabIndex = -1;
  lab.setAttribute("role", "group");
  lab.setAttribute("aria-label", "Live lab");
  lab.drawer = drawers(lab);
  const world = element("div", { class: "rl-lab-world" }, lab.axis.node, lab.map.node);
  const sections = Object.values(lab.drawer.sections).map(([, section]) => section).filter((section) => section !== lab.controls);
  const shelf = element("div", { class: "rl-lab-shelf" }, lab.drawer.node, ...sections);
  const desk = element("div", { class: "rl-lab-desk" }, lab.transport.node, ...(full ? [] : [lab.prediction.node]), lab.controls);
  const body = element("div", { class: "rl-lab-body" }, world, desk, lab.table.node, shelf);
  if (full) lab.tabs = new MethodTabs(COMPARE, (method) => lab.choose(method));
  lab.replaceChildren(lab.note, lab.promise, ...(full ? [lab.tabs.node] : []), body);
}

function drawers(lab) {
  const { controls, slow } = DRAWERS;
  const titles = lab.full ? DRAWERS : lab.comparing ? { controls } : { controls, slow };
  const nodes = { controls: lab.controls, batch: lab.batch, slow: lab.slow.node };
  if (lab.full) Object.assign(nodes, { try: experimentsSection(lab), share: shareSection(lab) });
  const drawer = new Drawer(Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, [title, nodes[name]]])), (open) => {
    // the sheet stands below the map that it moves: both are to be seen
    if (open === "controls") lab.map.node.scrollIntoView({ block: "start", behavior: "instant" });
    lab.request();
    lab.rest();
  });
  if (!lab.full) {
    drawer.sections.batch = [DRAWERS.batch, lab.batch];
    drawer.node.append(lab.openFull);
  }
  return drawer;
}

/** Where there is no room for all sliders, the one that was touched last stays in sight. */
export function pin(controls, row) {
  for (const other of controls.querySelectorAll("[data-pinned]")) other.removeAttribute("data-pinned");
  row.dataset.pinned = "";
}
