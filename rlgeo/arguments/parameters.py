"""What there is to say about a number that a reader may change, said once.

Tables in the book, sliders in figures, controls in the lab and error messages are all made from it.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any

import numpy as np

from rlgeo.arguments import check


@dataclass(frozen=True)
class Parameter:
    """Symbol, control range and meaning of one adjustable number.

    Parameters
    ----------
    symbol
        As printed in formulas, in Unicode: ``"η"``, ``"β"``; a subscript follows an underscore: ``"η_V"``.
    low, high, step
        The range and the grain that a control offers.
    meaning
        One line, no full stop.
    allowed
        What the mathematics admits, in interval notation; usually wider than the control's range.
    integer
        Whether only whole numbers are admitted (infinity counts as whole where ``allowed`` contains it).
    log
        Whether a control should move on a logarithmic scale.
    samples
        Whether it counts samples, so that a budget scales it.
    """

    symbol: str
    low: float
    high: float
    step: float
    meaning: str
    allowed: str = "(0, inf)"
    integer: bool = False
    log: bool = False
    samples: bool = False

    def check(self, name: str, value: Any) -> Any:
        """``value``, if the mathematics admits it.

        Raises
        ------
        ValueError
            Naming the argument, its value and what is allowed.
        """
        number = check.scalar(name, value, check.Interval.parse(self.allowed))
        if check.is_duck(number):
            return number
        if self.integer and np.isfinite(number):
            if number != int(number):
                raise ValueError(f"{name}={value!r} is not a whole number: {name} must lie in {self.allowed}")
            return int(number)
        return number


def hyperparameter(
    default: float, symbol: str, span: tuple[float, float], step: float, meaning: str, **more: Any
) -> Any:
    """A dataclass field that carries its :class:`Parameter`."""
    return field(default=default, metadata={"parameter": Parameter(symbol, *span, step, meaning, **more)})


def parameters(owner: Any) -> dict[str, Parameter]:
    """Field name → :class:`Parameter`, for a dataclass (or an instance) built with :func:`hyperparameter`."""
    declared: tuple[Field[Any], ...] = fields(owner)
    return {f.name: f.metadata["parameter"] for f in declared if "parameter" in f.metadata}
