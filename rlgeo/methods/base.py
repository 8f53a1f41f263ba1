"""What every method has, and what most of them share: the KL term, and where the expected update converges to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.arguments.parameters import Parameter, parameters
from rlgeo.theory import natural
from rlgeo.theory.flow import follow
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

    @abstractmethod
    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The fixed point of the expected field (the one that ``start`` flows to), or ``None``."""

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
    """A method that climbs an estimate of E_π[r] less the exact β KL(π_θ‖π_ref): it says what the estimate is."""

    @property
    def reward_share(self) -> float:
        """The factor of ∇E[r] in the expected gradient."""
        return 1.0

    @abstractmethod
    def reward_surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """The surrogate without its KL term, one number per policy."""

    @abstractmethod
    def reward_gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """The gradient of :meth:`reward_surrogate`."""

    def surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """``reward_surrogate`` − β KL(π_θ‖π_ref)."""
        return self.reward_surrogate(state, batch, problem) - problem.beta * problem.kl(state.policy)

    def gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """``reward_gradient`` − β ∇KL(π_θ‖π_ref)."""
        d_mean, d_std, d_value = self.reward_gradient(state, batch, problem)
        kl_mean, kl_std = state.policy.kl_gradient(problem.reference)
        return Gradient(d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std, d_value)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The mean of ``reward_gradient`` with π_old = π_θ: ``reward_share`` times ∇E[r]."""
        d_mean, d_std = problem.reward.expectation_gradient(policy)
        return self.reward_share * d_mean, self.reward_share * d_std

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """``expected_reward_gradient`` − β ∇KL."""
        d_mean, d_std = self.expected_reward_gradient(policy, problem)
        kl_mean, kl_std = policy.kl_gradient(problem.reference)
        return d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The maximum of J at β/``reward_share``, of which the expected field is ``reward_share`` times the gradient.

        The one whose basin holds ``start``; without a start, the highest one.
        """
        effective = problem.at_beta(problem.beta / self.reward_share)
        return effective.optimum().projection() if start is None else follow(effective.gradient, start)


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
