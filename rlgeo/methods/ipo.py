"""IPO: least squares on the margins of labeled pairs.

    L(θ) = E[(h/τ − 1/(2τ))²],   h = τ [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)]

Azar et al. (2024). As the fit is least squares, labels count by how often an action wins, W(a) = E_b P(a ≻ b): h is the
least-squares parabola of W under π_ref. IPO is DRO with the win rate for a reward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.dpo import DPO
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.theory import preference
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem


@dataclass(frozen=True)
class IPO(PairLoss):
    """Identity preference optimization: squared margins of labeled pairs."""

    name: ClassVar[str] = "IPO"
    parts: ClassVar[tuple[str, ...]] = DPO.parts
    expected_gradient = DPO.expected_gradient

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.5), 0.005, "step length", log=True)
    beta: float = hyperparameter(0.5, "τ", (0.05, 3), 0.05, "KL coefficient: win rate per unit of log-ratio", log=True)

    def pair_loss(self, margins: Array) -> Array:
        """(h/τ − 1/(2τ))²."""
        return ((margins - 0.5) / self.beta) ** 2

    def pair_slope(self, margins: Array) -> Array:
        """(1 − 2h)/τ²."""
        return (1 - 2 * margins) / self.beta**2

    def expected_gradient_from(
        self, policy: Gaussian, problem: Problem, observed: tuple[Real, Real]
    ) -> tuple[Array, Array]:
        """E[(1 − 2h)/τ ∇(log π_θ(a_w) − log π_θ(a_l))] for labels with these two numbers."""
        return preference.ascent_of_squares(policy, problem.reference, self.beta, observed)

    def coefficients(self, problem: Problem) -> tuple[Array, Array]:
        """c₁, c₂ of the least-squares parabola of the win rate: E[W d]/2 and E[W dS]/4 in d and dS, whatever τ."""
        first, second = preference.moments(problem, self.label_noise)
        return preference.in_actions(problem.reference, first / 2, second / 4)
