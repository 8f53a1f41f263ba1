"""SimPO: DPO without a reference, and with a margin to be reached.

    L(θ) = −E log S(h),   h = β [log π_θ(a_w) − log π_θ(a_l)] − γ_S

Meng et al. (2024); with one action there is no length to divide by. π_ref only supplies the pairs. Without it to
normalize the log-ratio, the fitted parabola itself has to be the logarithm of a density, and where it opens upward
there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Preferences, State


@dataclass(frozen=True)
class SimPO(PairLoss):
    """Simple preference optimization: a logistic loss on labeled pairs without a reference."""

    name: ClassVar[str] = "SimPO"

    beta: float = hyperparameter(2.0, "β_S", (0.05, 10), 0.05, "margin per unit of log-probability", log=True)
    target: float = hyperparameter(1.0, "γ_S", (0, 5), 0.1, "margin to be reached", allowed="[0, inf)")

    def margins(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """β [log π_θ(a_w) − log π_θ(a_l)], shape ``(*policies, N)``."""
        policy = state.policy[..., None]
        return self.beta * (policy.log_prob(batch.winners) - policy.log_prob(batch.losers))

    def pair_loss(self, margins: Array) -> Array:
        """−log S(h), of which γ_S is subtracted here."""
        return -scipy.special.log_expit(margins - self.target)

    def pair_slope(self, margins: Array) -> Array:
        """S(−h)."""
        return scipy.special.expit(self.target - margins)

    def _score(self, policy: Gaussian, problem: Problem, actions: Array) -> Array:
        return policy.log_prob(actions)

    def precision(self, problem: Problem) -> Array:
        """−2c₂/β, the precision 1/σ² that the fitted parabola asks for; negative where it opens upward."""
        return -2 * self.coefficients(problem)[1] / self.beta

    def closed_form(self, problem: Problem) -> tuple[Array, Array]:
        """(μ, σ) of e^{(c₁a + c₂a²)/β} normalized; NaN where that is no distribution."""
        c1, _ = self.coefficients(problem)
        precision = self.precision(problem)
        variance = 1 / np.where(precision > 0, precision, np.nan)
        return variance * c1 / self.beta, np.sqrt(variance)

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        return (
            "the best score has no maximum: without a reference the fitted parabola opens upward, with the precision "
            f"{self.precision(problem):.4f}, so the policy widens without end"
        )
