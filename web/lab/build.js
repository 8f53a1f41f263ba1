// The parts of a lab, made and joined: panels that tell the session what is dragged, controls that tell it what is set.
import { element } from "../controls.js";
import { core } from "../generated/rlgeo.js";
import { axisPanel } from "./axis.js";
import { BumpEditor } from "./bumps.js";
import { Comparison } from "./comparison.js";
import { Ends } from "./ends.js";
import { lay, pin } from "./layout.js";
import { mapPanel } from "./map.js";
import { Prediction } from "./predict.js";
import { ProblemControls } from "./problem.js";
import { SlowMotion } from "./slow.js";
import { StateTable } from "./table.js";
import { Transport } from "./transport.js";

const base = document.currentScript?.src ?? "";

/** Make every part of `lab` and lay it out. */
export function build(lab) {
  const { full } = lab;
  lab.ends = new Ends(() => {
    lab.comparison?.show();
    lab.request();
  });
  panels(lab);
  lab.slow = new SlowMotion();
  lab.slow.onTurn = () => lab.request();
  // asked once, whatever code plays
  if (!full) lab.prediction ??= prediction(lab);
  lab.table = new StateTable({ full });
  lab.note = element("p", { class: "rl-lab-note", role: "status", hidden: true });
  lab.promise = element("p", { class: "rl-lab-promise", role: "status", hidden: true });
  lab.transport = new Transport({ act: (what) => lab.act(what), full });
  controls(lab);
  lab.batch = element("div", { class: "rl-lab-batch", role: "group", "aria-label": "Batch and traces" });
  lab.openFull = wayToFull(lab);
  lay(lab);
}

/** The curves and the map, which can be touched. */
function panels(lab) {
  const onPolicy = (policy) => lab.moveStart(policy);
  lab.axis = axisPanel({ editable: lab.full, onPolicy, onBump: (k, change) => lab.bumpEditor.change(k, change) });
  lab.map = mapPanel({ onPolicy });
  lab.map.hover = (x, y) => {
    const place = lab.map.locate(x, y);
    lab.hovered = place && { ...place, J: core.objective({ problem: lab.base.problem, policy: place }) };
    lab.request();
  };
  lab.map.offers = () => (lab.prediction?.asks ? "where it will be" : lab.comparing && lab.comparison.shown.length ? "a path to follow its run" : null);
  lab.map.asks = () => lab.prediction?.asks;
  lab.map.ask = (x, y) => {
    if (lab.prediction?.asks) lab.prediction.mark(lab.map.locate(x, y));
    else return lab.comparing && lab.comparison.pickAt(x, y, lab.map.frame);
    return true;
  };
  if (lab.full) lab.axis.canvas.addEventListener("dblclick", (event) => lab.bumpEditor.doubleClick(event, lab.axis));
}

function prediction(lab) {
  const asked = lab.comparing ? null : lab.settings.method;
  // who would rather see it sees it
  return new Prediction(asked, () => lab.request(), () => lab.comparing && lab.comparison.run());
}

function controls(lab) {
  const { full } = lab;
  if (full) lab.bumpEditor = new BumpEditor(lab);
  lab.problem = new ProblemControls(lab);
  lab.methodRows = element("div", { class: "rl-lab-group" });
  lab.controls = element("div", { class: "rl-lab-controls", tabindex: "-1" }, lab.methodRows, lab.problem.node);
  if (lab.compares) {
    lab.comparison = new Comparison({ full, onChange: () => lab.request(), onRun: () => lab.prediction?.end() });
    Object.assign(lab.comparison, { settings: () => lab.settings, best: () => lab.base.best, ends: lab.ends });
    lab.controls.prepend(lab.comparison.controls);
  }
  for (const event of ["input", "keydown"]) {
    lab.controls.addEventListener(event, ({ target }) => {
      const row = target.closest(".rl-lab-row");
      if (target.type === "range" && row) pin(lab.controls, row);
    });
  }
}

/** A link to the full lab in the state that this one is in when it is followed. */
function wayToFull(lab) {
  const link = element("a", { class: "rl-lab-more", href: "#" }, "Open in the full lab");
  const point = () => (link.href = `${base.replace(/site_libs\/.*$/, "")}lab.html#${lab.address()}`);
  for (const event of ["pointerdown", "focus"]) link.addEventListener(event, point);
  return link;
}
