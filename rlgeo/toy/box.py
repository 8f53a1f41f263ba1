"""The box that training keeps θ = (μ, σ) in. Mathematics, unlike the ranges of sliders, which change no run."""

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.toy.gaussian import Gaussian

MEAN = (-4.0, 4.0)
"""The lowest and the highest μ."""
STD = (0.03, 3.0)
"""The lowest and the highest σ."""


def clamp(mean: Real, std: Real) -> Gaussian:
    """The policy of the box that is nearest to (μ, σ)."""
    return Gaussian(_within(mean, *MEAN), _within(std, *STD))


def _within(x: Real, low: float, high: float) -> Array:
    """np.clip without its checks: every step of every run ends here."""
    return np.minimum(np.maximum(x, low), high)
