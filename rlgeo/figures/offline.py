"""What the figures of the two offline methods have in common: data drawn once, and a policy that is fitted to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from rlgeo import Gaussian, Method, Problem, State
from rlgeo.arguments.check import Array
from rlgeo.figures import panels
from rlgeo.training.streams import Streams

GRID = Gaussian(panels.COARSE_MEANS, panels.COARSE_STDS[:, None])
"""The policies whose loss a surface shows, shape ``(std, mean)``."""


def data(method: Method, problem: Problem, seed: int, runs: int = 1) -> Any:
    """The data sets that ``rlgeo.run`` trains ``runs`` policies on, arrays of shape ``(runs, n)``."""
    everyone = State(Gaussian(np.zeros(runs), np.ones(runs)))
    return method.draw(everyone, problem, Streams(seed, method.name, runs))  # type: ignore[arg-type]  # quacks like one


def unrolled(method: Method, problem: Problem, start: Gaussian, steps: int, seed: int) -> tuple[Any, list[State]]:
    """A data set and the states along the training on it: the first run that ``rlgeo.run`` makes of that seed."""
    drawn = data(method, problem, seed)
    batch = type(drawn)(*(getattr(drawn, name)[0] for name in drawn.__dataclass_fields__))
    states = [State(start)]
    for _ in range(steps):
        states.append(method.step(states[-1], batch, problem))
    return batch, states


def thinned(steps: int, kept: int) -> Array:
    """About ``kept`` step numbers from 0 to ``steps``, dense at first, where most happens."""
    return np.unique(np.round(steps * np.linspace(0, 1, kept) ** 2).astype(int))
