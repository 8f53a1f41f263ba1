"""A*-PO: least squares on the optimal advantage, with actions of the policy itself.

    maximize −1/(2β) mean_i δ_i²,   δ_i = r_i − V − β log π_θ(a_i)/π_ref(a_i),   a_i ~ π_θ fresh at every step

Brantley et al. (2025). V estimates V* = β log Z beforehand, from actions of π_ref. At π* every δ vanishes. As actions
are the policy's own, the mean step is ∇J whatever V is, E[∇log π_θ] being zero: V only sets the noise, which vanishes
where δ does.
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
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class AStarPO(Ascent):
    """Regression of the optimal advantage on the policy's own actions."""

    name: ClassVar[str] = "AStarPO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (1, 128), "actions drawn at every step", "[1, inf)")
    value_error: float = hyperparameter(
        0.0, "ΔV", (-2, 2), 0.1, "by how much the estimate V exceeds V*", allowed="(-inf, inf)"
    )

    def residuals(self, state: State, batch: Batch, problem: Problem) -> Array:
        """δ_i = r_i − V − β log π_θ(a_i)/π_ref(a_i), shape ``(*policies, N)``."""
        value = problem.optimum().objective + self.value_error
        return batch.rewards - value + problem.beta * log_ratio(state.policy, problem.reference, batch.actions)

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """−1/(2β) mean δ²."""
        return -0.5 / problem.beta * np.mean(self.residuals(state, batch, problem) ** 2, axis=-1)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """mean δ ∇log π_θ."""
        return weighted_score(state.policy, self.residuals(state, batch, problem), batch.actions)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``loss`` ½ mean δ²."""
        return {"loss": 0.5 * np.mean(self.residuals(state, batch, problem) ** 2, axis=-1)}
