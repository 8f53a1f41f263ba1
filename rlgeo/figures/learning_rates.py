"""Chapter 3: how fast the exact gradient arrives, and when it does not."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from rlgeo import START, Gaussian, Problem, ascend
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.numbers import significant
from rlgeo.figures.panels import Row, View, line
from rlgeo.figures.rlhf import ASCENT, STEPS
from rlgeo.theory.curvature import contraction

GAP, PREDICTED = "gap", "predicted by the curvature"
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
FLOOR = 1e-10
"""Gaps below this are drawn here: rounding is not far."""


@described
def learning_rates(
    problem: Problem,
    start: Gaussian = START,
    *,
    rates: Sequence[float] = RATES,
    at: float = 0.1,
    steps: int = STEPS,
    view: tuple[float, float, float, float] = (-0.8, 2.2, 0.8, 1.8),
    span: float = 0.3,
) -> go.Figure:
    """The path of gradient ascent on the landscape at one learning rate, and the gap to the maximum of J against the
    step on a logarithmic axis. Small rates creep; larger ones arrive sooner; too large a rate jumps across the summit
    and never settles.

    ``rates`` are the slider's values, ``at`` is where it starts. The map is seen in the ``view`` from least to largest
    μ and from least to largest σ, down to ``span`` below its top.
    """
    paths = {eta: ascend(problem.gradient, start, steps, eta) for eta in rates}
    gaps = {eta: gap(problem, path) for eta, path in paths.items()}
    rho = {eta: float(contraction(problem, problem.optimum().projection(), eta)) for eta in rates}
    seen, dots = View(view[:2], view[2:], (33, 25), span), {"size": 4, "color": theme.color("rlhf")}
    drawn = [
        panels.path(ASCENT, paths[at], "rlhf", mode="lines+markers", marker=dots).update(line_width=1.6),
        panels.argmax(problem.optimum()),
        panels.dot(start, "start"),
    ]

    def draw(rate: float) -> Drawing:
        curve, ends = significant(gaps[rate], 3), predicted(gaps[rate], rho[rate])
        return {ASCENT: paths[rate], GAP: {"y": curve}, PREDICTED: {"y": ends}}

    figure = panels.stack(seen.row(300, problem, *drawn, x=panels.MEAN), _gaps(gaps, at), shared=False)
    return animate(figure, [slider("rate", "η", list(rates), start=at)], draw)


def gap(problem: Problem, policies: Gaussian) -> Array:
    """max J − J, but no less than can be told from rounding."""
    top = problem.objective(problem.optimum().projection())
    return np.maximum(top - problem.objective(policies), FLOOR)


def _gaps(gaps: Mapping[float, Array], at: float) -> Row:
    """The panel of gaps over steps."""
    steps = gaps[at].size - 1
    low = np.log10(max(FLOOR, min(float(gap.min()) for gap in gaps.values())))
    traces = [
        line(GAP, np.arange(steps + 1), gaps[at], "rlhf", showlegend=False, hovertemplate="%{y:.2g}"),
        line(PREDICTED, [0, steps], [1, 1], "argmax", dash="dot", hoverinfo="skip"),
    ]
    log = {**panels.POWERS, "dtick": 2, "range": [low - 0.3, 0.7]}
    return Row(190, "max <i>J</i> − <i>J</i>", traces, x="step", xaxis=(0, steps), yaxis=log)


def predicted(gaps: Array, rho: float) -> Array:
    """The ends of a line that falls by ρ² per step.

    It runs through the last gap that is not yet rounding, or, where steps overshoot, through the smallest.
    """
    anchor = int(np.nonzero(gaps > 10 * FLOOR)[0][-1]) if rho < 1 else int(np.argmin(gaps))
    return gaps[anchor] * rho ** (2.0 * (np.array([0, gaps.size - 1]) - anchor))
