"""All pairs of actions from π_ref on a grid: for the browser, and for what depends on two orders of a pair.

For bumps wider than σ_ref/6 right to 1e-9 where ν ≥ 0.05, and at ν = 0 to 1e-6, for narrow bumps to 1e-4;
:mod:`rlgeo.theory.labels` integrates at any resolution.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.toy.problem import Problem

CELLS = 1025
REACH = 8.5
"""Of the grid, in units of σ_ref."""
FLAT = 1e-3
"""The smallest quotient of two cells' slopes that is told from zero."""


def grid(problem: Problem, cells: int = CELLS) -> tuple[Array, Array, Array]:
    """The middles of the cells, their width and their masses under π_ref."""
    reference, z = problem.reference, np.linspace(-REACH, REACH, cells)
    actions, width = reference.mean + reference.std * z, reference.std * (z[1] - z[0])
    return actions, width, width * reference.density(actions)


def ahead(score: Callable[[Array], Array], actions: Array, width: Array, lead: float = 0.0) -> Array:
    """Of the pairs from cells i and j the share in which i's score leads by more than ``lead``; scores are straight.

    For values uniform in x ± A and y ± B with A ≥ B it is ∬ [x > y] in units of A, where [·] has the double
    antiderivative max(u, 0)²/2.
    """
    level = score(actions)
    half = np.maximum(0.5 * np.abs(score(actions + 0.5 * width) - score(actions - 0.5 * width)), 1e-150)
    large = np.maximum(half[:, None], half)
    small = np.maximum(np.minimum(half[:, None], half) / large, FLAT)
    u = np.clip((level[:, None] - level - lead) / large, -1 - small, 1 + small)
    squares = [np.maximum(x, 0.0) ** 2 for x in (u + 1 + small, u + 1 - small, u - 1 + small)]
    return (squares[0] - squares[1] - squares[2]) / (8 * small)


def prefers(problem: Problem, label_noise: float, cells: int = CELLS) -> Array:
    """P(a ≻ b) for all pairs of cells."""
    actions, width, _ = grid(problem, cells)
    rewards = problem.reward(actions)
    gap = rewards[:, None] - rewards
    noisy = scipy.special.expit(gap / np.where(label_noise > 0, label_noise, 1.0))
    if not check.is_duck(label_noise) and label_noise > 0:
        return noisy
    return np.where(label_noise > 0, noisy, ahead(problem.reward, actions, width))


def moments(problem: Problem, label_noise: float) -> tuple[Array, Array, Array]:
    """E[P(a ≻ b) d] and E[P(a ≻ b) dS] of :mod:`rlgeo.theory.preference`, and their usual error.

    At ν = 0 the error is proportional to the area of a pair of cells, so two grids give the limit.
    """

    def on(cells: int) -> tuple[Array, Array]:
        z, mass = np.linspace(-REACH, REACH, cells), grid(problem, cells)[2]
        first = z * mass * np.sum(prefers(problem, label_noise, cells) * mass, axis=-1)
        return 2 * np.sum(first), 2 * np.sum(first * z) - 1

    pairs = zip(on(CELLS), on(CELLS // 2 + 1), strict=True)
    first, second = (np.where(label_noise > 0, fine, (4 * fine - coarse) / 3) for fine, coarse in pairs)
    return first, second, np.where(label_noise > 0, 1e-9, 1e-6)
