"""Input checks: every error names the argument, its value and what is allowed.

Only *concrete* numbers are checked. A duck array (the tracer of ``rlgeo.live``) has no values yet and passes
unchanged, which is what lets one formula serve both NumPy and the browser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
"""A float64 array, a number, or a duck array that stands for one; NumPy's stubs cannot express the last."""

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

    def contains(self, values: Array) -> bool:
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


def is_duck(value: Any) -> bool:
    """Whether ``value`` stands for an array without being one (NEP 13), as a tracer does."""
    return hasattr(value, "__array_ufunc__") and not isinstance(value, (np.ndarray, np.generic))


def array(name: str, value: Any, allowed: Interval = REAL) -> Array:
    """``value`` as float64, each entry inside ``allowed``; NaN is inside nothing.

    Raises
    ------
    ValueError
        Naming ``name``, the offending value and the allowed interval.
    """
    if is_duck(value):
        return value
    try:
        values = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}={value!r} is not a number or an array of numbers") from None
    if not allowed.contains(values):
        bad = next(v for v in values.flat if not allowed.contains(v))
        raise ValueError(f"{name}={float(bad):g} is outside {allowed}: {name} must lie in {allowed}")
    return values


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
        return value  # type: ignore[no-any-return]
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
