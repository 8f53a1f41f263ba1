"""Chapter 10: the Gaussian projections of π* behind the destinations, and how far they lie apart."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rlgeo import DRO, PROJECTIONS, START, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.destinations import place, problem_of
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.panels import Row
from rlgeo.theory import natural, offline

PROJECTED = {
    "reverse KL": ("rlhf", "x"),
    "forward KL": ("optimum", "star"),
    "least squares": ("dro", "hexagon"),
    "logistic": ("dpo", "pentagon"),
}
"""Color and mark of each projection."""
COARSE = panels.ACTIONS[::2]
"""Splines join the points of a Gaussian well enough."""


def projections() -> go.Figure:
    """π* and its four Gaussian projections, as densities and as points, for every preset and a choice of β."""
    curves = [panels.line(panels.OPTIMUM, panels.ACTIONS, panels.ACTIONS, "optimum", fill=0.16, smooth=True)]
    grid = np.linspace(-4, 4, 29), np.linspace(0.1, 3, 21)
    traces = [panels.landscape_trace(Problem(), *grid, digits=2)]
    for name, (key, mark) in PROJECTED.items():
        dash = "dash" if name == "forward KL" else None  # its green is that of π*, which it matches
        curves += panels.unlisted(panels.line(f"{name}, density", COARSE, COARSE, key, dash=dash, smooth=True))
        traces.append(panels.dot(START, name, key, symbol=mark, size=14).update(legendgroup=name))
    density = Row(230, "density", curves, yaxis={"range": [0, 1.0]})
    figure = panels.stack(density, panels.map_row(260, *traces), x=panels.MEAN_AND_ACTION, legend=3)

    def draw(preset: str, beta: float) -> Drawing:
        problem = problem_of(preset, beta)
        update = {
            panels.OPTIMUM: {"y": np.round(panels.density(problem.optimum()), 3)},
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=2),
        }
        for name, project in PROJECTIONS.items():
            end = project(problem)
            density = np.full(COARSE.shape, np.nan) if end is None else np.round(panels.density(end)[::2], 3)
            update |= {name: place(end), f"{name}, density": {"y": density}}
        return update

    betas = [0.2, 0.35, 0.5, 1.0, 2.0]
    presets = choice("preset", "Reward", PRESET_LABELS, start="double")
    animate(figure, [presets, slider("beta", "β", betas, start=0.35)], draw)
    return describe(
        figure,
        """The optimum and four Gaussians near it. At small β on two bumps the reverse-KL projection covers the higher
        hill alone, the forward-KL projection both hills; the two regressions stay close to the reference's shape. At
        large β all four coincide.""",
    )


def destination_distances() -> go.Figure:
    """KL from each projection to the top of J against β, on logarithmic axes, for every preset."""
    betas, guide = np.array([0.2, 0.3, 0.5, 0.8, 1.5, 3.0, 6.0, 20.0]), np.array([2.5, 20.0])
    looks = {"forward KL": "optimum", "least squares": "dro", "logistic": "dpo", "logistic, ν = 1": "dpo"}
    curves = [
        panels.line(name, betas, betas, key, dash="dot" if "ν" in name else "solid", mode="lines+markers")
        for name, key in looks.items()
    ]
    for curve in curves:
        curve.hovertemplate = "β = %{x:.3g}: %{y:.2e}"
    slope = {"color": theme.color("muted"), "width": 1}
    curves.append(panels.line("∝ 1/β⁴", guide, 1e-2 * (guide / 2.5) ** -4, "muted", line=slope, hoverinfo="skip"))
    across = {"type": "log", "tickvals": [0.2, 0.5, 1, 2, 5, 10, 20]}
    log = panels.POWERS | {"range": [-8, 1.2], "dtick": 1}
    figure = panels.stack(Row(360, "KL to the best Gaussian", curves, xaxis=across, yaxis=log), x="β", legend=2)

    def distances(preset: str, beta: float) -> list[float]:
        problem = problem_of(preset, beta)
        top = problem.optimum().projection()
        ends = (
            problem.optimum().moment_match(),
            DRO(beta=beta).destination(problem),
            _matched(problem, 2 * beta),
            _matched(problem, 1.0),
        )
        return [np.nan if end is None else float(f"{float(end.kl(top)):.3g}") for end in ends]

    def draw(preset: str) -> Drawing:
        curves = np.transpose([distances(preset, beta) for beta in betas])
        return {name: {"y": curve} for name, curve in zip(looks, curves, strict=True)}

    animate(figure, [choice("preset", "Reward", PRESET_LABELS)], draw)
    return describe(
        figure,
        """Distance of the projections from the top of J against β, on logarithmic axes. Three of them fall together, by
        a factor of ten thousand for each factor of ten in β; the logistic one at a fixed label noise only by a
        hundred.""",
    )


def _matched(problem: Problem, label_noise: float) -> Gaussian | None:
    """DPO's destination at the matched temperature, ν β_D = β."""
    return natural.gaussian(*offline.destinations_by_beta(problem, label_noise, problem.beta / label_noise))
