"""The KL coefficient below which GRPO's policy narrows without end.

At a quadratic reward peak, r = r₀ − κ(a − c)²/2, under π_θ = N(c, σ²) the normalized advantages are those of
x_i = −ξ_i² with ξ standard normal: κ, σ and r₀ drop out. So the expected step in σ is (c_G − β)/(−σ) plus what
vanishes with σ, where

    c_G = −E[1/G Σ Â_i (ξ_i² − 1)] = (G − 1)/G E[std(ξ_1², …, ξ_G²)],   c_2 = √2/π,   c_∞ = √2
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from rlgeo.arguments import check
from rlgeo.arguments.check import Array

LARGE = 5000
"""From this G on the expansion is good to 8 digits; the integral there needs thousands of nodes."""
ALLOWED = check.Interval.parse("[2, inf]")


@lru_cache(maxsize=256)
def collapse_threshold(group_size: float) -> float:
    """c_G: GRPO without δ collapses onto a quadratic peak whenever β < c_G.

    For Q = Σ(x_i − x̄)² one has E√Q = 1/(2√π) ∫₀^∞ (1 − L(t)) t^{−3/2} dt with L(t) = E e^{−tQ}, and
    e^{−tQ} = √(tG/π) ∫ Π_i e^{−t(x_i − m)²} dm, whose factors are independent. Both integrals by the trapezoidal
    rule, in log t and in arsinh(m √t); the result is good to 6 digits. Large G have an expansion.

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
    return _threshold(size)


def _threshold(size: float) -> float:
    """:func:`collapse_threshold` without its memory; finite ``size``.

    For large G, with s² = 2(1 + ε) the sample variance of χ²₁ has E ε² = 14/G + 2/G² and, to second order,
    E ε³ = 664/G² and E ε⁴ = 588/G² (Cramér 1946, §27.4), so E√(1 + ε) = 1 − 7/(4G) + 585/(32G²) + O(G⁻³).
    """
    if size >= LARGE:
        return float(np.sqrt(2) * (1 - 1 / size) * (1 - 7 / (4 * size) + 585 / (32 * size**2)))
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
    right = np.exp(-t * m**2) * shape * scipy.special.kve(0.25, w) / np.sqrt(2 * np.pi)
    both = scipy.special.ive(-0.25, w) + scipy.special.ive(0.25, w)
    left = np.exp(np.minimum(1 / (16 * t) - m / 2, 0.0)) * shape * both * np.sqrt(np.pi) / 2
    return np.where(z > 0, right, left) / np.sqrt(2) / (2 * t) ** 0.25
