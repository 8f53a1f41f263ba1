"""Chapter 2: the objective over the half plane of Gaussian policies."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, betas, choice, describe, slider
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.panels import ACTIONS, Row, density, line, map_row, stack

GRID = panels.COARSE_MEANS, panels.COARSE_STDS
COARSER = np.linspace(-4, 4, 31), np.linspace(0.1, 3, 22)
BEST = "the best Gaussian's density"
SUMMITS = "summits of <i>J</i>"
SEVERAL = {name: label for name, label in PRESET_LABELS.items() if len(PRESETS[name].weights) > 1}
"""The rewards with more than one bump."""


def beta_landscape(problem: Problem) -> go.Figure:
    """J(μ, σ) below the densities, with a slider over β that starts at the problem's."""
    optimum = problem.optimum()
    best = line(BEST, ACTIONS, density(optimum.projection()), "argmax", smooth=True).update(line_width=1.4)
    points = panels.star(optimum), panels.argmax(optimum), panels.dot(START), panels.note("top", -3.9, 2.8)
    figure = stack(
        Row(150, "density", [*panels.axis_traces(problem, START), best]),
        map_row(330, panels.landscape_trace(problem, *GRID), *points),
        x=panels.MEAN_AND_ACTION,
        legend=2,
    )

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        optimum = at.optimum()
        best = optimum.projection()
        curve, peak = density(optimum), density(best)
        words = f"ceiling β log Z = {optimum.objective:.3f}<br>top of the map = {at.objective(best):.3f}"
        return {
            panels.OPTIMUM: {"y": curve},
            BEST: {"y": peak},
            panels.LANDSCAPE: panels.landscape_values(at, *GRID),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(best),
            "top": {"text": [words]},
            "layout": {"yaxis": {"range": panels.density_range(curve, peak)}},
        }

    return describe(
        animate(figure, [slider("beta", "β", betas(count=12), start=problem.beta)], draw),
        """Above, the densities of the reference, the optimum and the current policy. Below, the objective as a
        map over mean and standard deviation with contours, its top, the moment match of the optimum and the current
        policy. As β falls the top slides toward the bump and down toward small standard deviations.""",
    )


def preset_landscapes() -> go.Figure:
    """J for the rewards with more than one bump at five values of β: one summit or several."""
    first = Problem(PRESETS["double"], beta=0.3)
    optimum = first.optimum()
    curve = line(panels.OPTIMUM, ACTIONS, density(optimum), "optimum", smooth=True, yaxis="y2")
    points = panels.star(optimum), panels.argmax(optimum), summit_marks()
    figure = stack(
        Row(140, "reward", [panels.reward_trace(first), curve], right="density"),
        map_row(320, panels.landscape_trace(first, *COARSER), *points),
        x=panels.MEAN_AND_ACTION,
    )

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
        optimum, reward = at.optimum(), np.round(at.reward(ACTIONS), 3)
        curve = np.round(density(optimum), 3)
        right, left = panels.level(max(0.42, float(curve.max())), reward)
        return {
            panels.REWARD: {"y": reward},
            panels.OPTIMUM: {"y": curve},
            panels.LANDSCAPE: panels.landscape_values(at, *COARSER),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(optimum.projection()),
            SUMMITS: all_summits(at),
            "layout": {"yaxis": {"range": left}, "yaxis2": {"range": right}},
        }

    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    controls = [choice("preset", "Reward", SEVERAL, start="double"), slider("beta", "β", values, start=first.beta)]
    return describe(
        animate(figure, controls, draw),
        """The reward and the optimum over the action, above the map of the objective, for three rewards and five
        values of β. At small β every bump of the reward has a summit of its own.""",
    )


def summit_marks() -> go.Scatter:
    """A ring on every local maximum of J, with its height beside it."""
    outline = {"color": theme.color("ink"), "width": 1.6}
    rings = panels.dot(START, SUMMITS, "ink", symbol="circle-open", size=9, line=outline)
    return panels.named(rings, [], "bottom right")


def all_summits(problem: Problem) -> dict[str, Any]:
    """A frame's update of :func:`summit_marks`."""
    found = problem.optimum().summits()
    return panels.point(found) | {"text": [f"  J = {J:.2f}" for J in problem.objective(found)]}
