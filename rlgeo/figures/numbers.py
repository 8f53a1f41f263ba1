"""The numbers of a figure as it is stored: lists of decimals, no longer than a reader can see."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rlgeo.arguments.check import Array

DIGITS = 5
"""Significant digits kept of every number: more than a screen has pixels."""
POWERS = 10.0 ** np.arange(301)


def plain(value: Any) -> Any:
    """``value`` with arrays as lists, and numbers rounded to :data:`DIGITS`; NaN and infinity become ``None``."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "i":
            return value.tolist()
        return _whole(significant(value).tolist()) if value.dtype.kind == "f" else plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return _whole(float(significant(np.asarray(value))))
    return value


def significant(numbers: Array, digits: int = DIGITS) -> Array:
    """Numbers rounded to so many significant digits."""
    size = np.abs(numbers)
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    places = np.clip(digits - 1 - np.floor(np.log10(size)), -300, 300).astype(int)
    # Multiplied or divided by a whole power of ten, so that the result is the float nearest to the decimal.
    up, down = POWERS[np.maximum(places, 0)], POWERS[np.maximum(-places, 0)]
    return np.rint(numbers * up / down) / up * down


def _whole(value: Any) -> Any:
    """Nested lists of floats with whole numbers as integers, and with ``None`` where JSON knows no number."""
    if not isinstance(value, list):
        return _whole([value])[0]
    if value and isinstance(value[0], list):
        return [_whole(row) for row in value]
    return [int(x) if x.is_integer() else x if math.isfinite(x) else None for x in value]


def arrays(value: Any) -> Any:
    """Lists of numbers as arrays, which Plotly checks and copies as a whole and not number by number."""
    if isinstance(value, dict):
        return {key: arrays(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    try:
        array = np.array(value)
    except ValueError:  # rows of different lengths
        return value
    return array if array.dtype.kind in "if" else value
