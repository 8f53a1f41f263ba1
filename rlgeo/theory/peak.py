"""GRPO's expected flow on top of a quadratic reward peak, where it has a closed form."""

from __future__ import annotations

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward
from rlgeo.toy.state import State


def quadratic(curvature: float = 1.0, center: float = 0.0, width: float = 40.0) -> BumpReward:
    """A reward that is r₀ − κ(a − c)²/2 for all that matters: a bump of height κ s² and width s far above σ."""
    return BumpReward([curvature * width**2], [center], [width])


def std_over_time(problem: Problem, threshold: float, std: Real, times: Real) -> Array:
    """σ(t) of GRPO's expected flow at a quadratic peak that sits on μ_ref = μ, without δ.

    σ̇ = (β − c)/σ − βσ/σ_ref² is linear in σ²: with σ∞² = σ_ref² (1 − c/β),

        σ²(t) = σ∞² + (σ₀² − σ∞²) e^{−2βt/σ_ref²},

    which for β < c reaches zero after a finite time and stays there.

    Parameters
    ----------
    problem
        Of which only β and σ_ref matter.
    threshold
        c = c_G.
    std
        σ₀.
    times
        t ≥ 0; a step of length η advances it by η.
    """
    variance = problem.reference.std**2
    rest = variance * (1 - threshold / problem.beta)
    return np.sqrt(np.maximum(rest + (std**2 - rest) * np.exp(-2 * problem.beta * times / variance), 0.0))


def collapse_time(problem: Problem, threshold: float, std: Real) -> Array:
    """When :func:`std_over_time` reaches zero: σ_ref²/(2β) log(1 + σ₀²/|σ∞²|), or ∞ for β ≥ c."""
    variance = problem.reference.std**2
    rest = variance * (threshold / problem.beta - 1)
    if rest <= 0:
        return np.full(np.shape(std), np.inf)
    return variance / (2 * problem.beta) * np.log1p(std**2 / rest)


def best_std(problem: Problem, curvature: float) -> float:
    """σ of the best Gaussian on a quadratic peak at μ_ref: 1/σ² = κ/β + 1/σ_ref²."""
    return float((curvature / problem.beta + 1 / problem.reference.std**2) ** -0.5)


def std_with_kl_in_reward(problem: Problem, curvature: float, threshold: float, std: Real, times: Real) -> Array:
    """σ(t) of GRPO's expected flow at a quadratic peak on μ_ref = μ with k1 in the reward, without δ.

    The reward becomes a constant plus ½ ξ² (β − σ² (κ + β/σ_ref²)), a parabola once more, and the division leaves its
    sign alone: σ̇ = ± c_G/σ, so σ² moves at the speed 2 c_G to that of :func:`best_std`, and stays there.
    """
    rest = best_std(problem, curvature) ** 2
    left = np.maximum(np.abs(std**2 - rest) - 2 * threshold * np.asarray(times), 0.0)
    return np.sqrt(rest + np.sign(std**2 - rest) * left)


def narrowing_rate(method: Method, policy: Gaussian, problem: Problem) -> Array:
    """−σ times the reward part of a method's expected ∂σ, by which σ²/2 falls per unit of time.

    At a quadratic peak it is c_G for GRPO.
    """
    _, d_std = method.expected_gradient(policy, problem)
    _, kl_std = policy.kl_gradient(problem.reference)
    return -policy.std * (d_std + problem.beta * kl_std)


def sampled_narrowing_rate(
    method: Method, policy: Gaussian, problem: Problem, batches: int, rng: np.random.Generator
) -> tuple[float, float]:
    """:func:`narrowing_rate` measured on fresh batches: its mean and standard error."""
    copies = State(Gaussian(np.full(batches, policy.mean), np.full(batches, policy.std)))
    gradient = method.gradient(copies, method.draw(copies, problem, rng), problem)
    _, kl_std = policy.kl_gradient(problem.reference)
    pulls = -policy.std * (gradient.std + problem.beta * kl_std)
    return float(np.mean(pulls)), float(np.std(pulls, ddof=1) / np.sqrt(batches))
