"""Any loss of the margin on infinitely many labeled pairs, by one quadrature over pairs of cells.

Pairs (a, b) come from a source, a is the winner with the chance P(a ≻ b), and the margin is the difference of a score,
so that the mean step is 2 E[P(a ≻ b) g (f(a) − f(b))], g the loss's slope at the margin and f what the score moves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.theory import pairs, preference
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward

CELLS = 193
"""In each of the two actions: smooth losses are right to 6 digits, a hinge and certain labels to 4."""
Slopes = Callable[[Callable[[Array], Array], Array, Array], Array]
"""(score, actions, width of a cell) → the loss's slope for a winner in each cell and a loser in each other."""


def at_margins(slope: Callable[[Array], Array]) -> Slopes:
    """The slopes of a smooth loss: at the middles of the cells."""

    def slopes(score: Callable[[Array], Array], actions: Array, width: Array) -> Array:
        return slope(score(actions)[:, None] - score(actions))

    return slopes


def labeled(problem: Problem, label_noise: float) -> Array:
    """The mass of (winner, loser) in each pair of cells."""
    traced = check.is_duck(label_noise)
    if traced:
        return _mass(problem, label_noise)
    return _labeled(preference.numbers(problem, label_noise))


@lru_cache(maxsize=4)
def _labeled(numbers: tuple[tuple[float, ...], ...]) -> Array:
    *bumps, (mean,), (std,), (label_noise,) = numbers
    return _mass(Problem(BumpReward(*bumps), Gaussian(mean, std)), label_noise)


def _mass(problem: Problem, label_noise: float) -> Array:
    mass = pairs.grid(problem, CELLS)[2]
    return 2 * mass[:, None] * mass * pairs.prefers(problem, label_noise, CELLS)


def step(
    score: Callable[[Array], Array],
    moved: Callable[[Array], Array],
    slopes: Slopes,
    problem: Problem,
    label_noise: float,
) -> Array:
    """E[g (f(winner) − f(loser))], pairs from ``problem.reference``; ``moved`` gives f, shape ``(k, n)``."""
    actions, width, _ = pairs.grid(problem, CELLS)
    weight = labeled(problem, label_noise) * slopes(score, actions, width)
    return np.sum(moved(actions) * (np.sum(weight, axis=1) - np.sum(weight, axis=0)), axis=-1)


def coefficients(slopes: Slopes, problem: Problem, label_noise: float) -> tuple[Array, Array]:
    """c₁, c₂ of the parabola c₁a + c₂a² that is the best score; both NaN where none is."""
    mean, std = problem.reference.mean, problem.reference.std

    def powers(actions: Array) -> Array:
        z = (actions - mean) / std
        return np.stack([z, z**2])

    found = scipy.optimize.root(
        lambda c: step(lambda a: c @ powers(a), powers, slopes, problem, label_noise), np.zeros(2), tol=1e-12
    )
    if np.linalg.norm(found.fun) > 1e-8:
        return np.array(np.nan), np.array(np.nan)
    return preference.in_actions(problem.reference, *found.x)
