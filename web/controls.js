// A figure's controls as the browser's own elements: labeled, reachable by keyboard, usable by touch.
// They are read from the figure's JSON, either Plotly's sliders and menus or `layout.meta.controls`.

/** `<tag …attributes>` with children. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// Figures' labels may hold <i>, <sub>, <sup>, <b>; anything else is dropped to its text.
const ALLOWED = new Set(["I", "B", "SUB", "SUP", "EM"]);

export function richText(html) {
  const fragment = document.createDocumentFragment();
  const copy = (from, to) => {
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
      else if (child.nodeType === Node.ELEMENT_NODE) {
        const keep = ALLOWED.has(child.tagName) ? document.createElement(child.tagName) : document.createDocumentFragment();
        copy(child, keep);
        to.append(keep);
      }
    }
  };
  copy(new DOMParser().parseFromString(String(html), "text/html").body, fragment);
  return fragment;
}

const plain = (html) => richText(html).textContent.trim();
const trimLabel = (text) => plain(text ?? "").replace(/\s*[:=]\s*$/, "");

/** What a Plotly slider step or menu button does: show a frame, or call another Plotly method. */
function action({ method = "restyle", args = [] }) {
  if (method === "skip") return null;
  if (method !== "animate") return { method, args };
  const names = args[0];
  return Array.isArray(names) && names.length === 1 && names[0] != null ? { frame: String(names[0]) } : null;
}

function plays({ method, args = [] }) {
  return method === "animate" && (args[0] == null || (Array.isArray(args[0]) && args[0].length > 1));
}

/**
 * Controls of a figure.
 *
 * Returns `{controls, play, frameOf}`: each control has `label, suffix, values, active, kind` and, for
 * Plotly's own, one action per value; `play` is `{control, duration}` or null; `frameOf(state)` names the
 * frame that a combination of values shows, or null where each control acts for itself.
 */
export function readControls(figure) {
  const { layout = {}, frames = [] } = figure;
  const meta = layout.meta ?? {};
  const buttons = (layout.updatemenus ?? []).flatMap((menu) => (menu.type === "buttons" ? (menu.buttons ?? []) : []));
  const playButton = buttons.find(plays);
  const duration = meta.frame_duration ?? playButton?.args?.[1]?.frame?.duration ?? 80;

  if (Array.isArray(meta.controls) && meta.controls.length) {
    const controls = meta.controls.map((control) => ({
      kind: control.kind ?? "slider",
      label: control.label ?? control.name,
      suffix: control.unit ?? "",
      values: control.values.map(String),
      keys: control.values.map(String),
      shown: (control.labels ?? control.values).map(String),
      active: control.active ?? 0,
      play: control.play === true,
    }));
    const chosen = controls.findIndex((control) => control.play);
    const first = controls.findIndex((control) => control.kind === "slider");
    const wanted = chosen >= 0 || playButton !== undefined;
    return {
      controls,
      play: wanted && first >= 0 ? { control: chosen >= 0 ? chosen : first, duration } : null,
      frameOf: (state) => controls.map((control, i) => control.keys[state[i]]).join("|"),
    };
  }

  const controls = [];
  for (const menu of layout.updatemenus ?? []) {
    if (menu.visible === false) continue;
    const entries = (menu.buttons ?? []).filter((button) => button.visible !== false && action(button) !== null);
    if (!entries.length) continue;
    controls.push({
      kind: "menu",
      label: menu.name ?? "Show",
      suffix: "",
      shown: entries.map((button) => button.label ?? ""),
      actions: entries.map(action),
      active: Math.max(0, menu.active ?? 0),
    });
  }
  for (const slider of layout.sliders ?? []) {
    if (slider.visible === false || !slider.steps?.length) continue;
    controls.push({
      kind: "slider",
      label: trimLabel(slider.currentvalue?.prefix) || slider.name || "Step",
      suffix: slider.currentvalue?.suffix ?? "",
      shown: slider.steps.map((step, i) => step.label ?? String(i)),
      actions: slider.steps.map(action),
      active: slider.active ?? 0,
    });
  }
  let steered = controls.findIndex((control) => control.kind === "slider" && control.actions.some((a) => a?.frame));
  if (playButton && steered < 0 && frames.length) {
    steered = controls.length;
    controls.push({
      kind: "slider",
      label: "Frame",
      suffix: "",
      shown: frames.map((frame) => frame.name),
      actions: frames.map((frame) => ({ frame: frame.name })),
      active: 0,
    });
  }
  return { controls, play: playButton && steered >= 0 ? { control: steered, duration } : null, frameOf: null };
}

let count = 0;

/** A slider row: label, native range input, value. */
function sliderRow(control, index, onInput) {
  const id = `rl-control-${++count}`;
  const value = element("output", { class: "rl-value", for: id, "aria-live": "off" });
  const last = control.shown.length - 1;
  const input = element("input", { type: "range", id, min: "0", max: String(last), step: "1", class: "rl-range" });
  const show = (i) => {
    input.value = String(i);
    const text = `${control.shown[i]}${control.suffix}`;
    value.replaceChildren(richText(text));
    input.setAttribute("aria-valuetext", plain(text));
    input.style.setProperty("--rl-fill", `${last ? (100 * i) / last : 0}%`);
  };
  input.addEventListener("input", () => onInput(index, Number(input.value)));
  // Room for the widest value, so that the track does not change its length while it moves.
  value.style.minWidth = `${Math.max(...control.shown.map((text) => plain(text + control.suffix).length))}ch`;
  const label = element("label", { for: id, class: "rl-label" }, richText(control.label));
  return { node: element("div", { class: "rl-row rl-slider" }, label, input, value), show };
}

/** A choice: a row of buttons while it is short, a select otherwise. */
function menuRow(control, index, onInput) {
  const id = `rl-control-${++count}`;
  const short = control.shown.length <= 5 && control.shown.map(plain).join("").length <= 44;
  if (!short) {
    const select = element("select", { id, class: "rl-select" }, ...control.shown.map((text, i) => element("option", { value: String(i) }, plain(text))));
    select.addEventListener("change", () => onInput(index, Number(select.value)));
    const label = element("label", { for: id, class: "rl-label" }, richText(control.label));
    return { node: element("div", { class: "rl-row rl-menu" }, label, select), show: (i) => (select.value = String(i)) };
  }
  const radios = control.shown.map((text, i) => {
    const input = element("input", { type: "radio", name: id, value: String(i) });
    input.addEventListener("change", () => onInput(index, i));
    return { input, node: element("label", {}, input, element("span", {}, richText(text))) };
  });
  const legend = element("span", { id, class: "rl-label" }, richText(control.label));
  const group = element("div", { class: "rl-segments", role: "radiogroup", "aria-labelledby": id }, ...radios.map((radio) => radio.node));
  return { node: element("div", { class: "rl-row rl-menu" }, legend, group), show: (i) => (radios[i].input.checked = true) };
}

/**
 * Draw the controls of `readControls` and keep their state.
 *
 * `onChange(index, state)` is called with the control that moved and the position of every control.
 */
export class Controls {
  constructor({ controls, play }, onChange) {
    this.controls = controls;
    this.state = controls.map((control) => Math.min(control.active, control.shown.length - 1));
    this.play = play;
    this.length = play ? controls[play.control].shown.length : 0;
    this.onChange = onChange;
    this.timer = null;
    const set = (index, value) => {
      this.pause();
      this.set(index, value);
    };
    this.rows = controls.map((control, i) => (control.kind === "menu" ? menuRow : sliderRow)(control, i, set));
    this.rows.forEach((row, i) => row.show(this.state[i]));
    this.node = element("div", { class: "rl-controls" });
    if (play) {
      this.button = element("button", { type: "button", class: "rl-play" });
      this.button.addEventListener("click", () => (this.timer === null ? this.start() : this.pause()));
      this.label();
      this.rows[play.control].node.prepend(this.button);
    }
    this.node.append(...this.rows.map((row) => row.node));
  }

  /** The present state, for example "β = 0.5, reward: double". */
  words() {
    const said = ({ kind, label, shown, suffix }, i) => `${plain(label)}${kind === "menu" ? ":" : " ="} ${plain(shown[this.state[i]] + suffix)}`;
    return this.controls.map(said).join(", ");
  }

  label() {
    const playing = this.timer !== null;
    this.button.dataset.playing = String(playing);
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.button.title = playing ? "Pause" : "Play";
  }

  set(index, value) {
    this.state[index] = value;
    this.rows[index].show(value);
    return this.onChange(index, this.state);
  }

  /** Step through the played control; with reduced motion in ten calm steps instead of a film. */
  start() {
    const { control, duration } = this.play;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const stride = calm ? Math.max(1, Math.ceil(this.length / 10)) : 1;
    const pace = calm ? 400 : Math.max(16, duration);
    const step = async () => {
      const begun = performance.now();
      const next = Math.min(this.state[control] + stride, this.length - 1);
      await this.set(control, next);
      if (this.timer === null) return;
      if (next === this.length - 1) this.pause();
      else this.timer = setTimeout(step, Math.max(0, pace - (performance.now() - begun)));
    };
    if (this.state[control] === this.length - 1) this.set(control, 0);
    this.timer = setTimeout(step, calm ? 0 : pace);
    this.label();
  }

  pause() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.label();
  }
}
