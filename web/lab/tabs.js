// Which method: those that are compared as tabs, all others in a menu, and the comparison.
import { element } from "../controls.js";
import { COMPARED, METHODS } from "./names.js";

export class MethodTabs {
  constructor(compare, onChoose) {
    this.inputs = new Map();
    const tab = (method) => {
      const input = element("input", { type: "radio", name: "rl-lab-method", value: method });
      input.addEventListener("change", () => onChoose(method));
      this.inputs.set(method, input);
      return element("label", {}, input, element("span", {}, method));
    };
    const rest = METHODS.filter((method) => !COMPARED.includes(method));
    const tabs = element("div", { class: "rl-segments", role: "radiogroup", "aria-label": "Method" }, ...[...COMPARED, compare].map(tab));
    this.node = element("div", { class: "rl-lab-tabs" }, tabs);
    if (!rest.length) return;
    const options = ["", ...rest].map((method) => element("option", { value: method }, method || "More methods"));
    this.menu = element("select", { class: "rl-select", "aria-label": "More methods" }, ...options);
    this.menu.addEventListener("change", () => this.menu.value && onChoose(this.menu.value));
    this.node.append(this.menu);
  }

  show(method) {
    for (const [name, input] of this.inputs) input.checked = name === method;
    if (this.menu) this.menu.value = this.inputs.has(method) ? "" : method;
  }
}
