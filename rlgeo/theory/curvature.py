"""The curvature of J: how sharp its maxima are, hence how fast gradient ascent converges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.toy.gaussian import Gaussian

if TYPE_CHECKING:
    from rlgeo.toy.problem import Problem


def hessian(problem: Problem, policy: Gaussian) -> Array:
    """∇²J(θ) in the coordinates (μ, σ), in closed form: symmetric, shape ``(*policy.shape, 2, 2)``.

    ∇²E_π[r] − β diag(1/σ_ref², 1/σ_ref² + 1/σ²).
    """
    d_mean2, d_both, d_std2 = problem.reward.expectation_hessian(policy)
    penalty = problem.beta / problem.reference.std**2
    corners = np.broadcast_arrays(d_mean2 - penalty, d_both, d_both, d_std2 - penalty - problem.beta / policy.std**2)
    return np.stack(corners, axis=-1).reshape(*policy.shape, 2, 2)


def contraction(problem: Problem, summit: Gaussian, learning_rate: ArrayLike) -> Array:
    """ρ = max|1 + η λ| over the eigenvalues λ of ∇²J at a summit.

    Near it each step of θ ← θ + η ∇J multiplies the distance by ρ, and J's gap by ρ²; for ρ > 1 the steps
    overshoot and diverge.

    Returns
    -------
    Array
        The shape of ``learning_rate``.
    """
    eigenvalues = np.linalg.eigvalsh(hessian(problem, summit))
    return np.max(np.abs(1 + np.asarray(learning_rate)[..., None] * eigenvalues), axis=-1)


def kl_circle(policy: Gaussian, nats: float, angles: Array) -> Gaussian:
    """Policies at about ``nats`` from a policy, KL(θ + dθ‖θ) ≈ ½ dθᵀ F dθ: the circles of the Fisher metric.

    With F = diag(1/σ², 2/σ²) they are ellipses of half-axes σ√(2 nats) in μ and σ√nats in σ.

    Returns
    -------
    Gaussian
        The shape of ``angles``.
    """
    radius = policy.std * np.sqrt(check.scalar("nats", nats, check.POSITIVE))
    return Gaussian(policy.mean + np.sqrt(2) * radius * np.cos(angles), policy.std + radius * np.sin(angles))
