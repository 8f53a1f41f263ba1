"""The lab's still picture: what stands in its place where the live one cannot run, and in print."""

from dataclasses import fields
from typing import Any

import plotly.graph_objects as go

from rlgeo import COUSINS, EXPERIMENT, METHODS, START, Gaussian, Method, Problem
from rlgeo import preset as named
from rlgeo.arguments.check import scalar
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import describe

SEVERAL = "compare", "full"
"""In place of a method: every method from one start, or the lab with every control, whose picture is the same."""


def lab(method: str, preset: str = "single", *, steps: int = 60, opens: str | None = None, **state: Any) -> go.Figure:
    """The live lab of one method, or its still picture.

    Parameters
    ----------
    method
        A name from METHODS or COUSINS in any case, ``"compare"`` for all of METHODS, or ``"full"`` for every control.
    preset, steps
        The reward it opens with, and the length of the path in the still picture.
    opens
        The method that the lab with every control shows first; without it, the first of METHODS.
    state
        Any of ``reference_mean reference_std beta mean std seed`` and the method's hyperparameters.

    Raises
    ------
    ValueError
        If the method, the preset or a key of the state is unknown, or a value is out of range.
    """
    opening = {} if opens is None else {"method": _methods(opens, {})[0].name.lower()}
    shows = "" if method.lower() == "full" else method.lower()
    methods, seed = _methods(method, state), int(state.get("seed", 0))
    reference = Gaussian(state.get("reference_mean", 0.0), state.get("reference_std", 1.5))
    problem = Problem(named(preset), reference, scalar("beta", state.get("beta", 0.5)))
    start = Gaussian(state.get("mean", START.mean), state.get("std", START.std))
    paths = {each.name: panels.one_run(each, problem, start, steps, seed) for each in methods}
    several = method.lower() in SEVERAL
    climbed = "the exact gradient (RLHF)" if methods[0].name == "RLHF" else methods[0].name
    shown = "the start" if several else f"the policy after {steps} steps of {climbed}"
    ends = {name: path[-1] for name, path in paths.items()}
    figure = _picture(problem, paths, start if several else ends[methods[0].name], 3 if several else 2)
    places = ", ".join(f"{name} ({float(end.mean):.2f}, {float(end.std):.2f})" for name, end in ends.items())
    return describe(
        figure,
        f"""Above, over the action: reference policy, reward, optimum and {shown}. Below, the landscape of J over mean
        and standard deviation with {steps} steps from ({float(start.mean):g}, {float(start.std):g}), which end
        at {places}.""",
        live={"lab": {"method": shows, "state": {"preset": preset} | opening | state}},
    )


def _picture(problem: Problem, paths: dict[str, Gaussian], policy: Gaussian, legend: int) -> go.Figure:
    """Densities and reward over the action, and the paths on the map of J."""
    reward, densities = panels.reward_trace(problem, yaxis="y2"), panels.axis_traces(problem, policy)
    landmarks = panels.star(problem.optimum()), panels.argmax(problem.optimum()), panels.dot(policy)
    lines = [panels.path(name, path, theme.key(name)) for name, path in paths.items()]
    figure = panels.stack(
        panels.Row(150, "density", [reward, *densities], right="reward"),
        panels.WHOLE.row(300, problem, *lines, *landmarks),
        x=panels.MEAN_AND_ACTION,
        legend=legend,
    )
    return figure.update_layout(panels.level_ranges(max(density.y.max() for density in densities), reward.y))


def _methods(method: str, state: dict[str, Any]) -> list[Method]:
    """What trains, with the hyperparameters that ``state`` holds."""
    every = {name.lower(): kind for name, kind in (METHODS | COUSINS).items()}
    if method.lower() in SEVERAL:
        kinds, own = list(METHODS.values()), set[str]()
    elif method.lower() in every:
        kinds = [every[method.lower()]]
        own = {field.name for field in fields(kinds[0])}  # type: ignore[arg-type]  # dataclasses
    else:
        allowed = f"{', '.join(METHODS | COUSINS)}, {' or '.join(SEVERAL)}"
        raise ValueError(f"method={method!r} is unknown: it must be one of {allowed}")
    known = own | set(EXPERIMENT) | {"seed"}
    if unknown := ", ".join(sorted(set(state) - known)):
        raise ValueError(f"state has {unknown}: its keys must be among {', '.join(sorted(known))}")
    # β belongs to the problem; DPO and DRO carry a β of their own under the same name.
    chosen = {name: value for name, value in state.items() if name in own and name != "beta"}
    return [kind(**chosen) for kind in kinds]
