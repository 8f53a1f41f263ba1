"""Chapter 2: no Gaussian reaches β log Z."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, line

SLICE = "<i>J</i>(μ, σ)"
MEANS = np.linspace(-4, 4, 81)


@described
def ceiling(problem: Problem) -> go.Figure:
    """The objective against the mean at one standard deviation, below the horizontal ceiling β log Z. The shaded gap
    never closes; it is smallest at the top of J."""
    optimum = problem.optimum()
    best, top = optimum.projection(), float(optimum.objective)
    summit, width = float(problem.objective(best)), round(float(best.std), 2)
    cross = panels.dot(best, f"{panels.ARGMAX}, at σ = {width:.2f}", "argmax", symbol="x", size=10)
    traces = [
        line("ceiling β log Z", [-4, 4], [top, top], "optimum", dash="dash"),
        line(SLICE, MEANS, 0 * MEANS, "rlhf", smooth=True, fill=0.15).update(fill="tonexty"),
        cross.update(y=[summit], hovertemplate="J = %{y:.3f}"),
        line("gap", [0, 0], [top, top], "ink", hoverinfo="skip", showlegend=False),
        panels.note("words", 0, top, align="middle left"),
    ]
    row = Row(300, "<i>J</i>", traces, xaxis=(-4, 4), yaxis=(top - 1.6, top + 0.22))
    figure = panels.stack(row, x=panels.MEAN)

    def draw(std: float) -> Drawing:
        J = problem.objective(Gaussian(MEANS, std))
        at = int(np.argmax(J))
        gap = float(problem.beta * optimum.kl_from(Gaussian(MEANS[at], std)))
        words = f"β KL(π<sub>θ</sub>‖π<sup>★</sup>) = {gap:.3f}  "
        return {
            SLICE: J,
            "gap": {"x": [MEANS[at]] * 2, "y": [round(float(J[at]), 3), top]},
            "words": {"x": [MEANS[at]], "y": [top + 0.09], "text": [words]},
        }

    stds = sorted({round(float(s), 2) for s in np.geomspace(0.15, 3, 29)} | {width})
    return animate(figure, [slider("std", "σ", stds, start=0.5)], draw)
