"""The KL term as a loss on samples: k1, k2 and k3 as numbers, and what their gradients do.

The estimators of :mod:`rlgeo.theory.kl_estimators`, x = log π_ref/π_θ, are three different things when they are
differentiated through log π_θ with the actions held fixed: with s = ∇ log π_θ,

    ∇k1 = s        E = 0
    ∇k2 = −x s     E = ∇KL(π_θ‖π_ref)
    ∇k3 = (1 − eˣ) s   E = ∇KL(π_ref‖π_θ)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.rloo import RLOO
from rlgeo.theory.divergences import forward_kl, reverse_kl
from rlgeo.theory.kl_estimators import SLOPES, VALUES, log_ratio
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem

Loss = Literal["k1", "k2", "k3"]
KL_LOSSES: tuple[Loss, ...] = get_args(Loss)

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(16)
"""Gauss–Hermite: exact for polynomials up to degree 31; the highest needed here is 8."""


def _check(loss: str) -> None:
    if loss not in KL_LOSSES:
        raise ValueError(f"loss={loss!r} is unknown: it must be one of {', '.join(KL_LOSSES)}")


def value(loss: Loss, policy: Gaussian, reference: Gaussian, actions: Array) -> Array:
    """k1, k2 or k3 of every action, shape ``(*policies, n)``. The mean of k1 and of k3 is KL(π_θ‖π_ref).

    Raises
    ------
    ValueError
        If ``loss`` is none of the three.
    """
    _check(loss)
    return VALUES[loss](log_ratio(policy, reference, actions))


def gradient(loss: Loss, policy: Gaussian, reference: Gaussian, actions: Array) -> tuple[Array, Array]:
    """∇θ of the loss at every action, actions held fixed: (∂μ, ∂σ), each of shape ``(*policies, n)``."""
    _check(loss)
    slope = SLOPES[loss](log_ratio(policy, reference, actions))
    d_mean, d_std = policy[..., None].score(actions)
    return slope * d_mean, slope * d_std


def expected_gradient(loss: Loss, policy: Gaussian, reference: Gaussian) -> tuple[Array, Array]:
    """The mean of :func:`gradient` over a ~ π_θ: nothing, the reverse KL's gradient, or the forward KL's."""
    _check(loss)
    if loss == "k1":
        nothing = np.zeros(policy.shape)
        return nothing, nothing
    return (reverse_kl if loss == "k2" else forward_kl)(policy, reference)[1:]


def variance(loss: Loss, policy: Gaussian, reference: Gaussian) -> tuple[Array, Array]:
    """Var of one sample's gradient, (∂μ, ∂σ). That of k3 is infinite iff σ² ≤ σ_ref²/2.

    E[e^{px} f(a)] under π_θ is an integral of f against π_ref^p π_θ^{1−p}, once more a Gaussian (times a
    constant) of precision p/σ_ref² + (1 − p)/σ² – when that is positive. The rest is polynomial.
    """
    _check(loss)
    if loss == "k1":
        second = _tilted_mean(0, policy, reference, 0)
    elif loss == "k2":
        second = _tilted_mean(0, policy, reference, 2)
    else:
        terms = [_tilted_mean(p, policy, reference, 0) for p in (0, 1, 2)]
        second = terms[0] - 2 * terms[1] + terms[2]
    first = np.stack(np.broadcast_arrays(*expected_gradient(loss, policy, reference)))
    d_mean, d_std = second - first**2
    return d_mean, d_std


def _tilted_mean(power: int, policy: Gaussian, reference: Gaussian, degree: int) -> Array:
    """E_{π_θ}[e^{power·x} x^degree (s_μ², s_σ²)], shape ``(2, *policies)``; infinite where it diverges."""
    precision = np.asarray(power / reference.std**2 + (1 - power) / policy.std**2)
    finite = precision > 0
    std = 1 / np.sqrt(np.where(finite, precision, 1.0))
    mean = std**2 * (power * reference.mean / reference.std**2 + (1 - power) * policy.mean / policy.std**2)
    tilted = Gaussian(mean, std)
    # The constant: π_ref^p π_θ^{1−p} / tilted, evaluated where that is most accurate.
    log_mass = power * reference.log_prob(mean) + (1 - power) * policy.log_prob(mean) - tilted.log_prob(mean)
    actions = tilted[..., None].mean + tilted[..., None].std * _NODES
    weights = _WEIGHTS / np.sqrt(2 * np.pi)
    score = np.stack(policy[..., None].score(actions))
    moments = np.sum(weights * log_ratio(policy, reference, actions) ** degree * score**2, axis=-1)
    with np.errstate(over="ignore"):
        return np.where(finite, np.exp(np.where(finite, log_mass, 0.0)) * moments, np.inf)


def penalized(loss: Loss, problem: Problem) -> Callable[[Gaussian], tuple[Array, Array]]:
    """The expected update of RLOO with ``loss`` as its KL term: ∇E[r] − β E[∇loss]."""
    method = RLOO(kl=f"{loss}-loss")
    return lambda policy: method.expected_gradient(policy, problem)
