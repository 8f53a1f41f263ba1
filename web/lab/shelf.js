// What a method shows besides the map: its batch, one panel for each of its terms, J and what it records over steps.
import { diagnosticGroups, diagnosticPanel, objectivePanel } from "./series.js";
import { samplesPanel, termPanel, termsOf } from "./terms.js";

/** The one term that a chapter's lab shows, the first of these that the method has. */
const TELLING = ["margins", "ratios", "advantages"];

/** The panels of a method; of `records`, the names of what it records, only the full lab shows any. */
export function shelf(method, { full, records }) {
  const own = termsOf(method);
  const height = full ? 150 : 110;
  const fitted = own.includes("residuals");
  const samples = own.length && (full || fitted) ? [samplesPanel({ height: full ? 180 : height })] : [];
  const names = full ? own : fitted ? [] : own.filter((name) => name === TELLING.find((one) => own.includes(one)));
  const groups = full ? diagnosticGroups(records) : [];
  return [...samples, ...names.map((name) => termPanel(name, { height })), objectivePanel({ height }), ...groups.map((group) => diagnosticPanel(group, { height: 150 }))];
}
