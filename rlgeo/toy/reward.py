"""The reward landscape: a sum of Gaussian bumps, whose expectations are closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.toy.gaussian import Gaussian


@dataclass(frozen=True, eq=False, init=False)
class BumpReward:
    """r(a) = Σ_k w_k exp(−(a − c_k)²/(2 s_k²)).

    Parameters
    ----------
    weights
        w, shape ``(K,)`` with K ≥ 1; may be negative.
    centers
        c, shape ``(K,)``, in units of the action.
    widths
        s > 0, shape ``(K,)``, in units of the action.

    Raises
    ------
    ValueError
        If there is no bump, if the lengths differ, if a width is ≤ 0 or a number is not finite.
    """

    weights: Array
    centers: Array
    widths: Array

    def __init__(self, weights: ArrayLike, centers: ArrayLike, widths: ArrayLike) -> None:
        object.__setattr__(self, "weights", check.owned("weights", weights))
        object.__setattr__(self, "centers", check.owned("centers", centers))
        object.__setattr__(self, "widths", check.owned("widths", widths, check.POSITIVE))
        if check.is_duck(self.weights):
            return
        shapes = [np.shape(x) for x in (self.weights, self.centers, self.widths)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 1 or shapes[0][0] < 1:
            raise ValueError(
                "weights, centers and widths must be three lists of one length K >= 1, "
                f"but their shapes are {shapes[0]}, {shapes[1]} and {shapes[2]}"
            )

    def __call__(self, actions: ArrayLike) -> Array:
        """r at every action; the result has the shape of ``actions``."""
        given = check.array("actions", actions)
        if check.is_duck(self.weights):  # how many bumps there are is not known yet
            return np.sum(_bump(given[..., None], self.weights, self.centers, self.widths), axis=-1)
        # NumPy is several times faster on whole arrays than along a last axis as short as the list of bumps.
        bumps = zip(self.weights, self.centers, self.widths, strict=True)
        return sum(_bump(given, *bump) for bump in bumps)

    def _smeared(self, policy: Gaussian) -> tuple[Array, Array, Array]:
        """The bumps as the policy sees them: terms of E[r], distances μ − c and variances σ² + s²."""
        variance = policy.std[..., None] ** 2 + self.widths**2
        distance = policy.mean[..., None] - self.centers
        terms = self.weights * self.widths / np.sqrt(variance) * np.exp(-0.5 * distance**2 / variance)
        return terms, distance, variance

    def expectation(self, policy: Gaussian) -> Array:
        """E_π[r] = Σ w s/√(σ² + s²) exp(−(μ − c)²/(2(σ² + s²))), one number per policy."""
        terms, _, _ = self._smeared(policy)
        return np.sum(terms, axis=-1)

    def expectation_gradient(self, policy: Gaussian) -> tuple[Array, Array]:
        """With t the terms of E[r] and v = σ² + s²: ∂μ = −Σ t (μ − c)/v and ∂σ = Σ t σ/v ((μ − c)²/v − 1)."""
        terms, distance, variance = self._smeared(policy)
        d_mean = np.sum(-terms * distance / variance, axis=-1)
        d_std = np.sum(terms * policy.std[..., None] / variance * (distance**2 / variance - 1), axis=-1)
        return d_mean, d_std

    def squared(self) -> BumpReward:
        """r² – again a sum of bumps, because the product of two bumps is a bump. K² of them."""
        return self._squared

    @cached_property
    def _squared(self) -> BumpReward:
        w, c, s = self.weights, self.centers, self.widths
        total = s[:, None] ** 2 + s**2
        weights = w[:, None] * w * np.exp(-0.5 * (c[:, None] - c) ** 2 / total)
        centers = (c[:, None] * s**2 + c * s[:, None] ** 2) / total
        widths = s[:, None] * s / np.sqrt(total)
        return BumpReward(np.ravel(weights), np.ravel(centers), np.ravel(widths))

    def variance(self, policy: Gaussian) -> Array:
        """Var_π[r] = E[r²] − E[r]², one number per policy; rounding below zero is cut."""
        return np.maximum(self.squared().expectation(policy) - self.expectation(policy) ** 2, 0.0)


def _bump(actions: Any, weight: Any, center: Any, width: Any) -> Any:
    """w exp(−(a − c)²/(2s²))."""
    return weight * np.exp(-0.5 * ((actions - center) / width) ** 2)


PRESETS: dict[str, BumpReward] = {
    "single": BumpReward([1.0], [2.0], [0.8]),
    "double": BumpReward([1.0, 1.4], [-1.5, 2.0], [0.7, 0.8]),
    "trap": BumpReward([0.6, 1.5], [-1.0, 2.2], [0.5, 0.9]),
    "mixed": BumpReward([1.2, -0.8], [2.0, -1.5], [0.8, 0.6]),
}
"""The four landscapes of the book: one bump; two of unequal height; a small near one that hides a large far one;
one bump and one pit."""


def preset(name: str) -> BumpReward:
    """The preset reward called ``name``.

    Raises
    ------
    ValueError
        Listing the names there are.
    """
    if name not in PRESETS:
        raise ValueError(f"preset={name!r} is unknown: it must be one of {', '.join(PRESETS)}")
    return PRESETS[name]
