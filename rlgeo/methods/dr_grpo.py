"""Dr. GRPO: GRPO without the division by the standard deviation.

    θ ← θ + η ∇[ 1/G Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i) − β KL(π_θ‖π_ref) ]
    Â_i = r_i − r̄,   a_1 … a_G ~ π_old for K updates

Liu et al. (2025). With one action there is no length to normalize, and what is left is PG with clipping: r̄ contains
r_i, so the reward part is short by (G − 1)/G unless the KL term is in the reward, where that shortens both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.clipped import Clipped
from rlgeo.methods.kl_term import kl_term
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class DrGRPO(Clipped):
    """GRPO done right: clipped ratios, advantages from the group's mean alone."""

    name: ClassVar[str] = "DrGRPO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = sample_count(8, "G", (2, 64), "actions drawn from π_old")
    clip: float = hyperparameter(0.2, "ε", (0.02, 0.5), 0.01, "half-width of the ratio's clip band")
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    kl: str = kl_term()

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − r̄, shape ``(*policies, G)``."""
        return batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)

    @property
    def reward_share(self) -> float:
        """(G − 1)/G: of the G terms of r̄ one is r_i itself."""
        return (self.group_size - 1) / self.group_size
