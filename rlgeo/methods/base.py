"""What every method has, and what most of them share: the KL term, and where the expected update converges to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import Parameter, parameters
from rlgeo.methods import kl_term
from rlgeo.theory import natural
from rlgeo.theory.flow import follow
from rlgeo.toy import box
from rlgeo.toy.box import clamp
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, State


class Method(ABC):
    """A rule for moving θ = (μ, σ), as a frozen dataclass of its hyperparameters.

    The rules are pure functions of arrays with the noise passed in through ``rng`` and never branch on an
    array's values; so they vectorize over runs and can be traced into JavaScript.
    """

    name: ClassVar[str]
    """As printed, for example ``"GRPO"``."""
    by_quadrature: ClassVar[bool] = False
    """Whether the expected update is an integral, not a formula; a formula is traced for the browser too."""
    tolerance: ClassVar[float] = 1e-5
    """The relative tolerance with which the flow of the expected update is followed."""
    learning_rate: float
    """η, the step length."""

    def __post_init__(self) -> None:
        for name, parameter in self.parameters().items():
            object.__setattr__(self, name, parameter.check(name, getattr(self, name)))

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """Hyperparameter name → symbol, range, step and meaning."""
        return parameters(cls)

    @property
    def lifetime(self) -> float:
        """How many steps a batch serves before a new one is drawn; infinite where data are drawn once."""
        return 1

    @abstractmethod
    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Any:
        """Data for one or more updates, for every policy in ``state``."""

    @abstractmethod
    def surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """What the method maximizes on this batch, one number per policy (a loss is negated)."""

    @abstractmethod
    def gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """The exact ascent direction of ``surrogate`` on this batch."""

    @abstractmethod
    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The mean of ``gradient`` over batches, with π_old = π_θ."""

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """Where the expected update converges to, or ``None`` where σ falls below the box that training stays in.

        From ``start``, or without one from the best Gaussian: no field but a gradient has a highest fixed point.
        """
        start = problem.optimum().projection() if start is None else start
        return follow(
            lambda policy: self.expected_gradient(policy, problem), start, floor=box.STD[0], rtol=self.tolerance
        )

    def diagnostics(self, state: State, batch: Any, problem: Problem) -> dict[str, Array]:
        """Numbers worth plotting per step, one per policy."""
        return {}

    def why_none(self, problem: Problem, start: Gaussian | None = None) -> str | None:
        """Why there is no destination, in a sentence; ``None`` where there is one."""
        return self._reason(problem, start) if self.destination(problem, start) is None else None

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        return "the expected update does not converge from there"

    def step(self, state: State, batch: Any, problem: Problem) -> State:
        """θ ← clamp(θ + η ∇surrogate); V ← V + η_V ∂V surrogate where there is a V."""
        return self.move(state, self.gradient(state, batch, problem))

    def move(self, state: State, gradient: Gradient) -> State:
        """:meth:`step` along a gradient that is already known."""
        mean = state.policy.mean + self.learning_rate * gradient.mean
        std = state.policy.std + self.learning_rate * gradient.std
        value = state.value + getattr(self, "value_learning_rate", 0.0) * gradient.value
        return State(clamp(mean, std), state.behavior, value)


class Penalized(Method):
    """A method that climbs an estimate of E_π[r] less β times a KL term: it says what the estimate is."""

    kl: str = "exact"
    """Where and how the KL term enters, a key of ``KL_TERMS``."""

    @property
    def reward_share(self) -> float:
        """The factor of ∇E[r] in the expected gradient."""
        return 1.0

    def paid(self, policy: Gaussian, actions: Array, problem: Problem) -> Array:
        """What actions of ``policy`` earn: r, less β k where the KL term is in the reward."""
        rewards = problem.reward(actions)
        return kl_term.paid(self.kl, problem.beta, policy, problem.reference, actions, rewards)

    @abstractmethod
    def reward_surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """The surrogate without its KL term, one number per policy."""

    @abstractmethod
    def reward_gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """The gradient of :meth:`reward_surrogate`."""

    def surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """``reward_surrogate`` − β times the KL term as far as it is a loss."""
        loss = kl_term.loss(self.kl, state.policy, problem.reference, batch.actions)
        return self.reward_surrogate(state, batch, problem) - problem.beta * loss

    def gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """``reward_gradient`` − β times the gradient of the KL term as far as it is a loss."""
        d_mean, d_std, d_value = self.reward_gradient(state, batch, problem)
        kl_mean, kl_std = kl_term.loss_gradient(self.kl, state.policy, problem.reference, batch.actions)
        return Gradient(d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std, d_value)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The mean of ``reward_gradient`` with π_old = π_θ: ``reward_share`` times ∇E[r] − β E[k s]."""
        d_mean, d_std = problem.reward.expectation_gradient(policy)
        _, k_mean, k_std = kl_term.expected_pay(self.kl, policy, problem.reference)
        share, beta = self.reward_share, problem.beta
        return share * (d_mean - beta * k_mean), share * (d_std - beta * k_std)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """``expected_reward_gradient`` − β E[∇k], the KL term as far as it is a loss."""
        d_mean, d_std = self.expected_reward_gradient(policy, problem)
        _, kl_mean, kl_std = kl_term.expected_loss(self.kl, policy, problem.reference)
        return d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std

    def _potential(self, policy: Gaussian, problem: Problem) -> Array:
        """A function whose gradient ``expected_gradient`` is."""
        pay, loss = (f(self.kl, policy, problem.reference)[0] for f in (kl_term.expected_pay, kl_term.expected_loss))
        return self.reward_share * (problem.expected_reward(policy) - problem.beta * pay) - problem.beta * loss

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The maximum of the field's potential whose basin holds ``start``; without a start, the highest one.

        Where that is a multiple of J, at β/``reward_share`` with the KL term as a loss, all maxima are found. Else the
        highest of those that the summits of J and π_ref flow to, σ staying above the floor of training's box. Where a
        method has an ``expected_reward_gradient`` of its own, no potential is known: see :meth:`Method.destination`.
        """
        if type(self).expected_reward_gradient is not Penalized.expected_reward_gradient:
            return super().destination(problem, start)
        if self.kl in ("exact", "k2-loss", "k1-reward"):
            share = 1.0 if self.kl == "k1-reward" else self.reward_share
            # The problem itself remembers its summits, another with the same β does not.
            return summit(problem if share == 1 else problem.at_beta(problem.beta / share), start)
        starts = [*_each(problem.optimum().summits()), problem.reference] if start is None else [start]
        found = [follow(lambda p: self.expected_gradient(p, problem), one, floor=box.STD[0]) for one in starts]
        rests = [one for one in found if one is not None]
        return max(rests, key=lambda rest: float(self._potential(rest, problem)), default=None)

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        return kl_term.REASONS.get(self.kl, super()._reason(problem, start))


def summit(problem: Problem, start: Gaussian | None) -> Gaussian | None:
    """The summit of J that ``start`` flows to; without a start, the highest one."""
    return problem.optimum().projection() if start is None else follow(problem.gradient, start)


def _each(policies: Gaussian) -> list[Gaussian]:
    return [policies[i] for i in range(policies.shape[0])]


class Offline(Method):
    """A method that fits a parabola to data of π_ref, drawn once, and multiplies π_ref by its exponential."""

    beta: float
    """β_D or β_R, by which the parabola is divided."""

    @property
    def lifetime(self) -> float:
        """The data are drawn once."""
        return np.inf

    @abstractmethod
    def coefficients(self, problem: Problem) -> tuple[Real, ...]:
        """The fitted parabola on infinitely many data; its last two numbers are c₁ and c₂ of c₁a + c₂a²."""

    def closed_form(self, problem: Problem) -> tuple[Array, Array]:
        """(μ, σ) of π_ref e^{(c₁a + c₂a²)/β} normalized; NaN where that is no distribution."""
        *_, c1, c2 = self.coefficients(problem)
        return natural.tilted(problem.reference, c1 / self.beta, c2 / self.beta)

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """:meth:`closed_form`, wherever one starts; ``None`` where its precision is not positive."""
        return natural.gaussian(*self.closed_form(problem))

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        *_, c2 = self.coefficients(problem)
        symbol, limit = self.parameters()["beta"].symbol, self.beta / (2 * problem.reference.std**2)
        return (
            f"the fitted parabola opens upwards too steeply: c₂ = {c2:.3g} is not below {symbol}/(2σ_ref²) = "
            f"{limit:.3g}, so the policy widens without end"
        )
