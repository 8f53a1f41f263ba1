"""The price of divergence below which GRPO's policy narrows without end.

At a quadratic reward peak, r = r₀ − κ(a − c)²/2, under π_θ = N(c, σ²) the normalized advantages are those of
x_i = −ξ_i² with ξ standard normal: κ, σ and r₀ drop out. So the expected step in σ is (c_G − β)/(−σ) plus what
vanishes with σ, where

    c_G = −E[1/G Σ Â_i (ξ_i² − 1)] = (G − 1)/G E[std(ξ_1², …, ξ_G²)],   c_2 = √2/π,   c_∞ = √2
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ive, kve

from rlgeo import check
from rlgeo.check import Array
from rlgeo.gaussian import Gaussian
from rlgeo.methods.base import Method
from rlgeo.problem import Problem
from rlgeo.reward import BumpReward

ALLOWED = check.Interval.parse("[2, inf]")


@lru_cache(maxsize=256)
def collapse_threshold(group_size: float) -> float:
    """c_G: GRPO without δ collapses onto a quadratic peak whenever β < c_G.

    For Q = Σ(x_i − x̄)² one has E√Q = 1/(2√π) ∫₀^∞ (1 − L(t)) t^{−3/2} dt with L(t) = E e^{−tQ}, and
    e^{−tQ} = √(tG/π) ∫ Π_i e^{−t(x_i − m)²} dm, whose factors are independent. Both integrals by the trapezoidal
    rule, in log t and in arsinh(m √t); the result is good to 6 digits.

    Parameters
    ----------
    group_size
        G in [2, ∞].

    Raises
    ------
    ValueError
        If G < 2.
    """
    size = check.scalar("group_size", group_size, ALLOWED)
    if np.isinf(size):
        return float(np.sqrt(2))
    if size == 2:  # |ξ₁² − ξ₂²| = 2|uv| with u, v independent standard normals
        return float(np.sqrt(2) / np.pi)
    t = np.exp(np.linspace(-19, 19, 96))
    v = np.linspace(-2.5, np.arcsinh(90 * np.sqrt(t) + 6), 400 + int(40 * np.sqrt(size)))
    m = np.sinh(v) / np.sqrt(t)
    transform = np.sum(_spread(t, m) ** size * np.cosh(v), axis=0) * (v[1] - v[0]) * np.sqrt(size / np.pi)
    integrand = (1 - transform) / np.sqrt(t)
    # Beyond the ends it is proportional to √t and to 1/√t: each tail adds twice the end value, and with the slope
    # known there Euler and Maclaurin correct the trapezoidal rule.
    step = np.log(t[1] / t[0])
    ends = integrand[0] + integrand[-1]
    integral = step * (np.sum(integrand) - ends / 2) + (2 + step**2 / 24) * ends
    mean_std = integral / (2 * np.sqrt(np.pi * (size - 1)))
    return float((size - 1) / size * mean_std)


def _spread(t: Array, m: Array) -> Array:
    """E e^{−t(ξ² − m)²} for a standard normal ξ, by Bessel functions of order ¼ (Gradshteyn & Ryzhik 3.462)."""
    z = (0.5 - 2 * t * m) / np.sqrt(2 * t)
    size = np.maximum(np.abs(z), 1e-30)
    w = np.minimum(size**2 / 4, 1e8)  # beyond, √|z| K and √|z| I are proportional to 1/√|z|
    shape = np.sqrt(size) * np.sqrt(w / (size**2 / 4))
    right = np.exp(-t * m**2) * shape * kve(0.25, w) / np.sqrt(2 * np.pi)
    left = np.exp(np.minimum(1 / (16 * t) - m / 2, 0.0)) * shape * (ive(-0.25, w) + ive(0.25, w)) * np.sqrt(np.pi) / 2
    return np.where(z > 0, right, left) / np.sqrt(2) / (2 * t) ** 0.25


def peak(curvature: float = 1.0, center: float = 0.0, width: float = 40.0) -> BumpReward:
    """A reward that is r₀ − κ(a − c)²/2 for all that matters: a bump of height κ s² and width s far above σ."""
    return BumpReward([curvature * width**2], [center], [width])


def std_over_time(problem: Problem, threshold: float, std: Array, times: Array) -> Array:
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


def collapse_time(problem: Problem, threshold: float, std: Array) -> Array:
    """When :func:`std_over_time` reaches zero: σ_ref²/(2β) log(1 + σ₀²/|σ∞²|), or ∞ for β ≥ c."""
    variance = problem.reference.std**2
    rest = variance * (threshold / problem.beta - 1)
    if rest <= 0:
        return np.full(np.shape(std), np.inf)
    return variance / (2 * problem.beta) * np.log1p(std**2 / rest)


def inward_pull(method: Method, policy: Gaussian, problem: Problem) -> Array:
    """−σ times the reward part of a method's expected ∂σ: c_G for GRPO at a quadratic peak."""
    _, d_std = method.expected_gradient(policy, problem)
    _, kl_std = policy.kl_gradient(problem.reference)
    return -policy.std * (d_std + problem.beta * kl_std)
