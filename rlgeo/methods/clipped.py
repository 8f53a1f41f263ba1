"""The clipped surrogate that PPO and GRPO share (Schulman et al. 2017, equation 7).

1/N Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i),   ρ_i = π_θ(a_i)/π_old(a_i),   a_i ~ π_old
"""

from __future__ import annotations

import numpy as np

from rlgeo.arguments.check import Array, Mask
from rlgeo.methods.reused import Reused
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


class Clipped(Reused):
    """A method that takes K steps on the clipped surrogate of one batch; the advantages Â are its own."""

    clip: float
    """ε, the half-width of the ratio's band."""

    def clipped(self, state: State, batch: Batch) -> Mask:
        """The samples whose gradient :func:`is_clipped` makes zero; for display, no update reads it."""
        return is_clipped(self.ratios(state, batch), self.advantages(state, batch), self.clip)

    def contributions(self, state: State, batch: Batch) -> Array:
        """min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i), shape ``(*policies, N)``."""
        return clipped_surrogate(self.ratios(state, batch), self.advantages(state, batch), self.clip)

    def _score_weights(self, ratio: Array, advantages: Array) -> Array:
        """ρ_i Â_i of the samples that are not clipped; N counts all."""
        return np.where(is_clipped(ratio, advantages, self.clip), 0.0, ratio * advantages)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``clip_fraction``, ``ratio_min``, ``ratio_max``, ``mean_reward`` and ``surrogate``."""
        clipped = self.clipped(state, batch)
        return {
            "clip_fraction": np.mean(np.where(clipped, 1.0, 0.0), axis=-1),
            **super().diagnostics(state, batch, problem),
        }


def clipped_surrogate(ratio: Array, advantages: Array, clip: float) -> Array:
    """min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) of every sample."""
    return np.minimum(ratio * advantages, np.clip(ratio, 1 - clip, 1 + clip) * advantages)


def is_clipped(ratio: Array, advantages: Array, clip: float) -> Mask:
    """Where :func:`clipped_surrogate` is flat: Â > 0 and ρ > 1 + ε, or Â < 0 and ρ < 1 − ε.

    In the other two corners (a good action made unlikely, a bad one made likely) the minimum keeps its slope.
    """
    return ((advantages > 0) & (ratio > 1 + clip)) | ((advantages < 0) & (ratio < 1 - clip))
