"""AWR: maximum likelihood on actions of π_ref, each weighted by what π* makes of it.

    θ ← θ + η 1/N Σ_i w_i ∇log π_θ(a_i),   w_i = e^{r_i/β}/Z = π*(a_i)/π_ref(a_i),   a_i ~ π_ref

Reward-weighted regression (Peters & Schaal 2007), advantage-weighted regression (Peng et al. 2019). The weights have
the mean 1 and turn π_ref into π*, so this is maximum likelihood on π*: the rest has its mean and its variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.score import Imitation
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class AWR(Imitation):
    """Advantage-weighted regression: maximum likelihood with exponential weights."""

    name: ClassVar[str] = "AWR"

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(32, "N", (4, 256), "actions drawn from π_ref", "[1, inf)")

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i = e^{r_i/β}/Z, shape ``(*policies, N)``."""
        return np.exp(batch.rewards / problem.beta - problem.optimum().log_partition)

    def target(self, problem: Problem) -> Gaussian:
        """N(μ*, σ*²), the forward-KL projection of π*."""
        return problem.optimum().moment_match()
