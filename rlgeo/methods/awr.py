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
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.score import WeightedLikelihood
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class AWR(WeightedLikelihood):
    """Advantage-weighted regression: maximum likelihood with exponential weights."""

    name: ClassVar[str] = "AWR"

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = hyperparameter(
        32, "N", (4, 256), 1, "actions drawn from π_ref", allowed="[1, inf)", integer=True, log=True, samples=True
    )

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """N actions from π_ref with their rewards, shape ``(*policies, N)``, fresh at every step."""
        noise = rng.standard_normal((*state.policy.shape, self.batch_size))
        actions = problem.reference.mean + problem.reference.std * noise
        return Batch(actions, problem.reward(actions))

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i = e^{r_i/β}/Z, shape ``(*policies, N)``."""
        return np.exp(batch.rewards / problem.beta - problem.optimum().log_partition)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E_π*[∇log π_θ], which holds the mean μ* and the standard deviation σ* of π* alone."""
        best = problem.optimum()
        deviation = best.mean - policy.mean
        return deviation / policy.std**2, (best.std**2 + deviation**2) / policy.std**3 - 1 / policy.std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """N(μ*, σ*²), the forward-KL projection of π*, wherever one starts."""
        return problem.optimum().moment_match()
