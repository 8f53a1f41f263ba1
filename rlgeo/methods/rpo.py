"""RPO: DPO's loss plus the negative log-likelihood of the winners.

    L(θ) = E[−log S(h) − α_R log π_θ(a_w)],   h = β_D [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)]

Pang et al. (2024). The second term alone would end at the winners' mean and variance, so there always is a rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.methods.score import expected_score, log_likelihood, weighted_score
from rlgeo.theory import preference
from rlgeo.theory.flow import follow
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, Preferences, State


@dataclass(frozen=True)
class RPO(PairLoss):
    """DPO with a likelihood term for the winners."""

    name: ClassVar[str] = "RPO"
    parts: ClassVar[tuple[str, ...]] = DPO.parts
    expected_gradient = DPO.expected_gradient

    likelihood: float = hyperparameter(1.0, "α_R", (0.01, 2), 0.01, "weight of the likelihood term", log=True)

    def pair_loss(self, margins: Array) -> Array:
        """−log S(h)."""
        return -scipy.special.log_expit(margins)

    def pair_slope(self, margins: Array) -> Array:
        """S(−h)."""
        return scipy.special.expit(-margins)

    def surrogate(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """mean [log S(h) + α_R log π_θ(a_w)]."""
        likelihood = log_likelihood(state.policy, self.likelihood, batch.winners)
        return super().surrogate(state, batch, problem) + likelihood

    def gradient(self, state: State, batch: Preferences, problem: Problem) -> Gradient:
        """DPO's, and α_R mean ∇log π_θ(a_w)."""
        pair = super().gradient(state, batch, problem)
        winner = weighted_score(state.policy, self.likelihood, batch.winners)
        return Gradient(pair.mean + winner.mean, pair.std + winner.std)

    def expected_gradient_from(
        self, policy: Gaussian, problem: Problem, observed: tuple[Real, Real]
    ) -> tuple[Array, Array]:
        """DPO's, and α_R E[∇log π_θ(a_w)]: in units of σ_ref winners have the moments o₁ and 1 + o₂."""
        first, second, reference = observed[0], observed[1], problem.reference
        d_mean, d_std = preference.ascent(policy, reference, self.beta, observed)
        winners = reference.mean + reference.std * first, reference.std * np.sqrt(1 + second - first**2)
        win_mean, win_std = expected_score(policy, Gaussian(*winners))
        return d_mean + self.likelihood * win_mean, d_std + self.likelihood * win_std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The minimum of a loss that is convex in natural parameters, wherever one starts."""
        return follow(lambda policy: self.expected_gradient(policy, problem), problem.reference, floor=box.STD[0])

    _reason = Method._reason
