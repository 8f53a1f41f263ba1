"""Gaussians by their natural parameters: multiplying π_ref by e^{c₁a + c₂a²} adds (c₁, c₂) to them."""

from __future__ import annotations

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.toy.gaussian import Gaussian


def tilted(reference: Gaussian, slope: Real, curvature: Real) -> tuple[Array, Array]:
    """(μ, σ) of the Gaussian proportional to π_ref(a) e^{slope·a + curvature·a²}.

    1/σ² = 1/σ_ref² − 2 curvature and μ/σ² = μ_ref/σ_ref² + slope; both NaN where that precision is not positive,
    for then no Gaussian is.
    """
    precision = 1 / reference.std**2 - 2 * curvature
    variance = 1 / np.where(precision > 0, precision, np.nan)
    return variance * (reference.mean / reference.std**2 + slope), np.sqrt(variance)


def gaussian(mean: Array, std: Array) -> Gaussian | None:
    """N(μ, σ²), or ``None`` where σ is NaN."""
    return None if np.isnan(std) else Gaussian(mean, std)
