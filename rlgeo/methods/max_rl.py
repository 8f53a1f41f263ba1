"""MaxRL: the policy gradient with advantages divided by the batch's mean reward.

    θ ← θ + η [ 1/N Σ_i Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   Â_i = (r_i − r̄)/r̄,   a_i ~ π_θ

Tajwar et al. (2026). With many samples it climbs log E[r] − β KL: at each policy its step is parallel to ∇J with the KL
coefficient β E[r]. So it depends on where the reward has its zero, and rewards must not be negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.score import PolicyGradient
from rlgeo.theory import one_action
from rlgeo.theory.self_normalized import mean_score
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class MaxRL(PolicyGradient):
    """Maximum-likelihood reinforcement learning: advantages in units of the mean reward."""

    name: ClassVar[str] = "MaxRL"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step", "[2, inf]")

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = (r_i − r̄)/r̄, shape ``(*policies, N)``; 0 where r̄ is not positive."""
        mean = np.mean(batch.rewards, axis=-1, keepdims=True)
        return np.where(mean > 0, (batch.rewards - mean) / np.where(mean > 0, mean, 1.0), 0.0)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[Σ r_i ∇log π_θ(a_i)/Σ r_j] by quadrature, ∇log E[r] for N = ∞; NaN where a reward is negative."""

        def of_one(one: Gaussian) -> Array:
            actions, mass = one_action.under_policy(one, problem)
            rewards = problem.reward(actions)
            positive = (np.min(rewards) >= 0) & (np.max(rewards) > 0)
            counted = np.where(positive, rewards, 1.0)
            return np.where(positive, mean_score(counted, np.stack(one.score(actions)), mass, self.batch_size), np.nan)

        d_mean, d_std = one_by_one(of_one, policy, 2)
        return d_mean, d_std

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        if np.min(problem.reward.weights) < 0:
            return "some rewards are negative, so the mean reward that MaxRL divides by may be zero"
        return super()._reason(problem, start)
