"""RLOO with an entropy bonus.

    θ ← θ + η [ 1/N Σ_i Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) + α ∇H(π_θ) ],   Â_i = r_i − mean_{j≠i} r_j

As in Schulman et al. (2017, equation 9). For a Gaussian H = log σ and a constant. With π_ref = N(μ_ref, σ_ref²)

    −β KL(π_θ‖π_ref) + α H(π_θ) = −(β + α) KL(π_θ‖N(μ_ref, σ_ref² (1 + α/β))) + constant,

so the bonus is a higher KL coefficient against a wider reference, and no goal of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.base import summit
from rlgeo.methods.rloo import leave_one_out
from rlgeo.methods.score import PolicyGradient
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class EntropyBonus(PolicyGradient):
    """Policy gradient that also climbs the policy's entropy."""

    name: ClassVar[str] = "EntropyBonus"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step")
    bonus: float = hyperparameter(0.1, "α", (0, 1), 0.05, "reward per nat of the policy's entropy", allowed="[0, inf)")

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − mean_{j≠i} r_j, shape ``(*policies, N)``."""
        return leave_one_out(batch.rewards)

    def reward_surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """1/N Σ Â_i log π_θ(a_i) + α log σ, the advantages held fixed."""
        return super().reward_surrogate(state, batch, problem) + self.bonus * np.log(state.policy.std)

    def reward_gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ Â_i ∇log π_θ(a_i), and α/σ in σ."""
        d_mean, d_std, d_value = super().reward_gradient(state, batch, problem)
        return Gradient(d_mean, d_std + self.bonus / state.policy.std, d_value)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """∇E[r], and α/σ in σ."""
        d_mean, d_std = problem.reward.expectation_gradient(policy)
        return d_mean, d_std + self.bonus / policy.std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """A summit of J at β + α with the reference N(μ_ref, σ_ref² (1 + α/β))."""
        reference, beta = problem.reference, problem.beta
        wider = Gaussian(reference.mean, reference.std * np.sqrt(1 + self.bonus / beta))
        return summit(Problem(problem.reward, wider, beta + self.bonus), start)
