"""Which summit of J a policy belongs to, and how sure a count of runs makes us."""

from __future__ import annotations

import numpy as np
import scipy

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.toy.box import clamp
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

UNKNOWN = -1
STILL = 1e-6
"""A step this short in the Fisher metric leads nowhere any more."""


def basin(problem: Problem, policy: Gaussian, tops: Gaussian | None = None) -> Array:
    """Index of the summit that the gradient flow of J reaches from each policy, shape ``policy.shape``.

    Parameters
    ----------
    tops
        ``problem.optimum().summits()``, if known.
    """
    tops = problem.optimum().summits() if tops is None else tops
    if tops.shape == (1,):
        return np.zeros(policy.shape, dtype=int)
    ends = _climb(problem, policy)
    return np.argmin(np.hypot(ends.mean[..., None] - tops.mean, np.log(ends.std[..., None] / tops.std)), axis=-1)


def basin_grid(problem: Problem, means: Array, stds: Array, tops: Gaussian | None = None) -> Array:
    """:func:`basin` on the grid ``means`` × ``stds``, indexed ``[std, mean]`` as a heat map wants it.

    Every fourth line of the grid is climbed from; between them only what lies at a border is. A basin narrower than
    four cells can be missed.

    Parameters
    ----------
    means, stds
        Increasing, σ > 0; best 4k + 1 of each.
    tops
        ``problem.optimum().summits()``, if known.
    """
    tops = problem.optimum().summits() if tops is None else tops
    found = np.full((np.size(stds), np.size(means)), UNKNOWN)
    for stride in (4, 2, 1):
        cells, (m, s) = found[::stride, ::stride], np.meshgrid(means[::stride], stds[::stride])
        low = scipy.ndimage.minimum_filter(np.where(cells == UNKNOWN, tops.shape[0], cells), 3)
        high = scipy.ndimage.maximum_filter(cells, 3)
        inside = (cells == UNKNOWN) & (low == high)
        cells[inside] = low[inside]
        border = cells == UNKNOWN
        if np.any(border):
            cells[border] = basin(problem, Gaussian(m[border], s[border]), tops)
    return found


def _climb(problem: Problem, policy: Gaussian, steps: int = 1000) -> Gaussian:
    """The whole batch far up the gradient's curves by Euler's method.

    A step is at most .05 long in the Fisher metric, in which summits are far apart, and short enough not to
    overshoot where J's curvature is at most (β (1 + σ²/σ_ref²) + Σ|w|)/σ². It is over when all have come to rest.
    """
    height = np.sum(np.abs(problem.reward.weights))
    for _ in range(steps):
        d_mean, d_std = problem.gradient(policy)
        length = np.hypot(d_mean, np.sqrt(2) * d_std) / policy.std
        curvature = (problem.beta * (1 + (policy.std / problem.reference.std) ** 2) + height) / policy.std**2
        pace = np.minimum(1 / curvature, 0.05 / np.maximum(length, 1e-300))
        policy = clamp(policy.mean + pace * d_mean, policy.std + pace * d_std)
        if np.max(pace * length) < STILL:
            break
    return policy


def wilson(successes: ArrayLike, trials: int, z: float = 1.96) -> tuple[Array, Array]:
    """Wilson's interval for a probability (1927): (low, high), 95 % with z = 1.96.

    Unlike p̂ ± z√(p̂(1−p̂)/n) it stays inside [0, 1] and says something at 0 and at n successes.

    Raises
    ------
    ValueError
        If ``trials < 1`` or successes are not in [0, trials].
    """
    n = check.integer("trials", trials, at_least=1)
    share = check.array("successes", successes, check.Interval(0, n, True, True)) / n
    center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(center - half, 0.0), np.minimum(center + half, 1.0)


def shares(problem: Problem, policy: Gaussian, tops: Gaussian | None = None) -> tuple[Array, Array, Array]:
    """The share of policies in each summit's basin with Wilson's interval: (share, low, high), left to right."""
    tops = problem.optimum().summits() if tops is None else tops
    counts = np.bincount(np.ravel(basin(problem, policy, tops)), minlength=tops.shape[0])
    total = int(np.sum(counts))
    low, high = wilson(counts, total)
    return counts / total, low, high
