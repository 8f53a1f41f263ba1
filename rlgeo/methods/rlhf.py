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
from rlgeo.methods.base import Method
from rlgeo.theory.flow import follow
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class RLHF(Method):
    """Gradient ascent on J itself."""

    name: ClassVar[str] = "RLHF"

    learning_rate: float = hyperparameter(0.1, "η", (0.005, 0.5), 0.005, "step length", log=True)

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """Nothing: an empty batch of shape ``(*policies, 0)``."""
        nothing = np.empty((*state.policy.shape, 0))
        return Batch(nothing, nothing)

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """J(θ), whatever the batch."""
        return problem.objective(state.policy)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """∇J(θ), whatever the batch."""
        return Gradient(*problem.gradient(state.policy))

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """∇J(θ): there is nothing to average."""
        return problem.gradient(policy)

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The maximum of J whose basin holds ``start``; without a start, the highest one."""
        return problem.optimum().projection() if start is None else follow(problem.gradient, start)
