"""Batches over the action: the samples on the axis, and a stem for what each of them contributes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo.arguments.check import ArrayLike
from rlgeo.figures import theme

SAMPLES = "batch, shade = reward"
"""The trace's name, as the legend prints it."""


def samples_trace() -> go.Scatter:
    """Actions as dots on the axis, darker where the reward is higher."""
    scale = [[0, theme.color("reward", alpha=0.06)], [1, theme.color("reward")]]
    outline = {"color": theme.color("reward"), "width": 1.2}
    marker = {"size": 11, "colorscale": scale, "cmin": 0, "cmax": 1, "line": outline}
    hover = "a = %{x:.2f}, r = %{marker.color:.3f}"
    return go.Scatter(x=[], y=[], mode="markers", name=SAMPLES, marker=marker, hovertemplate=hover, cliponaxis=False)


def samples(actions: ArrayLike, rewards: ArrayLike) -> dict[str, Any]:
    """One batch as a frame's update of :func:`samples_trace`."""
    actions, rewards = np.round(np.asarray(actions), 3), np.round(np.asarray(rewards), 2)
    return {"x": actions, "y": np.zeros_like(actions), "marker": {"color": rewards}}


def stems(x: ArrayLike, values: ArrayLike, colors: str | Sequence[str], base: float = 0.0) -> dict[str, Any]:
    """A frame's update of :func:`bars`: stems of length ``values`` that stand on ``base``.

    ``colors`` is a name of the palette, or one color for each stem.
    """
    colors = [theme.color(colors)] * np.size(x) if isinstance(colors, str) else colors
    x, values = np.round(np.ravel(x), 3), np.round(base + np.round(np.ravel(values), 3), 3)
    gap = np.full(x.shape, np.nan)
    return {
        "x": np.stack([x, x, gap], axis=-1).ravel(),
        "y": np.stack([np.full(x.shape, base), values, gap], axis=-1).ravel().round(3),
        "marker": {"color": [color for color in colors for _ in range(3)], "size": np.tile([0, 8, 0], x.size)},
    }


def bars(
    name: str, x: ArrayLike = (), values: ArrayLike = (), colors: str | Sequence[str] = (), **more: Any
) -> go.Scatter:
    """Bars at any positions: stems with a dot, one line with gaps, so that they move without redrawing."""
    drawn = stems(x, values, colors)
    return go.Scatter(
        x=drawn["x"],
        y=drawn["y"],
        mode="lines+markers",
        name=name,
        line={"color": theme.color("muted", alpha=0.6), "width": 1.5},
        marker=drawn["marker"] | {"opacity": 1, "line": {"width": 0}},
        **{"hovertemplate": "a = %{x:.2f}: %{y:.3f}"} | more,
    )


def signed(values: ArrayLike) -> list[theme.Color]:
    """The palette's color of a positive or a negative number, each."""
    return [theme.color("positive" if v >= 0 else "negative") for v in np.ravel(values)]
