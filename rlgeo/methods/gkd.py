"""GKD: distillation of π* into the policy, on the policy's own actions.

    θ ← θ + η 1/N Σ_i (w_i − mean_{j≠i} w_j) ∇log π_θ(a_i),   w_i = β log(1 + γ(u_i − 1))/γ,   u_i = π*(a_i)/π_θ(a_i)

Agarwal et al. (2024): the mean step descends β/(γ(1 − γ)) JSD_γ, with the generalized Jensen–Shannon divergence
γ KL(π*‖m) + (1 − γ) KL(π_θ‖m), m = γ π* + (1 − γ) π_θ. At γ → 0 that is β KL(π*‖π_θ), w = β(u − 1), and the rest has
the moments of π*; at γ = 1 it is β KL(π_θ‖π*), w = β log u, and the rest is the best Gaussian.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.rloo import leave_one_out
from rlgeo.methods.score import WeightedLikelihood
from rlgeo.theory import one_action
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class GKD(WeightedLikelihood):
    """Generalized knowledge distillation: from the forward to the reverse KL divergence of π*."""

    name: ClassVar[str] = "GKD"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step")
    mix: float = hyperparameter(
        0.5, "γ", (0, 1), 0.05, "share of π* in the mixture: 0 forward, 1 reverse KL", allowed="[0, 1]"
    )

    def _gains(self, log_ratio: Array, beta: float) -> Array:
        """w = β log(1 + γ(u − 1))/γ from log u."""
        mix = np.where(self.mix > 0, self.mix, 1.0)
        mixed = np.logaddexp(np.log(np.maximum(1 - mix, 1e-300)), np.log(mix) + log_ratio) / mix
        return beta * np.where(self.mix > 0, mixed, np.expm1(np.minimum(log_ratio, 700.0)))

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i − mean_{j≠i} w_j, shape ``(*policies, N)``."""
        log_ratio = problem.optimum().log_density(batch.actions) - state.sampler[..., None].log_prob(batch.actions)
        return leave_one_out(self._gains(log_ratio, problem.beta))

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[w ∇log π_θ] by quadrature over the policy and π*."""
        d_mean, d_std = one_by_one(lambda one: self._of_one(one, problem), policy, 2)
        return d_mean, d_std

    def _of_one(self, policy: Gaussian, problem: Problem) -> Array:
        best = problem.optimum()
        a, spacing = one_action.over_everything(
            lambda a: np.logaddexp(policy.log_prob(a), best.log_density(a)), policy, problem
        )
        log_policy = policy.log_prob(a)
        # With u = 0 for its limit far out, where the policy has mass and π* has none that a number can hold.
        gains = self._gains(np.maximum(best.log_density(a) - log_policy, -600.0), problem.beta)
        return np.sum(np.stack(policy.score(a)) * (spacing * np.exp(log_policy) * gains), axis=-1)
