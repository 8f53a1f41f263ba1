"""Input checks: every error names the argument, its value and what is allowed.

Only *concrete* numbers are checked. A duck array (the tracer of ``rlgeo.live``) has no values yet and passes
unchanged, which is what lets one formula serve both NumPy and the browser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
"""What comes out: a float64 array, of no dimension where it is one number."""
Mask: TypeAlias = npt.NDArray[np.bool_]
"""Yes or no for every entry."""
ArrayLike: TypeAlias = npt.ArrayLike
"""What is taken and made an array: numbers, lists of numbers, arrays."""
Real: TypeAlias = "Array | float"
"""What formulas take: an array or a number."""


class Duck(Protocol):
    """What stands for an array whose numbers are not known yet, as the tracer of ``rlgeo.live`` does (NEP 13)."""

    symbolic: bool

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any: ...


_INTERVAL = re.compile(r"^([\[(])\s*([^,]+),\s*([^\])]+)([\])])$")


@dataclass(frozen=True)
class Interval:
    """An interval in the usual notation, for example ``Interval.parse("(0, inf)")``."""

    low: float
    high: float
    closed_low: bool
    closed_high: bool

    @classmethod
    def parse(cls, text: str) -> Interval:
        match = _INTERVAL.match(text)
        if match is None:
            raise ValueError(f"interval={text!r} is not of the form '(low, high)' with ( or [ and ) or ]")
        left, low, high, right = match.groups()
        return cls(float(low), float(high), left == "[", right == "]")

    def contains(self, values: Any) -> bool:
        if np.ndim(values) == 0:
            values = float(values)  # Python compares single numbers ten times faster than NumPy
        above = values >= self.low if self.closed_low else values > self.low
        below = values <= self.high if self.closed_high else values < self.high
        return bool(np.count_nonzero(above & below) == np.size(values)) if np.ndim(values) else above & below

    def __str__(self) -> str:
        left, right = "[" if self.closed_low else "(", "]" if self.closed_high else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL = Interval.parse("(-inf, inf)")
POSITIVE = Interval.parse("(0, inf)")


def is_duck(value: Any) -> TypeGuard[Duck]:
    """Whether ``value`` is a :class:`Duck`."""
    return getattr(value, "symbolic", None) is True


def array(name: str, value: Any, allowed: Interval = REAL) -> Any:
    """``value`` as float64, each entry inside ``allowed``; NaN is inside nothing, nor is what is masked.

    Raises
    ------
    ValueError
        Naming ``name``, the offending value and the allowed interval.
    """
    if is_duck(value):
        return value
    try:
        values = np.asarray(value)
    except ValueError:  # rows of different lengths
        values = np.asarray(None)
    if values.dtype.kind not in "iuf" or np.ma.is_masked(value):
        raise ValueError(f"{name}={value!r} is not a number or an array of numbers")
    values = values.astype(np.float64, copy=False)
    if not allowed.contains(values):
        bad = next(v for v in values.flat if not allowed.contains(v))
        raise ValueError(f"{name}={float(bad):g} is outside {allowed}: {name} must lie in {allowed}")
    return values


def owned(name: str, value: Any, allowed: Interval = REAL) -> Any:
    """:func:`array` as a copy that nobody can write to, for objects that are not to change."""
    values = array(name, value, allowed)
    if is_duck(values):
        return values
    values = np.array(values)
    values.flags.writeable = False
    return values


def instance(name: str, value: Any, kind: type, wanted: str) -> None:
    """Raise unless ``value`` is of this kind; ``wanted`` says how one is made.

    Raises
    ------
    ValueError
        Naming ``name``, what was given and what is wanted.
    """
    if not isinstance(value, kind):
        given = f"the class {value.__name__}" if isinstance(value, type) else repr(value)
        raise ValueError(f"{name}={given} is not allowed: {name} must be {wanted}")


def scalar(name: str, value: Any, allowed: Interval = REAL) -> Any:
    """One number inside ``allowed``."""
    if is_duck(value):
        return value
    values = array(name, value, allowed)
    if values.ndim != 0:
        raise ValueError(f"{name} has shape {values.shape}; one number in {allowed} is wanted")
    return float(values)


def integer(name: str, value: Any, at_least: int) -> int:
    """A whole number not below ``at_least``."""
    if is_duck(value):
        return value  # type: ignore[return-value]
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < at_least:
        raise ValueError(f"{name}={value!r} is not allowed: {name} must be a whole number in [{at_least}, inf)")
    return int(value)


def broadcastable(**values: Any) -> None:
    """Raise unless the shapes of the named arrays broadcast together."""
    if any(is_duck(value) for value in values.values()):
        return
    try:
        np.broadcast(*values.values())
    except ValueError:
        listed = " and ".join(f"{name} of shape {np.shape(value)}" for name, value in values.items())
        raise ValueError(f"{listed} do not broadcast together") from None
