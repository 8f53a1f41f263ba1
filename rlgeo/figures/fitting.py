"""What the figures of the two offline methods share: data drawn once, a policy fitted to it, and its own loss."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import START, Gaussian, Method, Problem, State
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, slider, thinned
from rlgeo.figures.panels import Row
from rlgeo.training.loop import Step, steps
from rlgeo.training.streams import Streams

MAP = panels.View(size=(33, 25), digits=2)
STEPS = 400
"""Length of the training that Play shows."""


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
    return Row(130, "density", densities, x=x, yaxis=(0, 1.08 * top))


def play(figure: go.Figure, states: Mapping[int, State], draw: Callable[[int], Drawing]) -> go.Figure:
    """Run through a training: the policy's density, and what else ``draw`` says of a step; three steps in print."""

    def drawn(step: int) -> Drawing:
        return {panels.POLICY: {"y": panels.density(states[step].policy)}, **draw(step)}

    some = list(states)
    strip = {f"step {step}": str(step) for step in (0, some[len(some) // 4], STEPS)}
    return animate(figure, [slider("step", "step", some, play=True)], drawn, strip=strip)


def two_maps(
    problem: Problem, method: str, loss: str, above: Sequence[go.Scatter], below: Sequence[go.Scatter]
) -> go.Figure:
    """A method's path on the map of J and, below it, on the map of its own loss, each with marks of its own."""
    paths = [panels.path(name, START[None], method.lower(), dash="solid") for name in path_twice(method, START[None])]
    return panels.stack(
        MAP.row(270, problem, paths[0], panels.argmax(problem.optimum()), *above),
        MAP.panel(270, MAP.contours(loss, z=[[0]]), *panels.unlisted(paths[1]), *below),
        x=panels.MEAN,
        legend=2,
    )


def path_twice(method: str, policies: Gaussian) -> dict[str, Any]:
    """The same path on both maps of :func:`two_maps`, as a frame's update."""
    return {method: policies, f"{method}, on its own loss": policies}


def place(policy: Gaussian | None) -> dict[str, Any] | None:
    """A destination's exact place as a frame's update."""
    return None if policy is None else panels.point(policy)
