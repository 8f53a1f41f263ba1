"""Chapter 3: the natural gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Problem, ascend
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, described, slider, thinned
from rlgeo.figures.learning_rates import gap
from rlgeo.figures.numbers import significant
from rlgeo.figures.panels import WHOLE, Row, line
from rlgeo.figures.rlhf import ASCENT, field_policies
from rlgeo.theory.curvature import kl_circle

NATURAL = "natural gradient"
KEYS = {ASCENT: "rlhf", NATURAL: "natural"}
STARTS = Gaussian(np.array([2.8, -3.0]), np.array([2.4, 0.3]))
START_NAMES = "wide", "narrow"
RATE, STEPS = 0.1, 80


@described
def natural(problem: Problem) -> go.Figure:
    """Paths of the plain and of the natural gradient from a wide and a narrow start on the landscape, over small
    ellipses of equal KL divergence that shrink with σ; below, the gap to the maximum against the step."""

    def fisher(policy: Gaussian) -> tuple[Array, Array]:
        return policy.natural(*problem.gradient(policy))

    both = {ASCENT: ascend(problem.gradient, STARTS, STEPS, RATE), NATURAL: ascend(fisher, STARTS, STEPS, RATE)}
    gaps = {name: gap(problem, paths) for name, paths in both.items()}
    starts = panels.named(panels.dot(STARTS, "starts", "ink", size=7), [f"{name} start" for name in START_NAMES])
    starts.update(textposition=["top center", "bottom center"])
    now = [panels.dot(STARTS, f"{name} now", key, size=9) for name, key in KEYS.items()]
    drawn = [
        _circles(),
        *(panels.path(name, both[name][0], key, legendgroup=name) for name, key in KEYS.items()),
        *panels.unlisted(
            *(panels.path(f"{name} 2", both[name][1], key, legendgroup=name) for name, key in KEYS.items())
        ),
        panels.argmax(problem.optimum()),
        *panels.unlisted(starts, *now),
    ]
    figure = panels.stack(WHOLE.row(330, problem, *drawn, x=panels.MEAN), _gaps(gaps), shared=False, legend=2)

    def draw(step: int) -> Drawing:
        return {f"{name} now": paths[:, step] for name, paths in both.items()}

    return animate(figure, [slider("step", "step", thinned(STEPS, 40, 1.6), start=STEPS, play=True)], draw)


def _gaps(gaps: Mapping[str, Array]) -> Row:
    """The panel of gaps over steps, and words at their ends."""
    traces: list[go.Scatter] = []
    for name, key in KEYS.items():
        for start, values in zip(START_NAMES, significant(gaps[name], 3), strict=True):
            hover: dict[str, Any] = {"legendgroup": name, "hovertemplate": "%{y:.2g}"}
            traces.append(line(f"{name} gap, {start}", np.arange(STEPS + 1), values, key, **hover))
        last = panels.marks(f"{name} last", key, [STEPS] * 2, gaps[name][:, -1], size=7)
        traces.append(panels.named(last, START_NAMES))
    axis = {"range": [0, 1.25 * STEPS], "tickvals": np.linspace(0, STEPS, 5)}
    log = {**panels.POWERS, "dtick": 2}
    return Row(180, "max <i>J</i> − <i>J</i>", panels.unlisted(*traces), x="step", xaxis=axis, yaxis=log)


def _circles() -> go.Scatter:
    """Policies at the same small divergence from each of a grid of policies, one line with gaps."""
    centers = field_policies(7, 5)
    ring = kl_circle(centers[..., None], 0.02, np.linspace(0, 2 * np.pi, 25))
    x, y = (np.pad(np.round(v, 3), ((0, 0), (0, 1)), constant_values=np.nan).ravel() for v in (ring.mean, ring.std))
    thin = {"color": theme.color("muted", alpha=0.7), "width": 1}
    return line("KL of 0.02 nats", x, y, "muted", line=thin, hoverinfo="skip", hovertemplate=None)
