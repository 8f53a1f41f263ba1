"""DPO: logistic regression on preferences, with the policy as its own reward model.

    L(θ) = −E log σ(h),   h = β_D [log π_θ(a_w)/π_ref(a_w) − log π_θ(a_l)/π_ref(a_l)]

Rafailov et al. (2023). Pairs (a, b) come from π_ref and are labeled by P(a ≻ b) = σ((r(a) − r(b))/ν), the model of
Bradley & Terry with noise ν; at ν = 0 the higher reward wins. Then h is r/ν's best logistic fit, so π* is recovered
only if ν β_D = β *and* the policy class can express it. For Gaussians h = c₁(a_w − a_l) + c₂(a_w² − a_l²).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, log_expit

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.base import Method
from rlgeo.theory import natural, preference
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, Preferences, State


@dataclass(frozen=True)
class DPO(Method):
    """Direct preference optimization: a logistic loss on labeled pairs, no reward model."""

    name: ClassVar[str] = "DPO"
    integrated: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.5), 0.005, "step length", log=True)
    pairs: int = hyperparameter(
        32, "N", (4, 256), 1, "pairs drawn from π_ref, once", allowed="[1, inf)", integer=True, log=True, samples=True
    )
    beta: float = hyperparameter(0.5, "β_D", (0.05, 3), 0.05, "margin per nat of log-ratio", log=True)
    label_noise: float = hyperparameter(
        0.5, "ν", (0, 2), 0.05, "reward gap that is preferred with odds e : 1", allowed="[0, inf)"
    )

    @property
    def lifetime(self) -> float:
        """The data are drawn once."""
        return np.inf

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Preferences:
        """N labeled pairs from π_ref, shape ``(*policies, N)``.

        With u uniform, a beats b if u < σ(Δr/ν), that is ν logit(u) < Δr, which needs no division by ν.
        """
        shape = (*state.policy.shape, self.pairs)
        first = problem.reference.mean + problem.reference.std * rng.standard_normal(shape)
        second = problem.reference.mean + problem.reference.std * rng.standard_normal(shape)
        uniform = np.maximum(rng.random(shape), 2.0**-54)
        logit = np.log(uniform) - np.log1p(-uniform)
        first_wins = self.label_noise * logit < problem.reward(first) - problem.reward(second)
        return Preferences(np.where(first_wins, first, second), np.where(first_wins, second, first))

    def margins(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """h_i, shape ``(*policies, N)``; positive where the implicit reward orders the pair as its label does."""
        policy, reference = state.policy[..., None], problem.reference
        winner = policy.log_prob(batch.winners) - reference.log_prob(batch.winners)
        loser = policy.log_prob(batch.losers) - reference.log_prob(batch.losers)
        return self.beta * (winner - loser)

    def surrogate(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """mean log σ(h)."""
        return np.mean(log_expit(self.margins(state, batch, problem)), axis=-1)

    def gradient(self, state: State, batch: Preferences, problem: Problem) -> Gradient:
        """β_D mean σ(−h) [∇log π_θ(a_w) − ∇log π_θ(a_l)]."""
        doubt = expit(-self.margins(state, batch, problem))
        policy = state.policy[..., None]
        winner_mean, winner_std = policy.score(batch.winners)
        loser_mean, loser_std = policy.score(batch.losers)
        return Gradient(
            self.beta * np.mean(doubt * (winner_mean - loser_mean), axis=-1),
            self.beta * np.mean(doubt * (winner_std - loser_std), axis=-1),
        )

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """β_D E[(P(a ≻ b) − σ(h)) (∇log π_θ(a) − ∇log π_θ(b))] by quadrature over pairs from π_ref."""
        return preference.expected_gradient(policy, problem, self.beta, self.label_noise)

    def population_loss(self, policy: Gaussian, problem: Problem) -> Array:
        """−E log σ(h) on infinitely many pairs, by quadrature; one number per policy."""
        return preference.loss(policy, problem, self.beta, self.label_noise)

    def coefficients(self, problem: Problem) -> tuple[Array, Array]:
        """c₁, c₂ of the best margin h = c₁(a_w − a_l) + c₂(a_w² − a_l²) on infinitely many pairs; whatever β_D."""
        return preference.coefficients(problem, self.label_noise)

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The population minimizer, π_ref e^{(c₁a + c₂a²)/β_D} normalized, wherever one starts (the loss is convex).

        ``None`` where its precision 1/σ_ref² − 2c₂/β_D is not positive, and where the labels are separable.
        """
        c1, c2 = self.coefficients(problem)
        return natural.gaussian(*natural.tilted(problem.reference, c1 / self.beta, c2 / self.beta))

    def why_none(self, problem: Problem, start: Gaussian | None = None) -> str | None:
        """Why there is no destination, in a sentence; ``None`` where there is one."""
        if self.destination(problem) is not None:
            return None
        _, c2 = self.coefficients(problem)
        if np.isnan(c2):
            return "a parabola orders all actions just as the labels do, so the policy sharpens without end"
        return (
            f"the best margin rewards distance too steeply: c₂ = {c2:.3g} is not below "
            f"β_D/(2σ_ref²) = {self.beta / (2 * problem.reference.std**2):.3g}, so the policy widens without end"
        )

    def diagnostics(self, state: State, batch: Preferences, problem: Problem) -> dict[str, Array]:
        """``loss`` −mean log σ(h) and three shares of pairs ordered as labeled.

        ``accuracy_margin`` by h > 0, ``accuracy_policy`` by π_θ alone, ``accuracy_reference`` by π_ref alone.
        """
        margins, reference = self.margins(state, batch, problem), problem.reference
        # h/β_D is the log-ratio of π_θ less that of π_ref.
        by_reference = reference.log_prob(batch.winners) - reference.log_prob(batch.losers)
        by_policy = margins / self.beta + by_reference
        everywhere = np.zeros(state.policy.shape)
        return {
            "loss": -np.mean(log_expit(margins), axis=-1),
            "accuracy_margin": np.mean(np.where(margins > 0, 1.0, 0.0), axis=-1),
            "accuracy_policy": np.mean(np.where(by_policy > 0, 1.0, 0.0), axis=-1),
            "accuracy_reference": np.mean(np.where(by_reference > 0, 1.0, 0.0), axis=-1) + everywhere,
        }
