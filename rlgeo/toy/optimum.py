"""The optimum over all distributions, π*(a) = π_ref(a) e^{r(a)/β} / Z."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from rlgeo.arguments.check import Array, ArrayLike, Real
from rlgeo.theory.flow import follow
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.reward import BumpReward

NODES = 8193
"""Quadrature nodes. The integrands are smooth and decay like Gaussians, where the trapezoidal rule converges
geometrically (Trefethen & Weideman 2014); 8193 nodes resolve bumps of width .1 at β = .05."""


class Posed(Protocol):
    """What an optimum needs to know of its :class:`rlgeo.Problem`."""

    @property
    def reward(self) -> BumpReward: ...
    @property
    def reference(self) -> Gaussian: ...
    @property
    def beta(self) -> float: ...
    def objective(self, policy: Gaussian) -> Array: ...
    def gradient(self, policy: Gaussian) -> tuple[Array, Array]: ...
    def landscape(self, means: ArrayLike, stds: ArrayLike) -> Array: ...


@dataclass(frozen=True, eq=False)
class Optimum:
    """π* of a problem: the tilted reference, in general not Gaussian.

    Its moments have no closed form; they are integrals on a fixed grid, accurate to rounding.
    """

    problem: Posed

    def _log_tilted(self, actions: Real) -> Array:
        """log π_ref(a) + r(a)/β, the logarithm of Z π*(a)."""
        return self.problem.reference.log_prob(actions) + self.problem.reward(actions) / self.problem.beta

    @cached_property
    def _nodes(self) -> Array:
        """A grid around μ_ref outside of which π* has less than e⁻⁴⁰ of its mass.

        At distance L the tilted density is below e^{−L²/(2σ_ref²) + 2R/β} of its value at μ_ref, where
        R = Σ|w| bounds |r|; hence L = σ_ref √(2(40 + 2R/β)).
        """
        bound = np.sum(np.abs(self.problem.reward.weights))
        reach = self.problem.reference.std * np.sqrt(2 * (40 + 2 * bound / self.problem.beta))
        return self.problem.reference.mean + reach * np.linspace(-1, 1, NODES)

    @cached_property
    def log_partition(self) -> float:
        """log Z = log E_{π_ref}[e^{r/β}]."""
        tilted = self._log_tilted(self._nodes)
        peak, spacing = np.max(tilted), self._nodes[1] - self._nodes[0]
        return peak + np.log(np.sum(np.exp(tilted - peak)) * spacing)

    @cached_property
    def _mass(self) -> Array:
        """π* times the grid's spacing."""
        return self.density(self._nodes) * (self._nodes[1] - self._nodes[0])

    def log_density(self, actions: Real) -> Array:
        """log π*(a)."""
        return self._log_tilted(actions) - self.log_partition

    def density(self, actions: Real) -> Array:
        """π*(a)."""
        return np.exp(self.log_density(actions))

    @cached_property
    def mean(self) -> float:
        """μ* = E_{π*}[a]."""
        return np.sum(self._mass * self._nodes)

    @cached_property
    def std(self) -> float:
        """σ* = Std_{π*}[a]."""
        return np.sqrt(np.sum(self._mass * (self._nodes - self.mean) ** 2))

    @cached_property
    def expected_reward(self) -> float:
        """E_{π*}[r], in units of reward."""
        return np.sum(self._mass * self.problem.reward(self._nodes))

    @property
    def kl_to_reference(self) -> float:
        """KL(π*‖π_ref) = E_{π*}[r]/β − log Z, in nats."""
        return self.expected_reward / self.problem.beta - self.log_partition

    @property
    def objective(self) -> float:
        """J(π*) = β log Z, the ceiling that no policy exceeds."""
        return self.problem.beta * self.log_partition

    def moment_match(self) -> Gaussian:
        """N(μ*, σ*²): the forward-KL projection argmin_θ KL(π*‖π_θ). Not where J peaks."""
        return Gaussian(self.mean, self.std)

    def kl_from(self, policy: Gaussian) -> Array:
        """KL(π_θ‖π*) by quadrature under π_θ, one number per policy."""
        xi = np.linspace(-12, 12, 2401)
        weight = np.exp(-0.5 * xi**2) / np.sqrt(2 * np.pi) * (xi[1] - xi[0])
        actions = policy.mean[..., None] + policy.std[..., None] * xi
        return np.sum(weight * (policy[..., None].log_prob(actions) - self.log_density(actions)), axis=-1)

    def summits(self) -> Gaussian:
        """All local maxima of J in the box that training stays in, from left to right, shape ``(count,)``.

        Local maxima of a coarse map are followed uphill, from the map's edge to a summit beyond it.
        """
        return self._summits

    @cached_property
    def _summits(self) -> Gaussian:
        means, stds = np.linspace(*box.MEAN, 81), np.geomspace(*box.STD, 41)
        J = np.pad(self.problem.landscape(means, stds), 1, constant_values=-np.inf)
        neighbors = np.stack([np.roll(J, shift, (0, 1)) for shift in ((0, 1), (0, -1), (1, 0), (-1, 0))])
        rows, columns = np.nonzero((neighbors.max(axis=0) <= J)[1:-1, 1:-1])
        found: list[Gaussian] = []
        for j, i in zip(rows, columns, strict=True):
            top = follow(self.problem.gradient, Gaussian(means[i], stds[j]), rtol=1e-3)  # a short way, one summit
            if top is not None and all(np.hypot(top.mean - f.mean, top.std - f.std) > 1e-3 for f in found):
                found.append(top)
        found.sort(key=lambda top: float(top.mean))
        return Gaussian([top.mean for top in found], [top.std for top in found])

    def projection(self) -> Gaussian:
        """argmax_θ J(θ), equivalently argmin_θ KL(π_θ‖π*): the highest summit, the best policy in the family."""
        tops = self.summits()
        return tops[int(np.argmax(self.problem.objective(tops)))]
