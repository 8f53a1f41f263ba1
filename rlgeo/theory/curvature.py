"""The curvature of J: how steep its summits are, hence how fast gradient ascent gets there."""

from __future__ import annotations

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

STEP = 1e-5


def hessian(problem: Problem, policy: Gaussian) -> Array:
    """∇²J(θ) in the coordinates (μ, σ), by central differences of the exact gradient.

    Parameters
    ----------
    problem
        What is optimized.
    policy
        Where, one policy or a batch.

    Returns
    -------
    Array
        Symmetric, shape ``(*policy.shape, 2, 2)``; the error is about 1e-9 of the reward's scale.
    """
    columns = []
    for d_mean, d_std in ((STEP, 0.0), (0.0, STEP)):
        ahead = problem.gradient(Gaussian(policy.mean + d_mean, policy.std + d_std))
        behind = problem.gradient(Gaussian(policy.mean - d_mean, policy.std - d_std))
        columns.append([(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)])
    matrix = np.moveaxis(np.array(columns), (0, 1), (-1, -2))
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


def contraction(problem: Problem, summit: Gaussian, learning_rate: ArrayLike) -> Array:
    """ρ = max|1 + η λ| over the eigenvalues λ of ∇²J at a summit.

    Near the summit each step of θ ← θ + η ∇J shrinks the distance by ρ, and J's gap by ρ²; for ρ > 1 the steps
    overshoot and the summit repels them.

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
