"""PPO: a clipped surrogate on samples of a frozen policy, with a learned baseline.

    θ ← θ + η ∇[ 1/N Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i) − β KL(π_θ‖π_ref) ],   Â_i = r_i − V
    V ← V + η_V (r̄ − V),   a_i ~ π_old for K updates

Schulman et al. (2017). One action per episode leaves no room for returns or GAE: the advantage is the reward
minus a number. In the first epoch V does not depend on the batch that it judges, so at ρ = 1 the gradient is unbiased.
Later epochs, in which V knows the batch, move the destination by a fraction of 1/N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.clipped import Clipped
from rlgeo.methods.kl_term import kl_term
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class PPO(Clipped):
    """Proximal policy optimization: clipped ratios, K updates per batch, a learned baseline V."""

    name: ClassVar[str] = "PPO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn from π_old", "[1, inf)")
    clip: float = hyperparameter(0.2, "ε", (0.02, 0.5), 0.01, "half-width of the ratio's clip band")
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    value_learning_rate: float = hyperparameter(0.2, "η_V", (0.005, 1), 0.005, "step length of the baseline", log=True)
    kl: str = kl_term()

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − V, shape ``(*policies, N)``."""
        return batch.rewards - state.value[..., None]

    def reward_surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """1/N Σ min(ρ Â, clip(ρ) Â) − ½/N Σ (r_i − V)²: in V the advantages count as constants."""
        value_loss = 0.5 * np.mean(self.advantages(state, batch) ** 2, axis=-1)
        return super().reward_surrogate(state, batch, problem) - value_loss

    def reward_gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ_{not clipped} ρ_i Â_i ∇log π_θ(a_i), and r̄ − V for the baseline."""
        d_mean, d_std, _ = super().reward_gradient(state, batch, problem)
        return Gradient(d_mean, d_std, np.mean(self.advantages(state, batch), axis=-1))

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``value`` V, and what every clipped method records."""
        return {"value": state.value + np.zeros(state.policy.shape), **super().diagnostics(state, batch, problem)}
