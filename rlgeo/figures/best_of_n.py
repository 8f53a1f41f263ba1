"""Chapter 12: the best of N actions, beside the optimum at the same distance from the reference."""

from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, betas, described, slider
from rlgeo.figures.frontier import HOVER
from rlgeo.figures.panels import ACTIONS, Row, density, line, marks
from rlgeo.theory import best_of

COUNTS = (1, 2, 4, 8, 16, 32)
CURVE, SAME = "π<sup>★</sup> at each β", "π<sup>★</sup> at its KL"
EVERY, NOW = "best of <i>N</i>", "best of this <i>N</i>"
DENSITY, WORDS = "best of this <i>N</i>, density", "words"


@described
def best_of_n() -> go.Figure:
    """Above, expected reward over the KL divergence from the reference. The best of 1, 2, 4, 8, 16 and 32 actions lie
    below the curve of the optimum, the larger N the closer. Below, two densities at one divergence: the best of 4 is a
    broad hump, the optimum a narrower one with a tail on the left."""
    problem, curve = Problem(), np.array([_point(beta) for beta in betas(0.035, 3, 24)])
    places = np.array([place(count) for count in COUNTS])
    ring: dict[str, Any] = {"size": 15, "symbol": "circle-open", "line_width": 2}
    above = [
        line(CURVE, curve[:, 0], curve[:, 1], "optimum", hovertemplate=HOVER, smooth=True),
        panels.named(
            marks(EVERY, "ink", *places.T, hover=HOVER, size=8), [f"  <i>N</i> = {n}" for n in COUNTS], "bottom right"
        ),
        *panels.unlisted(marks(NOW, "ink", hover=HOVER, **ring)),
        panels.note(WORDS, 2.87, 0.36, align="middle left"),
    ]
    below = [
        line(panels.REFERENCE, ACTIONS, density(problem.reference), "reference", smooth=True),
        line(SAME, ACTIONS, 0 * ACTIONS, "optimum", fill=0.16, smooth=True),
        line(DENSITY, ACTIONS, 0 * ACTIONS, "ink", dash="dashdot", smooth=True),
    ]
    kl = "KL divergence from π<sub>ref</sub>, in nats"
    figure = panels.stack(
        Row(230, "expected reward", above, x=kl, xaxis=(-0.08, 2.95), yaxis=(0.1, 1.05)),
        Row(200, "density", below, xaxis=panels.ALL_ACTIONS),
        shared=False,
        legend=2,
    )
    return animate(figure, [slider("count", "<i>N</i>", COUNTS, start=4)], draw)


def draw(count: int) -> Drawing:
    """What the figure shows for one N."""
    (nats, reward), optimum = place(count), matched(count)
    best = best_of.density(ACTIONS, Problem().reference, Problem(), count)
    densities = {SAME: density(optimum), DENSITY: np.round(best, 4)}
    words = f"KL = {nats:.3f}: best of {count}: {reward:.4f}<br>π<sup>★</sup>: {optimum.expected_reward:.4f}"
    return {
        NOW: {"x": [round(nats, 4)], "y": [round(reward, 4)]},
        **densities,
        WORDS: words,
        "layout": {"yaxis2": {"range": panels.density_range(*densities.values())}},
    }


def place(count: int) -> tuple[float, float]:
    """KL divergence and expected reward of the best of N."""
    problem = Problem()
    return best_of.divergence(count), best_of.expectation(problem.reward, problem.reference, problem, count)


@cache
def matched(count: int) -> Any:
    """π* at the KL divergence of the best of N; for N = 1 at a β so large that it is π_ref."""
    problem = Problem()
    at = problem.at_beta(1e6) if count == 1 else best_of.at_divergence(problem, best_of.divergence(count))
    return at.optimum()


def _point(beta: float) -> tuple[float, float]:
    optimum = Problem(beta=beta).optimum()
    return optimum.kl_to_reference, optimum.expected_reward
