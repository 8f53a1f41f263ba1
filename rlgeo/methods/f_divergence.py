"""RLOO with another divergence from π_ref in the place of the KL.

    θ ← θ + η 1/N Σ_i (w_i − mean_{j≠i} w_j) ∇log π_θ(a_i),   w_i = r_i − β f′(u_i),   u_i = π_θ(a_i)/π_ref(a_i)

For D_f = E_ref[f(u)] with a convex f, f(1) = 0: ∇D_f = E_ref[f′(u) ∇u] = E_θ[f′(u) ∇log π_θ], so the mean step climbs
E[r] − β D_f. Wang et al. (2023) optimize this penalized reward by way of DPO; the gradient is that of Go et al. (2023).

    KL(π_θ‖π_ref)          f = u log u
    KL(π_ref‖π_θ)          f = −log u
    ½ χ²(π_θ‖π_ref)        f = ½ (u − 1)²
    Jensen–Shannon         f = ½ u log(2u/(1 + u)) + ½ log(2/(1 + u)), never above log 2
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import choice, hyperparameter, sample_count, select
from rlgeo.methods import kl_term
from rlgeo.methods.rloo import leave_one_out
from rlgeo.methods.score import WeightedLikelihood
from rlgeo.theory import one_action
from rlgeo.theory.divergences import forward_kl, half_chi_squared, reverse_kl
from rlgeo.theory.kl_estimators import SLOPES, log_ratio
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State

DIVERGENCES = {
    "jensen-shannon": "the Jensen–Shannon divergence",
    "reverse-kl": "KL(π_θ‖π_ref)",
    "forward-kl": "KL(π_ref‖π_θ)",
    "half-chi-squared": "half of χ²(π_θ‖π_ref)",
}
"""What is chosen from → its meaning."""

DERIVATIVES: dict[str, Callable[[Array], Array]] = {
    "jensen-shannon": lambda x: -0.5 * np.logaddexp(0.0, x),
    "reverse-kl": SLOPES["k2"],
    "forward-kl": SLOPES["k3"],
    "half-chi-squared": SLOPES["k3-inverse"],
}
"""Divergence → f′(u) and a constant, of x = −log u. Those of k2 and of both k3 are three of them: ∇k = f′(u) s."""


@dataclass(frozen=True)
class FDivergence(WeightedLikelihood):
    """Policy gradient with a penalty of one's choice on the distance from the reference."""

    name: ClassVar[str] = "FDivergence"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(16, "N", (2, 128), "actions drawn at every step")
    divergence: str = choice("jensen-shannon", "D", DIVERGENCES, "the divergence that β multiplies")

    def _derivative(self, log_ratio: Array) -> Array:
        """f′(u) and a constant, of log π_ref/π_θ."""
        return select(self.divergence, {name: partial(f, log_ratio) for name, f in DERIVATIVES.items()})

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i − mean_{j≠i} w_j, shape ``(*policies, N)``."""
        x = log_ratio(state.sampler, problem.reference, batch.actions)
        return leave_one_out(batch.rewards - problem.beta * self._derivative(x))

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """∇E[r] − β ∇D: the Jensen–Shannon divergence by quadrature, the others in closed form."""
        d_mean, d_std = problem.reward.expectation_gradient(policy)
        reference = problem.reference
        branches: dict[str, Callable[[], tuple[Array, Array]]] = {
            "jensen-shannon": lambda: self._jensen_shannon(policy, problem),
            "reverse-kl": lambda: reverse_kl(policy, reference)[1:],
            "forward-kl": lambda: forward_kl(policy, reference)[1:],
            "half-chi-squared": lambda: half_chi_squared(policy, reference)[1:],
        }
        penalty_mean, penalty_std = select(self.divergence, branches)
        return d_mean - problem.beta * penalty_mean, d_std - problem.beta * penalty_std

    def _jensen_shannon(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E_θ[f′(u) ∇log π_θ]."""
        reference = problem.reference

        def of_one(one: Gaussian) -> Array:
            # f′ turns where log u is zero, within one over the slope of log u in units of σ.
            steep = one.std / reference.std**2 * np.maximum(one.std, np.abs(one.mean - reference.mean))
            a, mass = one_action.under_policy(one, problem, 0.5 / np.maximum(1.0, steep))
            slope = DERIVATIVES["jensen-shannon"](reference.log_prob(a) - one.log_prob(a))
            return np.sum(np.stack(one.score(a)) * (mass * slope), axis=-1)

        d_mean, d_std = one_by_one(of_one, policy, 2)
        return d_mean, d_std

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        if self.divergence == "jensen-shannon":
            return "σ collapses: the Jensen–Shannon divergence is at most log 2, too little to hold σ at a reward peak"
        if self.divergence == "half-chi-squared":
            return kl_term.REASONS["k3-inverse-loss"]
        return super()._reason(problem, start)
