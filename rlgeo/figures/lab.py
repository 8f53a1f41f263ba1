"""The lab's still picture: what stands in its place where the live one cannot run, and in print."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import plotly.graph_objects as go

from rlgeo import METHODS, Gaussian, Problem
from rlgeo import preset as named
from rlgeo.arguments.check import scalar
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import describe
from rlgeo.toy.problem import EXPERIMENT, START

STEPS = 60
"""Length of the path that the still picture shows."""
COMPARE = "compare"
"""In place of a method: every method from one start."""
FULL = "full"
"""In place of a method: the whole lab, whose still picture is the comparison's."""


def lab(method: str = "RLHF", preset: str = "single", *, steps: int = STEPS, **state: Any) -> go.Figure:
    """The live lab of one method, or its still picture.

    Parameters
    ----------
    method
        A name from METHODS, in upper or lower case, ``"compare"`` for all of them at once, or ``"full"`` for the
        lab with every control.
    preset
        The reward it opens with.
    steps
        Steps of the path in the still picture.
    state
        Any of ``reference_mean reference_std beta mean std seed`` and the method's hyperparameters.

    Raises
    ------
    ValueError
        If the method, the preset or a key of the state is unknown, or a value is out of range.
    """
    comparing = method.lower() in (COMPARE, FULL)
    if method.upper() not in METHODS and not comparing:
        raise ValueError(f"method={method!r} is unknown: it must be one of {', '.join(METHODS)}, {COMPARE} or {FULL}")
    kinds = list(METHODS.values()) if comparing else [METHODS[method.upper()]]
    own = set() if comparing else {field.name for field in fields(kinds[0])}  # type: ignore[arg-type]  # dataclasses
    unknown = set(state) - own - set(EXPERIMENT) - {"seed"}
    if unknown:
        allowed = sorted(own | set(EXPERIMENT) | {"seed"})
        raise ValueError(f"state has {', '.join(sorted(unknown))}: its keys must be among {', '.join(allowed)}")
    reference = Gaussian(state.get("reference_mean", 0.0), state.get("reference_std", 1.5))
    problem = Problem(named(preset), reference, scalar("beta", state.get("beta", 0.5)))
    start = Gaussian(state.get("mean", START.mean), state.get("std", START.std))
    # β belongs to the problem; DPO and DRO carry a β of their own under the same name.
    chosen = {name: value for name, value in state.items() if name in own and name != "beta"}
    seed = int(state.get("seed", 0))
    paths = {kind.name: panels.one_run(kind(**chosen), problem, start, steps, seed) for kind in kinds}
    ends = {name: path[-1] for name, path in paths.items()}
    # Where all are compared, the dot is the start they share.
    point = start if comparing else ends[kinds[0].name]

    figure = panels.stack(
        panels.Row(150, "density", right="reward"),
        panels.Row(300, "policy std σ"),
        x=panels.MEAN_AND_ACTION,
        legend=3 if comparing else 2,
    )
    figure.add_trace(panels.reward_trace(problem), row=1, col=1, secondary_y=True)
    for trace in panels.axis_traces(problem, point):
        figure.add_trace(trace, row=1, col=1)
    panels.set_level(figure, 1, max(trace.y.max() for trace in figure.data[1:]), figure.data[0].y)
    for trace in (
        panels.landscape_trace(problem),
        *(panels.path(name, path, theme.key(name)) for name, path in paths.items()),
        panels.star(problem.optimum()),
        panels.argmax(problem.optimum()),
        panels.dot(point),
    ):
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)
    shown = "the start" if comparing else f"the policy after {steps} steps of {kinds[0].name}"
    places = ", ".join(f"{name} ({float(at.mean):.2f}, {float(at.std):.2f})" for name, at in ends.items())
    alt = f"""Above, over the action: reference policy, reward, optimum and {shown}. Below, the landscape of J over mean
    and standard deviation with {steps} steps from ({float(start.mean):g}, {float(start.std):g}), which end
    at {places}."""
    rows = [["", "μ", "σ", "J"]] + [
        [name, float(at.mean), float(at.std), float(problem.objective(at))]
        for name, at in {"start": start, **{f"{name} after {steps} steps": at for name, at in ends.items()}}.items()
    ]
    return describe(
        figure,
        alt,
        summary=rows,
        lab={"method": "" if method.lower() == FULL else method.lower(), "state": {"preset": preset} | state},
    )
