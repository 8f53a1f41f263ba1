"""What methods share that learn from data of π_ref alone: they fit a parabola, and tilt π_ref by it."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from rlgeo.arguments.check import Array, Real
from rlgeo.methods.base import Method
from rlgeo.theory import natural
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import State


class Offline(Method):
    """A method that fits a parabola to data of π_ref, drawn once, and multiplies π_ref by its exponential."""

    beta: float
    """β_D or β_R, by which the parabola is divided."""

    @property
    def lifetime(self) -> float:
        """The data are drawn once."""
        return np.inf

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        return problem.reference

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
