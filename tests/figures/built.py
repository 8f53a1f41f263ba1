"""The figures of the preface and of chapters 1 to 3, each built once."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.graph_objects as go

from rlgeo import Gaussian, Problem, figures
from rlgeo.figures.renderer import compact, dump

FIGURES: dict[str, Callable[[], go.Figure]] = {
    "race": figures.race,
    "tilt": figures.tilt,
    "partition": figures.partition,
    "frontier": figures.frontier,
    "beta_landscape": lambda: figures.beta_landscape(Problem()),
    "preset_landscapes": figures.preset_landscapes,
    "two_projections": figures.two_projections,
    "ceiling": lambda: figures.ceiling(Problem()),
    "climb": lambda: figures.climb(Problem()),
    "learning_rates": lambda: figures.learning_rates(Problem()),
    "overshoot": lambda: figures.learning_rates(
        Problem("double", beta=0.05),
        Gaussian(1.2, 0.6),
        rates=(0.1, 0.3, 0.6),
        at=0.6,
        steps=60,
        view=(1.1, 2.5, 0.03, 0.7),
    ),
    "basins": figures.basins,
    "natural": lambda: figures.natural(Problem()),
    "lab": lambda: figures.lab("rlhf", "double", beta=0.3, learning_rate=0.2),
}


@cache
def book(name: str) -> dict[str, Any]:
    """The figure as the page gets it."""
    loaded: dict[str, Any] = json.loads(dump(compact(FIGURES[name]())))
    return loaded
