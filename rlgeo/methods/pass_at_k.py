"""Pass@k: the policy gradient of the best of k rewards.

    θ ← θ + η [ Σ_i Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   Â_i = max(r_1 … r_k) − max_{j≠i} r_j,   a_i ~ π_θ

Tang et al. (2025). Only the best action has an advantage: its lead over the second. That is an unbiased estimate of
∇E[max(r_1 … r_k)], the reward of a policy that may try k times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.score import PolicyGradient
from rlgeo.theory import ranks
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class PassAtK(PolicyGradient):
    """Policy gradient of the best of k rewards."""

    name: ClassVar[str] = "PassAtK"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = sample_count(4, "k", (2, 64), "actions of which the best counts")

    def advantages(self, state: State, batch: Batch) -> Array:
        """k times the best reward's lead over the second, 0 for the others, shape ``(*policies, k)``."""
        best = np.max(batch.rewards, axis=-1, keepdims=True)
        is_best = batch.rewards == best
        tied = np.sum(np.where(is_best, 1.0, 0.0), axis=-1, keepdims=True) > 1
        second = np.max(np.where(is_best, -np.inf, batch.rewards), axis=-1, keepdims=True)
        return np.where(is_best, self.group_size * (best - np.where(tied, best, second)), 0.0)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """∇E[max(r_1 … r_k)] = k E[max(r_1 − M, 0) ∇log π_θ(a_1)], M the best of the others, by quadrature."""

        def of_one(one: Gaussian) -> Array:
            actions, xi, weight = ranks.actions(one)
            lead = ranks.lead(xi, problem.reward(actions), self.group_size - 1)
            return np.sum(np.stack([xi, xi**2 - 1]) * weight * lead, axis=-1) * self.group_size / one.std

        d_mean, d_std = one_by_one(of_one, policy, 2)
        return d_mean, d_std
