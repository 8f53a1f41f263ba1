// Downloads: the run's numbers as CSV or JSON, the panels as PNG or SVG.
import { download } from "../download.js";
import { QUANTILES } from "./compare.js";
import { CanvasPen } from "./pen.js";
import { palette } from "./theme.js";

const HEADING = 38;

/** A run: a row for every step, and everything as one object. */
export function runData(settings, run) {
  const names = Object.keys(run.records);
  const rows = run.path.mean.map((mean, i) => [
    run.from + i,
    mean,
    run.path.std[i],
    run.path.objective[i],
    ...names.map((name) => run.records[name][i] ?? ""),
  ]);
  const batch = run.batch && plain(run.batch);
  const whole = { settings, method: run.method, steps: run.step, path: run.path, records: run.records, batch };
  return { rows: [["step", "mean", "std", "objective", ...names], ...rows], whole };
}

/** A comparison: of every method and step the quantiles of J, and as one object also where each run ended. */
export function comparisonData(settings, { plan, shown }) {
  const head = ["method", "step", ...QUANTILES.map((q) => `objective_q${100 * q}`)];
  const rows = shown.flatMap(({ method, bands }) => Array.from(bands[0], (_, t) => [method, t, ...bands.map((band) => band[t])]));
  const methods = Object.fromEntries(
    shown.map(({ method, bands, final, samples }) => [method, { samples, quantiles: QUANTILES, objective: bands.map((band) => Array.from(band)), final: plain(final) }]),
  );
  return { rows: [head, ...rows], whole: { settings, plan, methods } };
}

const plain = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, x]) => [name, Array.from(x.data ?? x)]));

export const saveCsv = (name, rows) => download(`${name}.csv`, new Blob([`${rows.map((row) => row.join(",")).join("\n")}\n`], { type: "text/csv" }));

export const saveJson = (name, whole) => download(`${name}.json`, new Blob([`${JSON.stringify(whole, null, 1)}\n`], { type: "application/json" }));

/** All visible panels below each other. */
function picture(panels, view) {
  const shown = panels.filter((panel) => !panel.node.hidden);
  const width = Math.max(...shown.map((panel) => panel.extent[0]));
  let y = 0;
  const parts = shown.map((panel) => {
    const part = panel.svg(view).replace("<svg ", `<svg y="${y}" `);
    y += panel.extent[1] + HEADING;
    return part;
  });
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">${parts.join("")}</svg>`, width, height: y };
}

export const saveSvg = (name, panels, view) => download(`${name}.svg`, new Blob([picture(panels, view).svg], { type: "image/svg+xml" }));

export function savePng(name, panels, view) {
  const shown = panels.filter((panel) => !panel.node.hidden);
  const ratio = Math.max(2, ...shown.map((panel) => panel.ratio ?? 1));
  const canvas = document.createElement("canvas");
  canvas.width = ratio * Math.max(...shown.map((panel) => panel.extent[0]));
  canvas.height = ratio * shown.reduce((sum, panel) => sum + panel.extent[1] + HEADING, 0);
  const context = canvas.getContext("2d");
  context.fillStyle = palette("paper");
  context.fillRect(0, 0, canvas.width, canvas.height);
  let y = 0;
  for (const panel of shown) {
    context.setTransform(ratio, 0, 0, ratio, 0, ratio * y);
    new CanvasPen(context, ...panel.extent).text(8, 20, panel.heading.textContent, { align: "left", color: "ink", size: 14 });
    context.setTransform(ratio, 0, 0, ratio, 0, ratio * (y + 30));
    panel.write(new CanvasPen(context, ...panel.extent), view);
    y += panel.extent[1] + HEADING;
  }
  canvas.toBlob((blob) => download(`${name}.png`, blob));
}
