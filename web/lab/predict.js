// Predict, then look: a chapter's lab opens with a question; the reader marks a place, presses Play, and sees both.
import { element } from "../controls.js";
import { fixed } from "./frame.js";
import { EXPERIMENT } from "./model.js";
import { button } from "./rows.js";

const distance = (a, b) => Math.hypot(a.mean - b.mean, a.std - b.std);
const said = ({ mean, std }) => `(${fixed(mean, 2)}, ${fixed(std, 2)})`;

export class Prediction {
  /**
   * @param subject  who is asked about, and the button that shows it
   * @param onMark   called when the guess has changed
   * @param onSkip   called when the reader would rather see it
   */
  constructor([subject, look], onMark, onSkip) {
    this.onMark = onMark;
    this.asks = true;
    this.guess = null;
    this.inputs = Object.fromEntries(
      ["mean", "std"].map((name) => [name, element("input", { type: "text", inputmode: "decimal", class: "rl-lab-number", autocomplete: "off", "aria-label": `guess, ${name}` })]),
    );
    const { mean, std } = this.inputs;
    for (const input of [mean, std]) input.addEventListener("change", () => this.#typed());
    this.skip = button("Skip", () => (this.end(), onSkip()), { class: "rl-lab-button rl-lab-small" });
    this.question = element("span", {}, element("b", {}, `Where will ${subject} stop?`), ` Mark it on the map or type it, then press ${look}.`);
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
    if (this.guess) this.said.textContent = `You marked ${said(this.guess)}.`;
    this.onMark();
  }

  /** Where things are now, beside the guess; `places` are of one policy or of the methods compared. */
  tell(places) {
    if (this.asks || !this.guess || !places.length) return;
    const [nearest] = places.map(({ name, ...place }) => ({ name, place, apart: distance(place, this.guess) })).sort((a, b) => a.apart - b.apart);
    const words =
      places.length > 1
        ? `You marked ${said(this.guess)}. Nearest to it ends ${nearest.name}, at ${said(nearest.place)}: ${fixed(nearest.apart, 2)} away.`
        : `You marked ${said(this.guess)}. It is at ${said(nearest.place)}: ${fixed(nearest.apart, 2)} away.`;
    if (this.said.textContent !== words) this.said.textContent = words;
  }
}
