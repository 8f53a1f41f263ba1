"""Labels of infinitely many pairs: how often an action wins against a random opponent from π_ref.

P(a ≻ b) = S((r(a) − r(b))/ν) is a step of width ν in b wherever r passes r(a). So panels are bisected until, for
each level r(a), r varies by a few ν within a panel, or the panel is decided, or r is a straight line on it, over
which the logistic function has an exact mean. That holds for any ν, zero included.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from rlgeo.arguments.check import Array, ArrayLike, Mask
from rlgeo.theory.quadrature import ORDER, halves, nodes, panels
from rlgeo.toy.problem import Problem

SMOOTH = 8.0
"""In units of ν: on a panel within which r varies by less, the logistic function is integrated to 13 digits."""
DECIDED = 40.0
"""In units of ν: beyond, a label is certain to 17 digits."""
EXACT = 1e-12
"""The largest error of one panel's share of opponents."""
LAST_NODE = nodes(np.array(-1.0), np.array(1.0))[0][-1]
"""Of a panel from −1 to 1."""
TOLERANCE = 1e-9
"""Of an expectation over actions: the highest Legendre coefficients of each panel, times its mass. What is smooth
is far more exact; at ν = 0, where chances bend like square roots, the sum is right to about 1e-9."""


def label_probability(gap: ArrayLike, label_noise: float) -> Array:
    """P(a ≻ b) = S(gap/ν) for a true margin gap = r(a) − r(b); at ν = 0 a step, with ½ at a tie."""
    if label_noise > 0:
        return scipy.special.expit(_scaled(gap, label_noise))
    return np.heaviside(np.asarray(gap, dtype=np.float64), 0.5)


def _scaled(gap: ArrayLike, label_noise: float) -> Array:
    """gap/ν, infinite where ν is so small that it overflows."""
    with np.errstate(over="ignore"):
        return np.asarray(gap) / label_noise


def win_rate(problem: Problem, label_noise: float, actions: Array) -> Array:
    """E_b P(a ≻ b), b ~ π_ref, of each action.

    The antiderivative of P in the gap g is ν log(1 + e^{g/ν}) = max(g, 0) + ν log(1 + e^{−|g|/ν}).
    """

    def integral(gap: Array) -> Array:
        ramp = np.maximum(gap, 0.0)
        return ramp + label_noise * np.log1p(np.exp(-_scaled(np.abs(gap), label_noise))) if label_noise > 0 else ramp

    return _over_opponents(problem, label_noise, actions, lambda g: label_probability(g, label_noise), integral)


def error_rate(problem: Problem, label_noise: float, actions: Array) -> Array:
    """E_b S(−|r(a) − r(b)|/ν), b ~ π_ref: how often labels of pairs with this action contradict the reward.

    The antiderivative of S(−|g|/ν) is −sign(g) ν log((1 + e^{−|g|/ν})/2).
    """
    if label_noise == 0:
        return np.zeros(np.shape(actions))

    def integral(gap: Array) -> Array:
        return -np.sign(gap) * label_noise * np.log1p(0.5 * np.expm1(-_scaled(np.abs(gap), label_noise)))

    def chance(gap: Array) -> Array:
        return label_probability(-np.abs(gap), label_noise)

    return _over_opponents(problem, label_noise, actions, chance, integral, bent=True)


def _over_opponents(
    problem: Problem,
    label_noise: float,
    actions: Array,
    chance: Callable[[Array], Array],
    integral: Callable[[Array], Array],
    bent: bool = False,
) -> Array:
    """E_b of a chance that depends on the gap r(a) − r(b); ``bent`` where it has a kink at gap 0."""
    levels = np.ravel(problem.reward(actions))
    share = np.zeros(levels.size)
    low, high = _panels(problem)
    level, panel = (np.ravel(x) for x in np.indices((levels.size, low.size)))
    while level.size:
        r, weight, spread, straight = _described(problem, label_noise, low, high)
        # Between the nodes a resolved reward exceeds them by a few percent of what it varies.
        least = levels[level] - np.max(r, axis=-1)[panel] - 0.1 * spread[panel]
        most = levels[level] - np.min(r, axis=-1)[panel] + 0.1 * spread[panel]
        decided = (least > DECIDED * label_noise) | (most < -DECIDED * label_noise)
        one_side = (least > 0) | (most < 0)
        smooth = decided | (spread[panel] <= SMOOTH * label_noise) & (one_side | (not bent))
        for found, curved in ((smooth, True), (straight[panel] & ~smooth, False)):
            gap, mass = levels[level[found], None] - r[panel[found]], weight[panel[found]]
            mean = np.sum(chance(gap) * mass, axis=-1) if curved else _over_line(gap, mass, chance, integral)
            share += np.bincount(level[found], mean, levels.size)
        rest = ~(smooth | straight[panel])
        needed, where = np.unique(panel[rest], return_inverse=True)
        low, high = halves(low[needed], high[needed])
        level, panel = np.tile(level[rest], 2), np.concatenate([where, where + needed.size])
    return share.reshape(np.shape(actions))


def _over_line(
    gap: Array, weight: Array, chance: Callable[[Array], Array], integral: Callable[[Array], Array]
) -> Array:
    """Of panels on which the gap is a straight line, from end to end, which lie beyond the outer nodes."""
    middle, slope = 0.5 * (gap[:, 0] + gap[:, -1]), 0.5 * (gap[:, -1] - gap[:, 0]) / LAST_NODE
    level = slope == 0
    mean = (integral(middle + slope) - integral(middle - slope)) / np.where(level, 1.0, 2 * slope)
    return np.sum(weight, axis=-1) * np.where(level, chance(middle), mean)


def _panels(problem: Problem) -> tuple[Array, Array]:
    """Panels in z = (a − μ_ref)/σ_ref that resolve π_ref and r."""
    reward, mean, std = problem.reward, problem.reference.mean, problem.reference.std
    centers, widths = np.append((reward.centers - mean) / std, 0.0), np.append(reward.widths / std, 1.0)
    return panels(lambda z: -0.5 * z**2, centers, widths)


def _normal(low: Array, high: Array) -> tuple[Array, Array]:
    """Nodes on panels and their weights under the standard normal."""
    z, weight = nodes(low, high)
    return z, weight * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


def _described(problem: Problem, label_noise: float, low: Array, high: Array) -> tuple[Array, Array, Array, Mask]:
    """Of each panel: rewards and masses at its nodes, how much r varies, whether that is as good as a straight line."""
    z, weight = _normal(low, high)
    r = problem.reward(problem.reference.mean + problem.reference.std * z)
    x = (z - z[:, :1]) / (z[:, -1:] - z[:, :1])
    spread = np.ptp(r, axis=-1)
    bent = np.max(np.abs(r - r[:, :1] - x * (r[:, -1:] - r[:, :1])), axis=-1) / np.where(spread > 0, spread, 1.0)
    error = np.sum(weight, axis=-1) * np.minimum(1, bent + (high - low) * np.abs(low + high))
    if label_noise > 0:  # within a panel the chance varies by no more than spread/ν, nor by more than 1
        error *= np.minimum(1, _scaled(spread, label_noise))
    return r, weight, spread, error < EXACT


def expectations(problem: Problem, f: Callable[[Array], Array]) -> Array:
    """E[f(a)], E[f(a) z] and E[f(a) z²] for a = μ_ref + σ_ref z ~ π_ref and an f with kinks where it likes."""
    x, w = nodes(np.array([-1.0]), np.array([1.0]))
    tail = [(n + 0.5) * w[0] * scipy.special.eval_legendre(n, x[0]) for n in range(ORDER - 3, ORDER)]
    low, high = _panels(problem)
    total = np.zeros(3)
    while low.size:
        z, weight = _normal(low, high)
        values = f(problem.reference.mean + problem.reference.std * z)
        rough = np.max(np.abs(values @ np.transpose(tail)), axis=-1) * np.sum(weight * (1 + z**2), axis=-1) > TOLERANCE
        total += np.array([np.sum((weight * values * z**n)[~rough]) for n in range(3)])
        low, high = halves(low[rough], high[rough])
    return total
