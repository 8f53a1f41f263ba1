"""Chapter 1: policies and the reward on one axis."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, betas, described, rewards, slider
from rlgeo.figures.panels import ACTIONS, Row, line, note

TILTED, EXPONENT = "π<sub>ref</sub> e<sup><i>r</i>/β</sup>", "log π<sub>ref</sub> + <i>r</i>/β"
LOG_OPTIMUM = "log π<sup>★</sup>"


@described
def tilt() -> go.Figure:
    """Densities of the reference policy and of the optimum over the action, with the reward shaded behind them. As β
    falls the optimum gathers under the reward's bumps; as β grows it spreads back into the reference."""
    problem = Problem()
    traces = [panels.reward_trace(problem, yaxis="y2"), *panels.axis_traces(problem), note("moments", -4.4, 0.4)]
    figure = panels.stack(Row(300, "density", traces, right="reward", xaxis=panels.ALL_ACTIONS))

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(preset, beta=beta)
        optimum, reward, curve = at.optimum(), at.reward(ACTIONS), panels.density(at.optimum())
        top = max(0.42, float(curve.max()))
        words = f"μ* = {optimum.mean:.2f}, σ* = {optimum.std:.2f}<br>log Z = {optimum.log_partition:.2f}"
        return {
            panels.REWARD: reward,
            panels.OPTIMUM: {"y": curve},
            "moments": {"y": [0.95 * top], "text": [words]},
            "layout": panels.level_ranges(top, reward),
        }

    return animate(figure, [rewards(), slider("beta", "β", betas(0.05, 3, 20), start=problem.beta)], draw)


@described
def partition() -> go.Figure:
    """Above, the reference density multiplied by the exponential of the reward over β, with area Z, and the optimum,
    which is the same curve scaled to area one. Below, in logarithms: the reward lifts the reference, and log Z lowers
    the sum again."""
    problem = Problem()
    reference, optimum = panels.axis_traces(problem)
    product = [
        line(TILTED, ACTIONS, 0 * ACTIONS, "reward", fill=0.22, smooth=True),
        reference,
        optimum.update(fill=None),
        note("area", -4.4, 0.9),
    ]
    total = panels.unlisted(
        line("log π<sub>ref</sub>", ACTIONS, problem.reference.log_prob(ACTIONS).round(3), "reference", smooth=True),
        line(EXPONENT, ACTIONS, 0 * ACTIONS, "reward", smooth=True, fill=0.22).update(fill="tonexty"),
        line(LOG_OPTIMUM, ACTIONS, 0 * ACTIONS, "optimum", smooth=True),
        note("shift", -4.4, 1.2),
    )
    figure = panels.stack(
        Row(210, "density", product, xaxis=panels.ALL_ACTIONS),
        Row(210, "log density", total, xaxis=panels.ALL_ACTIONS, yaxis=(-6, 3)),
    )

    controls = [slider("beta", "β", betas(0.15, 3, 18), start=problem.beta)]
    return animate(figure, controls, lambda beta: _product_and_sum(problem.at_beta(beta)))


def _product_and_sum(problem: Problem) -> Drawing:
    """What :func:`partition` shows at one β."""
    optimum = problem.optimum()
    exponent = problem.reference.log_prob(ACTIONS) + problem.reward(ACTIONS) / problem.beta
    top = max(0.5, float(np.exp(exponent).round(3).max()))
    return {
        TILTED: np.exp(exponent),
        panels.OPTIMUM: {"y": panels.density(optimum)},
        "area": {"y": [0.9 * top], "text": [f"shaded area = Z = {np.exp(optimum.log_partition):.3g}"]},
        EXPONENT: exponent,
        LOG_OPTIMUM: optimum.log_density(ACTIONS),
        "shift": f"gap between the two curves = log Z = {optimum.log_partition:.2f}",
        "layout": {"yaxis": {"range": [0, round(1.08 * top, 3)]}},
    }
