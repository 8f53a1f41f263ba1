"""SLiC: a hinge loss on the margins of labeled pairs.

    L(θ) = E max(0, 1 − h),   h = β [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)]

Zhao et al. (2023), with DPO's margin as in TRL. A pair pulls with full force until its margin is 1 and then not at all,
so the scale of the margin follows the label noise less than DPO's does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.pair_loss import PairLoss
from rlgeo.theory import pairs
from rlgeo.theory.pair_losses import Slopes


@dataclass(frozen=True)
class SLiC(PairLoss):
    """Sequence likelihood calibration: a hinge loss on labeled pairs."""

    name: ClassVar[str] = "SLiC"

    def pair_loss(self, margins: Array) -> Array:
        """max(0, 1 − h)."""
        return np.maximum(0.0, 1 - margins)

    def pair_slope(self, margins: Array) -> Array:
        """1 where h < 1, else 0."""
        return np.where(margins < 1, 1.0, 0.0)

    def _slopes(self) -> Slopes:
        """The share of each pair of cells where h < 1."""

        def slopes(score: Callable[[Array], Array], actions: Array, width: Array) -> Array:
            return 1 - pairs.ahead(score, actions, width, lead=1.0)

        return slopes
