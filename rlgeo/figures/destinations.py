"""Chapter 10: where every method's expected update comes to rest."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import DPO, DRO, GRPO, PG, PRESETS, RLHF, START, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, describe, parts, rewards, slider
from rlgeo.figures.overview import symbol
from rlgeo.figures.panels import View
from rlgeo.figures.tables import Table

ABOVE, BELOW = "top center", "bottom left"


@dataclass(frozen=True)
class Case:
    """One figure of destinations: the parameter that its slider moves, and a part of the map."""

    symbol: str
    values: list[float]
    start: float
    map: View
    moved: str | None = None
    """The method whose destination alone the parameter moves; ``None`` where it moves all."""
    beta: float = 0.5
    """β where the slider does not choose it."""
    labels: dict[float, str] = field(default_factory=dict)
    """Values that are written beside the curve of destinations, on the side where it is not."""


WIDE = View((-0.6, 3.6), (0.3, 2.3), (29, 21), span=1.0)
"""The part of the map on which all destinations lie."""
NOISES = [0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0]
SIZES: list[float] = [2, 3, 4, 8, 16, 32, 128]
GROUPS: list[float] = [2, 4, 8, 16, 64]
NEAR = View((-0.6, 2.4), (0.7, 2.1), (29, 21), span=0.6)
NEARER = View((-0.3, 1.1), (1.25, 1.75), (29, 21), span=0.3)
CASES = {
    "beta": Case("β", [0.3, 0.5, 0.8, 1.5, 3.0], 0.5, WIDE),
    "label_noise": Case("ν", NOISES, 0.5, WIDE, "dpo", labels={0.35: ABOVE, 0.7: ABOVE, 4.0: ABOVE}),
    "batch_size": Case("<i>N</i>", SIZES, 2, NEAR, "pg", labels={2: ABOVE, 16: BELOW}),
    "group_size": Case("<i>G</i>", GROUPS, 8, NEARER, "grpo", 2.0, {2: ABOVE, 64: BELOW}),
}
"""β = 2 for the group size, for there GRPO rests on every preset, whatever its group."""
NAMES = {"rlhf": "RLHF, PPO", "pg": "PG", "grpo": "GRPO", "dpo": "DPO", "dro": "DRO"}
USUAL = {"rlhf": 0.0, "pg": 16.0, "grpo": np.inf, "dpo": 0.5, "dro": 0.0}
"""ν, N and G where the slider moves something else."""
MATCHED, CURVE = "DPO, ν = 1: matched", "trail"


@cache
def problem_of(preset: str, beta: float) -> Problem:
    return Problem(preset, beta=beta)


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


def on_map(policy: Gaussian | None) -> Gaussian | None:
    """A destination, if there is one and it is not far outside the map."""
    return None if policy is None or abs(float(policy.mean)) > 4 or float(policy.std) > 3 else policy


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
    if parameter not in CASES:
        raise ValueError(f"parameter={parameter!r} is unknown: it must be one of {', '.join(CASES)}")
    case = CASES[parameter]
    figure = _destinations(case)

    def draw(preset: str, value: float) -> Drawing:
        beta = value if case.moved is None else case.beta
        return _background(case, preset, beta) | {
            name: on_map(destination(key, preset, beta, value if key == case.moved else USUAL[key]))
            for key, name in NAMES.items()
        }

    values = slider("value", case.symbol, case.values, start=case.start)
    animate(figure, [rewards(), values], draw)
    return describe(
        figure,
        f"""Destinations of the methods as marks on the map of J, at β = {case.beta:g} unless β itself is turned. The
        exact gradient's is the best Gaussian; PG's lies a little toward the reference, DRO's and DPO's at larger σ,
        GRPO's, where there is one, apart.""",
    )


def _destinations(case: Case) -> go.Figure:
    """The map and the marks, before they are placed."""
    problem = Problem()
    square, ring = {"symbol": "square", "size": 10}, {"symbol": "circle-open", "size": 15}
    traces = [
        *([_curve(case, case.moved)] if case.moved else []),
        panels.dot(problem.reference, panels.REFERENCE, "reference", **square),
        panels.star(problem.optimum()),
    ]
    for key, name in NAMES.items():
        traces.append(panels.dot(START, name, key, symbol="x" if key == "rlhf" else symbol(key), size=13))
    if case.moved in (None, "dpo"):
        traces.append(panels.dot(START, MATCHED, "dpo", line={"width": 2.4, "color": theme.color("dpo")}, **ring))
    return case.map.map(400, problem, *traces, legend=3)


def _curve(case: Case, method: str) -> go.Scatter:
    """The destinations of one method for all values of its parameter, some of which are written beside them."""
    return panels.line(
        CURVE,
        [0],
        [0],
        method,
        mode="lines+markers+text",
        text=[f"{case.symbol} = {value:g}" if value in case.labels else "" for value in case.values],
        textposition=[case.labels.get(value, ABOVE) for value in case.values],
        textfont={"color": theme.color("ink"), "size": 12},
        showlegend=False,
        hoverinfo="skip",
        line={"color": theme.color(method), "width": 2},
        marker={"color": theme.color(method), "size": 5},
    )


def _background(case: Case, preset: str, beta: float) -> dict[str, Any]:
    """What stands still while a parameter other than β is moved."""
    problem = problem_of(preset, beta)
    update = case.map.at(problem, panels.STAR)
    if case.moved in (None, "dpo"):
        update[MATCHED] = on_map(destination("dpo", preset, beta, 1.0))
    if case.moved:
        places = [parts(on_map(destination(case.moved, preset, beta, value))) for value in case.values]
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
