"""What methods share that weight the score of every action: 1/N Σ_i Â_i ∇log π_θ(a_i), the weights held fixed."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.methods.base import Method, Penalized
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


def log_likelihood(policy: Gaussian, weights: Real, actions: Array) -> Array:
    """1/N Σ w_i log π_θ(a_i), one number per policy."""
    return np.mean(weights * policy[..., None].log_prob(actions), axis=-1)


def weighted_score(policy: Gaussian, weights: Real, actions: Array) -> Gradient:
    """1/N Σ w_i ∇log π_θ(a_i)."""
    score_mean, score_std = policy[..., None].score(actions)
    return Gradient(np.mean(weights * score_mean, axis=-1), np.mean(weights * score_std, axis=-1))


class PolicyGradient(Penalized):
    """A method that climbs 1/N Σ Â_i log π_θ(a_i) less the KL term; the advantages Â are its own."""

    @abstractmethod
    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i, shape ``(*policies, N)``."""

    def reward_surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """1/N Σ Â_i log π_θ(a_i), the advantages held fixed."""
        return log_likelihood(state.policy, self.advantages(state, batch), batch.actions)

    def reward_gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ Â_i ∇log π_θ(a_i)."""
        return weighted_score(state.policy, self.advantages(state, batch), batch.actions)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``mean_reward`` r̄ and ``surrogate``."""
        return {
            "mean_reward": np.mean(batch.rewards, axis=-1),
            "surrogate": self.surrogate(state, batch, problem),
        }


class WeightedLikelihood(Method):
    """A method that climbs 1/N Σ w_i log π_θ(a_i), the weights w held fixed, and has no other term."""

    @abstractmethod
    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i, shape ``(*policies, N)``."""

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """1/N Σ w_i log π_θ(a_i), the weights held fixed."""
        return log_likelihood(state.policy, self.weights(state, batch, problem), batch.actions)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ w_i ∇log π_θ(a_i)."""
        return weighted_score(state.policy, self.weights(state, batch, problem), batch.actions)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``mean_reward`` r̄ and ``surrogate``."""
        return {
            "mean_reward": np.mean(batch.rewards, axis=-1),
            "surrogate": self.surrogate(state, batch, problem),
        }
