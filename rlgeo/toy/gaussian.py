"""Gaussian policies: the "language models" of this package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike, Real

LOG_2PI = np.log(2 * np.pi)


@dataclass(frozen=True, eq=False, init=False)
class Gaussian:
    """The policy π_θ = N(μ, σ²) with θ = (μ, σ), or a whole batch of policies.

    Everything broadcasts the NumPy way. A batch of policies of shape ``(runs,)`` meets ``n`` actions each,
    shape ``(runs, n)``, as ``policy[..., None].log_prob(actions)``.

    Parameters
    ----------
    mean
        μ, any shape, in units of the action.
    std
        σ > 0, a shape that broadcasts with ``mean``.

    Raises
    ------
    ValueError
        If σ ≤ 0, if a number is NaN or infinite, or if the shapes do not broadcast.
    """

    mean: Array
    std: Array

    def __init__(self, mean: ArrayLike, std: ArrayLike) -> None:
        object.__setattr__(self, "mean", check.owned("mean", mean))
        object.__setattr__(self, "std", check.owned("std", std, check.POSITIVE))
        check.broadcastable(mean=self.mean, std=self.std)

    def __str__(self) -> str:
        """``N(μ, σ²)`` with four digits for a single policy."""
        return repr(self) if self.shape else f"N({np.round(self.mean, 12) + 0.0:.4g}, {self.std:.4g}²)"

    @property
    def shape(self) -> tuple[int, ...]:
        """The batch's shape; ``()`` for a single policy."""
        mean, std = np.shape(self.mean), np.shape(self.std)
        return mean if mean == std else np.broadcast_shapes(mean, std)

    def __getitem__(self, index: Any) -> Gaussian:
        """The policies at ``index``, as NumPy indexes an array of this shape."""
        if isinstance(index, tuple) and index[:1] == (Ellipsis,) and index[1:] == (None,):  # needs no broadcast copy
            return _unchecked(self.mean[..., None], self.std[..., None])
        mean, std = np.broadcast_arrays(self.mean, self.std)
        return _unchecked(mean[index], std[index])

    def log_prob(self, actions: Real) -> Array:
        """log π(a) = −½ ((a − μ)/σ)² − log σ − ½ log 2π."""
        return -0.5 * ((actions - self.mean) / self.std) ** 2 - (np.log(self.std) + 0.5 * LOG_2PI)

    def density(self, actions: Real) -> Array:
        """π(a)."""
        return np.exp(self.log_prob(actions))

    def score(self, actions: Real) -> tuple[Array, Array]:
        """∂μ log π = (a − μ)/σ² and ∂σ log π = −1/σ + (a − μ)²/σ³."""
        deviation = actions - self.mean
        return deviation / self.std**2, deviation**2 / self.std**3 - 1 / self.std

    def kl(self, other: Gaussian) -> Array:
        """KL(self‖other) = log(σ₂/σ₁) + (σ₁² + (μ₁ − μ₂)²)/(2σ₂²) − ½."""
        check.instance("other", other, Gaussian, "a Gaussian, for example Gaussian(0, 1.5)")
        spread = self.std**2 + (self.mean - other.mean) ** 2
        return np.log(other.std / self.std) + spread / (2 * other.std**2) - 0.5

    def kl_gradient(self, other: Gaussian) -> tuple[Array, Array]:
        """Of KL(self‖other) in self's θ: ∂μ = (μ₁ − μ₂)/σ₂² and ∂σ = σ₁/σ₂² − 1/σ₁."""
        return (self.mean - other.mean) / other.std**2, self.std / other.std**2 - 1 / self.std

    def natural(self, d_mean: Real, d_std: Real) -> tuple[Array, Array]:
        """F(θ)⁻¹ (d_mean, d_std) with the Fisher metric F = diag(1/σ², 2/σ²) of Gaussians (Amari 1998)."""
        return self.std**2 * d_mean, 0.5 * self.std**2 * d_std

    def sample(self, rng: np.random.Generator, n: int, shape: tuple[int, ...] | None = None) -> Array:
        """``n`` actions of every policy in the batch, shape ``(*self.shape, n)``: a = μ + σ ξ.

        ``rng`` is anything with ``standard_normal(shape)``. A ``shape`` takes the place of ``self.shape``, which must
        broadcast to it.

        Raises
        ------
        ValueError
            If ``n < 1``.
        """
        shape = self.shape if shape is None else shape
        noise = rng.standard_normal((*shape, check.integer("n", n, at_least=1)))
        return self.mean[..., None] + self.std[..., None] * noise


def one_by_one(f: Callable[[Gaussian], Any], policies: Gaussian, *shape: int) -> Array:
    """``f`` of each policy of a batch, shape ``(*shape, *policies.shape)``; ``f`` takes one and returns ``shape``."""
    if check.is_duck(policies.std):
        return f(policies)
    found = np.empty((*shape, *policies.shape))
    for index in np.ndindex(policies.shape):
        found[(..., *index)] = f(policies[index])
    return found


def _unchecked(mean: Array, std: Array) -> Gaussian:
    """A policy of numbers that are known to be right: looking again costs a third of a training run."""
    policy = object.__new__(Gaussian)
    object.__setattr__(policy, "mean", mean)
    object.__setattr__(policy, "std", std)
    return policy
