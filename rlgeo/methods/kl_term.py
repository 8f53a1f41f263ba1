"""Where the KL enters a method, and by which estimator: one hyperparameter of all that climb a penalized reward.

With x = log π_ref/π_θ at an action of π_θ, s = ∇log π_θ and an estimator k(x) of KL(π_θ‖π_ref),

    as a loss       −β mean_i ∇k(x_i), expected −β E[∇k]
    in the reward   r_i − β k(x_i), x_i a number: expected −β E[k s] = −β (∇E[k] − E[∇k]), the product rule

With E[∇k1] = 0, E[∇k2] = ∇KL(π_θ‖π_ref), E[∇k3] = ∇KL(π_ref‖π_θ) and E[∇k] = ½ ∇χ²(π_θ‖π_ref) for the inverse k3,
both are gradients of divergences in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import choice, select
from rlgeo.theory import divergences
from rlgeo.theory.divergences import ValueAndGradient
from rlgeo.theory.kl_estimators import EXPECTED, SLOPES, VALUES, log_ratio
from rlgeo.theory.quadrature import rule
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem

REASONS = {
    "k1-loss": "σ collapses: E[∇k1] = 0, so k1 as a loss holds nothing, and the policy narrows onto a reward peak",
    "k3-reward": (
        "σ collapses: below σ_ref k3 in the reward pulls σ inward, near σ = 0 with βσ_ref²/σ³, and pushes μ away from "
        "μ_ref"
    ),
    "k3-inverse-loss": "χ² is infinite where σ² ≥ 2σ_ref², or the expected update does not converge from there",
}
"""Why there may be no destination, where that is known beforehand."""

Branches = dict[str, Callable[[], ValueAndGradient]]

NAMES = {"k1": "k1", "k2": "k2", "k3": "k3", "k3-inverse": "k3 with the ratio upside down"}
KL_TERMS: dict[str, str] = {
    "exact": "the exact KL divergence as a loss",
    **{f"{k}-loss": f"{name} as a loss" for k, name in NAMES.items()},
    **{f"{k}-reward": f"{name} in the reward" for k, name in NAMES.items()},
}
"""What :func:`kl_term` chooses from → its meaning."""


def kl_term() -> Any:
    """The hyperparameter, exact unless told otherwise."""
    return choice("exact", "KL", KL_TERMS, "where and how the KL term enters")


def split(kl: Any) -> tuple[Any, Any]:
    """The place, ``"exact"``, ``"loss"`` or ``"reward"``, and the estimator; their numbers where ``kl`` is traced."""
    if isinstance(kl, str):
        estimator, _, place = kl.rpartition("-")
        return place, estimator
    return np.where(kl == 0, 0.0, np.where(kl <= len(NAMES), 1.0, 2.0)), np.remainder(kl - 1, len(NAMES))


def estimate(kl: Any, policy: Gaussian, reference: Gaussian, actions: Array) -> Array:
    """k(x) of every action, by the estimator that ``kl`` names."""
    x = log_ratio(policy, reference, actions)
    return select(split(kl)[1], {name: partial(k, x) for name, k in VALUES.items()})


def penalized_rewards(
    kl: Any, beta: Any, policy: Gaussian, reference: Gaussian, actions: Array, rewards: Array
) -> Array:
    """The rewards of actions of π_θ: r, or r − β k(x) where the KL term is in the reward."""
    return select(
        split(kl)[0],
        {
            "exact": lambda: rewards,
            "loss": lambda: rewards,
            "reward": lambda: rewards - beta * estimate(kl, policy, reference, actions),
        },
    )


def loss(kl: Any, policy: Gaussian, reference: Gaussian, actions: Array) -> Any:
    """What is subtracted β times, one number per policy: the exact KL, mean_i k(x_i), or nothing."""
    return select(
        split(kl)[0],
        {
            "exact": lambda: policy.kl(reference),
            "loss": lambda: np.mean(estimate(kl, policy, reference, actions), axis=-1),
            "reward": lambda: 0.0,
        },
    )


def loss_gradient(kl: Any, policy: Gaussian, reference: Gaussian, actions: Array) -> tuple[Any, Any]:
    """∇θ of :func:`loss`, the actions held fixed."""
    place, estimator = split(kl)

    def on_samples() -> tuple[Array, Array]:
        x = log_ratio(policy, reference, actions)
        slope = select(estimator, {name: partial(f, x) for name, f in SLOPES.items()})
        d_mean, d_std = policy[..., None].score(actions)
        return np.mean(slope * d_mean, axis=-1), np.mean(slope * d_std, axis=-1)

    branches = {"exact": lambda: policy.kl_gradient(reference), "loss": on_samples, "reward": lambda: (0.0, 0.0)}
    return select(place, branches)


def expected_loss(kl: Any, policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """A function of θ whose gradient is E[:func:`loss_gradient`], and that gradient."""
    place, estimator = split(kl)
    on_samples: Branches = {name: partial(expected, policy, reference) for name, expected in EXPECTED.items()}
    branches: Branches = {
        "exact": on_samples["k2"],
        "loss": lambda: select(estimator, on_samples),
        "reward": on_samples["k1"],
    }
    return select(place, branches)


def expected_penalty(kl: Any, policy: Gaussian, reference: Gaussian) -> ValueAndGradient:
    """A function of θ whose gradient is E[k s] where k is in the reward, and that gradient; else nothing."""
    place, estimator = split(kl)
    nothing = 0.0 * policy.std

    def from_reverse(divergence: Callable[[Gaussian, Gaussian], ValueAndGradient], sign: float) -> ValueAndGradient:
        ours, kl = divergence(policy, reference), divergences.reverse_kl(policy, reference)
        return sign * (ours[0] - kl[0]), sign * (ours[1] - kl[1]), sign * (ours[2] - kl[2])

    in_reward: Branches = {
        "k1": lambda: divergences.reverse_kl(policy, reference),
        "k2": lambda: from_reverse(divergences.half_squared_log_ratio, 1),
        "k3": lambda: from_reverse(divergences.forward_kl, -1),
        "k3-inverse": lambda: from_reverse(divergences.half_chi_squared, 1),
    }
    branches: Branches = {
        "exact": lambda: (nothing, nothing, nothing),
        "loss": lambda: (nothing, nothing, nothing),
        "reward": lambda: select(estimator, in_reward),
    }
    return select(place, branches)


def penalized_reward_variance(kl: str, policy: Gaussian, problem: Problem) -> Array:
    """Var_θ of the penalized reward, one number per policy; infinite where that of eˣ or e⁻ˣ in it is."""
    place, estimator = split(kl)
    if place != "reward":
        return problem.reward.variance(policy)
    reward, reference = problem.reward, problem.reference
    power = {"k3": 2, "k3-inverse": -2}.get(estimator, 0)

    def of_one(one: Gaussian) -> Array | float:
        # π_ref^power π_θ^{1−power}, as which the square of eˣ or e⁻ˣ falls off.
        precision = power / reference.std**2 + (1 - power) / one.std**2
        if precision <= 0:
            return np.inf
        mean = (power * reference.mean / reference.std**2 + (1 - power) * one.mean / one.std**2) / precision
        a, w = rule(
            lambda a: one.log_prob(a) + np.logaddexp(0, power * log_ratio(one, reference, a)),
            np.hstack([reward.centers, one.mean, mean]),
            np.hstack([reward.widths, one.std, precision**-0.5]),
        )
        w, penalized = w * one.density(a), penalized_rewards(kl, problem.beta, one, reference, a, reward(a))
        return w @ (penalized - w @ penalized) ** 2

    return one_by_one(of_one, policy)
