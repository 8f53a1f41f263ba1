"""Policies and the reward over the action."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Optimum, Problem
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.figures.panels.marks import line

ACTIONS = np.linspace(-4.5, 4.5, 91)
"""Where densities and rewards are drawn; splines join the points."""
ALL_ACTIONS = (-4.5, 4.5)
"""Their range."""
REFERENCE, REWARD = "reference π<sub>ref</sub>", "reward <i>r</i>"
POLICY, OPTIMUM = "policy π<sub>θ</sub>", "optimum π<sup>★</sup>"
"""Names of the traces, as the legend prints them; ``animate`` finds the traces by these."""


def density(policy: Gaussian | Optimum) -> Array:
    """π(a) on :data:`ACTIONS`, to a tenth of a pixel."""
    return np.round(policy.density(ACTIONS), 4)


def axis_traces(problem: Problem, policy: Gaussian | None = None, *, optimum: bool = True) -> list[go.Scatter]:
    """π_ref, π* and π_θ, as densities over the action."""
    traces = [line(REFERENCE, ACTIONS, density(problem.reference), "reference", smooth=True)]
    if optimum:
        traces.append(line(OPTIMUM, ACTIONS, density(problem.optimum()), "optimum", fill=0.16, smooth=True))
    if policy is not None:
        traces.append(line(POLICY, ACTIONS, density(policy), "policy", smooth=True))
    return traces


def reward_trace(problem: Problem, **more: Any) -> go.Scatter:
    """r(a), shaded."""
    return line(REWARD, ACTIONS, np.round(problem.reward(ACTIONS), 3), "reward", fill=0.14, smooth=True, **more)


def density_range(*curves: ArrayLike) -> list[float]:
    """The range of an axis that shows densities, with room for the reference's at least."""
    return [0, round(1.08 * max(0.42, *(float(np.max(curve)) for curve in curves)), 3)]


def level_ranges(density_top: float, reward: ArrayLike, *, density_left: bool = True) -> dict[str, Any]:
    """Ranges of the first panel's two y axes, a density's and a reward's, that put both zeros on one line."""
    reward = np.round(np.asarray(reward), 3)
    low, high = min(0.0, float(np.min(reward))), max(float(np.max(reward)), 1e-9)
    tops = (density_top, high) if density_left else (high, density_top)
    span = (1.12 * low / high if low < 0 else 0.0, 1.08)
    left, right = ([round(top * end, 3) for end in span] for top in tops)
    return {"yaxis": {"range": left}, "yaxis2": {"range": right}}
