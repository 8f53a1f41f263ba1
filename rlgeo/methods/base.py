"""What every method has: data, a surrogate and its gradient, and where the expected update converges to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import Parameter, parameters
from rlgeo.theory.flow import follow
from rlgeo.toy import box
from rlgeo.toy.box import clamp
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


class Method(ABC):
    """A rule for moving θ = (μ, σ), as a frozen dataclass of its hyperparameters.

    The rules are pure functions of arrays with the noise passed in through ``rng`` and never branch on an
    array's values; so they vectorize over runs and can be traced into JavaScript.
    """

    name: ClassVar[str]
    """As printed, for example ``"GRPO"``."""
    by_quadrature: ClassVar[bool] = False
    """Whether the expected update is an integral, not a formula: then it takes time, and in the browser fixed nodes."""
    parts: ClassVar[tuple[str, ...]] = ()
    """Of such an integral: the functions that the browser calls for it, with nodes or integrals that it makes."""
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

    @property
    def samples(self) -> int:
        """N, how many samples a batch holds: the hyperparameter that counts them.

        Raises
        ------
        ValueError
            If it is infinite: that limit has an expected field, but no batch.
        """
        name, counted = next((name, one) for name, one in self.parameters().items() if one.samples)
        return check.integer(name, getattr(self, name), at_least=int(check.Interval.parse(counted.allowed).low))

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Any:
        """Data for one or more updates: N actions from π_old with their rewards, shape ``(*policies, N)``."""
        sampler = self._sampler(state, problem)
        actions = sampler.sample(rng, self.samples, state.policy.shape)
        return Batch(actions, self.rewards(sampler, actions, problem))

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        """What actions are drawn from: π_old, unless a method says π_ref."""
        return state.sampler

    def rewards(self, sampler: Gaussian, actions: Array, problem: Problem) -> Array:
        """The rewards of actions of ``sampler`` in a batch: r, unless a method puts a KL term in."""
        return problem.reward(actions)

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


class Ascent(Method):
    """A method whose mean step is a share of ∇J, so that it ends at a summit of J."""

    @property
    def share(self) -> float:
        """The factor of ∇J in the expected gradient."""
        return 1.0

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """``share`` times ∇J."""
        d_mean, d_std = problem.gradient(policy)
        return self.share * d_mean, self.share * d_std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """A summit of J: the one whose basin holds ``start``, else the highest."""
        return summit(problem, start)


def summit(problem: Problem, start: Gaussian | None) -> Gaussian | None:
    """The summit of J that ``start`` flows to; without a start, the highest one."""
    return problem.optimum().projection() if start is None else follow(problem.gradient, start)
