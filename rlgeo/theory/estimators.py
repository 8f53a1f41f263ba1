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
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

Baseline = Literal["none", "mean", "leave-one-out", "expected", "optimal"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)

_XI = np.linspace(-12, 12, 2401)
_WEIGHT = np.exp(-0.5 * _XI**2) / np.sqrt(2 * np.pi) * (_XI[1] - _XI[0])


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
        n = np.shape(rewards)[-1]
        return n / (n - 1) * (rewards - np.mean(rewards, axis=-1, keepdims=True))
    if baseline == "expected":
        return rewards - problem.expected_reward(policy)[..., None]
    raise ValueError("baseline='optimal' differs between μ and σ, so it gives no single advantage")


def bias_factor(batch_size: float, baseline: Baseline = "mean") -> float:
    """E[estimate] / ∇E_π[r]: (N − 1)/N with the batch's own mean, 1 with every other baseline."""
    _check(baseline)
    return (batch_size - 1) / batch_size if baseline == "mean" else 1.0


def variance(policy: Gaussian, problem: Problem, batch_size: Array, baseline: Baseline = "mean") -> tuple[Array, Array]:
    """Var of the estimate of ∇E_π[r], (μ, σ); the exact KL term adds none.

    With m₂₂ = E[(r − E r)² s²], g = E[r s], v = Var r and I = E[s²], the leave-one-out estimate is the unbiased
    sample covariance of r and s, so its variance is (m₂₂ − g² (N−2)/(N−1) + v I/(N−1))/N; the in-batch mean
    multiplies the estimate by (N−1)/N. A constant b gives (E[(r − b)² s²] − g²)/N.

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
    actions = policy.mean + policy.std * _XI
    r = problem.reward(actions)
    result = []
    for s in policy.score(actions):
        g, fisher, center = (float(np.sum(_WEIGHT * x)) for x in (r * s, s**2, r))
        if baseline in ("mean", "leave-one-out"):
            m22, v = (float(np.sum(_WEIGHT * (r - center) ** 2 * x)) for x in (s**2, 1.0))
            unbiased = (m22 - g**2 * (n - 2) / (n - 1) + v * fisher / (n - 1)) / n
            result.append(unbiased * ((n - 1) / n) ** 2 if baseline == "mean" else unbiased)
            continue
        constant = {"none": 0.0, "expected": center, "optimal": float(np.sum(_WEIGHT * r * s**2)) / fisher}[baseline]
        result.append((float(np.sum(_WEIGHT * (r - constant) ** 2 * s**2)) - g**2) / n)
    return result[0], result[1]


def _check(baseline: str) -> None:
    if baseline not in BASELINES:
        raise ValueError(f"baseline={baseline!r} is unknown: it must be one of {', '.join(BASELINES)}")
