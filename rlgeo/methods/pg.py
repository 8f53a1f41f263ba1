"""PG: the policy gradient with the batch mean as baseline.

    θ ← θ + η [ 1/N Σ_i (r_i − r̄) ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   a_i ~ π_θ fresh at every step

REINFORCE (Williams 1992). The mean r̄ contains r_i itself, so the expected reward part is (N − 1)/N ∇E[r]: PG climbs
J with the KL coefficient β N/(N − 1). Leaving r_i out of its own baseline (RLOO) repairs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.kl_term import kl_term
from rlgeo.methods.score import PolicyGradient
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class PG(PolicyGradient):
    """Policy gradient: a fresh batch for every step, the batch mean as baseline."""

    name: ClassVar[str] = "PG"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step")
    kl: str = kl_term()

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − r̄, shape ``(*policies, N)``."""
        return batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)

    @property
    def reward_share(self) -> float:
        """(N − 1)/N: of the N terms of r̄ one is r_i itself."""
        return (self.batch_size - 1) / self.batch_size
