"""REBEL: least squares of log-ratios on rewards, with actions of the policy itself.

    maximize −½ mean_i (δ_i − δ̄)²,   δ_i = log π_θ(a_i)/π_old(a_i) − η_R x_i,   a_i ~ π_old for K updates
    x_i = r_i − β log π_old(a_i)/π_ref(a_i)

Gao et al. (2024), with the KL term in the reward. Log-ratios of Gaussians are parabolas, so the complete fit is the
regression of η_R x on (1, a, a²) under π_old, which is a natural gradient step of length η_R, however long it is. It
stays where ∇J is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.base import Ascent
from rlgeo.methods.score import weighted_score
from rlgeo.theory.kl_estimators import log_ratio
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class REBEL(Ascent):
    """Regression to relative rewards: natural gradient steps by least squares."""

    name: ClassVar[str] = "REBEL"

    learning_rate: float = hyperparameter(0.1, "η", (0.005, 0.5), 0.005, "step length", log=True)
    batch_size: int = sample_count(32, "N", (4, 256), "actions drawn from π_old")
    epochs: int = hyperparameter(
        8, "K", (1, 32), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    scale: float = hyperparameter(0.5, "η_R", (0.05, 2), 0.05, "length of the natural step that is fitted", log=True)

    @property
    def lifetime(self) -> float:
        """K updates per batch."""
        return self.epochs

    def rewards(self, sampler: Gaussian, actions: Array, problem: Problem) -> Array:
        """x_i = r_i − β log π_old(a_i)/π_ref(a_i), the penalized rewards, of the shape of ``actions``."""
        return problem.reward(actions) + problem.beta * log_ratio(sampler, problem.reference, actions)

    def residuals(self, state: State, batch: Batch) -> Array:
        """δ_i − δ̄, shape ``(*policies, N)``."""
        moved = state.policy[..., None].log_prob(batch.actions) - state.sampler[..., None].log_prob(batch.actions)
        delta = moved - self.scale * batch.rewards
        return delta - np.mean(delta, axis=-1, keepdims=True)

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """−½ mean (δ_i − δ̄)²."""
        return -0.5 * np.mean(self.residuals(state, batch) ** 2, axis=-1)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """−mean (δ_i − δ̄) ∇log π_θ(a_i)."""
        return weighted_score(state.policy, -self.residuals(state, batch), batch.actions)

    @property
    def share(self) -> float:
        """η_R (N − 1)/N: at π_old = π_θ the residuals are those of x, and their mean contains each."""
        return self.scale * (self.batch_size - 1) / self.batch_size

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``loss`` ½ mean (δ_i − δ̄)²."""
        return {"loss": -self.surrogate(state, batch, problem)}
