// A method's formulas as its docstrings write them: as rich text, and with numbers in place of the signs.
import { metadata } from "../generated/rlgeo.js";
import { parametersOf } from "./model.js";

/** "Â_i = r_i − r̄" of a term, or null where its docstring begins with no formula. */
export function formulaOf(method, term) {
  const [formula] = (metadata.methods[method].terms[term] ?? "").split(/, shape|;|\.$/);
  return formula.includes(" = ") ? formula : null;
}

/** Letters italic, words upright, what follows an underscore below; the index i is a number. */
export const marked = (text, i) =>
  text.replace(/(\p{L}\p{M}*)(\p{L}*)(?:_(\{[^}]+\}|\p{L}+))?/gu, (_, letter, word, below) => {
    const sign = word ? letter + word : `<i>${letter}</i>`;
    return below ? `${sign}<sub>${below === "i" ? i + 1 : below.replace(/[{}]/g, "")}</sub>` : sign;
  });

const literally = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** What the signs of sample `i` stand for. */
function meanings({ method, batch, state, hyper }, i) {
  const r = batch.rewards.data;
  const sum = r.reduce((a, b) => a + b, 0);
  const mean = sum / r.length;
  const own = Object.entries(parametersOf(method)).map(([name, { symbol }]) => [symbol, hyper[name]]);
  return new Map([
    ...own.filter(([, value]) => typeof value === "number"),
    ["r_i", r[i]],
    ["r̄", mean],
    ["std(r)", Math.sqrt(r.reduce((all, x) => all + (x - mean) ** 2, 0) / (r.length - 1))],
    ["mean_{j≠i} r_j", (sum - r[i]) / (r.length - 1)],
    ["V", state.value],
  ]);
}

/** A formula with numbers in it, written by `number`; null where some sign has none. */
export function filled(formula, view, i, number) {
  const known = meanings(view, i);
  const signs = [...known.keys()].sort((a, b) => b.length - a.length).map(literally);
  const text = formula.replace(new RegExp(`(?<![\\p{L}_])(?:${signs.join("|")})(?![\\p{L}\\p{M}_])`, "gu"), (sign) => number(known.get(sign)));
  return /[\p{L}_]/u.test(text) ? null : text;
}
