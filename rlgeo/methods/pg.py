"""PG: the policy gradient with the batch mean as baseline.

    θ ← θ + η [ 1/N Σ_i (r_i − r̄) ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   a_i ~ π_θ fresh at every step

REINFORCE (Williams 1992). The mean r̄ contains r_i itself, so the reward part is short by a factor (N − 1)/N:
PG climbs J at the price β N/(N − 1). Leaving r_i out of its own baseline (RLOO, Ahmadian et al. 2024) repairs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.base import Method
from rlgeo.theory.flow import follow
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class PG(Method):
    """Policy gradient: a fresh batch for every step, the batch mean as baseline."""

    name: ClassVar[str] = "PG"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = hyperparameter(
        16, "N", (2, 128), 1, "actions drawn at every step", allowed="[2, inf)", integer=True, log=True, samples=True
    )

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """N actions from π_θ with their rewards, shape ``(*policies, N)``."""
        actions = state.policy.sample(rng, self.batch_size)
        return Batch(actions, problem.reward(actions))

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − r̄, shape ``(*policies, N)``."""
        return batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """1/N Σ Â_i log π_θ(a_i) − β KL(π_θ‖π_ref), the advantages held fixed."""
        log_prob = state.policy[..., None].log_prob(batch.actions)
        return np.mean(self.advantages(state, batch) * log_prob, axis=-1) - problem.beta * problem.kl(state.policy)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref)."""
        score_mean, score_std = state.policy[..., None].score(batch.actions)
        kl_mean, kl_std = state.policy.kl_gradient(problem.reference)
        advantages = self.advantages(state, batch)
        return Gradient(
            np.mean(advantages * score_mean, axis=-1) - problem.beta * kl_mean,
            np.mean(advantages * score_std, axis=-1) - problem.beta * kl_std,
        )

    @property
    def reward_share(self) -> float:
        """(N − 1)/N, the share of ∇E[r] that survives a baseline containing r_i."""
        return (self.batch_size - 1) / self.batch_size

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """(N − 1)/N ∇E[r] − β ∇KL."""
        reward_mean, reward_std = problem.reward.expectation_gradient(policy)
        kl_mean, kl_std = policy.kl_gradient(problem.reference)
        return (
            self.reward_share * reward_mean - problem.beta * kl_mean,
            self.reward_share * reward_std - problem.beta * kl_std,
        )

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The maximum of J at the price β N/(N − 1), of which the expected field is (N − 1)/N times the gradient.

        The one whose basin holds ``start``; without a start, the highest one.
        """
        effective = problem.at_beta(problem.beta / self.reward_share)
        return effective.optimum().projection() if start is None else follow(effective.gradient, start)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``mean_reward`` r̄ and ``surrogate``."""
        return {
            "mean_reward": np.mean(batch.rewards, axis=-1),
            "surrogate": self.surrogate(state, batch, problem),
        }
