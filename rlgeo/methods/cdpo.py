"""cDPO and robust DPO: DPO for labels of which a share is wrong.

    smoothed    L(θ) = E[(1 − ε) ℓ(h) + ε ℓ(−h)],   ℓ(h) = −log S(h)
    debiased    L(θ) = E[(1 − ε) ℓ(h) − ε ℓ(−h)]/(1 − 2ε)

Mitchell (2023) and Chowdhury et al. (2024). A share φ of the labels is flipped at random. Smoothing by ε is the same as
flipping as many, and a floor under the label noise: even at ν = 0 there is a rest. Debiasing undoes flips of ε = φ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import choice, hyperparameter, select
from rlgeo.methods.dpo import DPO
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.theory import preference
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Preferences, State

LOSSES = {"smoothed": "the labels count as wrong with chance ε", "debiased": "flips of a share ε are undone"}


@dataclass(frozen=True)
class CDPO(PairLoss):
    """Conservative and robust DPO: a logistic loss for labels that may be wrong."""

    name: ClassVar[str] = "cDPO"
    parts: ClassVar[tuple[str, ...]] = DPO.parts
    expected_gradient = DPO.expected_gradient

    loss: str = choice("smoothed", "ℓ", LOSSES, "what is done about wrong labels")
    smoothing: float = hyperparameter(0.1, "ε", (0, 0.4), 0.01, "share of labels thought wrong", allowed="[0, 0.5)")
    flips: float = hyperparameter(0.0, "φ", (0, 0.4), 0.01, "share of labels flipped at random", allowed="[0, 0.5)")

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Preferences:
        """N labeled pairs from π_ref, a share φ of them the wrong way round."""
        right = super().draw(state, problem, rng)
        flipped = rng.random((*state.policy.shape, self.pairs)) < self.flips
        winners, losers = right.winners, right.losers
        return Preferences(np.where(flipped, losers, winners), np.where(flipped, winners, losers))

    def pair_loss(self, margins: Array) -> Array:
        """(1 − ε) ℓ(h) ± ε ℓ(−h), over 1 − 2ε where it is debiased."""
        right, wrong = -scipy.special.log_expit(margins), -scipy.special.log_expit(-margins)
        return self._by_loss(
            lambda e: (1 - e) * right + e * wrong, lambda e: ((1 - e) * right - e * wrong) / (1 - 2 * e)
        )

    def pair_slope(self, margins: Array) -> Array:
        """1 − ε − S(h); where it is debiased (1 − ε)/(1 − 2ε) − S(h)."""
        target = self._by_loss(lambda e: 1 - e, lambda e: (1 - e) / (1 - 2 * e))
        return target - scipy.special.expit(margins)

    def _by_loss(self, smoothed: Any, debiased: Any) -> Any:
        e = self.smoothing
        return select(self.loss, {"smoothed": lambda: smoothed(e), "debiased": lambda: debiased(e)})

    @property
    def label_share(self) -> float:
        """What is left of the labels' two numbers: 1 − 2φ by the flips, times or over 1 − 2ε by the loss."""
        share: float = self._by_loss(lambda e: 1 - 2 * e, lambda e: 1 / (1 - 2 * e))
        return (1 - 2 * self.flips) * share

    def expected_gradient_from(
        self, policy: Gaussian, problem: Problem, observed: tuple[Real, Real]
    ) -> tuple[Array, Array]:
        """DPO's, for labels of which :attr:`label_share` is left."""
        left = self.label_share * observed[0], self.label_share * observed[1]
        return preference.ascent(policy, problem.reference, self.beta, left)

    def coefficients(self, problem: Problem) -> tuple[Array, Array]:
        """c₁, c₂ of the best margin, whatever β."""
        return preference.coefficients(problem, self.label_noise, self.label_share)
