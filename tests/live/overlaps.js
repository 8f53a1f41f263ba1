// Pairs of controls, charts and lines of text that lie over each other as they are seen: cut by what scrolls, without
// what is hidden from sight. Fonts are a little higher than their lines, so that neighbors may share three pixels.
() => {
  const boxes = [];
  const seen = (element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    let sight = [0, 0, innerWidth, innerHeight];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath.startsWith("inset(50%")) return null;
      if (style.overflowX === "visible" || at === document.documentElement) continue;
      const r = at.getBoundingClientRect();
      sight = [Math.max(sight[0], r.left), Math.max(sight[1], r.top), Math.min(sight[2], r.right), Math.min(sight[3], r.bottom)];
    }
    return sight;
  };
  const take = (element, rects, name) => {
    const sight = seen(element);
    if (!sight) return;
    for (const r of rects) {
      const box = [Math.max(r.left, sight[0]), Math.max(r.top, sight[1]), Math.min(r.right, sight[2]), Math.min(r.bottom, sight[3])];
      if (box[2] - box[0] > 3 && box[3] - box[1] > 3) boxes.push({ element, box, name });
    }
  };
  const controls = "canvas:not([aria-hidden]), button, input, select, textarea, summary";
  for (const element of document.querySelectorAll(`rl-lab :is(${controls})`)) {
    take(element, [element.getBoundingClientRect()], element.getAttribute("aria-label") || element.dataset.name || element.textContent || element.className || element.tagName);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(`${controls}, script, style`)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    take(parent, range.getClientRects(), node.data.trim());
  }
  const found = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.element.contains(b.element) || b.element.contains(a.element)) return;
    const [w, h] = [0, 1].map((k) => Math.min(a.box[k + 2], b.box[k + 2]) - Math.max(a.box[k], b.box[k]));
    if (w > 3 && h > 3) found.push(`${a.name.slice(0, 40)} × ${b.name.slice(0, 40)}`);
  }));
  return found;
}
