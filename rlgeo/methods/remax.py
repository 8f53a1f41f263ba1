"""ReMax: the policy gradient with the reward of the greedy action as baseline.

    θ ← θ + η [ 1/N Σ_i (r_i − r(μ)) ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   a_i ~ π_θ fresh at every step

Li et al. (2024). The likeliest action of a Gaussian is its mean. r(μ) does not depend on the batch, so nothing is
biased; but near a reward peak it is the largest reward of all, every advantage is negative, and the baseline
is off by r(μ) − E[r], whose square times the Fisher information is added to the variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.pg import PG
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True, eq=False)
class GreedyBatch(Batch):
    """Actions with their rewards, and the reward of the greedy action, shape ``(*policies, 1)``."""

    greedy: Array


@dataclass(frozen=True)
class ReMax(PG):
    """Policy gradient with the greedy action's reward as baseline."""

    name: ClassVar[str] = "ReMax"

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> GreedyBatch:
        """N actions from π_old with their rewards, and the reward of its mean."""
        batch, policy = super().draw(state, problem, rng), state.sampler
        return GreedyBatch(batch.actions, batch.rewards, self.rewards(policy, policy.mean[..., None], problem))

    def advantages(self, state: State, batch: GreedyBatch) -> Array:  # type: ignore[override]
        """Â_i = r_i − r(μ), shape ``(*policies, N)``."""
        return batch.rewards - batch.greedy

    @property
    def reward_share(self) -> float:
        """1: the baseline does not contain the reward that it is taken from."""
        return 1.0
