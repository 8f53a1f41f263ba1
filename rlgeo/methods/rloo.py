"""RLOO: the policy gradient with the mean of the *other* rewards as baseline.

    θ ← θ + η [ 1/N Σ_i Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   Â_i = r_i − mean_{j≠i} r_j

REINFORCE leave-one-out (Kool et al. 2019; Ahmadian et al. 2024): a baseline that does not contain r_i adds no bias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.pg import PG
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class RLOO(PG):
    """Policy gradient with the leave-one-out baseline."""

    name: ClassVar[str] = "RLOO"

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − mean_{j≠i} r_j, shape ``(*policies, N)``."""
        return leave_one_out(batch.rewards)

    @property
    def reward_share(self) -> float:
        """1: no baseline contains the reward that it is taken from."""
        return 1.0


def leave_one_out(rewards: Array) -> Array:
    """r_i − mean_{j≠i} r_j = N/(N − 1) (r_i − r̄) along the last axis, N ≥ 2."""
    n = np.shape(rewards)[-1]
    return n / (n - 1) * (rewards - np.mean(rewards, axis=-1, keepdims=True))
