"""RLOO whose actions are sampled at a temperature that training does not know of.

    θ ← θ + η [ 1/N Σ_i (r_i − mean_{j≠i} r_j) ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   a_i ~ N(μ, Tσ²)

Sampling at temperature T makes a Gaussian's variance T times as large, while scores are those of T = 1. The reward part
then has the mean T ∇E_T[r], E_T[r] being that under N(μ, Tσ²) as a function of μ and σ. The KL part does not have the
factor T, so below T = 1 the coefficient is in effect β/T: cold rollouts make a wider learner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.rloo import leave_one_out
from rlgeo.methods.score import PolicyGradient
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class Tempered(PolicyGradient):
    """RLOO with actions sampled at another temperature."""

    name: ClassVar[str] = "Tempered"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step")
    temperature: float = hyperparameter(0.8, "T", (0.2, 2), 0.05, "factor of the variance that actions are drawn with")

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        """N(μ, Tσ²)."""
        return Gaussian(state.sampler.mean, np.sqrt(self.temperature) * state.sampler.std)

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − mean_{j≠i} r_j, shape ``(*policies, N)``."""
        return leave_one_out(batch.rewards)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """T ∇E_T[r]; ∂σ is √T times the derivative in the sampler's width, √T σ."""
        d_mean, d_std = problem.reward.expectation_gradient(self._sampler(State(policy), problem))
        return self.temperature * d_mean, self.temperature**1.5 * d_std
