"""How an action's reward ranks among those of others: on many nodes, between which the reward is taken as linear."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy

from rlgeo.arguments.check import Array

REACH = 8.5
"""Of the nodes, in standard deviations."""
MANY = 8001
"""Nodes; so many leave an error of 1e-6."""


def nodes(count: int = MANY) -> tuple[Array, Array]:
    """ξ and weights with E[f(ξ)] ≈ Σ w f(ξ) for standard normal ξ."""
    xi, spacing = np.linspace(-REACH, REACH, count, retstep=True)
    return xi, np.exp(-0.5 * xi**2) * spacing / np.sqrt(2 * np.pi)


def share_below(xi: Array, rewards: Array) -> Array:
    """F(x) = P(x' < x) at every node: on each stretch where the reward rises or falls, the mass below x."""
    rises = np.diff(rewards) >= 0
    turns = np.flatnonzero(rises[1:] != rises[:-1]) + 1
    share = np.zeros(np.size(xi))
    for first, last in pairwise([0, *turns, np.size(xi) - 1]):
        x, y = xi[first : last + 1], rewards[first : last + 1]
        if rises[first]:
            share += scipy.special.ndtr(np.interp(rewards, y, x)) - scipy.special.ndtr(x[0])
        else:
            share += scipy.special.ndtr(-np.interp(rewards, y[::-1], x[::-1])) - scipy.special.ndtr(-x[-1])
    return share


def lead(xi: Array, rewards: Array, others: int) -> Array:
    """E max(x − M, 0) at every node, M the largest of so many others: ∫ F(v)^others dv from below up to x."""
    order, power = np.argsort(rewards), share_below(xi, rewards) ** others
    integral = scipy.integrate.cumulative_trapezoid(power[order], rewards[order], initial=0.0)
    return integral[np.argsort(order)]
