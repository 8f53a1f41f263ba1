"""The mean of Σ_i w_i s_i / Σ_j w_j over batches of N: what dividing by the batch's own sum of weights amounts to.

With 1/x = ∫₀^∞ e^{−tx} dt and L(t) = E[e^{−tw}] it is N ∫₀^∞ E[w s e^{−tw}] L(t)^{N−1} dt, and E[w s]/E[w] as N → ∞.
"""

from __future__ import annotations

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, Real

STEP = 0.35
"""Between values of log t: the trapezoidal rule's error is that of e^{−e^u}, 1e-12."""
CHUNK = 64
FIXED = 256
"""Values of t where a function is traced; they end where rewards e⁴⁸ times smaller than the best still count."""
NEGLIGIBLE = 1e-14
FARTHEST = 740.0
"""Beyond, e^{−u} is no floating-point number."""


def mean_score(weights: Array, scores: Array, mass: Array, count: float) -> Array:
    """E[Σ w_i s_i / Σ w_j], shape ``(k,)``.

    Parameters
    ----------
    weights
        w ≥ 0 at the nodes, shape ``(n,)``; a common factor does not matter.
    scores
        s at the nodes, shape ``(k, n)``.
    mass
        The nodes' probabilities.
    count
        N, or infinity.
    """
    weights = weights / np.max(weights)
    level = np.sum(mass * weights)
    if not check.is_duck(level) and np.isinf(count):
        return np.sum(scores * weights * mass, axis=-1) / level
    # Below this log t everything is proportional to t, and above it ends when a whole chunk adds nothing.
    low = -37 - np.log(count * level)

    def terms(low: Real, many: int) -> Array:
        t = np.exp(low + STEP * np.arange(many))[:, None]
        decay = np.exp(-t * weights)
        laplace = np.minimum(np.sum(decay * mass, axis=-1), 1.0) ** (count - 1)
        return np.sum((t * decay * weights)[:, None] * (mass * scores), axis=-1) * laplace[:, None]

    if check.is_duck(level):
        return count * STEP * np.sum(terms(low, FIXED), axis=0)
    total = np.zeros(len(scores))
    while low < FARTHEST:
        chunk = terms(low, CHUNK)
        total += STEP * np.sum(chunk, axis=0)
        if low > 0 and np.max(np.abs(chunk)) < NEGLIGIBLE * np.max(np.abs(total)):
            break
        low += STEP * CHUNK
    return count * total
