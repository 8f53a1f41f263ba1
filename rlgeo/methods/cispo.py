"""CISPO: every action of a batch keeps its pull, at most c times as strong as when the batch was drawn.

    θ ← θ + η ∇[ 1/G Σ_i sg[min(ρ_i, c)] Â_i log π_θ(a_i) − β KL(π_θ‖π_ref) ],   Â_i = r_i − r̄
    ρ_i = π_θ(a_i)/π_old(a_i),   a_1 … a_G ~ π_old for K updates

MiniMax (2025), who divide Â by the group's standard deviation as GRPO does; sg holds its argument fixed, and c is their
1 + ε_high. With ∇log π_θ = ∇ρ/ρ the update is the gradient of Â F(ρ), F = ρ up to c and c (1 + log ρ/c) above it. So
the clip is a logarithm: where PPO's surrogate is flat, this one still rises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.kl_term import kl_term
from rlgeo.methods.reused import Reused
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class CISPO(Reused):
    """Ratios that weight the score, capped and held fixed."""

    name: ClassVar[str] = "CISPO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = sample_count(8, "G", (2, 64), "actions drawn from π_old")
    cap: float = hyperparameter(1.2, "c", (1, 5), 0.05, "largest weight of an action's score", log=True)
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    kl: str = kl_term()

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − r̄, shape ``(*policies, G)``."""
        return batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)

    def contributions(self, state: State, batch: Batch) -> Array:
        """Â_i F(ρ_i), F = ρ up to c and c (1 + log ρ/c) above it, shape ``(*policies, G)``."""
        ratio = self.ratios(state, batch)
        logarithmic = self.cap * (1 + np.log(np.maximum(ratio, self.cap) / self.cap))
        return self.advantages(state, batch) * np.where(ratio > self.cap, logarithmic, ratio)

    def _score_weights(self, ratio: Array, advantages: Array) -> Array:
        """min(ρ_i, c) Â_i."""
        return np.minimum(ratio, self.cap) * advantages

    @property
    def reward_share(self) -> float:
        """(G − 1)/G: of the G terms of r̄ one is r_i itself."""
        return (self.group_size - 1) / self.group_size
