// Where things come to rest: the summit of J, and the end of each method's expected path.
import { core } from "../generated/rlgeo.js";

const MOST_TURNS = 500;
const PIECE = 0.04; // of the flow, in (μ, log σ)
const NUDGE = 1e-5;

/** The rest point that θ̇ = field(θ) flows to from `start`, or null; a stable one that is near is taken by Newton's method. */
export function rest(field, start) {
  let { mean, std } = start;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const [gm, gs] = field({ mean, std });
    const speed = Math.hypot(gm, gs / std);
    if (!Number.isFinite(speed)) return null;
    if (speed < 1e-12) return { mean, std };
    let dm = (PIECE * gm) / speed;
    let ds = (PIECE * gs) / speed;
    // the derivative costs two more fields, so on the way it is not asked at every turn
    if (turn % 4 === 0 || speed < 0.2) {
      const [a, b] = field({ mean: mean + NUDGE, std }).map((v, i) => (v - [gm, gs][i]) / NUDGE);
      const [c, d] = field({ mean, std: std + NUDGE }).map((v, i) => (v - [gm, gs][i]) / NUDGE);
      const det = a * d - b * c;
      const [nm, ns] = [-(d * gm - c * gs) / det, -(a * gs - b * gm) / det];
      const stable = a + d < 0 && det > 0;
      if (stable && Math.abs(nm) + Math.abs(ns) / std < 3 * PIECE) [dm, ds] = [nm, ns];
    }
    const next = core.clamp({ policy: { mean: mean + dm, std: std + ds } });
    const moved = Math.abs(next.mean - mean) + Math.abs(next.std - std);
    // outside the box that training stays in there is nothing to arrive at
    if (next.std > std + ds && gs < 0) return null;
    if (moved < 1e-10) return Math.abs(dm) + Math.abs(ds) < 1e-8 ? next : null;
    ({ mean, std } = next);
  }
  return null;
}

/** argmax J: from the best point of a map uphill. */
export function summit(problem, map) {
  let best = 0;
  for (let i = 1; i < map.J.length; i++) if (map.J[i] > map.J[best]) best = i;
  const point = { mean: map.means[best % map.means.length], std: map.stds[Math.floor(best / map.means.length)] };
  return rest((policy) => core.gradient({ problem, policy }), point) ?? point;
}
