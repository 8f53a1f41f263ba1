// What a citation or a cross-reference points to, shown beside it on hover and on focus.
import { element } from "../controls.js";

const idOf = (link) => decodeURIComponent(link.hash.slice(1));

/** The thing to show: the reference that a citation carries as its title, or an equation, theorem or caption. */
function preview(link) {
  if (link.closest(".citation")) return element("p", {}, link.dataset.reference);
  const target = document.getElementById(idOf(link));
  if (!target || link.pathname !== location.pathname) return null;
  const { top, bottom } = target.getBoundingClientRect();
  const folded = target.closest("details:not([open])");
  if (!folded && top >= 0 && bottom <= innerHeight) return null; // in view already
  if (target.id.startsWith("eq-")) return (target.querySelector(".katex-display") ?? target).cloneNode(true);
  if (target.matches(".theorem, .lemma, .corollary, .proposition, .definition")) return target.cloneNode(true);
  return target.querySelector("figcaption")?.cloneNode(true);
}

export function tooltips() {
  // Quarto's own pages show citations by themselves.
  if (!document.documentElement.classList.contains("rl-page")) return;
  const tip = element("div", { class: "rl-tip", id: "rl-tip", role: "tooltip", hidden: true });
  document.body.append(tip);
  let owner = null;
  let timer = null;

  const hide = () => {
    clearTimeout(timer);
    owner?.removeAttribute("aria-describedby");
    owner = null;
    tip.hidden = true;
  };
  const show = (link) => {
    if (owner === link) return;
    hide();
    const content = preview(link);
    if (!content) return;
    content.removeAttribute("id");
    for (const node of content.querySelectorAll("[id]")) node.removeAttribute("id");
    for (const node of content.querySelectorAll("a")) node.replaceWith(...node.childNodes);
    content.hidden = false;
    tip.replaceChildren(content);
    tip.hidden = false;
    const at = link.getBoundingClientRect();
    const width = Math.min(tip.offsetWidth, innerWidth - 16);
    const above = at.top > tip.offsetHeight + 16;
    tip.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - width / 2, document.documentElement.clientWidth - width - 8)) + scrollX}px`;
    tip.style.top = `${(above ? at.top - tip.offsetHeight - 6 : at.bottom + 6) + scrollY}px`;
    owner = link;
    link.setAttribute("aria-describedby", "rl-tip");
  };
  const later = (act, delay) => {
    clearTimeout(timer);
    timer = setTimeout(act, delay);
  };

  for (const link of document.querySelectorAll(".citation a[title], a.quarto-xref")) {
    if (link.title) {
      link.dataset.reference = link.title;
      link.removeAttribute("title");
    }
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && later(() => show(link), 120));
    link.addEventListener("pointerleave", () => later(hide, 200));
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
  }
  tip.addEventListener("pointerenter", () => clearTimeout(timer));
  tip.addEventListener("pointerleave", () => later(hide, 200));
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
