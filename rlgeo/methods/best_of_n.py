"""Best-of-N: maximum likelihood on the best of N actions of π_ref.

    θ ← θ + η ∇log π_θ(a_best),   a_best the one of a_1 … a_N ~ π_ref with the highest reward

Imitation of what picking the best of N (Stiennon et al. 2020) returns. The best of N has the density
N F(r(a))^{N−1} π_ref(a), F the distribution function of the reward, and the Gaussian with its moments is the rest.
β plays no part: N alone sets the divergence from π_ref, log N − (N − 1)/N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.score import Imitation
from rlgeo.theory import best_of
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class BestOfN(Imitation):
    """Maximum likelihood on the best of N actions of the reference."""

    name: ClassVar[str] = "BestOfN"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = sample_count(4, "N", (2, 64), "actions of which the best is learned from")

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """N for the best action, shared where several are; 0 for the others."""
        best = np.where(batch.rewards == np.max(batch.rewards, axis=-1, keepdims=True), 1.0, 0.0)
        return best / np.mean(best, axis=-1, keepdims=True)

    def target(self, problem: Problem) -> Gaussian:
        """The Gaussian with the mean and the variance of the best of N, by quadrature."""
        return best_of.refit(problem.reference, problem, self.group_size)
