// Predict, then look: a chapter's lab opens with a question; the reader marks a place, presses Play, and sees both.
import { element } from "../controls.js";
import { fixed } from "./frame.js";
import { EXPERIMENT } from "./model.js";
import { button } from "./rows.js";

/** The steps after which it is told how far off the guess was, and how many times the usual pace they go by. */
export const LONG = 1000;
export const PACE = 4;
const THEN = `after ${LONG.toLocaleString("en")} steps`;
const distance = (a, b) => Math.hypot(a.mean - b.mean, a.std - b.std);
const said = ({ mean, std }) => `(${fixed(mean, 2)}, ${fixed(std, 2)})`;

export class Prediction {
  /**
   * @param subject  who is asked about: a method, or none where many are compared
   * @param onMark   called when the guess has changed
   * @param onSkip   called when the reader would rather see it
   */
  constructor(subject, onMark, onSkip) {
    this.onMark = onMark;
    this.asks = true;
    this.guess = null;
    this.inputs = Object.fromEntries(
      ["mean", "std"].map((name) => [name, element("input", { type: "text", inputmode: "decimal", class: "rl-lab-number", autocomplete: "off", "aria-label": `guess, ${name}` })]),
    );
    const { mean, std } = this.inputs;
    for (const input of [mean, std]) input.addEventListener("change", () => this.#typed());
    this.skip = button("Skip", () => (this.end(), onSkip()), { class: "rl-lab-button rl-lab-small" });
    this.question = element("span", {}, element("b", {}, subject ? `Where will ${subject} be ${THEN}?` : "Where will they stop?"), ` Mark it on the map or type it, then press ${subject ? "Play" : "Run all"}.`);
    this.said = element("span", { class: "rl-lab-said", role: "status" });
    this.form = element("span", { class: "rl-lab-guess" }, element("i", {}, "μ"), mean, element("i", {}, "σ"), std, this.skip);
    this.node = element("div", { class: "rl-lab-predict", role: "group", "aria-label": "Predict, then look" }, this.question, this.form, this.said);
  }

  #typed() {
    const [mean, std] = ["mean", "std"].map((name) => {
      const text = this.inputs[name].value.replace("−", "-").replace(",", ".");
      const { low, high } = EXPERIMENT[name];
      return text.trim() === "" || !Number.isFinite(Number(text)) ? NaN : Math.min(high, Math.max(low, Number(text)));
    });
    if (Number.isFinite(mean) && Number.isFinite(std)) this.mark({ mean, std });
  }

  mark({ mean, std }) {
    this.guess = { mean, std };
    this.inputs.mean.value = fixed(mean, 2);
    this.inputs.std.value = fixed(std, 2);
    this.onMark();
  }

  /** The question is over, with a guess or without. */
  end() {
    if (!this.asks) return;
    this.asks = false;
    this.form.hidden = true;
    this.question.hidden = true;
    this.node.hidden = !this.guess;
    if (this.guess) this.said.textContent = `You marked ${said(this.guess)}. How far off that is you are told ${THEN}, or when you pause.`;
    this.onMark();
  }

  /** How far the guess is from where a run of `name` is after some steps, and from where it is expected to end, if anywhere. */
  tell({ name, place, step, end }) {
    const { guess } = this;
    if (this.asks || !guess || !step) return;
    const steps = `${step.toLocaleString("en")} ${step === 1 ? "step" : "steps"}`;
    const ring = end ? ` Its destination, the ring, is at ${said(end)}: ${fixed(distance(end, guess), 2)} from your mark.` : end === null ? ` ${name} has no destination.` : "";
    this.#say(`You marked ${said(guess)}. After ${steps} ${name} is at ${said(place)}: ${fixed(distance(place, guess), 2)} away.${ring}`);
  }

  /** Which of the methods compared ends nearest to the guess. */
  tellNearest(places) {
    if (this.asks || !this.guess || !places.length) return;
    const [nearest] = places.map(({ name, ...place }) => ({ name, place, apart: distance(place, this.guess) })).sort((a, b) => a.apart - b.apart);
    this.#say(`You marked ${said(this.guess)}. Nearest to it ends ${nearest.name}, at ${said(nearest.place)}: ${fixed(nearest.apart, 2)} away.`);
  }

  #say(words) {
    if (this.said.textContent !== words) this.said.textContent = words;
  }
}
