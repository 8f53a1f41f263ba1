// What the lab shows besides the map: one thing at a time, behind a row of buttons.
import { element } from "../controls.js";

export class Drawer {
  /**
   * @param sections  {name: [title, node]}
   * @param onOpen    (name or "") => void
   */
  constructor(sections, onOpen) {
    this.sections = sections;
    this.buttons = new Map();
    this.node = element("div", { class: "rl-lab-drawers", role: "group", "aria-label": "More" });
    for (const [name, [title, section]] of Object.entries(sections)) {
      section.dataset.section = name;
      const open = element("button", { type: "button", class: "rl-lab-open", "data-open": name, "aria-expanded": "false" }, title);
      open.addEventListener("click", () => {
        this.show(this.open === name ? "" : name);
        onOpen(this.open);
      });
      this.buttons.set(name, open);
      this.node.append(open);
    }
    this.show("");
  }

  show(name) {
    this.open = name in this.sections ? name : "";
    for (const [key, button] of this.buttons) {
      button.setAttribute("aria-expanded", String(key === this.open));
      this.sections[key][1].toggleAttribute("data-shown", key === this.open);
    }
  }
}
