"""DPO: logistic regression on preferences, with the policy as its own reward model.

    L(θ) = −E log S(h),   h = β_D [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)]

Rafailov et al. (2023). Pairs (a, b) come from π_ref and are labeled by P(a ≻ b) = S((r(a) − r(b))/ν), the model of
Bradley & Terry with label noise ν and the logistic function S(x) = 1/(1 + e⁻ˣ); at ν = 0 the higher reward wins. Then
h is r/ν's best logistic fit, so π* is recovered if ν β_D = β *and* the policy class can express it. For Gaussians
h = c₁(a_w − a_l) + c₂(a_w² − a_l²).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.offline import Offline
from rlgeo.theory import preference
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, Preferences, State


@dataclass(frozen=True)
class DPO(Offline):
    """Direct preference optimization: a logistic loss on labeled pairs, no reward model."""

    name: ClassVar[str] = "DPO"
    by_quadrature: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("expected_gradient_from",)

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.5), 0.005, "step length", log=True)
    pairs: int = sample_count(32, "N", (4, 256), "pairs drawn from π_ref, once", "[1, inf)")
    beta: float = hyperparameter(0.5, "β_D", (0.05, 3), 0.05, "KL coefficient: margin per unit of log-ratio", log=True)
    label_noise: float = hyperparameter(
        0.5, "ν", (0, 2), 0.05, "label noise: the reward gap that is preferred with odds e : 1", allowed="[0, inf)"
    )

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Preferences:
        """N labeled pairs from π_ref, shape ``(*policies, N)``."""
        sampler, shape = self._sampler(state, problem), state.policy.shape
        first, second = (sampler.sample(rng, self.pairs, shape) for _ in range(2))
        return self.labeled(first, second, problem, rng.random((*shape, self.pairs)))

    def labeled(self, first: Array, second: Array, problem: Problem, uniform: Array) -> Preferences:
        """The pairs with their labels.

        With u uniform, a beats b if u < S(Δr/ν), that is ν logit(u) < Δr, which needs no division by ν.
        """
        uniform = np.maximum(uniform, 2.0**-54)
        logit = np.log(uniform) - np.log1p(-uniform)
        first_wins = self.label_noise * logit < problem.reward(first) - problem.reward(second)
        return Preferences(np.where(first_wins, first, second), np.where(first_wins, second, first))

    def margins(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """h_i, shape ``(*policies, N)``; positive where the implicit reward orders the pair as its label does.

        log π(a_w) − log π(a_l) = (μ/σ²) (a_w − a_l) − (a_w² − a_l²)/(2σ²), for π_θ and for π_ref.
        """
        policy, reference = state.policy[..., None], problem.reference
        slope = policy.mean / policy.std**2 - reference.mean / reference.std**2
        curvature = 0.5 / reference.std**2 - 0.5 / policy.std**2
        return self.beta * (slope * batch.difference + curvature * batch.difference_of_squares)

    def surrogate(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """mean log S(h)."""
        return np.mean(scipy.special.log_expit(self.margins(state, batch, problem)), axis=-1)

    def gradient(self, state: State, batch: Preferences, problem: Problem) -> Gradient:
        """β_D mean S(−h) [∇log π_θ(a_w) − ∇log π_θ(a_l)].

        The difference of scores is (d/σ², (q − 2μd)/σ³) with d = a_w − a_l and q = a_w² − a_l².
        """
        weight = scipy.special.expit(-self.margins(state, batch, problem))
        d = np.mean(weight * batch.difference, axis=-1)
        q = np.mean(weight * batch.difference_of_squares, axis=-1)
        mean, std = state.policy.mean, state.policy.std
        return Gradient(self.beta * d / std**2, self.beta * (q - 2 * mean * d) / std**3)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """β_D E[(P(a ≻ b) − S(h)) (∇log π_θ(a) − ∇log π_θ(b))] by quadrature over pairs from π_ref."""
        return self.expected_gradient_from(policy, problem, preference.moments(problem, self.label_noise))

    def expected_gradient_from(
        self, policy: Gaussian, problem: Problem, observed: tuple[Real, Real]
    ) -> tuple[Array, Array]:
        """:meth:`expected_gradient` for labels with these two numbers, E[P(a ≻ b) d] and E[P(a ≻ b) dS]."""
        return preference.ascent(policy, problem.reference, self.beta, observed)

    def population_loss(self, policy: Gaussian, problem: Problem) -> Array:
        """−E log S(h) on infinitely many pairs, by quadrature; one number per policy."""
        return preference.loss(policy, problem, self.beta, self.label_noise)

    def coefficients(self, problem: Problem) -> tuple[Array, Array]:
        """c₁, c₂ of the best margin h = c₁(a_w − a_l) + c₂(a_w² − a_l²) on infinitely many pairs; whatever β_D."""
        return preference.coefficients(problem, self.label_noise)

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        if np.isnan(self.coefficients(problem)[1]):
            return "a parabola orders all actions just as the labels do, so the policy sharpens without end"
        return super()._reason(problem, start)

    def diagnostics(self, state: State, batch: Preferences, problem: Problem) -> dict[str, Array]:
        """``loss`` −mean log S(h) and three shares of pairs ordered as labeled.

        ``accuracy_margin`` by h > 0, ``accuracy_policy`` by π_θ alone, ``accuracy_reference`` by π_ref alone.
        """
        margins, reference = self.margins(state, batch, problem), problem.reference
        # h/β_D is the log-ratio of π_θ less that of π_ref.
        by_reference = reference.log_prob(batch.winners) - reference.log_prob(batch.losers)
        by_policy = margins / self.beta + by_reference
        everywhere = np.zeros(state.policy.shape)
        return {
            "loss": -np.mean(scipy.special.log_expit(margins), axis=-1),
            "accuracy_margin": np.mean(np.where(margins > 0, 1.0, 0.0), axis=-1),
            "accuracy_policy": np.mean(np.where(by_policy > 0, 1.0, 0.0), axis=-1),
            "accuracy_reference": np.mean(np.where(by_reference > 0, 1.0, 0.0), axis=-1) + everywhere,
        }
