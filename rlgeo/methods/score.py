"""What methods share that weight the score of every action: 1/N Σ_i Â_i ∇log π_θ(a_i), the weights held fixed."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.methods.base import Method
from rlgeo.methods.penalized import Penalized
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


def expected_score(policy: Gaussian, target: Gaussian) -> tuple[Array, Array]:
    """E[∇log π_θ] over actions with the moments m, s² of ``target``: (m − μ)/σ² and (s² + (m − μ)²)/σ³ − 1/σ."""
    deviation = target.mean - policy.mean
    return deviation / policy.std**2, (target.std**2 + deviation**2) / policy.std**3 - 1 / policy.std


class Recorded(Method):
    """A method whose diagnostics are its batches' rewards and its surrogate."""

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``mean_reward`` r̄ and ``surrogate``."""
        return {
            "mean_reward": np.mean(batch.rewards, axis=-1),
            "surrogate": self.surrogate(state, batch, problem),
        }


class PolicyGradient(Recorded, Penalized):
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


class WeightedLikelihood(Recorded):
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


class Imitation(WeightedLikelihood):
    """A method that makes weighted actions of π_ref likelier: it ends where it has their mean and variance."""

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        return problem.reference

    @abstractmethod
    def target(self, problem: Problem) -> Gaussian:
        """The Gaussian with the mean and the variance of the weighted actions."""

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[w ∇log π_θ], which holds the mean and the variance of the weighted actions alone."""
        return expected_score(policy, self.target(problem))

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """:meth:`target`, wherever one starts."""
        return self.target(problem)
