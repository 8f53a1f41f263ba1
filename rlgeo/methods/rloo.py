"""RLOO: the policy gradient with the mean of the *other* rewards as baseline (Kool et al. 2019; Ahmadian et al. 2024).

A variant of PG for comparison, kept out of METHODS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.pg import PG
from rlgeo.toy.state import Batch, State


def leave_one_out(rewards: Array) -> Array:
    """Â_i = r_i − mean_{j≠i} r_j = N/(N − 1) (r_i − r̄), exactly unbiased.

    Parameters
    ----------
    rewards
        Shape ``(*policies, N)`` with N ≥ 2.
    """
    n = np.shape(rewards)[-1]
    return n / (n - 1) * (rewards - np.mean(rewards, axis=-1, keepdims=True))


@dataclass(frozen=True)
class RLOO(PG):
    """Policy gradient with the leave-one-out baseline."""

    name: ClassVar[str] = "RLOO"

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = N/(N − 1) (r_i − r̄), shape ``(*policies, N)``."""
        return leave_one_out(batch.rewards)

    @property
    def reward_share(self) -> float:
        """1: a baseline that does not contain r_i costs nothing."""
        return 1.0
