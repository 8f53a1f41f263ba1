// Controls made from rlgeo's parameter metadata: a label with its symbol, a native range, a number to type.
import { element } from "../controls.js";
import { format } from "./frame.js";
import { plainSymbol, spaced, symbol } from "./words.js";

const TICKS = 1000;
let count = 0;

const decimals = (step) => Math.max(0, (String(step).split(".")[1] ?? "").length);

/** To the parameter's grain and into its range. */
export function snap(value, { low, high, step, integer }) {
  const grain = integer ? 1 : step;
  const near = Number((Math.round(value / grain) * grain).toFixed(decimals(grain) + 2));
  return Math.min(high, Math.max(low, near));
}

/** Sliders of a wide range move on a logarithmic scale; zero cannot. */
const toTick = (value, { low, high, log }) =>
  TICKS * (log && low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
const fromTick = (tick, { low, high, log }) =>
  log && low > 0 ? low * (high / low) ** (tick / TICKS) : low + ((high - low) * tick) / TICKS;

/** As short as can be read and typed: one digit finer than the control's grain. */
const shortened = (value, { step, integer }) => (integer ? String(value) : format(Number(value.toFixed(Math.max(3, decimals(step) + 1))), 12));

/** A slider row: `show(value)` sets it, `onInput(value)` hears the reader. */
export function sliderRow(name, parameter, onInput) {
  const id = `rl-lab-${++count}`;
  // a β says who it is by its symbol
  const words = parameter.title ?? (name === "beta" ? "" : spaced(name));
  const range = element("input", { type: "range", id, class: "rl-range", min: "0", max: String(TICKS), step: "1", "data-name": name });
  const box = element("input", { type: "text", inputmode: "decimal", class: "rl-lab-number", "aria-label": `${words || plainSymbol(parameter.symbol)}, number`, autocomplete: "off", spellcheck: "false" });
  const limit = element("span", { class: "rl-lab-limit", hidden: true }, "clamped");
  const show = (value, clamped = !limit.hidden) => {
    if (limit.hidden === clamped) limit.hidden = !clamped;
    const tick = toTick(value, parameter);
    if (value === row.value && Number(range.value) === Math.round(tick) && document.activeElement !== box) return;
    range.value = String(tick);
    range.style.setProperty("--rl-fill", `${Math.min(100, Math.max(0, tick / 10))}%`);
    range.setAttribute("aria-valuetext", `${plainSymbol(parameter.symbol)} = ${shortened(value, parameter)}`);
    if (document.activeElement !== box || box.dataset.typed !== "yes") box.value = shortened(value, parameter);
    row.value = value;
  };
  // what is moved shows it at once; all else is written when there is time
  const move = (value) => {
    onInput(value);
    show(value);
  };
  range.addEventListener("input", () => move(snap(fromTick(Number(range.value), parameter), parameter)));
  // one press of an arrow key is one grain, wherever the scale is bent
  range.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!turn) return;
    event.preventDefault();
    const grain = parameter.integer ? 1 : parameter.step;
    move(snap(row.value + turn * grain, parameter));
  });
  const typed = () => {
    const value = Number(box.value.replace("−", "-").replace(",", "."));
    box.dataset.typed = "no";
    if (box.value.trim() !== "" && Number.isFinite(value)) {
      const inside = Math.min(parameter.high, Math.max(parameter.low, parameter.integer ? Math.round(value) : value));
      move(inside);
    } else show(row.value);
  };
  box.addEventListener("input", () => (box.dataset.typed = "yes"));
  box.addEventListener("change", typed);
  box.addEventListener("focus", () => box.select());
  const label = element("label", { for: id, class: "rl-label", title: parameter.meaning }, symbol(parameter.symbol), element("span", { class: "rl-lab-words" }, words), limit);
  const row = { name, node: element("div", { class: "rl-lab-row" }, label, range, box), show, value: null };
  return row;
}

/** The control of a hyperparameter: a list where it is one of a few words, else a slider. */
export function parameterRow(name, parameter, onInput) {
  const words = Object.entries(parameter.choices);
  if (!words.length) return sliderRow(name, parameter, onInput);
  // the value is the choice's place among the choices
  const options = Object.fromEntries(words.map(([choice], i) => [i, choice]));
  const row = choiceRow(parameter.title ?? `${parameter.symbol} term`, options, (value) => onInput(Number(value)));
  for (const [i, [, meaning]] of words.entries()) row.select.options[i].title = meaning;
  row.node.querySelector("label").title = parameter.meaning;
  row.select.dataset.name = name;
  return { ...row, name, show: (value) => row.show(String(value)) };
}

/** A choice among a few words. */
export function choiceRow(label, options, onInput) {
  const id = `rl-lab-${++count}`;
  const select = element("select", { id, class: "rl-select" }, ...Object.entries(options).map(([value, text]) => element("option", { value }, text)));
  select.addEventListener("change", () => onInput(select.value));
  const node = element("div", { class: "rl-lab-row rl-lab-choice" }, element("label", { for: id, class: "rl-label" }, label), select);
  let shown = null;
  const show = (value) => {
    if (value !== shown || value !== select.value) select.value = shown = value;
  };
  return { node, select, show };
}

export function button(text, onClick, attributes = {}) {
  const node = element("button", { type: "button", class: "rl-lab-button", ...attributes }, text);
  node.addEventListener("click", onClick);
  return node;
}
