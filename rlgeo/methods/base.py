"""What every method has: hyperparameters, draw, surrogate, gradient, expected field, destination."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import Parameter, parameters
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem, clamp
from rlgeo.toy.state import Gradient, State


class Method(ABC):
    """A rule for moving θ = (μ, σ), as a frozen dataclass of its hyperparameters.

    The rules are pure functions of arrays with the noise passed in through ``rng`` and never branch on an
    array's values; so they vectorize over runs and can be traced into JavaScript.
    """

    name: ClassVar[str]
    """As printed, for example ``"GRPO"``."""
    integrated: ClassVar[bool] = False
    """Whether ``expected_gradient`` is an integral by quadrature or sampling; else the browser has it too."""
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
        return "the field does not come to rest from there" if self.destination(problem, start) is None else None

    def step(self, state: State, batch: Any, problem: Problem) -> State:
        """θ ← clamp(θ + η ∇surrogate); V ← V + η_V ∂V surrogate where there is a V."""
        return self.move(state, self.gradient(state, batch, problem))

    def move(self, state: State, gradient: Gradient) -> State:
        """:meth:`step` along a gradient that is already known."""
        mean = state.policy.mean + self.learning_rate * gradient.mean
        std = state.policy.std + self.learning_rate * gradient.std
        value = state.value + getattr(self, "value_learning_rate", 0.0) * gradient.value
        return State(clamp(mean, std), state.behavior, value)
