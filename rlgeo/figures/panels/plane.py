"""The half plane of policies (μ, σ): maps, and what stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Optimum, Problem, run
from rlgeo.arguments.check import ArrayLike
from rlgeo.figures import theme
from rlgeo.figures.panels.marks import line, marks
from rlgeo.figures.panels.stack import Row
from rlgeo.methods.base import Method

MEANS = np.linspace(-4, 4, 41)
STDS = np.linspace(0.1, 3, 30)
"""The grid of landscapes; contours are smoothed by Plotly."""
COARSE_MEANS = np.linspace(-4, 4, 33)
COARSE_STDS = np.linspace(0.1, 3, 25)
"""The grid of landscapes that come in dozens of frames."""
SPAN = 1.2
"""How far below its top a landscape is drawn, in units of reward; what lies deeper is level."""
STAR, ARGMAX, LANDSCAPE, DOT = "moment match", "best Gaussian", "<i>J</i>", "current π<sub>θ</sub>"
"""Names of the traces, as the legend prints them; ``animate`` finds the traces by these."""
MEAN, STD = "policy mean μ", "policy std σ"
MEAN_AND_ACTION = "policy mean μ, action <i>a</i>"
"""Titles of axes."""
AT = "μ = %{x:.3f}, σ = %{y:.3f}"


def map_row(
    height: int,
    *traces: Any,
    means: Sequence[float] = (-4, 4),
    stds: Sequence[float] = (0.1, 3),
    y: str = STD,
    x: str | None = None,
) -> Row:
    """The panel of a stack that shows the half plane, or the part of it between two means and two stds."""
    xaxis, yaxis = ({"range": ends, "showgrid": False} for ends in (means, stds))
    return Row(height, y, traces, x=x, xaxis=xaxis, yaxis=yaxis)


def landscape_values(
    problem: Problem, means: ArrayLike = MEANS, stds: ArrayLike = STDS, *, digits: int = 3, span: float = SPAN
) -> dict[str, Any]:
    """What a contour trace shows of J: its values down to ``span`` below the top, and the levels."""
    J = problem.landscape(means, stds)
    return contour_values(J, digits=digits, span=span)


def contour_values(z: ArrayLike, *, digits: int = 3, span: float = SPAN) -> dict[str, Any]:
    """Values of any map over (μ, σ) as a contour trace shows them: fifteen levels from the top down.

    Values are cut a little below the lowest level, so that the cut does not dent the lowest contour.
    """
    top, step = float(np.max(z)), span / 15
    return {
        "z": np.round(np.maximum(z, top - 1.2 * span), digits),
        "zmin": round(top - span, digits),
        "zmax": round(top, digits),
        "contours": {"start": round(top - 14.5 * step, digits), "end": round(top, digits), "size": step},
    }


def landscape_trace(
    problem: Problem, means: ArrayLike = MEANS, stds: ArrayLike = STDS, *, digits: int = 3, span: float = SPAN
) -> go.Contour:
    """J(μ, σ) as a heat map with contours; brighter is higher."""
    return contour_trace(LANDSCAPE, means, stds, **landscape_values(problem, means, stds, digits=digits, span=span))


def contour_trace(name: str, means: ArrayLike, stds: ArrayLike, **values: Any) -> go.Contour:
    """The look of every map over (μ, σ); ``values`` come from :func:`contour_values`."""
    values["contours"] = {"coloring": "heatmap", "showlines": True} | values.get("contours", {})
    return go.Contour(
        x=means,
        y=stds,
        name=name,
        autocontour=False,
        colorscale=theme.colorscale("landscape"),
        showscale=False,
        line={"width": 0.6, "color": theme.color("reference", alpha=0.45), "smoothing": 1.1},
        hovertemplate=f"μ = %{{x:.2f}}, σ = %{{y:.2f}}<br>{name} = %{{z:.3f}}<extra></extra>",
        **values,
    )


def dot(policy: Gaussian, name: str = DOT, key: str = "policy", **marker: Any) -> go.Scatter:
    """Where policies stand on the landscape."""
    outline = {"color": theme.color("paper"), "width": 1.5}
    return marks(name, key, **point(policy), hover=AT, **{"size": 12, "line": outline, **marker})


def star(optimum: Optimum) -> go.Scatter:
    """The moment match of π*, its forward-KL projection."""
    return dot(optimum.moment_match(), STAR, "optimum", symbol="star", size=16)


def argmax(optimum: Optimum) -> go.Scatter:
    """The top of J in the family, the reverse-KL projection of π*."""
    return dot(optimum.projection(), ARGMAX, "argmax", symbol="x", size=10)


def point(policy: Gaussian) -> dict[str, Any]:
    """A policy's place as a frame's update of :func:`dot`, :func:`star` or :func:`argmax`."""
    return {"x": np.atleast_1d(policy.mean), "y": np.atleast_1d(policy.std)}


def one_run(method: Method, problem: Problem, start: Gaussian, steps: int, seed: int = 0) -> Gaussian:
    """The policies along a single training run, shape ``(steps + 1,)``."""
    return run(method, problem, start, steps, seed=seed, records=False).policy[0]


def path(name: str, policies: Gaussian, key: str, **more: Any) -> go.Scatter:
    """A trajectory on the landscape; ``policies`` has one axis, time."""
    return line(name, **track(policies), key=key, **{"hovertemplate": AT} | more)


def track(policies: Gaussian) -> dict[str, Any]:
    """Policies as a frame's update of :func:`path`."""
    return {"x": np.round(policies.mean, 3), "y": np.round(policies.std, 3)}


def arrows(
    policies: Gaussian, d_mean: ArrayLike, d_std: ArrayLike, *, name: str = "∇J", key: str = "rlhf", width: float = 1.1
) -> go.Scatter:
    """A field as arrows of one length that begin at their policies: one line with gaps, a head of two strokes each.

    The plane's two axes have about the same scale on the page (8 wide against 3 high), so arrows are scaled to
    look equally long in either direction.
    """
    mean, std, dx, dy = (
        np.ravel(v) for v in np.broadcast_arrays(policies.mean, policies.std, d_mean, np.asarray(d_std))
    )
    length, aspect = 0.32, 0.6  # of an arrow, and σ per μ of equal length on the page
    size = np.hypot(dx * aspect, dy) / aspect
    size = np.where(size > 0, size, 1.0)
    ux, uy = length * dx / size, length * dy / size
    tip = np.stack([mean + ux, std + uy])
    left = tip - 0.2 * np.stack([ux + uy / aspect * 0.6, uy - ux * aspect * 0.6])
    right = tip - 0.2 * np.stack([ux - uy / aspect * 0.6, uy + ux * aspect * 0.6])
    gap = np.full_like(mean, np.nan)
    x = np.stack([mean, tip[0], left[0], tip[0], right[0], gap], axis=-1).ravel()
    y = np.stack([std, tip[1], left[1], tip[1], right[1], gap], axis=-1).ravel()
    thin = {"color": theme.color(key, alpha=0.75), "width": width}
    return go.Scatter(x=np.round(x, 3), y=np.round(y, 3), mode="lines", line=thin, name=name, hoverinfo="skip")
