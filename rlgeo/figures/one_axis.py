"""Chapter 1: policies and the reward on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, betas, choice, describe, slider
from rlgeo.figures.panels import ACTIONS, Row

PRESET_LABELS: Mapping[str, str] = {
    "single": "one bump",
    "double": "two bumps",
    "trap": "trap",
    "mixed": "pit",
}
"""How the book calls the presets."""
INTERCEPT = "ceiling β log Z"
TILTED, EXPONENT = "π<sub>ref</sub> e<sup><i>r</i>/β</sup>", "log π<sub>ref</sub> + <i>r</i>/β"


def tilt(problem: Problem | None = None, preset: str = "single") -> go.Figure:
    """π_ref, r and π* on one axis, with a menu of rewards and a slider over β.

    Parameters
    ----------
    problem
        Its reference and its β; the menu replaces its reward.
    preset
        The reward shown first.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(300, "density", right="reward"))
    figure.add_trace(panels.reward_trace(problem), row=1, col=1, secondary_y=True)
    for trace in panels.axis_traces(problem):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(panels.note("moments", -4.4, 0.4, ""), row=1, col=1)
    figure.update_xaxes(range=[-4.5, 4.5])

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], problem.reference, beta)
        optimum, reward = at.optimum(), np.round(at.reward(ACTIONS), 3)
        curve = panels.density(optimum)
        top = max(0.42, float(curve.max()))
        left, right = panels.level(top, reward)
        words = f"μ* = {optimum.mean:.2f}, σ* = {optimum.std:.2f}<br>log Z = {optimum.log_partition:.2f}"
        return {
            panels.REWARD: {"y": reward},
            panels.OPTIMUM: {"y": curve},
            "moments": {"y": [0.95 * top], "text": [words]},
            "layout": {"yaxis": {"range": left}, "yaxis2": {"range": right}},
        }

    controls = [
        choice("preset", "Reward", PRESET_LABELS, start=preset),
        slider("beta", "β", betas(0.05, 3, 20), start=problem.beta),
    ]
    animate(figure, controls, draw)
    rows: list[list[Any]] = [["β", "μ*", "σ*", "log Z"]]
    for beta in (0.05, 0.2, 0.5, 1.0, 3.0):
        optimum = Problem(PRESETS[preset], problem.reference, beta).optimum()
        rows.append([beta, optimum.mean, optimum.std, optimum.log_partition])
    alt = """Densities of the reference policy and of the optimum over the action, with the reward shaded behind
    them. As β falls the optimum gathers under the reward's bumps; as β grows it spreads back into the reference."""
    return describe(figure, alt, summary=rows)


def partition(problem: Problem | None = None) -> go.Figure:
    """How π* is made: the reference times e^{r/β}, whose area is Z; and the same in logarithms, a plain sum.

    Parameters
    ----------
    problem
        Its β is where the slider starts.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(210, "density"), Row(210, "log density"))
    reference = problem.reference
    empty = np.zeros_like(ACTIONS)
    for trace in (
        panels.line(TILTED, ACTIONS, empty, "reward", fill=0.22, smooth=True),
        *panels.axis_traces(problem),
        panels.note("area", -4.4, 0.9, ""),
    ):
        figure.add_trace(trace, row=1, col=1)
    figure.data[2].update(fill=None)
    for trace in (
        panels.line("log π<sub>ref</sub>", ACTIONS, np.round(reference.log_prob(ACTIONS), 3), "reference", smooth=True),
        panels.line(EXPONENT, ACTIONS, empty, "reward", smooth=True, fill=0.22),
        panels.line("log π<sup>★</sup>", ACTIONS, empty, "optimum", smooth=True),
        panels.note("shift", -4.4, 1.2, ""),
    ):
        figure.add_trace(trace.update(showlegend=False), row=2, col=1)
    figure.data[5].update(fill="tonexty")
    figure.update_yaxes(range=[-6, 3], row=2, col=1)
    figure.update_xaxes(range=[-4.5, 4.5])

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        optimum = at.optimum()
        exponent = reference.log_prob(ACTIONS) + at.reward(ACTIONS) / beta
        tilted = np.round(np.exp(exponent), 3)
        top = max(0.5, float(tilted.max()))
        return {
            TILTED: {"y": tilted},
            panels.OPTIMUM: {"y": panels.density(optimum)},
            "area": {"y": [0.9 * top], "text": [f"shaded area = Z = {np.exp(optimum.log_partition):.3g}"]},
            EXPONENT: {"y": np.round(exponent, 3)},
            "log π<sup>★</sup>": {"y": np.round(optimum.log_density(ACTIONS), 3)},
            "shift": {"text": [f"gap between the two curves = log Z = {optimum.log_partition:.2f}"]},
            "layout": {"yaxis": {"range": [0, round(1.08 * top, 3)]}},
        }

    animate(figure, [slider("beta", "β", betas(0.15, 3, 18), start=problem.beta)], draw)
    rows: list[list[Any]] = [["β", "Z", "log Z", "β log Z"]]
    for beta in (0.15, 0.5, 1.0, 3.0):
        optimum = problem.at_beta(beta).optimum()
        rows.append([beta, float(np.exp(optimum.log_partition)), optimum.log_partition, optimum.objective])
    alt = """Above, the reference density multiplied by the exponential of the reward over β, with area Z, and the
    optimum, which is the same curve scaled to area one. Below, in logarithms: the reward lifts the reference, and
    log Z lowers the sum again."""
    return describe(figure, alt, summary=rows)


def frontier(problem: Problem | None = None) -> go.Figure:
    """Expected reward against KL from the reference as β falls: π*'s curve bounds every policy's.

    Parameters
    ----------
    problem
        Its β is where the slider starts.
    """
    problem = problem or Problem()
    values = betas(0.05, 3, 26)
    problems = [problem.at_beta(beta) for beta in values]
    optima = [p.optimum() for p in problems]
    bests = [optimum.projection() for optimum in optima]
    free = np.array([[o.kl_to_reference, o.expected_reward] for o in optima])
    tied = np.array([[p.kl(b), p.expected_reward(b)] for p, b in zip(problems, bests, strict=True)])
    hover = "KL = %{x:.3f}, E[r] = %{y:.3f}"
    figure = panels.stack(Row(320, "expected reward"), x="KL divergence from π<sub>ref</sub>, in nats")
    family = "best Gaussian at each β"
    style: dict[str, Any] = {"hovertemplate": hover, "smooth": True}
    for trace in (
        panels.line("π<sup>★</sup> at each β", free[:, 0], free[:, 1], "optimum", **style),
        panels.line(family, tied[:, 0], tied[:, 1], "rlhf", **style),
        panels.line("slope β", [0, 1], [0, 1], "muted", dash="dot", hoverinfo="skip"),
        go.Scatter(
            x=[0],
            y=[float(problem.expected_reward(problem.reference))],
            name="π<sub>ref</sub>",
            mode="markers",
            marker={"color": theme.color("reference"), "size": 10, "symbol": "square"},
            hovertemplate=hover,
        ),
        go.Scatter(
            x=[0], y=[0], name="at this β", mode="markers", marker={"color": theme.color("optimum"), "size": 12}
        ),
        go.Scatter(
            x=[0],
            y=[0],
            name="its best Gaussian",
            mode="markers",
            marker={"color": theme.color("rlhf"), "size": 11, "symbol": "diamond"},
        ),
        go.Scatter(
            x=[0],
            y=[0],
            name=INTERCEPT,
            mode="markers",
            marker={"color": theme.color("optimum"), "size": 10, "symbol": "circle-open", "line": {"width": 2}},
            hovertemplate="β log Z = %{y:.3f}",
            showlegend=False,
        ),
        panels.note("words", 0, 0, "", align="middle left"),
    ):
        figure.add_trace(trace, row=1, col=1)
    low, high = float(problem.expected_reward(problem.reference)), float(free[:, 1].max())
    right = float(free[:, 0].max())
    figure.update_yaxes(range=[low - 0.1 * (high - low), high + 0.12 * (high - low)], nticks=7)
    figure.data[-1].update(x=[1.02 * right], y=[low + 0.08 * (high - low)])
    figure.update_xaxes(range=[-0.04 * right, 1.04 * right])

    def draw(beta: float) -> Drawing:
        i = values.index(beta)
        kl, reward = free[i]
        ends = np.array([-0.04 * right, 1.04 * right])
        return {
            "at this β": {"x": [kl], "y": [reward]},
            "its best Gaussian": {"x": [tied[i, 0]], "y": [tied[i, 1]]},
            "slope β": {"x": ends, "y": reward + beta * (ends - kl)},
            INTERCEPT: {"y": [optima[i].objective]},
            "words": {"text": [f"the tangent leaves the axis<br>at β log Z = {optima[i].objective:.3f}"]},
        }

    animate(figure, [slider("beta", "β", values, start=problem.beta)], draw)
    rows: list[list[Any]] = [["β", "KL(π*‖π_ref)", "E_π*[r]", "KL of best Gaussian", "E[r] of best Gaussian"]]
    rows += [[values[i], *free[i], *tied[i]] for i in range(0, len(values), 5)]
    alt = """Expected reward against KL divergence from the reference. The optimum's curve rises steeply and bends
    over; its tangent at each point has slope β. The curve of the best Gaussian lies below it."""
    return describe(figure, alt, summary=rows)
