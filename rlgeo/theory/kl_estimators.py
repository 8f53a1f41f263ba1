"""Estimators of KL(π_θ‖π_ref) from one action: k1, k2, k3, and k3 with the ratio upside down.

With x = log π_ref(a) − log π_θ(a), Schulman's note "Approximating KL divergence" (2020) compares

    k1 = −x        k2 = x²/2        k3 = eˣ − 1 − x

and with π_θ/π_ref in the place of π_ref/π_θ k3 becomes e⁻ˣ − 1 + x. As ∇x = −s with the score s = ∇log π_θ(a), the
gradient of each, the action held fixed, is a number times s. As losses they are four different things:

    ∇k1 = s              E = 0
    ∇k2 = −x s           E = ∇KL(π_θ‖π_ref)
    ∇k3 = (1 − eˣ) s     E = ∇KL(π_ref‖π_θ)
    (e⁻ˣ − 1) s          E = ½ ∇χ²(π_θ‖π_ref)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.theory.divergences import ValueAndGradient, forward_kl, half_chi_squared, reverse_kl
from rlgeo.toy.gaussian import Gaussian

MOST = 300.0
"""eˣ counts as e³⁰⁰ beyond: either throws θ to the box's edge, but products of larger ones overflow to NaN."""

VALUES: dict[str, Callable[[Array], Array]] = {
    "k1": lambda x: -x,
    "k2": lambda x: x**2 / 2,
    "k3": lambda x: np.expm1(np.minimum(x, MOST)) - x,
    "k3-inverse": lambda x: np.expm1(np.minimum(-x, MOST)) + x,
}
"""Name → k(x)."""

SLOPES: dict[str, Callable[[Array], Array]] = {
    "k1": lambda x: np.ones_like(x),
    "k2": lambda x: -x,
    "k3": lambda x: -np.expm1(np.minimum(x, MOST)),
    "k3-inverse": lambda x: np.expm1(np.minimum(-x, MOST)),
}
"""Name → f(x) with ∇k = f(x) s."""

EXPECTED: dict[str, Callable[[Gaussian, Gaussian], ValueAndGradient]] = {
    "k1": lambda policy, _: (0.0 * policy.std, 0.0 * policy.std, 0.0 * policy.std),
    "k2": reverse_kl,
    "k3": forward_kl,
    "k3-inverse": half_chi_squared,
}
"""Name → the function of π_θ and π_ref whose gradient is E[∇k]."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(16)
"""Gauss–Hermite: exact for polynomials up to degree 31; the highest needed here is 8."""


def log_ratio(policy: Gaussian, reference: Gaussian, actions: Array) -> Array:
    """x = log π_ref(a) − log π_θ(a), of the shape of ``actions``."""
    return reference.log_prob(actions) - policy[..., None].log_prob(actions)


def value(name: str, policy: Gaussian, reference: Gaussian, actions: Array) -> Array:
    """The estimate from every action, shape ``(*policies, n)``. The mean of k1 and of k3 is KL(π_θ‖π_ref).

    Raises
    ------
    ValueError
        If there is no estimator of this name.
    """
    _check(name)
    return VALUES[name](log_ratio(policy, reference, actions))


def gradient(name: str, policy: Gaussian, reference: Gaussian, actions: Array) -> tuple[Array, Array]:
    """∇θ of :func:`value` at every action, actions held fixed: (∂μ, ∂σ), each of shape ``(*policies, n)``."""
    _check(name)
    slope = SLOPES[name](log_ratio(policy, reference, actions))
    d_mean, d_std = policy[..., None].score(actions)
    return slope * d_mean, slope * d_std


def expected_gradient(name: str, policy: Gaussian, reference: Gaussian) -> tuple[Array, Array]:
    """The mean of :func:`gradient` over a ~ π_θ."""
    _check(name)
    _, d_mean, d_std = EXPECTED[name](policy, reference)
    return d_mean, d_std


def variance(name: str, policy: Gaussian, reference: Gaussian) -> tuple[Array, Array]:
    """Var of one sample's gradient, (∂μ, ∂σ). That of k3 is infinite iff σ² ≤ σ_ref²/2, inverted iff σ² ≥ 3σ_ref²/2.

    E[e^{px} f(a)] under π_θ is an integral of f against π_ref^p π_θ^{1−p}, once more a Gaussian (times a
    constant) of precision p/σ_ref² + (1 − p)/σ² – when that is positive. The rest is polynomial.
    """
    _check(name)
    if name in ("k1", "k2"):
        second = _tilted_mean(0, policy, reference, 2 if name == "k2" else 0)
    else:
        sign = 1 if name == "k3" else -1
        one, cross, square = (_tilted_mean(sign * p, policy, reference, 0) for p in (0, 1, 2))
        second = np.where(np.isinf(square), np.inf, one - 2 * np.where(np.isinf(square), 0.0, cross) + square)
    first = np.stack(np.broadcast_arrays(*expected_gradient(name, policy, reference)))
    d_mean, d_std = second - np.where(np.isinf(second), 0.0, first) ** 2
    return d_mean, d_std


def _tilted_mean(power: int, policy: Gaussian, reference: Gaussian, degree: int) -> Array:
    """E_{π_θ}[e^{power·x} x^degree (s_μ², s_σ²)], shape ``(2, *policies)``; infinite where it diverges."""
    precision = np.asarray(power / reference.std**2 + (1 - power) / policy.std**2)
    finite = precision > 0
    std = 1 / np.sqrt(np.where(finite, precision, 1.0))
    mean = std**2 * (power * reference.mean / reference.std**2 + (1 - power) * policy.mean / policy.std**2)
    tilted = Gaussian(mean, std)
    # The constant: π_ref^p π_θ^{1−p} / tilted, evaluated where that is most accurate.
    log_mass = power * reference.log_prob(mean) + (1 - power) * policy.log_prob(mean) - tilted.log_prob(mean)
    actions = tilted[..., None].mean + tilted[..., None].std * _NODES
    weights = _WEIGHTS / np.sqrt(2 * np.pi)
    score = np.stack(policy[..., None].score(actions))
    moments = np.sum(weights * log_ratio(policy, reference, actions) ** degree * score**2, axis=-1)
    with np.errstate(over="ignore"):
        return np.where(finite, np.exp(np.where(finite, log_mass, 0.0)) * moments, np.inf)


def _check(name: str) -> None:
    if name not in VALUES:
        raise ValueError(f"name={name!r} is unknown: it must be one of {', '.join(VALUES)}")
