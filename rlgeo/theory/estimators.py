"""How noisy a score-function gradient is: exact variances at any batch size, for five baselines.

For N actions a_i ~ π_θ with rewards r_i and scores s_i = ∇ log π_θ(a_i), the estimators are

    1/N Σ (r_i − b) s_i

and differ in the baseline b: none at all; the batch's own mean r̄ (Williams 1992 with the usual choice); the mean
of the others (RLOO: Kool, van Hoof & Welling 2019; Ahmadian et al. 2024); the exact E_π[r], which a perfectly
learned V would be; and the constant that minimizes the variance, E[r s²]/E[s²] (Greensmith, Bartlett & Baxter 2004).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.methods.rloo import leave_one_out
from rlgeo.theory.quadrature import normal_nodes
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

Baseline = Literal["none", "mean", "leave-one-out", "expected", "optimal"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)


def advantages(rewards: Array, baseline: Baseline, problem: Problem, policy: Gaussian) -> Array:
    """r_i − b for a batch of rewards of shape ``(*policies, N)``.

    Raises
    ------
    ValueError
        If ``baseline`` is unknown.
    """
    _check(baseline)
    if baseline == "none":
        return rewards
    if baseline == "mean":
        return rewards - np.mean(rewards, axis=-1, keepdims=True)
    if baseline == "leave-one-out":
        return leave_one_out(rewards)
    if baseline == "expected":
        return rewards - problem.expected_reward(policy)[..., None]
    raise ValueError("baseline='optimal' differs between μ and σ, so it gives no single advantage")


def variance(policy: Gaussian, problem: Problem, batch_size: Array, baseline: Baseline = "mean") -> tuple[Array, Array]:
    """Var of the estimate of ∇E_π[r], (μ, σ); the exact KL term adds none.

    With m₂₂ = E[(r − E r)² s²], g = E[r s], v = Var r and I = E[s²], the leave-one-out estimate is the unbiased
    sample covariance of r and s, so its variance is (m₂₂ − g² (N−2)/(N−1) + v I/(N−1))/N; the in-batch mean
    multiplies the estimate by (N−1)/N. A constant b gives (E[(r − b)² s²] − g²)/N.
    The moments are integrals that resolve every bump, right to 1e-13 of the largest r² s².

    Parameters
    ----------
    policy
        A single π_θ.
    batch_size
        N ≥ 2, a number or an array.

    Raises
    ------
    ValueError
        If some N < 2 or the baseline is unknown.
    """
    _check(baseline)
    n = check.array("batch_size", batch_size, check.Interval.parse("[2, inf)"))
    xi, weight = normal_nodes(float(np.min(problem.reward.widths) / policy.std))
    actions = policy.mean + policy.std * xi
    center, v = (float(x) for x in (problem.expected_reward(policy), problem.reward.variance(policy)))
    centered = problem.reward(actions) - center
    result = []
    for s, g, fisher in zip(
        policy.score(actions), problem.reward.expectation_gradient(policy), (1, 2) / policy.std**2, strict=True
    ):
        m22, m12 = (np.sum(weight * centered**k * s**2) for k in (2, 1))
        if baseline in ("mean", "leave-one-out"):
            unbiased = (m22 - g**2 * (n - 2) / (n - 1) + v * fisher / (n - 1)) / n
            result.append(unbiased * ((n - 1) / n) ** 2 if baseline == "mean" else unbiased)
        else:
            b = {"none": -center, "expected": 0.0, "optimal": m12 / fisher}[baseline]
            result.append((m22 - 2 * b * m12 + b**2 * fisher - g**2) / n)
    return result[0], result[1]


def _check(baseline: str) -> None:
    if baseline not in BASELINES:
        raise ValueError(f"baseline={baseline!r} is unknown: it must be one of {', '.join(BASELINES)}")
