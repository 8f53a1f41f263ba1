"""DPO on infinitely many pairs: its loss, its field and its minimizer.

For actions μ_ref + σ_ref z of the reference, d = z_a − z_b and S = z_a + z_b are independent N(0, 2), and every
policy's margin is h = c₁d + c₂dS. So with F(k) = E log 2cosh(kd/2) the loss is

    E[log(1 + eʰ) − P(a ≻ b) h] = E F(c₁ + c₂S) − c·o,   o = (E[P(a ≻ b) d], E[P(a ≻ b) dS])

and the labels enter through the two numbers o alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, Mask, Real
from rlgeo.theory import labels
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward

SUMS, DIFFERENCES = 257, 65
"""Nodes for S and for d; so many leave an error of 1e-14."""
REACH = 12.5
"""The largest |S| that counts."""
UNSURE = 0.01
"""The largest relative error of coefficients that is accepted."""


def _logistic(k: Array) -> tuple[Array, Array, Array]:
    """F(k) = E log 2cosh(kd/2), F′ = ½k E sech²(kd/2) and F″ = ¼E[d² sech²(kd/2)] for d ~ N(0, 2).

    By the trapezoidal rule in u, where the larger of |d| and |kd| is exp(u − e⁻ᵘ).
    """
    u = np.linspace(-3.7, 3.75, DIFFERENCES)
    shrinking = np.exp(-u)
    larger = np.exp(u - shrinking)
    size = np.abs(k)[..., None]
    stretch = np.maximum(size, 1.0)
    d = larger / stretch
    mass = (u[1] - u[0]) * (1 + shrinking) * d * np.exp(-0.25 * d**2) / np.sqrt(np.pi)
    decay = np.exp(-size * d)
    bell = mass * 4 * decay / (1 + decay) ** 2
    value = np.abs(k) / np.sqrt(np.pi) + np.sum(mass * np.log1p(decay), axis=-1)
    return value, 0.5 * k * np.sum(bell, axis=-1), 0.25 * np.sum(bell * d**2, axis=-1)


def _margins(c1: Array, c2: Array) -> tuple[Array, ...]:
    """E F(c₁ + c₂S), its derivatives in c₁ and c₂, and the second ones: 11, 12, 22."""
    # All policies at once would take a megabyte for each.
    one = _of_one if check.is_duck(c1) else np.vectorize(_of_one, otypes=[float] * 6)
    return one(c1, c2)


def _of_one(c1: Array, c2: Array) -> tuple[Array, ...]:
    """F bends at c₁ + c₂S₀ = 0 on a scale of 1, so the trapezoidal rule is applied in t with S = S₀ + w sinh(t)."""
    c1, c2 = np.expand_dims(c1, -1), np.expand_dims(c2, -1)
    steep = np.abs(c2)
    width = 1 / np.maximum(steep, 1.0)
    center = np.clip(-c1 / np.where(steep > 1e-9, c2, 1e-9), -REACH, REACH)
    span = np.arcsinh(2 * REACH / width)
    t = span * np.linspace(-1, 1, SUMS)
    S = center + width * np.sinh(t)
    weight = 2 * span / (SUMS - 1) * width * np.cosh(t) * np.exp(-0.25 * S**2) / np.sqrt(4 * np.pi)
    F = _logistic(c1 + c2 * S)
    return tuple(np.sum(weight * F[k] * S**n, axis=-1) for k, n in ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)))


def _coordinates(policy: Gaussian, reference: Gaussian, beta: Real) -> tuple[Array, Array]:
    """c₁, c₂ of h = β_D [log π/π_ref (a) − log π/π_ref (b)]."""
    std = reference.std
    return beta * std * (policy.mean - reference.mean) / policy.std**2, 0.5 * beta * (1 - (std / policy.std) ** 2)


def ascent(policy: Gaussian, reference: Gaussian, beta: Real, observed: tuple[Real, Real]) -> tuple[Array, Array]:
    """β_D E[(P(a ≻ b) − S(h)) (s(a) − s(b))], the loss's descent in c times ∂c/∂θ, for labels with these o."""
    c1, c2 = _coordinates(policy, reference, beta)
    _, slope1, slope2, *_ = _margins(c1, c2)
    return _along(policy, reference, beta, c1, (observed[0] - slope1, observed[1] - slope2))


def ascent_of_squares(
    policy: Gaussian, reference: Gaussian, tau: Real, observed: tuple[Real, Real]
) -> tuple[Array, Array]:
    """The descent of E[(h − ½)²]/τ² for labels with these o: as E[d²] = 2 and E[d²S²] = 4, E[h²] = 2c₁² + 4c₂²."""
    c1, c2 = _coordinates(policy, reference, tau)
    up = (2 * observed[0] - 4 * c1) / tau**2, (2 * observed[1] - 8 * c2) / tau**2
    return _along(policy, reference, tau, c1, up)


def _along(
    policy: Gaussian, reference: Gaussian, beta: Real, c1: Array, up: tuple[Array, Array]
) -> tuple[Array, Array]:
    """The direction ``up`` in (c₁, c₂), times ∂c/∂θ."""
    d_mean = up[0] * beta * reference.std / policy.std**2
    return d_mean, up[1] * beta * reference.std**2 / policy.std**3 - 2 * up[0] * c1 / policy.std


def loss(policy: Gaussian, problem: Problem, beta: float, label_noise: float) -> Array:
    """−E log S(h) over labeled pairs, one number per policy."""
    c1, c2 = _coordinates(policy, problem.reference, beta)
    first, second = moments(problem, label_noise)
    return _margins(c1, c2)[0] - first * c1 - second * c2


def log_ratios(policy: Gaussian, problem: Problem, label_noise: float) -> tuple[Array, Array]:
    """E log π/π_ref of the winners and of the losers of labeled pairs from π_ref.

    In units of σ_ref winners have the moments o₁ and 1 + o₂, losers −o₁ and 1 − o₂. As all actions come from π_ref, the
    mean of the two is −KL(π_ref‖π): on average they fall wherever a policy moves.
    """
    first, second = moments(problem, label_noise)
    reference, away = problem.reference, problem.reference.mean - policy.mean
    found = []
    for sign in (1, -1):
        square = away**2 + sign * 2 * away * reference.std * first + reference.std**2 * (1 + sign * second)
        log_policy = -np.log(policy.std) - 0.5 * square / policy.std**2
        found.append(log_policy + np.log(reference.std) + 0.5 * (1 + sign * second))
    return found[0], found[1]


def newton(margin: tuple[Array, Array], observed: tuple[Real, Real], error: Real) -> tuple[tuple[Array, Array], Mask]:
    """The next c of damped Newton's method, and whether o is known well enough, ``error``, to tell the minimizer.

    A step is divided by 1 + λ, λ² = −∇ · step: so it descends wherever it starts.
    """
    _, slope1, slope2, c11, c12, c22 = _margins(*margin)
    up1, up2 = observed[0] - slope1, observed[1] - slope2
    determinant = c11 * c22 - c12**2
    size = np.maximum(determinant, 1e-300)
    step1, step2 = (c22 * up1 - c12 * up2) / size, (c11 * up2 - c12 * up1) / size
    damping = 1 + np.sqrt(np.maximum(up1 * step1 + up2 * step2, 0.0))
    largest = 0.5 * (c11 + c22 + np.sqrt((c11 - c22) ** 2 + 4 * c12**2))
    sure = error * largest <= UNSURE * determinant * np.maximum(1.0, np.sqrt(margin[0] ** 2 + margin[1] ** 2))
    return (margin[0] + step1 / damping, margin[1] + step2 / damping), sure


def coefficients(problem: Problem, label_noise: float, share: float = 1.0) -> tuple[Array, Array]:
    """c₁, c₂ that minimize −E log S(h) over margins h = c₁(a − b) + c₂(a² − b²): a convex problem.

    For ν > 0 the minimizer exists. Both are NaN where ν = 0 and labels are separable, as far as doubles can tell, that
    is, where some parabola orders all actions as the reward does: then the margin grows without end. Of o only
    ``share`` is taken, 1 − 2ε where a share ε of the labels is flipped.
    """
    return in_actions(problem.reference, *_minimizer(numbers(problem, label_noise), share))


def in_actions(reference: Gaussian, linear: Real, quadratic: Real) -> tuple[Array, Array]:
    """The coefficients of a − b and a² − b² for those of d and dS."""
    c2 = quadratic / reference.std**2
    return linear / reference.std - 2 * c2 * reference.mean, c2


def numbers(problem: Problem, label_noise: float) -> tuple[tuple[float, ...], ...]:
    """What the labels depend on, so that one answer serves all β and β_D."""
    reward, reference = problem.reward, problem.reference
    parts = (reward.weights, reward.centers, reward.widths, reference.mean, reference.std, label_noise)
    return tuple(tuple(np.ravel(part).tolist()) for part in parts)


def moments(problem: Problem, label_noise: float) -> tuple[float, float]:
    """o: by symmetry 2E[W z] and 2E[W z²] − 1, where W(a) = E_b P(a ≻ b) is how often a wins."""
    return _moments(numbers(problem, label_noise))


@lru_cache(maxsize=1024)
def _moments(numbers: tuple[tuple[float, ...], ...]) -> tuple[float, float]:
    *bumps, (mean,), (std,), (label_noise,) = numbers
    problem = Problem(BumpReward(*bumps), Gaussian(mean, std))
    _, first, second = labels.expectations(problem, lambda a: labels.win_rate(problem, label_noise, a))
    return float(2 * first), float(2 * second - 1)


@lru_cache(maxsize=1024)
def _minimizer(numbers: tuple[tuple[float, ...], ...], share: float) -> tuple[Array, Array]:
    """:func:`coefficients` for features d and dS.

    Raises
    ------
    ArithmeticError
        For ν > 0 where labels are so nearly separable that the error of their two numbers decides.
    """
    (first, second), (label_noise,) = _moments(numbers), numbers[-1]
    observed = share * first, share * second
    error = labels.TOLERANCE if label_noise == 0 else 10 * labels.EXACT
    c = np.zeros(2)
    for _ in range(200):
        following, sure = newton((c[0], c[1]), observed, error)
        if not sure and label_noise == 0:
            return np.array(np.nan), np.array(np.nan)
        if not sure:
            raise ArithmeticError(f"label_noise={label_noise:g} is too small here: labels are all but separable")
        before, c = c, np.array(following)
        if np.linalg.norm(c - before) <= 1e-12 * (1 + np.linalg.norm(c)):
            break
    return c[0], c[1]
