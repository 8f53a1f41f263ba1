"""Integrals that choose their own resolution: Gauss–Legendre panels, and quasi-Monte Carlo for many dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy

from rlgeo.arguments.check import Array, ArrayLike

ORDER = 20
"""Nodes per panel. On e^f with f a parabola that falls by FALL from the middle to the ends, the error is 1e-14."""
FALL = 6.0
REACH = 40.0
"""What is e⁻⁴⁰ times smaller than the peak does not count."""
LEVELS = 100
"""Bisections; more than there are floating-point numbers to part."""


@lru_cache(maxsize=8)
def _legendre(order: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return nodes, weights


def nodes(low: Array, high: Array, order: int = ORDER) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss–Legendre rule on each panel, both of shape ``(*panels, order)``."""
    x, w = _legendre(order)
    half = 0.5 * (high - low)[..., None]
    return 0.5 * (high + low)[..., None] + half * x, half * w


def halves(low: Array, high: Array) -> tuple[Array, Array]:
    """The panels' left halves, then their right halves."""
    middle = 0.5 * (low + high)
    return np.concatenate([low, middle]), np.concatenate([middle, high])


def panels(log_weight: Callable[[Array], Array], centers: ArrayLike, widths: ArrayLike) -> tuple[Array, Array]:
    """(low, high) of panels on which e^{log_weight}, times what varies around ``centers`` on ``widths``, is smooth.

    Panels are bisected until each is no longer than two widths of every center, or its distance from that center,
    and until ``log_weight``, which must vary on these widths too, falls by at most 6 within it; those without
    weight are left out.

    Raises
    ------
    ArithmeticError
        If the weight is narrower than floating-point numbers can tell.
    """
    centers, widths = np.ravel(centers), np.ravel(widths)
    low, high = np.atleast_1d(np.min(centers - 16 * widths)), np.atleast_1d(np.max(centers + 16 * widths))
    done: list[Array] = []
    peak = -np.inf
    for _ in range(LEVELS):
        x, _ = nodes(low, high)
        values = log_weight(x)
        top = np.max(values, axis=-1)
        fall = top - np.min(values, axis=-1)
        peak = max(peak, float(np.max(top)))
        if peak - REACH == peak:
            break
        middle, length = 0.5 * (low + high), high - low
        distance = np.abs(middle[:, None] - centers) - 0.5 * length[:, None]
        coarse = np.any(length[:, None] > np.maximum(2 * widths, distance), axis=-1)
        # Between its nodes a resolved weight exceeds them by less than it varies.
        split = coarse | ((fall > FALL) & (top + fall > peak - REACH))
        done.append(np.stack([low, high, top + fall])[:, ~split])
        if not np.any(split):
            low, high, bound = np.concatenate(done, axis=-1)
            order = np.argsort(low)
            kept = order[bound[order] > peak - REACH]
            return low[kept], high[kept]
        low, high = halves(low[split], high[split])
    raise ArithmeticError("the integrand is narrower than floating-point numbers can tell: is β too small?")


def rule(
    log_weight: Callable[[Array], Array], centers: ArrayLike, widths: ArrayLike, order: int = ORDER
) -> tuple[Array, Array]:
    """Nodes and weights, shape ``(n,)``: ∫ f ≈ Σ w f for f that is smooth and small as :func:`panels` says."""
    x, w = nodes(*panels(log_weight, centers, widths), order)
    return np.ravel(x), np.ravel(w)


@lru_cache(maxsize=16)
def normal_nodes(finest: float = 1.0) -> tuple[Array, Array]:
    """Nodes ξ and weights w with E[f(ξ)] ≈ Σ w f(ξ) for standard normal ξ, read-only, shape ``(n,)``.

    The trapezoidal rule on ±12, which converges geometrically (Trefethen & Weideman 2014): f may contain products
    of two bumps, each at least ``finest`` wide.
    """
    nodes = np.linspace(-12, 12, 2 * math.ceil(24 / min(finest, 1.0)) + 1)
    weights = np.exp(-0.5 * nodes**2)
    weights /= np.sum(weights)
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights


@lru_cache(maxsize=16)
def normal_points(dimension: int, replicates: int, count: int) -> Array:
    """Quasi-Monte Carlo standard normals, shape ``(replicates, count, dimension)``, read-only.

    Scrambled Sobol points (Owen 1998) through the normal quantile. The replicates are independently scrambled, so
    that the spread of their averages is an honest error estimate. ``count`` is a power of 2.
    """
    # The short last axis lies outermost in memory, where NumPy reduces along it much faster.
    points = np.empty((dimension, replicates, count)).transpose(1, 2, 0)
    for seed, replicate in enumerate(points):
        sobol = scipy.stats.qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(seed))
        # The half ulp keeps the quantile finite where scrambling returns an exact 0.
        replicate[:] = scipy.special.ndtri(np.clip(sobol.random(count), 2.0**-54, 1 - 2.0**-53))
    points.flags.writeable = False
    return points
