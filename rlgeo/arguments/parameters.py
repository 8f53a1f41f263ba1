"""What there is to say about a number that a reader may change, said once.

Tables in the book, sliders in figures, controls in the lab and error messages are all made from it.
"""

from collections.abc import Callable, Mapping
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
    choices
        For a choice among names, each with its meaning; the browser counts them from 0, in this order.
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
    choices: Mapping[str, str] = field(default_factory=dict)

    def check(self, name: str, value: Any) -> Any:
        """``value``, if the mathematics admits it.

        Raises
        ------
        ValueError
            Naming the argument, its value and what is allowed.
        """
        if self.choices and not check.is_duck(value):
            if not isinstance(value, str) or value not in self.choices:
                raise ValueError(f"{name}={value!r} is unknown: {name} must be one of {', '.join(self.choices)}")
            return value
        number = check.scalar(name, value, check.Interval.parse(self.allowed))
        if check.is_duck(number):
            return number
        if self.integer and np.isfinite(number):
            if number != int(number):
                raise ValueError(f"{name}={value!r} is not a whole number: {name} must lie in {self.allowed}")
            return int(number)
        return number

    def code(self, value: Any) -> Any:
        """What stands for ``value`` in the browser: a number as it is, a choice's place among the choices."""
        return list(self.choices).index(value) if self.choices else value

    def decoded(self, code: Any) -> Any:
        """The value that :meth:`code` stands for; what is not known yet stays."""
        return list(self.choices)[int(code)] if self.choices and not check.is_duck(code) else code


def hyperparameter(default: Any, symbol: str, span: tuple[float, float], step: float, meaning: str, **more: Any) -> Any:
    """A dataclass field that carries its :class:`Parameter`."""
    return field(default=default, metadata={"parameter": Parameter(symbol, *span, step, meaning, **more)})


def sample_count(default: int, symbol: str, span: tuple[int, int], meaning: str, allowed: str = "[2, inf)") -> Any:
    """A dataclass field for how many samples are drawn, which a budget scales."""
    return hyperparameter(default, symbol, span, 1, meaning, allowed=allowed, integer=True, log=True, samples=True)


def choice(default: str, symbol: str, choices: Mapping[str, str], meaning: str) -> Any:
    """A dataclass field for one of several names, each given with its meaning."""
    last = len(choices) - 1
    return hyperparameter(default, symbol, (0, last), 1, meaning, allowed=f"[0, {last}]", integer=True, choices=choices)


def select(value: Any, branches: Mapping[str, Callable[[], Any]]) -> Any:
    """What the branch called ``value`` returns.

    Where ``value`` is not known yet because it is traced, its number is: all branches are computed, in the order of
    their numbers, and the browser takes the one that it wants.
    """
    if isinstance(value, str):
        return branches[value]()
    *others, last = (branch() for branch in branches.values())
    for number in reversed(range(len(others))):
        last = _either(value == number, others[number], last)
    return last


def _either(condition: Any, yes: Any, no: Any) -> Any:
    """np.where, for tuples entry by entry."""
    if isinstance(no, tuple):
        return tuple(_either(condition, *pair) for pair in zip(yes, no, strict=True))
    return np.where(condition, yes, no)


def parameters(owner: Any) -> dict[str, Parameter]:
    """Field name → :class:`Parameter`, for a dataclass (or an instance) built with :func:`hyperparameter`."""
    declared: tuple[Field[Any], ...] = fields(owner)
    return {f.name: f.metadata["parameter"] for f in declared if "parameter" in f.metadata}
