"""DPO on infinitely many pairs: its loss, its field and its minimizer.

For actions μ_ref + σ_ref z of the reference, d = z_a − z_b and S = z_a + z_b are independent N(0, 2), and every
policy's margin is h = c₁d + c₂dS. So with F(k) = E log 2cosh(kd/2) the loss is

    E[log(1 + eʰ) − P(a ≻ b) h] = E F(c₁ + c₂S) − c·o,   o = (E[P(a ≻ b) d], E[P(a ≻ b) dS])

and the labels enter through the two numbers o alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.theory import labels
from rlgeo.theory.quadrature import nodes, rule
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward

EDGES = np.array([0.0, 1, 2, 4, 8, 16, 40])
"""Of panels in the larger of d and kd."""
UNSURE = 0.01
"""The largest relative error of coefficients that is accepted."""


def _logistic(k: Array) -> tuple[Array, Array, Array]:
    """F(k) = E log 2cosh(kd/2), F′ = ½k E sech²(kd/2) and F″ = ¼E[d² sech²(kd/2)] for d ~ N(0, 2)."""
    t, weight = (np.ravel(x) for x in nodes(EDGES[:-1], EDGES[1:]))
    size = np.abs(k)[..., None]
    stretch = np.maximum(size, 1.0)
    d = t / stretch
    mass = weight * np.exp(-0.25 * d**2) / (np.sqrt(np.pi) * stretch)
    decay = np.exp(-size * d)
    bell = mass * 4 * decay / (1 + decay) ** 2
    value = np.abs(k) / np.sqrt(np.pi) + np.sum(mass * np.log1p(decay), axis=-1)
    return value, 0.5 * k * np.sum(bell, axis=-1), 0.25 * np.sum(bell * d**2, axis=-1)


def _margins(c: Array) -> tuple[float, Array, Array]:
    """E F(c₁ + c₂S), its gradient and its Hessian in c."""
    centers, widths = [0.0], [np.sqrt(2)]
    if 40 * abs(c[1]) > max(abs(c[0]), 4):  # F bends at c₁ + c₂S = 0, on a scale of 1 in k
        centers, widths = [0.0, -c[0] / c[1]], [np.sqrt(2), 1 / abs(c[1])]
    S, weight = rule(lambda S: -0.25 * S**2, centers, widths)
    weight = weight * np.exp(-0.25 * S**2) / np.sqrt(4 * np.pi)
    value, slope, curvature = _logistic(c[0] + c[1] * S)
    powers = np.stack([np.ones_like(S), S])
    return weight @ value, powers @ (weight * slope), (powers * (weight * curvature)) @ powers.T


def _numbers(problem: Problem, label_noise: float) -> tuple[tuple[float, ...], ...]:
    """What the labels depend on, so that one answer serves all β and β_D."""
    reward, reference = problem.reward, problem.reference
    parts = (reward.weights, reward.centers, reward.widths, reference.mean, reference.std, label_noise)
    return tuple(tuple(np.ravel(part).tolist()) for part in parts)


@lru_cache(maxsize=1024)
def _labels(numbers: tuple[tuple[float, ...], ...]) -> Array:
    """o: by symmetry 2E[W z] and 2E[W z²] − 1, where W(a) = E_b P(a ≻ b) is how often a wins."""
    *bumps, (mean,), (std,), (label_noise,) = numbers
    problem = Problem(BumpReward(*bumps), Gaussian(mean, std))
    _, first, second = labels.expectations(problem, lambda a: labels.win_rate(problem, label_noise, a))
    return np.array([2 * first, 2 * second - 1])


def _of(policy: Gaussian, problem: Problem, beta: float) -> Array:
    """c of h = β_D [log π/π_ref (a) − log π/π_ref (b)], shape ``(2, *policies)``."""
    mean, std = problem.reference.mean, problem.reference.std
    c1 = beta * std * (policy.mean - mean) / policy.std**2
    return np.stack(np.broadcast_arrays(c1, 0.5 * beta * (1 - (std / policy.std) ** 2)))


def expected_gradient(policy: Gaussian, problem: Problem, beta: float, label_noise: float) -> tuple[Array, Array]:
    """β_D E[(P(a ≻ b) − S(h)) (s(a) − s(b))], the loss's descent in c times ∂c/∂θ."""
    c = _of(policy, problem, beta)
    ascent = -np.apply_along_axis(lambda x: _margins(x)[1], 0, c)
    ascent += np.reshape(_labels(_numbers(problem, label_noise)), (2,) + (1,) * (c.ndim - 1))
    std = problem.reference.std
    d_mean = ascent[0] * beta * std / policy.std**2
    return d_mean, ascent[1] * beta * std**2 / policy.std**3 - 2 * ascent[0] * c[0] / policy.std


def loss(policy: Gaussian, problem: Problem, beta: float, label_noise: float) -> Array:
    """−E log S(h) over labeled pairs, one number per policy."""
    c = _of(policy, problem, beta)
    return np.apply_along_axis(lambda x: _margins(x)[0], 0, c) - np.tensordot(
        _labels(_numbers(problem, label_noise)), c, 1
    )


def coefficients(problem: Problem, label_noise: float) -> tuple[Array, Array]:
    """c₁, c₂ that minimize −E log S(h) over margins h = c₁(a − b) + c₂(a² − b²): a convex problem.

    For ν > 0 the minimizer exists. Both are NaN where ν = 0 and labels are separable, as far as doubles can tell, that
    is, where some parabola orders all actions as the reward does: then the margin grows without end.
    """
    linear, quadratic = _regression(_numbers(problem, label_noise))
    mean, std = problem.reference.mean, problem.reference.std
    c2 = quadratic / std**2
    return linear / std - 2 * c2 * mean, c2


@lru_cache(maxsize=1024)
def _regression(numbers: tuple[tuple[float, ...], ...]) -> tuple[float, float]:
    """:func:`coefficients` for features d and dS, by Newton's method with steps halved until the loss falls.

    Raises
    ------
    ArithmeticError
        For ν > 0 where labels are so nearly separable that the error of their two numbers decides.
    """
    observed, ((label_noise,)) = _labels(numbers), numbers[-1]
    uncertainty = labels.TOLERANCE if label_noise == 0 else 10 * labels.EXACT
    c = np.zeros(2)
    value, slope, curvature = _margins(c)
    for _ in range(200):
        if uncertainty > UNSURE * np.linalg.eigvalsh(curvature)[0] * max(1.0, np.linalg.norm(c)):
            if label_noise == 0:
                return np.nan, np.nan
            raise ArithmeticError(f"label_noise={label_noise:g} is too small here: labels are all but separable")
        step = np.linalg.solve(curvature, observed - slope)
        gain = step @ (observed - slope)
        for _ in range(60):
            there = _margins(c + step)
            if gain < 1e-13 or there[0] - observed @ (c + step) <= value - observed @ c - 1e-4 * gain:
                break
            step, gain = step / 2, gain / 2
        c, (value, slope, curvature) = c + step, there
        if np.linalg.norm(step) <= 1e-12 * (1 + np.linalg.norm(c)):
            break
    return float(c[0]), float(c[1])
