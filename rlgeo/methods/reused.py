"""What methods share that take several updates on one batch: the ratios that say how far the policy has come.

ρ_i = π_θ(a_i)/π_old(a_i),   a_i ~ π_old for K updates
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.penalized import Penalized
from rlgeo.methods.score import Recorded, weighted_score
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


class Reused(Recorded, Penalized):
    """A method that takes K steps on one batch: what a sample adds to the surrogate is its own."""

    epochs: int
    """K, updates per batch."""

    @abstractmethod
    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i, shape ``(*policies, N)``."""

    @abstractmethod
    def contributions(self, state: State, batch: Batch) -> Array:
        """What each sample adds to N times the surrogate, a function of ρ_i and Â_i, shape ``(*policies, N)``."""

    @abstractmethod
    def _score_weights(self, ratio: Array, advantages: Array) -> Array:
        """The factor of ∇log π_θ(a_i) in the gradient of each contribution."""

    @property
    def lifetime(self) -> float:
        """K updates per batch."""
        return self.epochs

    def ratios(self, state: State, batch: Batch) -> Array:
        """ρ_i = π_θ(a_i)/π_old(a_i), shape ``(*policies, N)``; all 1 while π_θ = π_old."""
        log_new = state.policy[..., None].log_prob(batch.actions)
        log_old = state.sampler[..., None].log_prob(batch.actions)
        return np.exp(log_new - log_old)

    def reward_surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """The mean of ``contributions``."""
        return np.mean(self.contributions(state, batch), axis=-1)

    def reward_gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """The mean of the contributions' gradients, each a number times ∇log π_θ(a_i)."""
        weights = self._score_weights(self.ratios(state, batch), self.advantages(state, batch))
        return weighted_score(state.policy, weights, batch.actions)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``ratio_min``, ``ratio_max``, ``mean_reward`` and ``surrogate``."""
        ratio = self.ratios(state, batch)
        return {
            "ratio_min": np.min(ratio, axis=-1),
            "ratio_max": np.max(ratio, axis=-1),
            **super().diagnostics(state, batch, problem),
        }
