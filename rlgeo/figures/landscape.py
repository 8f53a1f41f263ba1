"""Chapter 2: the objective over the half plane of Gaussian policies."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import PRESET_LABELS, Drawing, animate, betas, choice, described, slider
from rlgeo.figures.panels import ACTIONS, ARGMAX, COARSE, STAR, Row, View, density, line, stack

COARSER = View(size=(31, 22))
BEST = "the best Gaussian's density"
SUMMITS = "summits of <i>J</i>"
SEVERAL = {name: label for name, label in PRESET_LABELS.items() if len(PRESETS[name].weights) > 1}
"""The rewards with more than one bump."""


@described
def beta_landscape(problem: Problem) -> go.Figure:
    """Above, the densities of the reference, the optimum and the current policy. Below, the objective as a map over
    mean and standard deviation with contours, its top, the moment match of the optimum and the current policy. As β
    falls the top slides toward the bump and down toward small standard deviations."""
    optimum = problem.optimum()
    best = line(BEST, ACTIONS, density(optimum.projection()), "argmax", smooth=True).update(line_width=1.4)
    points = panels.star(optimum), panels.argmax(optimum), panels.dot(START), panels.note("top", -3.9, 2.8)
    figure = stack(
        Row(150, "density", [*panels.axis_traces(problem, START), best]),
        COARSE.row(330, problem, *points),
        x=panels.MEAN_AND_ACTION,
        legend=2,
    )

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        optimum = at.optimum()
        best = optimum.projection()
        curve, peak = density(optimum), density(best)
        return {
            panels.OPTIMUM: {"y": curve},
            BEST: {"y": peak},
            **COARSE.at(at, STAR, ARGMAX),
            "top": f"ceiling β log Z = {optimum.objective:.3f}<br>top of the map = {at.objective(best):.3f}",
            "layout": {"yaxis": {"range": panels.density_range(curve, peak)}},
        }

    return animate(figure, [slider("beta", "β", betas(count=12), start=problem.beta)], draw)


@described
def preset_landscapes() -> go.Figure:
    """The reward and the optimum over the action, above the map of the objective, for three rewards and five values of
    β. At small β every bump of the reward has a summit of its own."""
    first = Problem("double", beta=0.3)
    optimum = first.optimum()
    curve = line(panels.OPTIMUM, ACTIONS, density(optimum), "optimum", smooth=True, yaxis="y2")
    points = panels.star(optimum), panels.argmax(optimum), summit_marks()
    figure = stack(
        Row(140, "reward", [panels.reward_trace(first), curve], right="density"),
        COARSER.row(320, first, *points),
        x=panels.MEAN_AND_ACTION,
    )

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(preset, beta=beta)
        reward, curve = at.reward(ACTIONS), np.round(density(at.optimum()), 3)
        return {
            panels.REWARD: reward,
            panels.OPTIMUM: curve,
            **COARSER.at(at, STAR, ARGMAX),
            SUMMITS: all_summits(at),
            "layout": panels.level_ranges(max(0.42, float(curve.max())), reward, density_left=False),
        }

    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    controls = [choice("preset", "Reward", SEVERAL, start="double"), slider("beta", "β", values, start=first.beta)]
    return animate(figure, controls, draw)


def summit_marks() -> go.Scatter:
    """A ring on every local maximum of J, with its height beside it."""
    outline = {"color": theme.color("ink"), "width": 1.6}
    rings = panels.dot(START, SUMMITS, "ink", symbol="circle-open", size=9, line=outline)
    return panels.named(rings, [], "bottom right")


def all_summits(problem: Problem) -> dict[str, Any]:
    """A frame's update of :func:`summit_marks`."""
    found = problem.optimum().summits()
    return panels.point(found) | {"text": [f"  J = {J:.2f}" for J in problem.objective(found)]}
