"""Gaussians by their natural parameters: multiplying π_ref by e^{c₁a + c₂a²} adds (c₁, c₂) to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.toy.gaussian import Gaussian

if TYPE_CHECKING:
    from rlgeo.toy.problem import Problem


def tilted(reference: Gaussian, slope: Real, curvature: Real) -> tuple[Array, Array]:
    """(μ, σ) of the Gaussian proportional to π_ref(a) e^{slope·a + curvature·a²}.

    1/σ² = 1/σ_ref² − 2 curvature and μ/σ² = μ_ref/σ_ref² + slope; both NaN where that precision is not positive,
    for then no Gaussian is.
    """
    precision = 1 / reference.std**2 - 2 * curvature
    variance = 1 / np.where(precision > 0, precision, np.nan)
    return variance * (reference.mean / reference.std**2 + slope), np.sqrt(variance)


def step(policy: Gaussian, problem: Problem, length: float) -> Gaussian | None:
    """One natural gradient step of J in natural parameters λ; ``None`` where its end is no Gaussian.

        λ ← λ + η (∇_m E[r] − β (λ − λ_ref)),   m = (E[a], E[a²])

    ∇_m E[r] are the coefficients of a and a² in the least-squares parabola of r under the policy, so for any η this is
    what regressing η (r − β log π/π_ref) on (1, a, a²) and multiplying the policy by the exponential gives.
    """
    d_mean, d_std = problem.reward.expectation_gradient(policy)
    curvature = 0.5 * d_std / policy.std
    reference = problem.reference
    away = policy.mean / policy.std**2 - reference.mean / reference.std**2, 0.5 / reference.std**2 - 0.5 / policy.std**2
    slopes = d_mean - 2 * curvature * policy.mean - problem.beta * away[0], curvature - problem.beta * away[1]
    return gaussian(*tilted(policy, length * slopes[0], length * slopes[1]))


def gaussian(mean: Array, std: Array) -> Gaussian | None:
    """N(μ, σ²), or ``None`` where σ is NaN."""
    return None if np.isnan(std) else Gaussian(mean, std)
