"""Chapter 10: the Gaussian projections of π* behind the destinations, and how far they lie apart."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import DRO, PROJECTIONS, START, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.destinations import on_map, problem_of
from rlgeo.figures.frames import Drawing, animate, described, rewards, slider
from rlgeo.figures.panels import Row
from rlgeo.theory import natural, offline

PROJECTED = {
    "reverse KL": ("rlhf", "x"),
    "forward KL": ("optimum", "star"),
    "least squares": ("dro", "hexagon"),
    "logistic": ("dpo", "pentagon"),
}
"""Color and mark of each projection."""
MAP = panels.View(size=(29, 21), digits=2)
COARSE = panels.ACTIONS[::2]
"""Splines join the points of a Gaussian well enough."""


@described
def projections() -> go.Figure:
    """The optimum and four Gaussians near it. At small β on two bumps the reverse-KL projection covers the higher hill
    alone, the forward-KL projection both hills; the two regressions stay close to the reference's shape. At large β all
    four coincide."""
    curves = [panels.line(panels.OPTIMUM, panels.ACTIONS, panels.ACTIONS, "optimum", fill=0.16, smooth=True)]
    traces = []
    for name, (key, mark) in PROJECTED.items():
        dash = "dash" if name == "forward KL" else None  # its green is that of π*, which it matches
        curves += panels.unlisted(panels.line(f"{name}, density", COARSE, COARSE, key, dash=dash, smooth=True))
        traces.append(panels.dot(START, name, key, symbol=mark, size=14).update(legendgroup=name))
    density = Row(230, "density", curves, yaxis=(0, 1.0))
    figure = panels.stack(density, MAP.row(260, Problem(), *traces), x=panels.MEAN_AND_ACTION, legend=3)

    def draw(preset: str, beta: float) -> Drawing:
        problem = problem_of(preset, beta)
        update = {
            panels.OPTIMUM: panels.density(problem.optimum()),
            panels.LANDSCAPE: MAP.values(problem),
        }
        for name, project in PROJECTIONS.items():
            end = project(problem)
            density = np.full(COARSE.shape, np.nan) if end is None else panels.density(end)[::2]
            update |= {name: on_map(end), f"{name}, density": density}
        return update

    betas = [0.2, 0.35, 0.5, 1.0, 2.0]
    return animate(figure, [rewards(start="double"), slider("beta", "β", betas, start=0.35)], draw)


@described
def destination_distances() -> go.Figure:
    """Distance of the projections from the top of J against β, on logarithmic axes. Three of them fall together, by a
    factor of ten thousand for each factor of ten in β; the logistic one at a fixed label noise only by a hundred."""
    betas, guide = np.array([0.2, 0.3, 0.5, 0.8, 1.5, 3.0, 6.0, 20.0]), np.array([2.5, 20.0])
    looks = {"forward KL": ("optimum", "solid"), "least squares": ("dro", "solid"), "logistic": ("dpo", "solid")}
    looks |= {"logistic, ν = 1": ("dpo", "dot")}
    curves = panels.curves(looks, betas, mode="lines+markers", hovertemplate="β = %{x:.3g}: %{y:.2e}")
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

    return animate(figure, [rewards()], draw)


def _matched(problem: Problem, label_noise: float) -> Gaussian | None:
    """DPO's destination at the matched temperature, ν β_D = β."""
    return natural.gaussian(*offline.destinations_by_beta(problem, label_noise, problem.beta / label_noise))
