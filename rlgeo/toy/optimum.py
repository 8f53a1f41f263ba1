"""The optimum over all distributions, π*(a) = π_ref(a) e^{r(a)/β} / Z."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, Real
from rlgeo.theory.quadrature import ORDER, normal_nodes, rule
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.summits import summits

if TYPE_CHECKING:
    from rlgeo.toy.problem import Problem

BROWSER_NODES = 8193
"""Of the trapezoidal rule; they resolve bumps of width .1 at β = .05."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """π* of a problem: the tilted reference, in general not Gaussian.

    Its moments have no closed form: they are integrals on panels that resolve π*, with an error of :attr:`error`.
    """

    problem: Problem

    def _log_tilted(self, actions: Real) -> Array:
        """log π_ref(a) + r(a)/β, the logarithm of Z π*(a)."""
        return self.problem.reference.log_prob(actions) + self.problem.reward(actions) / self.problem.beta

    @cached_property
    def _rule(self) -> tuple[Array, Array]:
        """Nodes and weights for integrals against π*.

        In the browser, where panels cannot depend on numbers, a grid fixed for what its controls offer: beyond L of
        μ_ref the tilted density is below e^{−L²/(2σ_ref²) + 2R/β} of its value there, where R = Σ|w|.
        """
        reward, reference = self.problem.reward, self.problem.reference
        if check.is_duck(reference.mean):
            reach = reference.std * np.sqrt(2 * (40 + 2 * np.sum(np.abs(reward.weights)) / self.problem.beta))
            return reference.mean + reach * np.linspace(-1, 1, BROWSER_NODES), 2 * reach / (BROWSER_NODES - 1)
        return self._panels(ORDER)

    def _panels(self, order: int) -> tuple[Array, Array]:
        reward, reference = self.problem.reward, self.problem.reference
        centers, widths = np.append(reward.centers, reference.mean), np.append(reward.widths, reference.std)
        return rule(self._log_tilted, centers, widths, order)

    @cached_property
    def log_partition(self) -> float:
        """log Z = log E_{π_ref}[e^{r/β}]."""
        return self._log_integral(*self._rule)

    def _log_integral(self, nodes: Array, weights: Array) -> float:
        tilted = self._log_tilted(nodes)
        peak = np.max(tilted)
        return peak + np.log(np.sum(np.exp(tilted - peak) * weights))

    @property
    def error(self) -> float:
        """How much log Z, and π* relative to itself, may be wrong: by quadrature with fewer nodes, and by rounding."""
        coarse = self._log_integral(*self._panels(ORDER - 4))
        rounding = np.finfo(float).eps * (8 + np.sum(np.abs(self.problem.reward.weights)) / self.problem.beta)
        return abs(coarse - self.log_partition) + rounding

    @cached_property
    def _mass(self) -> Array:
        """π* times the weights of the nodes."""
        nodes, weights = self._rule
        return self.density(nodes) * weights

    def log_density(self, actions: Real) -> Array:
        """log π*(a)."""
        return self._log_tilted(actions) - self.log_partition

    def density(self, actions: Real) -> Array:
        """π*(a)."""
        return np.exp(self.log_density(actions))

    @cached_property
    def mean(self) -> float:
        """μ* = E_{π*}[a]."""
        return np.sum(self._mass * self._rule[0])

    @cached_property
    def std(self) -> float:
        """σ* = Std_{π*}[a]."""
        return np.sqrt(np.sum(self._mass * (self._rule[0] - self.mean) ** 2))

    @cached_property
    def expected_reward(self) -> float:
        """E_{π*}[r], in units of reward."""
        return np.sum(self._mass * self.problem.reward(self._rule[0]))

    @property
    def kl_to_reference(self) -> float:
        """KL(π*‖π_ref) = E_{π*}[r]/β − log Z, in nats."""
        return self.expected_reward / self.problem.beta - self.log_partition

    @property
    def objective(self) -> float:
        """J(π*) = β log Z, the ceiling that no policy exceeds."""
        return self.problem.beta * self.log_partition

    def moment_match(self) -> Gaussian:
        """N(μ*, σ*²): the forward-KL projection argmin_θ KL(π*‖π_θ). Not the best Gaussian."""
        return Gaussian(self.mean, self.std)

    def kl_from(self, policy: Gaussian) -> Array:
        """KL(π_θ‖π*) by quadrature under π_θ, one number per policy."""
        xi, weight = normal_nodes(float(np.min(self.problem.reward.widths) / np.max(policy.std)))
        actions = policy.mean[..., None] + policy.std[..., None] * xi
        return np.sum(weight * (policy[..., None].log_prob(actions) - self.log_density(actions)), axis=-1)

    def summits(self) -> Gaussian:
        """All local maxima of J from left to right, shape ``(count,)``."""
        return self._summits

    @cached_property
    def _summits(self) -> Gaussian:
        return summits(self.problem)

    def projection(self) -> Gaussian:
        """The best Gaussian, argmax_θ J(θ) = argmin_θ KL(π_θ‖π*): the highest of the summits."""
        tops = self.summits()
        return tops[int(np.argmax(self.problem.objective(tops)))]
