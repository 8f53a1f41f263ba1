"""The best of N actions: its distribution, and what refitting a policy to it again and again does.

With F(v) = P(r < v) under π the best of N has the density N F(r(a))^{N−1} π(a). Where no two rewards are equal,
F(r(a)) is uniform, so KL(best of N‖π) = log N − (N − 1)/N whatever the reward is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from rlgeo.arguments.check import Array, Real
from rlgeo.theory import ranks
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem


def divergence(count: float) -> float:
    """KL(best of N‖π) = log N − (N − 1)/N in nats, where rewards do not tie."""
    return float(np.log(count) - (count - 1) / count)


def weights(rewards: Array, count: float) -> tuple[Array, Array]:
    """ξ and weights with E[f(ξ)] ≈ Σ w f(ξ), ξ being the best of N standard normals by its reward.

    Parameters
    ----------
    rewards
        Of ξ, at the nodes of :func:`rlgeo.theory.ranks.nodes`.
    count
        N ≥ 1.
    """
    xi, mass = ranks.nodes(np.size(rewards))
    chosen = _chosen(xi, mass, rewards, count)
    return xi, chosen / np.sum(chosen)


def _chosen(xi: Array, mass: Array, rewards: Array, count: Real) -> Array:
    """F^{N−1} times the nodes' masses; their sum is 1/N."""
    return mass * ranks.share_below(xi, rewards) ** (count - 1)


def expectation(f: Callable[[Array], Array], policy: Gaussian, problem: Problem, count: float) -> float:
    """E[f(a)] for the best of N actions of one policy."""
    actions, xi, mass = ranks.actions(policy)
    chosen = _chosen(xi, mass, problem.reward(actions), count)
    return float(np.sum(chosen * f(actions)) / np.sum(chosen))


def density(actions: Array, policy: Gaussian, problem: Problem, count: float) -> Array:
    """N F(r(a))^{N−1} π(a), the density of the best of N actions of one policy."""
    xi = np.union1d(ranks.nodes()[0], (actions - policy.mean) / policy.std)
    share = ranks.share_below(xi, problem.reward(policy.mean + policy.std * xi))
    here = share[np.searchsorted(xi, (actions - policy.mean) / policy.std)]
    return count * here ** (count - 1) * policy.density(actions)


def at_divergence(problem: Problem, nats: float) -> Problem:
    """The problem at the β for which KL(π*‖π_ref) is so large: what the best of N is compared with.

    Raises
    ------
    ValueError
        If no β between 1e-3 and 1e3 does it.
    """

    def excess(log_beta: float) -> float:
        return problem.at_beta(float(np.exp(log_beta))).optimum().kl_to_reference - nats

    ends = np.log([1e-3, 1e3])
    if not excess(ends[1]) < 0 < excess(ends[0]):
        raise ValueError(f"nats={nats:g} is not the divergence of π* at any β between 0.001 and 1000")
    return problem.at_beta(float(np.exp(scipy.optimize.brentq(excess, *ends, xtol=1e-10))))


def refit(policy: Gaussian, problem: Problem, count: float) -> Gaussian:
    """One round of rejection sampling: the Gaussian with the moments of the best of N actions of ``policy``."""
    actions, xi, mass = ranks.actions(policy)
    chosen = _chosen(xi, mass, problem.reward(actions), count)
    mean = np.sum(chosen * actions) / np.sum(chosen)
    return Gaussian(mean, np.sqrt(np.sum(chosen * (actions - mean) ** 2) / np.sum(chosen)))


def shrinking(count: float) -> float:
    """c_N, by which a round multiplies σ² at a peak: E[ξ²] for the ξ nearest to 0 of N standard normals."""
    xi, chosen = weights(-np.abs(ranks.nodes()[0]), count)
    return float(chosen @ xi**2)


def travel(count: float) -> float:
    """How many σ₀ all rounds together move μ on a slope: E[max]/(1 − Std[max]), max the largest of N standard normals.

    A round moves μ by E[max] σ and multiplies σ by Std[max] < 1, so the distances form a geometric series.
    """
    xi, weight = ranks.nodes()
    chosen = weight * count * scipy.special.ndtr(xi) ** (count - 1)
    mean = chosen @ xi
    return float(mean / (1 - np.sqrt(chosen @ (xi - mean) ** 2)))
