"""Chapter 10: where every method's expected update comes to rest, and the projections behind it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
import plotly.graph_objects as go

from rlgeo import DPO, DRO, GRPO, PG, PRESETS, PROJECTIONS, RLHF, START, Gaussian, Optimum, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.overview import SYMBOLS
from rlgeo.figures.tables import Table
from rlgeo.theory import natural, offline

Knob = Literal["beta", "label_noise", "batch_size", "group_size"]
KNOBS: dict[str, tuple[str, list[float]]] = {
    "beta": ("β", [0.3, 0.5, 0.8, 1.5, 3.0]),
    "label_noise": ("ν", [0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0]),
    "batch_size": ("<i>N</i>", [2, 3, 4, 8, 16, 32, 128]),
    "group_size": ("<i>G</i>", [2, 4, 8, 16, 64]),
}
"""What can be turned: symbol and values."""
MOVES = {"beta": "", "label_noise": "dpo", "batch_size": "pg", "group_size": "grpo"}
"""Whose destination a knob moves alone."""
RESTING = 2.0
"""A β at which GRPO rests on every preset, whatever its group size."""
ABOVE, BELOW = "top center", "bottom left"
LABELED: dict[str, dict[float, str]] = {
    "label_noise": {0.35: ABOVE, 0.7: ABOVE, 4.0: ABOVE},
    "batch_size": {2: ABOVE, 16: BELOW},
    "group_size": {2: ABOVE, 64: BELOW},
}
"""Values that are written beside the trail, on the side where it is not."""
VIEWS = {
    "beta": ((-0.6, 3.6), (0.3, 2.3), 1.0),
    "label_noise": ((-0.6, 3.6), (0.3, 2.3), 1.0),
    "batch_size": ((-0.6, 2.4), (0.7, 2.1), 0.6),
    "group_size": ((-0.3, 1.1), (1.25, 1.75), 0.3),
}
"""What is seen of the map: μ, σ, and how far below its top it is drawn."""
NAMES = {"rlhf": "RLHF, PPO", "pg": "PG", "grpo": "GRPO", "dpo": "DPO", "dro": "DRO"}
TRAIL = "trail"
COARSE = slice(None, None, 2)
"""Every second action: splines join the points of a Gaussian well enough."""
KEYS = {"reverse KL": "rlhf", "forward KL": "star", "least squares": "dro", "logistic": "dpo"}
MARKS = {"reverse KL": "x", "forward KL": "star", "least squares": "hexagon", "logistic": "pentagon"}


@cache
def _problem(preset: str, beta: float) -> tuple[Problem, Optimum, Gaussian]:
    """A problem, its optimum and the top of J."""
    problem = Problem(PRESETS[preset], beta=beta)
    optimum = problem.optimum()
    return problem, optimum, optimum.projection()


@cache
def landing(method: str, preset: str, beta: float, knob: float) -> Gaussian | None:
    """A method's destination at its own β equal to the problem's; ``knob`` is its ν, N or G."""
    problem, _, top = _problem(preset, beta)
    if method == "rlhf":
        return top
    if method == "pg":
        return PG(batch_size=int(knob)).destination(problem, top)
    if method == "dpo":
        return DPO(beta=beta, label_noise=knob).destination(problem)
    if method == "dro":
        return DRO(beta=beta).destination(problem)
    # The rest of the larger group is a start from which this one's is near.
    sizes = [float(g) for g in KNOBS["group_size"][1]] + [np.inf]
    after = [g for g in sizes if g > knob]
    near = landing("grpo", preset, beta, after[0]) if after else top
    return None if near is None else _grpo(knob).destination(problem, near)


def _grpo(group_size: float) -> GRPO:
    return GRPO(group_size=group_size)  # type: ignore[arg-type]  # infinity is allowed, and no int


USUAL = {"rlhf": 0.0, "pg": 16.0, "grpo": np.inf, "dpo": 0.5, "dro": 0.0}
"""ν, N and G where another knob is turned."""


def _at(policy: Gaussian | None) -> dict[str, Any]:
    """A mark's place, or nowhere."""
    if policy is None or abs(float(policy.mean)) > 4 or float(policy.std) > 3:
        return {"x": [np.nan], "y": [np.nan]}
    return {"x": [round(float(policy.mean), 3)], "y": [round(float(policy.std), 3)]}


def destinations(knob: Knob = "beta") -> go.Figure:
    """Every method's destination on the map of J, for every preset and the values of one knob.

    Parameters
    ----------
    knob
        ``"beta"`` (everyone's), ``"label_noise"`` (DPO's ν), ``"batch_size"`` (PG's N) or ``"group_size"`` (GRPO's G).

    Raises
    ------
    ValueError
        If ``knob`` is none of these.
    """
    if knob not in get_args(Knob):
        raise ValueError(f"knob={knob!r} is unknown: it must be one of {', '.join(get_args(Knob))}")
    symbol, values = KNOBS[knob]
    moved = MOVES[knob]
    fixed = RESTING if knob == "group_size" else 0.5
    figure = panels.stack(panels.Row(400, "policy std σ"), x="policy mean μ", legend=3)
    *ranges, span = VIEWS[knob]
    grid = np.linspace(*ranges[0], 29), np.linspace(*ranges[1], 21)
    figure.add_trace(panels.landscape_trace(Problem(), *grid, digits=3, span=span))
    if moved:
        figure.add_trace(_trail(knob, moved))
    figure.add_trace(panels.dot(Problem().reference, panels.REFERENCE, "reference", symbol="square", size=10))
    figure.add_trace(panels.star(Problem().optimum()))
    names = dict(NAMES) | ({"matched": "DPO, ν = 1: matched"} if knob in ("beta", "label_noise") else {})
    for key, name in names.items():
        look = {"symbol": "circle-open", "size": 15, "line": {"width": 2.4, "color": theme.color("dpo")}}
        usual = {"symbol": "x" if key == "rlhf" else SYMBOLS[key], "size": 13} if key != "matched" else look
        figure.add_trace(panels.dot(START, name, "dpo" if key == "matched" else key, **usual))
    figure.update_xaxes(range=ranges[0], showgrid=False)
    figure.update_yaxes(range=ranges[1], showgrid=False)

    @cache
    def background(preset: str, beta: float) -> dict[str, Mapping[str, Any]]:
        problem, optimum, _ = _problem(preset, beta)
        update: dict[str, Mapping[str, Any]] = {
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=3, span=span),
            panels.STAR: panels.point(optimum.moment_match()),
        }
        if "matched" in names:
            update[names["matched"]] = _at(landing("dpo", preset, beta, 1.0))
        if moved:
            places = [_at(landing(moved, preset, beta, value)) for value in values]
            update[TRAIL] = {axis: [place[axis][0] for place in places] for axis in ("x", "y")}
        return update

    def draw(preset: str, value: float) -> Drawing:
        beta = value if knob == "beta" else fixed
        marks = {
            name: _at(landing(key, preset, beta, value if key == moved else USUAL[key])) for key, name in NAMES.items()
        }
        return background(preset, beta) | marks

    start = {"beta": 0.5, "label_noise": 0.5, "batch_size": 2, "group_size": 8}[knob]
    animate(figure, [choice("preset", "Reward", PRESET_LABELS), slider("value", symbol, values, start=start)], draw)
    rows = [
        [f"{value:g}", *(cell for key in NAMES for cell in _cells(draw("single", value)[NAMES[key]]))]
        for value in values
    ]
    return describe(
        figure,
        f"""Destinations of the methods as marks on the map of J, at β = {fixed:g} unless β itself is turned. The exact
        gradient's is the summit; PG's lies a little toward the reference, DRO's and DPO's at larger σ,
        GRPO's apart.""",
        summary=[[symbol, *(f"{axis} {name}" for name in NAMES.values() for axis in "μσ")], *rows],
    )


def _trail(knob: str, moved: str) -> go.Scatter:
    """The way a destination goes as its knob is turned, with some values written beside it."""
    symbol, values = KNOBS[knob]
    return panels.line(
        TRAIL,
        [0],
        [0],
        moved,
        mode="lines+markers+text",
        text=[f"{symbol} = {value:g}" if value in LABELED[knob] else "" for value in values],
        textposition=[LABELED[knob].get(value, ABOVE) for value in values],
        textfont={"color": theme.color("ink"), "size": 12},
        showlegend=False,
        hoverinfo="skip",
        line={"color": theme.color(moved), "width": 2},
        marker={"color": theme.color(moved), "size": 5},
    )


def _cells(place: Mapping[str, Any]) -> list[Any]:
    return ["none" if np.isnan(place[axis][0]) else place[axis][0] for axis in ("x", "y")]


def projections() -> go.Figure:
    """π* and its four Gaussian projections, as densities and as points, for every preset and a choice of β."""
    figure = panels.stack(
        panels.Row(230, "density"), panels.Row(260, "policy std σ"), x=panels.MEAN_AND_ACTION, legend=3
    )
    curve = panels.line(panels.OPTIMUM, panels.ACTIONS, 0 * panels.ACTIONS, "optimum", fill=0.16, smooth=True)
    actions = panels.ACTIONS[COARSE]
    figure.add_trace(curve, row=1, col=1)
    for name, key in KEYS.items():
        dash = "dash" if name == "forward KL" else None  # its green is that of π*, which it matches
        trace = panels.line(f"{name}, density", actions, 0 * actions, key, dash=dash, smooth=True, showlegend=False)
        figure.add_trace(trace, row=1, col=1)
    grid = np.linspace(-4, 4, 29), np.linspace(0.1, 3, 21)
    figure.add_trace(panels.landscape_trace(Problem(), *grid, digits=2), row=2, col=1)
    for name, key in KEYS.items():
        figure.add_trace(panels.dot(START, name, key, symbol=MARKS[name], size=14), row=2, col=1)
        figure.data[-1].legendgroup = name
    panels.plane(figure, 2)
    figure.update_yaxes(range=[0, 1.0], row=1, col=1)

    def draw(preset: str, beta: float) -> Drawing:
        problem, optimum, top = _problem(preset, beta)
        update: dict[str, Mapping[str, Any]] = {
            panels.OPTIMUM: {"y": np.round(panels.density(optimum), 3)},
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=2),
        }
        for name, project in PROJECTIONS.items():
            end = top if name == "reverse KL" else project(problem)
            update[name] = _at(end)
            blank = np.full(actions.shape, np.nan)
            update[f"{name}, density"] = {"y": blank if end is None else np.round(panels.density(end)[COARSE], 3)}
        return update

    values = [0.2, 0.35, 0.5, 1.0, 2.0]
    animate(
        figure,
        [choice("preset", "Reward", PRESET_LABELS, start="double"), slider("beta", "β", values, start=0.35)],
        draw,
    )
    rows = []
    for beta in values:
        places = draw("double", beta)
        rows.append([f"{beta:g}", *(cell for name in KEYS for cell in _cells(places[name]))])
    return describe(
        figure,
        """The optimum and four Gaussians near it. At small β on two bumps the reverse-KL projection covers the higher
        hill alone, the forward-KL projection both hills; the two regressions stay close to the reference's shape. At
        large β all four coincide.""",
        summary=[["β", *(f"{axis} {name}" for name in KEYS for axis in "μσ")], *rows],
    )


def destination_distances() -> go.Figure:
    """KL from each projection to the top of J against β, on logarithmic axes, for every preset."""
    figure = panels.stack(panels.Row(360, "KL to the best Gaussian"), x="β", legend=2)
    betas = [0.2, 0.3, 0.5, 0.8, 1.5, 3.0, 6.0, 20.0]
    fixed = "logistic, ν = 1"
    names = {"forward KL": "star", "least squares": "dro", "logistic": "dpo", fixed: "behavior"}
    for name, key in names.items():
        dash = "dot" if name == fixed else "solid"
        hover = "β = %{x:.3g}: %{y:.2e}"
        figure.add_trace(panels.line(name, betas, betas, key, dash=dash, mode="lines+markers", hovertemplate=hover))
    guide = np.array([2.5, 20.0])
    slope = {"color": theme.color("muted"), "width": 1}
    figure.add_trace(panels.line("∝ 1/β⁴", guide, 1e-2 * (guide / 2.5) ** -4, "muted", line=slope, hoverinfo="skip"))
    figure.update_xaxes(type="log", tickvals=[0.2, 0.5, 1, 2, 5, 10, 20])
    figure.update_yaxes(**panels.POWERS, range=[-8, 1.2], dtick=1)

    def draw(preset: str) -> Drawing:
        distances: dict[str, list[float]] = {name: [] for name in names}
        for beta in betas:
            problem, optimum, top = _problem(preset, beta)
            ends = {
                "forward KL": optimum.moment_match(),
                "least squares": DRO(beta=beta).destination(problem),
                "logistic": _road_end(problem, 2 * beta),
                fixed: _road_end(problem, 1.0),
            }
            for name, end in ends.items():
                distances[name].append(np.nan if end is None else float(f"{float(end.kl(top)):.3g}"))
        return {name: {"y": values} for name, values in distances.items()}

    animate(figure, [choice("preset", "Reward", PRESET_LABELS)], draw)
    rows = [
        [f"{beta:g}", *(float(t.y[i] or np.nan) for t in figure.data[: len(names)])] for i, beta in enumerate(betas)
    ][::3]
    return describe(
        figure,
        """Distance of the projections from the top of J against β, on logarithmic axes. Three of them fall together, by
        a factor of ten thousand for each factor of ten in β; the logistic one at a fixed label noise only by a
        hundred.""",
        summary=[["β", *names], *rows],
    )


def _road_end(problem: Problem, label_noise: float) -> Gaussian | None:
    """DPO's destination at the matched temperature, ν β_D = β."""
    return natural.gaussian(*offline.road(problem, label_noise, problem.beta / label_noise))


def destination_table(beta: float = 0.5) -> Table:
    """KL from every destination to the best Gaussian, a column for each preset."""
    methods = {
        "RLHF, RLOO, PPO": RLHF(),
        "PG, $N=16$": PG(),
        "PG, $N=2$": PG(batch_size=2),
        r"GRPO, $G=\infty$": _grpo(np.inf),
        r"DPO, $\nu=.5$": DPO(beta=beta),
        r"DPO, $\nu=1$, matched": DPO(beta=beta, label_noise=1.0),
        "DRO": DRO(beta=beta),
    }
    rows = []
    for name, method in methods.items():
        row = [name]
        for preset in PRESETS:
            problem, _, top = _problem(preset, beta)
            end = top if isinstance(method, RLHF) else method.destination(problem, top)
            row.append("–" if end is None else f"{float(end.kl(top)):.4f}")
        rows.append(row)
    return Table(["method", *(f"*{name}*" for name in PRESETS)], rows)
