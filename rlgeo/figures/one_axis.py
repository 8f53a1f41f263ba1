"""Chapter 1: policies and the reward on one axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, betas, choice, describe, slider
from rlgeo.figures.panels import ACTIONS, Row, line, note

PRESET_LABELS: Mapping[str, str] = {
    "single": "one bump",
    "double": "two bumps",
    "trap": "trap",
    "mixed": "pit",
}
"""How the book calls the presets."""
TILTED, EXPONENT = "π<sub>ref</sub> e<sup><i>r</i>/β</sup>", "log π<sub>ref</sub> + <i>r</i>/β"
LOG_OPTIMUM = "log π<sup>★</sup>"


def tilt() -> go.Figure:
    """π_ref, r and π* on one axis, with a menu of rewards and a slider over β."""
    problem = Problem()
    traces = [panels.reward_trace(problem, yaxis="y2"), *panels.axis_traces(problem), note("moments", -4.4, 0.4)]
    figure = panels.stack(Row(300, "density", traces, right="reward", xaxis=panels.WHOLE))

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
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

    values = betas(0.05, 3, 20)
    animate(figure, [choice("preset", "Reward", PRESET_LABELS), slider("beta", "β", values, start=problem.beta)], draw)
    return describe(
        figure,
        """Densities of the reference policy and of the optimum over the action, with the reward shaded behind
        them. As β falls the optimum gathers under the reward's bumps; as β grows it spreads back into the
        reference.""",
    )


def partition() -> go.Figure:
    """How π* is made: the reference times e^{r/β}, whose area is Z; and the same in logarithms, a plain sum."""
    problem = Problem()
    log_reference = np.round(problem.reference.log_prob(ACTIONS), 3)
    reference, optimum = panels.axis_traces(problem)
    product = [
        line(TILTED, ACTIONS, 0 * ACTIONS, "reward", fill=0.22, smooth=True),
        reference,
        optimum.update(fill=None),
        note("area", -4.4, 0.9),
    ]
    total = panels.unlisted(
        line("log π<sub>ref</sub>", ACTIONS, log_reference, "reference", smooth=True),
        line(EXPONENT, ACTIONS, 0 * ACTIONS, "reward", smooth=True, fill=0.22).update(fill="tonexty"),
        line(LOG_OPTIMUM, ACTIONS, 0 * ACTIONS, "optimum", smooth=True),
        note("shift", -4.4, 1.2),
    )
    figure = panels.stack(
        Row(210, "density", product, xaxis=panels.WHOLE),
        Row(210, "log density", total, xaxis=panels.WHOLE, yaxis={"range": [-6, 3]}),
    )

    def draw(beta: float) -> Drawing:
        return _product_and_sum(problem.at_beta(beta))

    animate(figure, [slider("beta", "β", betas(0.15, 3, 18), start=problem.beta)], draw)
    return describe(
        figure,
        """Above, the reference density multiplied by the exponential of the reward over β, with area Z, and the
        optimum, which is the same curve scaled to area one. Below, in logarithms: the reward lifts the reference, and
        log Z lowers the sum again.""",
    )


def _product_and_sum(problem: Problem) -> Drawing:
    """What :func:`partition` shows at one β."""
    optimum = problem.optimum()
    exponent = problem.reference.log_prob(ACTIONS) + problem.reward(ACTIONS) / problem.beta
    tilted = np.round(np.exp(exponent), 3)
    top = max(0.5, float(tilted.max()))
    return {
        TILTED: {"y": tilted},
        panels.OPTIMUM: {"y": panels.density(optimum)},
        "area": {"y": [0.9 * top], "text": [f"shaded area = Z = {np.exp(optimum.log_partition):.3g}"]},
        EXPONENT: {"y": np.round(exponent, 3)},
        LOG_OPTIMUM: {"y": np.round(optimum.log_density(ACTIONS), 3)},
        "shift": {"text": [f"gap between the two curves = log Z = {optimum.log_partition:.2f}"]},
        "layout": {"yaxis": {"range": [0, round(1.08 * top, 3)]}},
    }
