"""The mean of Σ_i w_i s_i / Σ_j w_j over batches of N: what dividing by the batch's own sum of weights amounts to.

With 1/x = ∫₀^∞ e^{−tx} dt and L(t) = E[e^{−tw}] it is N ∫₀^∞ E[w s e^{−tw}] L(t)^{N−1} dt, and E[w s]/E[w] as N → ∞.
"""

from __future__ import annotations

import numpy as np

from rlgeo.arguments.check import Array

STEP = 0.35
"""Between values of log t: the trapezoidal rule's error is that of e^{−e^u}, 1e-12."""
CHUNK = 64
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
    level = mass @ weights
    if np.isinf(count):
        return (scores * weights) @ mass / level
    # Below this log t everything is proportional to t, and above it ends when a whole chunk adds nothing.
    low, total = -37 - np.log(count * level), np.zeros(len(scores))
    while low < FARTHEST:
        t = np.exp(low + STEP * np.arange(CHUNK))
        decay = np.exp(-t[:, None] * weights)
        laplace = np.minimum(decay @ mass, 1.0) ** (count - 1)
        terms = (decay * weights) @ (mass * scores).T * (t * laplace)[:, None]
        total += STEP * np.sum(terms, axis=0)
        if low > 0 and np.max(np.abs(terms)) < NEGLIGIBLE * np.max(np.abs(total)):
            break
        low += STEP * CHUNK
    return count * total
