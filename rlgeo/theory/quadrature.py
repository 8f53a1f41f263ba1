"""Integrals under the standard normal: trapezoidal and quasi-Monte Carlo nodes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from rlgeo.arguments.check import Array

REACH = 9.0
"""Standard normals beyond ±9 have a mass of 2·10⁻¹⁹."""


@lru_cache(maxsize=16)
def normal_nodes(count: int) -> tuple[Array, Array]:
    """Nodes ξ and weights w with E[f(ξ)] ≈ Σ w f(ξ), read-only, shape ``(count,)``.

    The trapezoidal rule, which converges geometrically for smooth f (Trefethen & Weideman 2014) and, unlike
    Gauss–Hermite, wastes no nodes far out and does not mind a kink.
    """
    nodes = np.linspace(-REACH, REACH, count)
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
