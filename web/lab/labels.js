// Names beside points: where each stands so that it covers no other name, no mark, and as little of the lines as can be.

const TURNS = 12;
const REACHES = [11, 20, 32, 46];
const HEIGHT = 15;
/** What a place costs: nothing may lie under a name; of lines as little as possible; near, and to the right, is best. */
const COST = { outside: 1000, covered: 100, line: 1, far: 0.25 };

const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

export const boxAround = (x, y, radius) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });

/** The box of a word of some width whose nearest corner or side lies `reach` from a point, in a direction. */
function boxAt({ x, y }, width, angle, reach) {
  const [across, down] = [Math.cos(angle), Math.sin(angle)];
  const left = x + across * reach - (width * (1 - across)) / 2;
  const top = y + down * reach - (HEIGHT * (1 - down)) / 2;
  return { left, right: left + width, top, bottom: top + HEIGHT };
}

/**
 * @param names  [{ name, x, y, width }] in the order in which they choose
 * @param taken  boxes that must stay free
 * @param dots   [[x, y], …] of lines
 * @param room   the box that all must lie in
 * @returns boxes with the name, the point and how far from it they stand
 */
export function place(names, taken, dots, room) {
  const covered = [...taken];
  return names.map((one) => {
    let best = null;
    for (const reach of REACHES) {
      for (let turn = 0; turn < TURNS; turn++) {
        const box = boxAt(one, one.width, (2 * Math.PI * turn) / TURNS, reach);
        const out = box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom;
        let cost = (out ? COST.outside : 0) + COST.far * reach + turn / 100;
        for (const other of covered) if (overlap(box, other)) cost += COST.covered;
        if (best && cost >= best.cost) continue;
        for (const [x, y] of dots) if (x > box.left - 1 && x < box.right + 1 && y > box.top && y < box.bottom) cost += COST.line;
        if (!best || cost < best.cost) best = { ...box, ...one, reach, cost };
      }
    }
    covered.push(best);
    return best;
  });
}
