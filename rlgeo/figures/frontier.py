"""Chapter 1: what reward costs in divergence."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Problem
from rlgeo.arguments.check import Array
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, betas, described, slider
from rlgeo.figures.panels import Row, line, marks

INTERCEPT, SLOPE = "ceiling β log Z", "slope β"
NOW, BEST_NOW = "at this β", "its best Gaussian"
HOVER = "KL = %{x:.3f}, E[r] = %{y:.3f}"


@described
def frontier() -> go.Figure:
    """Expected reward against KL divergence from the reference. The optimum's curve rises steeply and bends over; its
    tangent at each point has slope β. The curve of the best Gaussian lies below it."""
    problem, values = Problem(), betas(0.05, 3, 26)
    problems = [problem.at_beta(beta) for beta in values]
    optima = [at.optimum() for at in problems]
    bests = [optimum.projection() for optimum in optima]
    free = np.array([[o.kl_to_reference, o.expected_reward] for o in optima])
    tied = np.array([[p.kl(b), p.expected_reward(b)] for p, b in zip(problems, bests, strict=True)])
    figure = _opening(free, tied, float(problem.expected_reward(problem.reference)))
    ends = np.array(figure.layout.xaxis.range)

    def draw(beta: float) -> Drawing:
        i = values.index(beta)
        kl, reward = free[i]
        return {
            NOW: {"x": [kl], "y": [reward]},
            BEST_NOW: {"x": tied[i, :1], "y": tied[i, 1:]},
            SLOPE: {"y": reward + beta * (ends - kl)},
            INTERCEPT: {"y": [optima[i].objective]},
            "words": f"the tangent leaves the axis<br>at β log Z = {optima[i].objective:.3f}",
        }

    return animate(figure, [slider("beta", "β", values, start=problem.beta)], draw)


def _opening(free: Array, tied: Array, low: float) -> go.Figure:
    """Both curves, and the marks that move along them; ``low`` is the reference's expected reward."""
    right, high = free.max(axis=0)
    ends = [-0.04 * right, 1.04 * right]
    ring: dict[str, Any] = {"size": 10, "symbol": "circle-open", "line_width": 2}
    traces = [
        line("π<sup>★</sup> at each β", free[:, 0], free[:, 1], "optimum", hovertemplate=HOVER, smooth=True),
        line("best Gaussian at each β", tied[:, 0], tied[:, 1], "argmax", hovertemplate=HOVER, smooth=True),
        line(SLOPE, ends, ends, "muted", dash="dot", hoverinfo="skip"),
        marks("π<sub>ref</sub>", "reference", [0], [low], hover=HOVER, size=10, symbol="square"),
        marks(NOW, "optimum", size=12),
        marks(BEST_NOW, "argmax", size=11, symbol="diamond"),
        *panels.unlisted(marks(INTERCEPT, "optimum", [0], hover="β log Z = %{y:.3f}", **ring)),
        panels.note("words", 1.02 * right, low + 0.08 * (high - low), align="middle left"),
    ]
    span = {"range": [low - 0.1 * (high - low), high + 0.12 * (high - low)], "nticks": 7}
    row = Row(320, "expected reward", traces, xaxis=(ends[0], ends[1]), yaxis=span)
    return panels.stack(row, x="KL divergence from π<sub>ref</sub>, in nats")
