"""Chapter 10: where every method's expected update comes to rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import DPO, DRO, GRPO, PG, PRESETS, RLHF, START, Gaussian, Problem
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.overview import symbol
from rlgeo.figures.tables import Table

ABOVE, BELOW = "top center", "bottom left"


@dataclass(frozen=True)
class View:
    """One figure of destinations: the parameter that its slider moves, and a part of the map, ``span`` deep."""

    symbol: str
    values: list[float]
    start: float
    means: tuple[float, float]
    stds: tuple[float, float]
    span: float
    moved: str | None = None
    """The method whose destination alone the parameter moves; ``None`` where it moves all."""
    beta: float = 0.5
    """β where the slider does not choose it."""
    labels: dict[float, str] = field(default_factory=dict)
    """Values that are written beside the curve of destinations, on the side where it is not."""


WIDE = (-0.6, 3.6), (0.3, 2.3), 1.0
"""The part of the map on which all destinations lie."""
NOISES = [0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0]
SIZES: list[float] = [2, 3, 4, 8, 16, 32, 128]
GROUPS: list[float] = [2, 4, 8, 16, 64]
VIEWS = {
    "beta": View("β", [0.3, 0.5, 0.8, 1.5, 3.0], 0.5, *WIDE),
    "label_noise": View("ν", NOISES, 0.5, *WIDE, "dpo", labels={0.35: ABOVE, 0.7: ABOVE, 4.0: ABOVE}),
    "batch_size": View("<i>N</i>", SIZES, 2, (-0.6, 2.4), (0.7, 2.1), 0.6, "pg", labels={2: ABOVE, 16: BELOW}),
    "group_size": View("<i>G</i>", GROUPS, 8, (-0.3, 1.1), (1.25, 1.75), 0.3, "grpo", 2.0, {2: ABOVE, 64: BELOW}),
}
"""β = 2 for the group size, for there GRPO rests on every preset, whatever its group."""
NAMES = {"rlhf": "RLHF, PPO", "pg": "PG", "grpo": "GRPO", "dpo": "DPO", "dro": "DRO"}
USUAL = {"rlhf": 0.0, "pg": 16.0, "grpo": np.inf, "dpo": 0.5, "dro": 0.0}
"""ν, N and G where the slider moves something else."""
MATCHED, CURVE = "DPO, ν = 1: matched", "trail"


@cache
def problem_of(preset: str, beta: float) -> Problem:
    return Problem(PRESETS[preset], beta=beta)


@cache
def destination(method: str, preset: str, beta: float, parameter: float) -> Gaussian | None:
    """A method's destination at its own β equal to the problem's; ``parameter`` is its ν, N or G."""
    problem = problem_of(preset, beta)
    top = problem.optimum().projection()
    if method == "rlhf":
        return top
    if method == "pg":
        return PG(batch_size=int(parameter)).destination(problem, top)
    if method == "dpo":
        return DPO(beta=beta, label_noise=parameter).destination(problem)
    if method == "dro":
        return DRO(beta=beta).destination(problem)
    # The destination of the next larger group is a start from which this one's is near.
    larger = [size for size in (*GROUPS, np.inf) if size > parameter]
    near = destination("grpo", preset, beta, larger[0]) if larger else top
    return None if near is None else _grpo(parameter).destination(problem, near)


def _grpo(group_size: float) -> GRPO:
    return GRPO(group_size=group_size)  # type: ignore[arg-type]  # infinity is allowed, and no int


def place(policy: Gaussian | None) -> dict[str, Any]:
    """A mark's place; nowhere where there is no destination, or far outside the map."""
    if policy is None or abs(float(policy.mean)) > 4 or float(policy.std) > 3:
        return {"x": [np.nan], "y": [np.nan]}
    return {"x": [round(float(policy.mean), 3)], "y": [round(float(policy.std), 3)]}


def destinations(parameter: str) -> go.Figure:
    """Every method's destination on the map of J, for every preset and the values of one parameter.

    Parameters
    ----------
    parameter
        ``"beta"`` (everyone's), ``"label_noise"`` (DPO's ν), ``"batch_size"`` (PG's N) or ``"group_size"`` (GRPO's G).

    Raises
    ------
    ValueError
        If ``parameter`` is none of these.
    """
    if parameter not in VIEWS:
        raise ValueError(f"parameter={parameter!r} is unknown: it must be one of {', '.join(VIEWS)}")
    view = VIEWS[parameter]
    figure = _destinations(view)

    def draw(preset: str, value: float) -> Drawing:
        beta = value if view.moved is None else view.beta
        marks = {
            name: place(destination(key, preset, beta, value if key == view.moved else USUAL[key]))
            for key, name in NAMES.items()
        }
        return _background(view, preset, beta) | marks

    values = slider("value", view.symbol, view.values, start=view.start)
    animate(figure, [choice("preset", "Reward", PRESET_LABELS), values], draw)
    return describe(
        figure,
        f"""Destinations of the methods as marks on the map of J, at β = {view.beta:g} unless β itself is turned. The
        exact gradient's is the summit; PG's lies a little toward the reference, DRO's and DPO's at larger σ,
        GRPO's apart.""",
    )


def _grid(view: View) -> tuple[Array, Array]:
    return np.linspace(*view.means, 29), np.linspace(*view.stds, 21)


def _destinations(view: View) -> go.Figure:
    """The map and the marks, before they are placed."""
    problem = Problem()
    square, ring = {"symbol": "square", "size": 10}, {"symbol": "circle-open", "size": 15}
    traces = [
        panels.landscape_trace(problem, *_grid(view), span=view.span),
        *([_curve(view, view.moved)] if view.moved else []),
        panels.dot(problem.reference, panels.REFERENCE, "reference", **square),
        panels.star(problem.optimum()),
    ]
    for key, name in NAMES.items():
        traces.append(panels.dot(START, name, key, symbol="x" if key == "rlhf" else symbol(key), size=13))
    if view.moved in (None, "dpo"):
        traces.append(panels.dot(START, MATCHED, "dpo", line={"width": 2.4, "color": theme.color("dpo")}, **ring))
    return panels.stack(panels.map_row(400, *traces, means=view.means, stds=view.stds), x=panels.MEAN, legend=3)


def _curve(view: View, method: str) -> go.Scatter:
    """The destinations of one method for all values of its parameter, some of which are written beside them."""
    return panels.line(
        CURVE,
        [0],
        [0],
        method,
        mode="lines+markers+text",
        text=[f"{view.symbol} = {value:g}" if value in view.labels else "" for value in view.values],
        textposition=[view.labels.get(value, ABOVE) for value in view.values],
        textfont={"color": theme.color("ink"), "size": 12},
        showlegend=False,
        hoverinfo="skip",
        line={"color": theme.color(method), "width": 2},
        marker={"color": theme.color(method), "size": 5},
    )


def _background(view: View, preset: str, beta: float) -> dict[str, Any]:
    """What stands still while a parameter other than β is moved."""
    problem = problem_of(preset, beta)
    update: dict[str, Any] = {
        panels.LANDSCAPE: panels.landscape_values(problem, *_grid(view), span=view.span),
        panels.STAR: panels.point(problem.optimum().moment_match()),
    }
    if view.moved in (None, "dpo"):
        update[MATCHED] = place(destination("dpo", preset, beta, 1.0))
    if view.moved:
        places = [place(destination(view.moved, preset, beta, value)) for value in view.values]
        update[CURVE] = {axis: [place[axis][0] for place in places] for axis in "xy"}
    return update


def destination_table() -> Table:
    """KL from every destination to the best Gaussian, a column for each preset."""
    methods = {
        "RLHF, RLOO, PPO": RLHF(),
        "PG, $N=16$": PG(),
        "PG, $N=2$": PG(batch_size=2),
        r"GRPO, $G=\infty$": _grpo(np.inf),
        r"DPO, $\nu=0.5$": DPO(),
        r"DPO, $\nu=1$, matched": DPO(label_noise=1.0),
        "DRO": DRO(),
    }
    rows = [[name] for name in methods]
    for reward in PRESETS.values():
        problem = Problem(reward)
        top = problem.optimum().projection()
        for row, method in zip(rows, methods.values(), strict=True):
            end = top if isinstance(method, RLHF) else method.destination(problem, top)
            row.append("–" if end is None else f"{float(end.kl(top)):.4f}")
    return Table(["method", *(f"*{name}*" for name in PRESETS)], rows)
