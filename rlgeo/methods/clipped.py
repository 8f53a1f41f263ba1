"""The clipped surrogate that PPO and GRPO share (Schulman et al. 2017, equation 7).

1/N Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i),   ρ_i = π_θ(a_i)/π_old(a_i),   a_i ~ π_old
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.base import Method
from rlgeo.toy.state import Batch, State


class Clipped(Method):
    """A method that takes K steps on the clipped surrogate of one batch; the advantages Â are its own."""

    clip: float
    """ε, the half-width of the ratio's band."""
    epochs: int
    """K, updates per batch."""

    @abstractmethod
    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i, shape ``(*policies, N)``."""

    @property
    def lifetime(self) -> float:
        """K updates per batch."""
        return self.epochs

    def ratios(self, state: State, batch: Batch) -> Array:
        """ρ_i = π_θ(a_i)/π_old(a_i), shape ``(*policies, N)``."""
        return ratios(state, batch)

    def clipped(self, state: State, batch: Batch) -> Array:
        """Whether a sample's gradient is zero because its ratio has left the band on the profitable side."""
        return is_clipped(self.ratios(state, batch), self.advantages(state, batch), self.clip)

    def contributions(self, state: State, batch: Batch) -> Array:
        """min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i), shape ``(*policies, N)``."""
        return contributions(self.ratios(state, batch), self.advantages(state, batch), self.clip)


def ratios(state: State, batch: Batch) -> Array:
    """ρ_i = π_θ(a_i)/π_old(a_i), shape ``(*policies, N)``; all 1 while π_θ = π_old."""
    log_new = state.policy[..., None].log_prob(batch.actions)
    log_old = state.sampler[..., None].log_prob(batch.actions)
    return np.exp(log_new - log_old)


def contributions(ratio: Array, advantages: Array, clip: Array) -> Array:
    """min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) of every sample."""
    return np.minimum(ratio * advantages, np.clip(ratio, 1 - clip, 1 + clip) * advantages)


def is_clipped(ratio: Array, advantages: Array, clip: Array) -> Array:
    """Whether a sample has zero gradient: Â > 0 and ρ > 1 + ε, or Â < 0 and ρ < 1 − ε.

    The other two corners (a good action made unlikely, a bad one made likely) keep their gradient: the minimum is
    a *pessimistic* bound.
    """
    return ((advantages > 0) & (ratio > 1 + clip)) | ((advantages < 0) & (ratio < 1 - clip))


def gradient(state: State, batch: Batch, advantages: Array, clip: Array) -> tuple[Array, Array]:
    """1/N Σ ρ_i Â_i ∇log π_θ(a_i) over the samples that are not clipped; N counts all."""
    ratio = ratios(state, batch)
    weight = np.where(is_clipped(ratio, advantages, clip), 0.0, ratio * advantages)
    score_mean, score_std = state.policy[..., None].score(batch.actions)
    return np.mean(weight * score_mean, axis=-1), np.mean(weight * score_std, axis=-1)


def diagnostics(ratio: Array, batch: Batch, advantages: Array, clip: Array) -> dict[str, Array]:
    """``clip_fraction``, ``ratio_min``, ``ratio_max`` and ``mean_reward`` of a batch."""
    return {
        "clip_fraction": np.mean(np.where(is_clipped(ratio, advantages, clip), 1.0, 0.0), axis=-1),
        "ratio_min": np.min(ratio, axis=-1),
        "ratio_max": np.max(ratio, axis=-1),
        "mean_reward": np.mean(batch.rewards, axis=-1),
    }
