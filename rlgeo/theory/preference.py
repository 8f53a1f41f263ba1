"""DPO on infinitely many pairs: its loss, its field and its minimizer, by quadrature over two actions from π_ref."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from rlgeo.arguments.check import Array
from rlgeo.theory.quadrature import normal_nodes
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward

NODES = 257
"""For pairs of actions, in each of the two. The narrower the policy, the steeper h: the field's relative error is
below 1e-7 for σ ≥ σ_ref/2 and grows to 3e-4 at σ = .03."""
WINS = 1025
"""For the label's part, which needs but one action's chance to win."""
OPPONENTS = 1025
"""For that chance, an integral over a step of width ν."""
SHARP = 0.25
"""Below this ν the step and the kinks it leaves where r is stationary want finer grids: two and four times as many."""
SEPARATED = 1e2
"""Coefficients beyond this only sharpen a separation that is already complete."""


def rate(problem: Problem, label_noise: float, actions: Array) -> Array:
    """P(a ≻ b) = E_b σ((r(a) − r(b))/ν), b ~ π_ref: how often each action wins against a random opponent.

    At ν = 0 the share of opponents with less reward, each cell of the grid counted by the fraction of it where a
    straight line through its ends lies below r(a); ties count half.
    """
    nodes, weights = normal_nodes(OPPONENTS if label_noise >= SHARP else 4 * OPPONENTS - 3)
    opponents = problem.reward(problem.reference.mean + problem.reference.std * nodes)
    gap = problem.reward(actions)[..., None] - opponents
    if label_noise > 0:
        return scipy.special.expit(gap / label_noise) @ weights
    ahead, size = np.maximum(gap, 0.0), np.abs(gap)
    ahead, size = ahead[..., 1:] + ahead[..., :-1], size[..., 1:] + size[..., :-1]
    cells = np.diff(scipy.special.ndtr(nodes))
    return np.sum(cells * np.where(size > 0, ahead / np.where(size > 0, size, 1.0), 0.5), axis=-1)


@lru_cache(maxsize=32)
def _wins(problem: Problem, label_noise: float) -> tuple[Array, Array]:
    """Actions a ~ π_ref and the weight of each as the winner of a pair, 2 × density × P(a ≻ ·); the sum is 1."""
    nodes, weights = normal_nodes(WINS if label_noise >= SHARP else 2 * WINS - 1)
    actions = problem.reference.mean + problem.reference.std * nodes
    wins = weights * rate(problem, label_noise, actions)
    return actions, wins / np.sum(wins)


def _pairs(problem: Problem) -> tuple[Array, Array]:
    """Actions a ~ π_ref and their weights."""
    nodes, weights = normal_nodes(NODES)
    return problem.reference.mean + problem.reference.std * nodes, weights


def expected_gradient(policy: Gaussian, problem: Problem, beta: float, label_noise: float) -> tuple[Array, Array]:
    """β_D E[(P(a ≻ b) − σ(h)) (s(a) − s(b))] = 2β_D E_a[(P(a ≻ ·) − E_b σ(h)) s(a)], since swapping flips both."""
    actions, weights = _pairs(problem)
    implicit = beta * (policy[..., None].log_prob(actions) - problem.reference.log_prob(actions))
    modeled = np.empty(implicit.shape)
    for i in np.ndindex(policy.shape):
        modeled[i] = scipy.special.expit(implicit[i][:, None] - implicit[i]) @ weights
    winners, wins = _wins(problem, label_noise)
    d_mean, d_std = (
        beta * (np.sum(wins * winner_score, axis=-1) - np.sum(2 * weights * modeled * score, axis=-1))
        for winner_score, score in zip(policy[..., None].score(winners), policy[..., None].score(actions), strict=True)
    )
    return d_mean, d_std


def loss(policy: Gaussian, problem: Problem, beta: float, label_noise: float) -> Array:
    """E[log(1 + eʰ) − P(a ≻ b) h] = −E log σ(h) over labeled pairs, one number per policy."""
    actions, weights = _pairs(problem)
    implicit = beta * (policy[..., None].log_prob(actions) - problem.reference.log_prob(actions))
    softplus = np.empty(policy.shape)
    for i in np.ndindex(policy.shape):
        softplus[i] = weights @ np.logaddexp(0.0, implicit[i][:, None] - implicit[i]) @ weights
    winners, wins = _wins(problem, label_noise)
    winner_implicit = beta * (policy[..., None].log_prob(winners) - problem.reference.log_prob(winners))
    return softplus - np.sum(wins * winner_implicit, axis=-1) + np.sum(weights * implicit, axis=-1)


def coefficients(problem: Problem, label_noise: float) -> tuple[float, float]:
    """c₁, c₂ that minimize −E log σ(h) over margins h = c₁(a − b) + c₂(a² − b²): a convex problem.

    Both NaN where labels are separable, that is, where some parabola orders all actions as the reward does: then
    the margin grows without end. Remembered: neither β nor β_D enters, so one regression serves all β_D.
    """
    reward, reference = problem.reward, problem.reference
    numbers = (reward.weights, reward.centers, reward.widths, reference.mean, reference.std)
    return _remembered(tuple(tuple(np.ravel(x).tolist()) for x in numbers), float(label_noise))


@lru_cache(maxsize=1024)
def _remembered(numbers: tuple[tuple[float, ...], ...], label_noise: float) -> tuple[float, float]:
    """:func:`coefficients` from w, c, s, μ_ref and σ_ref."""
    *bumps, (mean,), (std,) = numbers
    return _regression(Problem(BumpReward(*bumps), Gaussian(mean, std)), label_noise)


def _regression(problem: Problem, label_noise: float) -> tuple[float, float]:
    """:func:`coefficients`, computed.

    Solved for features z and z² with z = (a − μ_ref)/σ_ref, in a trust region and then by Newton's method.
    """
    mean, std = problem.reference.mean, problem.reference.std
    z, weights = normal_nodes(NODES)
    winners, wins = _wins(problem, label_noise)
    features = np.stack([z, z**2])
    winner_features = np.stack([(winners - mean) / std, ((winners - mean) / std) ** 2])
    observed = winner_features @ wins

    def margin(c: Array) -> Array:
        return np.subtract.outer(c @ features, c @ features)

    def value(c: Array) -> float:
        return float(weights @ np.logaddexp(0.0, margin(c)) @ weights - c @ (observed - features @ weights))

    def slope(c: Array) -> Array:
        return 2 * features @ (weights * (scipy.special.expit(margin(c)) @ weights)) - observed

    def curvature(c: Array) -> Array:
        chance = scipy.special.expit(margin(c))
        mass = np.outer(weights, weights) * chance * (1 - chance)
        return 2 * (features * np.sum(mass, axis=0) - features @ mass) @ features.T

    def separated(c: Array) -> bool:
        return bool(np.linalg.norm(c) > SEPARATED)

    def stop(intermediate_result: Any) -> None:
        if separated(intermediate_result.x):
            raise StopIteration

    near = scipy.optimize.minimize(value, np.zeros(2), jac=slope, hess=curvature, method="trust-exact", callback=stop)
    if separated(near.x):
        return np.float64(np.nan), np.float64(np.nan)
    linear, quadratic = scipy.optimize.root(slope, near.x, jac=curvature, tol=1e-13).x
    c2 = quadratic / std**2
    return linear / std - 2 * c2 * mean, c2
