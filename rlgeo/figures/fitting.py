"""What the figures of the two offline methods share: data drawn once, a policy fitted to it, and its own loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import START, Gaussian, Method, Problem, State
from rlgeo.arguments.check import Array
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, describe, slider
from rlgeo.figures.panels import Row
from rlgeo.training.loop import Step, steps
from rlgeo.training.streams import Streams

MAP = panels.COARSE_MEANS, panels.COARSE_STDS
GRID = Gaussian(MAP[0], MAP[1][:, None])
"""The policies whose loss a surface shows, shape ``(std, mean)``."""
STEPS = 400
"""Length of the training that Play shows."""


def thinned(steps: int, kept: int) -> Array:
    """About ``kept`` step numbers from 0 to ``steps``, dense at first, where most happens."""
    return np.unique(np.round(steps * np.linspace(0, 1, kept) ** 2).astype(int))


def data(method: Method, problem: Problem, runs: int) -> Any:
    """The data sets that ``rlgeo.run`` trains ``runs`` policies on, arrays of shape ``(runs, n)``."""
    return next(_steps(method, problem, runs)).batch


def fitted(method: Method, problem: Problem, kept: int) -> tuple[Any, dict[int, State]]:
    """A data set and about ``kept`` states by step of the training on it, the first run of ``rlgeo.run``."""
    taken = [*islice(_steps(method, problem, 1), STEPS + 1)]
    batch, states = taken[0].batch, [step.state for step in taken]
    only = type(batch)(*(getattr(batch, field.name)[0] for field in fields(batch)))
    return only, {int(t): State(states[t].policy[0], value=states[t].value[0]) for t in thinned(STEPS, kept)}


def _steps(method: Method, problem: Problem, runs: int) -> Iterator[Step]:
    start = State(Gaussian(np.full(runs, START.mean), np.full(runs, START.std)), value=np.zeros(runs))
    return steps(method, problem, start, Streams(0, method.name, runs))  # type: ignore[arg-type]  # quacks like one


def density_row(problem: Problem, states: Mapping[int, State], x: str | None = None) -> Row:
    """The densities of the reference and of the policy, as high as it gets during the training."""
    top = max(np.max(panels.density(state.policy)) for state in states.values())
    densities = panels.axis_traces(problem, START, optimum=False)
    return Row(130, "density", densities, x=x, yaxis={"range": [0, 1.08 * top]})


def play(figure: go.Figure, states: Mapping[int, State], draw: Callable[[int], Drawing], alt: str) -> go.Figure:
    """Run through a training: the policy's density, and what else ``draw`` says of a step; three steps in print."""

    def drawn(step: int) -> Drawing:
        return {panels.POLICY: {"y": panels.density(states[step].policy)}, **draw(step)}

    some = list(states)
    strip = {f"step {step}": str(step) for step in (0, some[len(some) // 4], STEPS)}
    return describe(animate(figure, [slider("step", "step", some, play=True)], drawn), alt, strip=strip)


def two_maps(
    problem: Problem, method: str, loss: str, above: Sequence[go.Scatter], below: Sequence[go.Scatter]
) -> go.Figure:
    """A method's path on the map of J and, below it, on the map of its own loss, each with marks of its own."""
    maps = panels.landscape_trace(problem, *MAP, digits=2), panels.contour_trace(loss, *MAP, z=[[0]])
    paths = [panels.path(name, START[None], method.lower(), dash="solid") for name in path_twice(method, START[None])]
    return panels.stack(
        panels.map_row(270, maps[0], paths[0], panels.argmax(problem.optimum()), *above),
        panels.map_row(270, maps[1], *panels.unlisted(paths[1]), *below),
        x=panels.MEAN,
        legend=2,
    )


def path_twice(method: str, policies: Gaussian) -> dict[str, Any]:
    """The same path on both maps of :func:`two_maps`, as a frame's update."""
    return {method: panels.track(policies), f"{method}, on its own loss": panels.track(policies)}


def place(policy: Gaussian | None) -> dict[str, Any]:
    """A destination's place as a frame's update; where there is no destination, nowhere."""
    return {"x": [np.nan], "y": [np.nan]} if policy is None else panels.point(policy)
