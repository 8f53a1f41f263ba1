"""Chapter 2: the objective over the half plane of Gaussian policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from rlgeo import START, Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import animate, betas, describe, slider


def beta_landscape(problem: Problem | None = None, policy: Gaussian = START) -> go.Figure:
    """J(μ, σ) under the densities, with a slider over β.

    Parameters
    ----------
    problem
        Its β is where the slider starts.
    policy
        The current point.
    """
    problem = problem or Problem()
    figure = panels.stack(panels.Row(150, "density"), panels.Row(330, "policy std σ"), x=panels.MEAN_AND_ACTION)
    for trace in panels.axis_traces(problem, policy):
        figure.add_trace(trace, row=1, col=1)
    grid = panels.COARSE_MEANS, panels.COARSE_STDS
    figure.add_trace(panels.landscape_trace(problem, *grid), row=2, col=1)
    optimum = problem.optimum()
    for trace in (panels.star(optimum), panels.argmax(optimum), panels.dot(policy)):
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)

    def draw(beta: float) -> Mapping[str, Mapping[str, Any]]:
        at = problem.at_beta(beta)
        optimum = at.optimum()
        return {
            panels.OPTIMUM: {"y": panels.density(optimum)},
            panels.LANDSCAPE: panels.landscape_values(at, *grid),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(optimum.projection()),
        }

    control = slider("beta", "β", betas(), start=problem.beta)
    return describe(animate(figure, [control], draw), "x")
