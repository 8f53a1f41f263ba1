// Taking the lab's state along: as a link, as Python, as numbers, as a picture.
import { element } from "../controls.js";
import { present } from "./adopt.js";
import { comparisonData, runData, saveCsv, saveJson, savePng, saveSvg } from "./files.js";
import { keyOf } from "./names.js";
import { button } from "./rows.js";
import { comparisonScript, runScript } from "./script.js";

const KEYS =
  "Keys, while the lab has the focus: P play or pause, S step, N new batch, C clear paths, R back to start, Ctrl+Z undo, Ctrl+Shift+Z redo. " +
  "Drag the policy on the curve or on the map; click the map to start there; double-click the curves to add a bump, a bump to remove it.";

export function shareSection(lab) {
  const said = element("span", { class: "rl-lab-status", role: "status" });
  const box = element("textarea", { class: "rl-lab-copied", "aria-label": "Text to copy", readonly: "", rows: "12", hidden: true });
  const copy = async (text, words) => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = `${words} copied.`;
      box.hidden = true;
    } catch {
      Object.assign(box, { hidden: false, value: text });
      box.focus();
      box.select();
      said.textContent = `${words}: copy it from the box.`;
    }
  };
  const { comparison } = lab;
  const warned = () => (present.changed ? "# The lab runs changed code: apply the patch that the page's editor offers to a clone of the book first.\n" : "");
  const python = () => warned() + (lab.comparing ? comparisonScript(lab.settings, comparison.plan) : runScript(lab.settings, lab.run, lab.session.pure));
  const visible = () => lab.panels.filter((panel) => !panel.node.hidden);
  const name = () => `rlgeo-${lab.comparing ? "compare" : keyOf(lab.settings.method)}`;
  const data = () => (lab.comparing ? comparisonData(lab.settings, comparison) : runData(lab.settings, lab.run));
  return element(
    "div",
    { class: "rl-lab-share" },
    button("Copy link", () => copy(`${location.href.replace(/#.*$/, "")}#${lab.address()}`, lab.session.lossy ? "Link (to the same settings; too much was changed on the way to tell it all)" : "Link")),
    button("Copy as Python", () => copy(python(), "Script")),
    button("CSV", () => saveCsv(name(), data().rows), { "aria-label": "Download the data as CSV" }),
    button("JSON", () => saveJson(name(), data().whole), { "aria-label": "Download the data as JSON" }),
    button("PNG", () => savePng(name(), visible(), lab.view), { "aria-label": "Download the panels as PNG" }),
    button("SVG", () => saveSvg(name(), visible(), lab.view), { "aria-label": "Download the panels as SVG" }),
    said,
    box,
    element("p", { class: "rl-lab-keys" }, KEYS),
  );
}
