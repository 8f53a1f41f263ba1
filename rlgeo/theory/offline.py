"""Learning from data of π_ref: what labels reveal, what a fit implies, and where it converges to.

Both offline methods fit a parabola c₁a + c₂a² to the reward's differences – DPO by logistic regression on labels,
DRO by least squares – and then tilt π_ref by it, divided by their own β. So the destinations for all β lie on one
curve, a straight line in natural parameters, that starts at π_ref.
"""

from __future__ import annotations

import numpy as np
import scipy

from rlgeo.arguments.check import Array, ArrayLike, Real
from rlgeo.theory import labels, natural, pairs, preference
from rlgeo.theory.labels import label_probability as label_probability
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward
from rlgeo.toy.state import Preferences

SEPARATED = 1e2
"""Coefficients beyond this only sharpen a separation of the pairs that is already complete."""


def label_error_rate(problem: Problem, label_noise: float) -> float:
    """The share of labels that contradict the reward, E S(−|r(a) − r(b)|/ν) over pairs from π_ref."""
    return float(labels.expectations(problem, lambda a: labels.error_rate(problem, label_noise, a))[0])


def accuracies(problem: Problem, label_noise: float, beta: float) -> dict[str, float]:
    """Shares of all labeled pairs from π_ref that a score orders as labeled, at DPO's destination; ties count half.

    ``margin`` scores an action by log π_θ/π_ref, ``policy`` by log π_θ and ``reference`` by log π_ref. NaN without a
    destination. On the grid of :mod:`rlgeo.theory.pairs`, right to 1e-4.

    Raises
    ------
    ValueError
        If labels jump between neighbors of the grid: r must change by at most ν from one to the next, or ν be 0, and a
        bump be two cells wide.
    """
    actions, width, mass = pairs.grid(problem)
    jump = np.max(np.abs(np.diff(problem.reward(actions))))
    if 0 < label_noise < jump or np.min(problem.reward.widths) < 2 * width:
        raise ValueError(
            f"label_noise={label_noise:g} is too small for this reward: labels jump within {width:.3g}, the grid's cell"
        )
    end, reference = natural.gaussian(*destinations_by_beta(problem, label_noise, beta)), problem.reference
    if end is None:
        return dict.fromkeys(("margin", "policy", "reference"), np.nan)
    wins = 2 * mass[:, None] * mass * pairs.prefers(problem, label_noise)
    scores = {
        "margin": lambda a: end.log_prob(a) - reference.log_prob(a),
        "policy": end.log_prob,
        "reference": reference.log_prob,
    }
    return {name: float(np.sum(wins * pairs.ahead(score, actions, width))) for name, score in scores.items()}


def implied_reward(actions: Real, problem: Problem, label_noise: float) -> Array:
    """ν (c₁a + c₂a²) − its mean under π_ref: the reward that DPO's population fit implies, up to a constant.

    NaN where the labels are separable.
    """
    c1, c2 = preference.coefficients(problem, label_noise)
    mean, std = problem.reference.mean, problem.reference.std
    return label_noise * (c1 * (actions - mean) + c2 * (actions**2 - mean**2 - std**2))


def destinations_by_beta(problem: Problem, label_noise: float, betas: ArrayLike) -> tuple[Array, Array]:
    """(μ, σ) of DPO's destinations for many β_D from a single regression; NaN where there is none."""
    c1, c2 = preference.coefficients(problem, label_noise)
    return natural.tilted(problem.reference, c1 / np.asarray(betas), c2 / np.asarray(betas))


def smallest_beta(reward: BumpReward, reference: Gaussian) -> Array:
    """σ_ref² E_ref[r″] = σ_ref ∂σ E_ref[r]: DRO's destination exists iff β_R exceeds it. One number per reference."""
    return reference.std * reward.expectation_gradient(reference)[1]


def fit(batch: Preferences, problem: Problem, beta: float) -> Gaussian | None:
    """The policy of least DPO loss on one finite set of pairs; ``None`` where there is none.

    Logistic regression without intercept on (a_w − a_l, a_w² − a_l²), in units of σ_ref.
    """
    mean, std = problem.reference.mean, problem.reference.std
    winners, losers = (batch.winners - mean) / std, (batch.losers - mean) / std
    features = np.stack([winners - losers, winners**2 - losers**2])

    def loss(c: Array) -> tuple[float, Array]:
        margins = c @ features
        slope = -np.mean(features * scipy.special.expit(-margins), axis=-1)
        return float(-np.mean(scipy.special.log_expit(margins))), slope

    best = scipy.optimize.minimize(loss, np.zeros(2), jac=True, options={"gtol": 1e-9})
    margins = best.x @ features  # 0 for a pair of equal actions, which tells nothing
    if np.linalg.norm(best.x) > SEPARATED or np.min(margins) >= 0 < np.max(margins):
        return None
    c2 = best.x[1] / std**2
    return natural.gaussian(*natural.tilted(problem.reference, (best.x[0] / std - 2 * c2 * mean) / beta, c2 / beta))
