"""RLHF with the exact gradient: θ ← θ + η ∇[E_{π_θ}[r] − β KL(π_θ‖π_ref)].

The idealization that every sampled method approximates: no batch, no noise, no clipping. The objective is that
of reinforcement learning from human feedback (Ziegler et al. 2019; Ouyang et al. 2022), which Korbak, Perez &
Buckley (2022) read as variational inference of π* ∝ π_ref e^{r/β}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.penalized import Penalized
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class RLHF(Penalized):
    """Gradient ascent on J itself."""

    name: ClassVar[str] = "RLHF"

    learning_rate: float = hyperparameter(0.1, "η", (0.005, 0.5), 0.005, "step length", log=True)

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """Nothing: an empty batch of shape ``(*policies, 0)``."""
        nothing = np.empty((*state.policy.shape, 0))
        return Batch(nothing, nothing)

    def reward_surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """E_{π_θ}[r], whatever the batch."""
        return problem.expected_reward(state.policy)

    def reward_gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """∇E_{π_θ}[r], whatever the batch."""
        return Gradient(*problem.reward.expectation_gradient(state.policy))
