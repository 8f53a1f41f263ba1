// One step in slow motion: the update's formula with the numbers of one sample filled in, sample by sample.
import { element, richText } from "../controls.js";
import { methods } from "../generated/rlgeo.js";
import { filled, formulaOf, marked } from "./formula.js";
import { format } from "./frame.js";
import { button } from "./rows.js";
import { spaced } from "./words.js";

const n = (value) => format(value, 3);
const paren = (value) => (value < 0 ? `(${n(value)})` : n(value));
const sub = (sign, i) => `<i>${sign}</i><sub>${i + 1}</sub>`;

/** What makes one sample of a clipped method count, or not. */
function clippedLines({ terms, hyper }, i) {
  const [rho, advantage] = [terms.ratios.data[i], terms.advantages.data[i]];
  const bound = Math.min(1 + hyper.clip, Math.max(1 - hyper.clip, rho));
  const lines = [`${sub("ρ", i)}${sub("Â", i)} = ${n(rho)} × ${paren(advantage)} = ${n(rho * advantage)}`];
  lines.push(`clip(${sub("ρ", i)})${sub("Â", i)} = ${n(bound)} × ${paren(advantage)} = ${n(bound * advantage)}`);
  const edge = rho > 1 ? 1 + hyper.clip : 1 - hyper.clip;
  lines.push(terms.clipped.data[i] ? `The smaller is taken: clipped at ${n(edge)}, this sample pulls no longer.` : `The smaller is taken: ${n(terms.contributions.data[i])}, and the sample pulls.`);
  return lines;
}

/** The method's own formula of the advantage with the numbers of sample `i` in place of its signs. */
function advantageLine(view, i) {
  const value = n(view.terms.advantages.data[i]);
  const formula = formulaOf(view.method, "advantages");
  if (!formula) return `${sub("Â", i)} = ${value}`;
  const numbers = filled(formula.split(" = ")[1], view, i, paren);
  return [marked(formula, i), ...(numbers ? [numbers] : []), value].join(" = ");
}

function marginLines({ terms, batch, hyper }, i) {
  const h = terms.margins.data[i];
  return [
    `<i>a</i><sub>w</sub> = ${n(batch.winners.data[i])}, <i>a</i><sub>l</sub> = ${n(batch.losers.data[i])}`,
    `${sub("h", i)} = <i>β</i><sub>D</sub> × difference of log-ratios = ${n(hyper.beta)} × ${paren(h / hyper.beta)} = ${n(h)}: ordered ${h > 0 ? "as labeled" : "against its label"}`,
    `weight σ(−${sub("h", i)}) = ${n(1 / (1 + Math.exp(h)))} of at most 1; loss −log σ(${sub("h", i)}) = ${n(Math.log1p(Math.exp(-h)))}`,
  ];
}

function residualLines({ terms, batch, state, hyper }, i) {
  const [r, d] = [batch.rewards.data[i], terms.residuals.data[i]];
  const logs = (r - state.value - d) / hyper.beta;
  return [
    `${sub("δ", i)} = ${sub("r", i)} − <i>V</i> − <i>β</i><sub>R</sub> log <i>π</i><sub>θ</sub>/<i>π</i><sub>ref</sub> = ${n(r)} − ${paren(state.value)} − ${n(hyper.beta)} × ${paren(logs)} = ${n(d)}`,
    `loss ½${sub("δ", i)}² = ${n(0.5 * d * d)}; ${d > 0 ? "the action becomes likelier" : "the action becomes less likely"}`,
  ];
}

/** The formula's lines for sample `i`; of a method that is not known here, its terms by name. */
function sampleLines(view, i) {
  const { terms, batch } = view;
  if (terms.margins) return marginLines(view, i);
  if (terms.residuals) return [`${sub("a", i)} = ${n(batch.actions.data[i])}`, ...residualLines(view, i)];
  const lines = batch.actions ? [`${sub("a", i)} = ${n(batch.actions.data[i])}, ${sub("r", i)} = ${n(batch.rewards.data[i])}`] : [];
  if (terms.advantages) lines.push(advantageLine(view, i));
  if (terms.ratios && terms.clipped && "clip" in view.hyper) return [...lines, ...clippedLines(view, i)];
  const others = Object.entries(terms).filter(([name, values]) => name !== "advantages" && values.data?.length > i);
  return [...lines, ...others.map(([name, values]) => `${spaced(name)}: ${n(values.data[i])}`)];
}

/** θ ← θ + η × gradient, in numbers. */
function updateLines({ method, state, batch, problem, hyper }) {
  const gradient = methods[method].gradient({ state, batch, problem, method: hyper });
  const { policy } = methods[method].step({ state, batch, problem, method: hyper });
  const line = (sign, from, slope, to) => `<i>${sign}</i> ← ${format(from, 4)} + ${n(hyper.learning_rate)} × ${paren(slope)} = ${format(to, 4)}`;
  return [line("μ", state.policy.mean, gradient.mean, policy.mean), line("σ", state.policy.std, gradient.std, policy.std)];
}

export class SlowMotion {
  constructor() {
    this.sample = 0;
    const turn = (by) => () => {
      this.sample += by;
      this.onTurn?.();
    };
    this.name = element("b", {});
    this.lines = element("div", { class: "rl-lab-formula" });
    this.node = element(
      "div",
      { class: "rl-lab-slow", role: "group", "aria-label": "One step, sample by sample" },
      element("div", { class: "rl-lab-line" }, button("◂", turn(-1), { class: "rl-lab-button rl-lab-small", "aria-label": "Previous sample" }), button("▸", turn(1), { class: "rl-lab-button rl-lab-small", "aria-label": "Next sample" }), this.name),
      this.lines,
    );
  }

  show(view) {
    const count = view.batch ? ((view.batch.actions ?? view.batch.winners)?.data.length ?? 0) : 0;
    this.sample = count ? ((this.sample % count) + count) % count : 0;
    const name = count ? `${view.batch.winners ? "pair" : "sample"} ${this.sample + 1} of ${count}` : "an exact gradient, without samples";
    const lines = [...(count ? sampleLines(view, this.sample) : []), ...updateLines(view)];
    const key = JSON.stringify([name, lines]);
    if (key === this.key) return;
    this.key = key;
    this.name.textContent = name;
    this.lines.replaceChildren(...lines.map((line) => element("p", {}, richText(line))));
  }
}
