"""The lab's still picture: what stands in its place where the live one cannot run, and in print."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import plotly.graph_objects as go

from rlgeo import METHODS, Gaussian, Problem, run
from rlgeo import preset as named
from rlgeo.check import scalar
from rlgeo.figures import panels
from rlgeo.figures.frames import describe
from rlgeo.problem import EXPERIMENT, START

STEPS = 60
"""Length of the path that the still picture shows."""


def lab(method: str = "RLHF", preset: str = "single", *, steps: int = STEPS, **state: Any) -> go.Figure:
    """The live lab of one method, or its still picture.

    Parameters
    ----------
    method
        A name from METHODS, in upper or lower case.
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
    if method.upper() not in METHODS:
        raise ValueError(f"method={method!r} is unknown: it must be one of {', '.join(METHODS)}")
    kind = METHODS[method.upper()]
    own = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every method is a dataclass
    unknown = set(state) - own - set(EXPERIMENT) - {"seed"}
    if unknown:
        allowed = sorted(own | set(EXPERIMENT) | {"seed"})
        raise ValueError(f"state has {', '.join(sorted(unknown))}: its keys must be among {', '.join(allowed)}")
    reference = Gaussian(state.get("reference_mean", 0.0), state.get("reference_std", 1.5))
    problem = Problem(named(preset), reference, scalar("beta", state.get("beta", 0.5)))
    start = Gaussian(state.get("mean", START.mean), state.get("std", START.std))
    # β belongs to the problem; DPO and DRO carry a β of their own under the same name.
    rule = kind(**{name: value for name, value in state.items() if name in own and name != "beta"})
    trajectory = run(rule, problem, start, steps, seed=int(state.get("seed", 0)))
    final, key = trajectory.final[0], method.lower()

    figure = panels.stack(
        panels.Row(150, "density", right="reward"),
        panels.Row(300, "policy std σ"),
        x=panels.MEAN_AND_ACTION,
        legend=2,
    )
    figure.add_trace(panels.reward_trace(problem), row=1, col=1, secondary_y=True)
    for trace in panels.axis_traces(problem, final):
        figure.add_trace(trace, row=1, col=1)
    panels.set_level(figure, 1, max(trace.y.max() for trace in figure.data[1:]), figure.data[0].y)
    for trace in (
        panels.landscape_trace(problem),
        panels.path(kind.name, trajectory.policy[0], key),
        panels.star(problem.optimum()),
        panels.argmax(problem.optimum()),
        panels.dot(final),
    ):
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)
    alt = f"""Above, over the action: reference policy, reward, optimum and the policy after {steps} steps of
    {kind.name}. Below, the landscape of J over mean and standard deviation with the path from
    ({float(start.mean):g}, {float(start.std):g}) to ({float(final.mean):.2f}, {float(final.std):.2f})."""
    rows = [["", "μ", "σ", "J"]] + [
        [name, float(at.mean), float(at.std), float(problem.objective(at))]
        for name, at in (("start", start), (f"{kind.name} after {steps} steps", final))
    ]
    return describe(figure, alt, summary=rows, lab={"method": method.lower(), "state": {"preset": preset} | state})
