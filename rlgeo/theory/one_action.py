"""Nodes for integrals over one action; where they are traced, the browser's nodes, which no number can refine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, Real
from rlgeo.theory.quadrature import normal_nodes, rule
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

REACH = 12.0
"""Of the browser's nodes, in standard deviations and widths."""
EVEN, FINE = 2049, 641
"""How many they are, over everything and over the policy alone."""


def under_policy(policy: Gaussian, problem: Problem, finest: Real = 1.0) -> tuple[Array, Array]:
    """Actions and weights with E_π[f(a)] ≈ Σ w f(a) for one policy; f may contain products of two bumps.

    Or what else varies within ``finest`` of the policy's standard deviations.
    """
    traced = check.is_duck(policy.std)
    if traced:
        a = policy.mean + policy.std * np.linspace(-REACH, REACH, FINE)
        return a, 2 * REACH / (FINE - 1) * policy.std * policy.density(a)
    xi, mass = normal_nodes(float(np.minimum(finest, 0.5 * np.min(problem.reward.widths) / policy.std)))
    return policy.mean + policy.std * xi, mass


def over_everything(
    log_weight: Callable[[Array], Array], policy: Gaussian, problem: Problem
) -> tuple[Array, Array | float]:
    """Actions and weights with ∫ f(a) da ≈ Σ w f(a), as :func:`rlgeo.theory.quadrature.rule` makes them.

    f is as smooth as the policy, the reference and the reward.
    """
    reward, reference, traced = problem.reward, problem.reference, check.is_duck(policy.std)
    if traced:
        low: Real = np.min(reward.centers - REACH * reward.widths)
        high: Real = np.max(reward.centers + REACH * reward.widths)
        for p in (policy, reference):
            low, high = np.minimum(low, p.mean - REACH * p.std), np.maximum(high, p.mean + REACH * p.std)
        return np.linspace(low, high, EVEN), (high - low) / (EVEN - 1)
    centers, widths = (reward.centers, reference.mean, policy.mean), (reward.widths, reference.std, policy.std)
    return rule(log_weight, np.hstack(centers), np.hstack(widths))
