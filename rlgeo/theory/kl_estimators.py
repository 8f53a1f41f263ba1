"""Estimators of KL(π_θ‖π_ref) from one action: k1, k2, k3, and k3 with the ratio upside down.

With x = log π_ref(a) − log π_θ(a), Schulman's note "Approximating KL divergence" (2020) compares

    k1 = −x        k2 = x²/2        k3 = eˣ − 1 − x

and with π_θ/π_ref in the place of π_ref/π_θ k3 becomes e⁻ˣ − 1 + x. As ∇x = −s with the score s = ∇log π_θ(a), the
gradient of each, the action held fixed, is a number times s.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.toy.gaussian import Gaussian

MOST = 300.0
"""eˣ counts as e³⁰⁰ beyond: either throws θ to the box's edge, but products of larger ones overflow to NaN."""

VALUES: dict[str, Callable[[Array], Array]] = {
    "k1": lambda x: -x,
    "k2": lambda x: x**2 / 2,
    "k3": lambda x: np.expm1(np.minimum(x, MOST)) - x,
    "k3-inverse": lambda x: np.expm1(np.minimum(-x, MOST)) + x,
}
"""Name → k(x)."""

SLOPES: dict[str, Callable[[Array], Array]] = {
    "k1": lambda x: np.ones_like(x),
    "k2": lambda x: -x,
    "k3": lambda x: -np.expm1(np.minimum(x, MOST)),
    "k3-inverse": lambda x: np.expm1(np.minimum(-x, MOST)),
}
"""Name → f(x) with ∇k = f(x) s."""


def log_ratio(policy: Gaussian, reference: Gaussian, actions: Array) -> Array:
    """x = log π_ref(a) − log π_θ(a), of the shape of ``actions``."""
    return reference.log_prob(actions) - policy[..., None].log_prob(actions)
