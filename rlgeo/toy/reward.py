"""The reward landscape: a sum of Gaussian bumps, whose expectations are closed forms."""

from dataclasses import dataclass
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
        """The terms of E[r], the distances μ − c and the variances σ² + s²."""
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

    def expectation_hessian(self, policy: Gaussian) -> tuple[Array, Array, Array]:
        """(∂μ², ∂μ∂σ, ∂σ²) of E_π[r].

        With x = (μ − c)/√v the derivatives in μ are E⁽ⁿ⁾ = Σ t (−1)ⁿ Heₙ(x)/v^{n/2}, and by the heat equation
        ∂σ E = σ E″: so they are E″, σ E‴ and E″ + σ² E⁗.
        """
        terms, distance, variance = self._smeared(policy)
        x = distance / np.sqrt(variance)
        second = np.sum(terms * (x**2 - 1) / variance, axis=-1)
        third = np.sum(terms * (3 * x - x**3) / variance**1.5, axis=-1)
        fourth = np.sum(terms * (x**4 - 6 * x**2 + 3) / variance**2, axis=-1)
        return second, policy.std * third, second + policy.std**2 * fourth

    def variance(self, policy: Gaussian) -> Array:
        """Var_π[r] = Σ_ij w_i w_j Cov(b_i, b_j), one number per policy.

        With t = σ²/s², g = σ(μ − c)/s² and S = 1 + t_i + t_j, E[b_i b_j] = E[b_i] E[b_j] e^L where

            L = ½ log(1 + t_i t_j/S) + ½ (2 g_i g_j − g_i² t_j/(1 + t_i) − g_j² t_i/(1 + t_j))/S.

        So Cov = E[b_i] E[b_j] (e^L − 1): nothing cancels as σ → 0, nor is anything rounded to zero far away.
        """
        _, distance, smeared = self._smeared(policy)
        t, g = policy.std[..., None] ** 2 / self.widths**2, policy.std[..., None] * distance / self.widths**2
        log_mean = -0.5 * (np.log1p(t) + distance**2 / smeared)
        ti, tj, gi, gj = t[..., :, None], t[..., None, :], g[..., :, None], g[..., None, :]
        total = 1 + ti + tj
        bend = 2 * gi * gj - gi**2 * tj / (1 + ti) - gj**2 * ti / (1 + tj)
        log_ratio = 0.5 * (np.log1p(ti * tj / total) + bend / total)
        larger = np.exp(log_mean[..., :, None] + log_mean[..., None, :] + np.maximum(log_ratio, 0.0))
        covariance = -np.sign(log_ratio) * larger * np.expm1(-np.abs(log_ratio))
        products = self.weights[:, None] * self.weights * covariance
        return np.maximum(np.sum(products, axis=(-1, -2)), 0.0)


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
