"""Online DPO: DPO's or IPO's loss on fresh pairs of the policy's own actions.

    logistic    L(θ) = −E log S(h)
    squared     L(θ) = E[(h − ½)²/τ²],   h = τ [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)],   a, b ~ π_old

Guo et al. (2024); the squared loss is Calandriello et al.'s (2024), whose rest is that of Nash-MD (Munos et al. 2024):
the policy that no other beats more often, less τ KL. The pairs count as given, so their own change with θ adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import scipy

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import choice, sample_count, select
from rlgeo.methods.base import Method
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import State

LOSSES = {"logistic": "DPO's", "squared": "IPO's"}


@dataclass(frozen=True)
class OnlineDPO(PairLoss):
    """DPO or IPO on fresh pairs of the policy's own actions."""

    name: ClassVar[str] = "OnlineDPO"

    pairs: int = sample_count(32, "N", (4, 256), "pairs drawn from the policy at every step", "[1, inf)")
    loss: str = choice("logistic", "ℓ", LOSSES, "the loss of a margin")

    @property
    def lifetime(self) -> float:
        """Fresh pairs at every step."""
        return 1

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        return state.sampler

    def pair_loss(self, margins: Array) -> Array:
        """−log S(h) or (h − ½)²/τ²."""
        squared = ((margins - 0.5) / self.beta) ** 2
        return select(self.loss, {"logistic": lambda: -scipy.special.log_expit(margins), "squared": lambda: squared})

    def pair_slope(self, margins: Array) -> Array:
        """S(−h) or (1 − 2h)/τ²."""
        squared = (1 - 2 * margins) / self.beta**2
        return select(self.loss, {"logistic": lambda: scipy.special.expit(-margins), "squared": lambda: squared})

    destination = Method.destination
    _reason = Method._reason
