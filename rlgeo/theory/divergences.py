"""Divergences of a Gaussian policy from a Gaussian reference in closed form, and their gradients in θ = (μ, σ).

With d = μ − μ_ref. KL(π_θ‖π_ref) itself is :meth:`rlgeo.Gaussian.kl`. Each function here gives (value, ∂μ, ∂σ).
"""

from __future__ import annotations

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.toy.gaussian import Gaussian

ValueAndGradient = tuple[Array, Array, Array]
"""A function of θ and its derivatives in μ and σ."""


def reverse_kl(policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """KL(π_θ‖π_ref)."""
    return policy.kl(reference), *policy.kl_gradient(reference)


def forward_kl(policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """KL(π_ref‖π_θ) = log(σ/σ_ref) + (σ_ref² + d²)/(2σ²) − ½, with ∂μ = d/σ² and ∂σ = 1/σ − (σ_ref² + d²)/σ³."""
    distance, std = policy.mean - reference.mean, policy.std
    spread = reference.std**2 + distance**2
    value = np.log(std / reference.std) + spread / (2 * std**2) - 0.5
    return value, distance / std**2, 1 / std - spread / std**3


def half_chi_squared(policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """½ χ²(π_θ‖π_ref) = ½ (M − 1) with M = E[π_θ/π_ref] = σ_ref²/(σ√q) e^{d²/q} and q = 2σ_ref² − σ².

    Where q ≤ 0 it is infinite, and so are its derivatives: there σ is pushed inward, and μ toward μ_ref, without limit.
    """
    distance, std = policy.mean - reference.mean, policy.std
    q = 2 * reference.std**2 - std**2
    finite = q > 0
    q = np.where(finite, q, 1.0)
    mass = reference.std**2 / (std * np.sqrt(q)) * np.exp(np.minimum(distance**2 / q, 600.0))
    d_mean = mass * distance / q
    d_std = 0.5 * mass * (std / q - 1 / std + 2 * std * distance**2 / q**2)
    outward = np.where(distance == 0, 0.0, np.where(distance > 0, np.inf, -np.inf))
    return (
        np.where(finite, 0.5 * (mass - 1), np.inf),
        np.where(finite, d_mean, outward),
        np.where(finite, d_std, np.inf),
    )


def half_squared_log_ratio(policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """½ E[x²], x = log π_ref/π_θ = A + Bξ + Cξ² with standard normal ξ: ½ (A² + 2AC + B² + 3C²).

    A = log(σ/σ_ref) − d²/(2σ_ref²), B = −dσ/σ_ref², C = ½ (1 − σ²/σ_ref²).
    """
    distance, std, variance = policy.mean - reference.mean, policy.std, reference.std**2
    a = np.log(std / reference.std) - distance**2 / (2 * variance)
    b = -distance * std / variance
    c = 0.5 * (1 - std**2 / variance)
    value = 0.5 * (a**2 + 2 * a * c + b**2 + 3 * c**2)
    d_mean = -distance / variance * (a + c) - b * std / variance
    d_std = (a + c) / std - std / variance * (a + 3 * c) - b * distance / variance
    return value, d_mean, d_std


def jensen_shannon(policy: Gaussian, reference: Gaussian, count: int = 2001) -> Array:
    """½ KL(π_θ‖m) + ½ KL(π_ref‖m) with m = ½ (π_θ + π_ref), at most log 2; by the trapezoidal rule over 12 σ.

    For one policy, right to 1e-6 where neither Gaussian is more than a hundred times narrower than the other.
    """
    pair = (policy, reference)
    low, high = (f([float(p.mean) + side * 12 * float(p.std) for p in pair]) for f, side in ((min, -1), (max, 1)))
    # The nodes of both, so that there are many where the narrower one lives.
    own = [float(p.mean) + float(p.std) * np.linspace(-12, 12, count) for p in pair]
    a = np.unique(np.concatenate([*own, [low, high]]))
    log_p, log_q = (one.log_prob(a) for one in pair)
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    terms = [0.5 * np.exp(log_one) * (log_one - log_m) for log_one in (log_p, log_q)]
    return np.trapezoid(terms[0] + terms[1], a)
