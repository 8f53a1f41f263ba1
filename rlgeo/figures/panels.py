"""The panels that every chapter's figures are put together from, so that they all look alike.

Panels stand above one another on a common horizontal axis wherever they can: an action, the mean of a policy and
the center of a bump live on the same line, so the dot on the landscape hangs straight below the policy's peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rlgeo import Gaussian, Optimum, Problem, run
from rlgeo.arguments.check import Array
from rlgeo.figures import theme
from rlgeo.methods.base import Method

ACTIONS = np.linspace(-4.5, 4.5, 91)
"""Where densities and rewards are drawn; splines join the points."""
MEANS = np.linspace(-4, 4, 41)
STDS = np.linspace(0.1, 3, 30)
"""The grid of landscapes; contours are smoothed by Plotly."""
COARSE_MEANS = np.linspace(-4, 4, 33)
COARSE_STDS = np.linspace(0.1, 3, 25)
"""The grid of landscapes that come in dozens of frames."""
SPAN = 1.2
"""How far below its top a landscape is drawn, in units of reward; what lies deeper is level."""

REFERENCE, REWARD = "reference π<sub>ref</sub>", "reward <i>r</i>"
POLICY, OPTIMUM = "policy π<sub>θ</sub>", "optimum π<sup>★</sup>"
STAR, ARGMAX, LANDSCAPE, DOT = "moments of π<sup>★</sup>", "argmax <i>J</i>", "<i>J</i>", "current π<sub>θ</sub>"
"""Names of the traces, as the legend prints them; ``animate`` finds the traces by these."""
POWERS = {"type": "log", "exponentformat": "power", "tickfont": {"size": 9.6}}
"""A logarithmic axis with powers of ten, which Plotly writes a quarter larger than it is told."""
MEAN_AND_ACTION = "policy mean μ, action <i>a</i>"


def one_run(method: Method, problem: Problem, start: Gaussian, steps: int, seed: int = 0) -> Gaussian:
    """The policies along a single training run, shape ``(steps + 1,)``."""
    return run(method, problem, start, steps, seed=seed, records=False).policy[0]


@dataclass(frozen=True)
class Row:
    """One panel of a stack: its height in pixels, the title of its y axis, and of a second one on the right."""

    height: int
    y: str
    right: str | None = None
    x: str | None = None


def stack(*rows: Row, x: str = "action <i>a</i>", legend: int = 1, shared: bool = True) -> go.Figure:
    """An empty figure of panels above one another.

    Parameters
    ----------
    rows
        From top to bottom.
    x
        Title of the common axis; a row's own ``x`` goes under that row.
    legend
        Lines to keep free for the legend on a phone's width.
    shared
        Whether all panels have the same x axis.
    """
    gap = 26 if shared else 62
    inner = sum(row.height for row in rows) + gap * (len(rows) - 1)
    figure = make_subplots(
        rows=len(rows),
        cols=1,
        shared_xaxes=shared,
        vertical_spacing=gap / inner if len(rows) > 1 else 0,
        row_heights=[row.height for row in rows],
        specs=[[{"secondary_y": row.right is not None}] for row in rows],
    )
    for number, row in enumerate(rows, start=1):
        figure.update_yaxes(title_text=row.y, row=number, col=1, secondary_y=False if row.right else None)
        if row.right:
            figure.update_yaxes(
                title_text=row.right, showgrid=False, tickmode="auto", nticks=5, row=number, col=1, secondary_y=True
            )
        if row.x or (number == len(rows)):
            figure.update_xaxes(title_text=row.x or x, row=number, col=1)
    top = 16 + 22 * legend
    right = any(row.right for row in rows)
    figure.update_layout(
        template=theme.template(),
        height=inner + top + 52,
        margin={"t": top, "b": 52, "l": 56, "r": 56 if right else 16},
        meta={"narrow": {"margin": {"t": top + 22, "b": 40, "l": 40, "r": 40 if right else 8}}},
    )
    return figure


def line(
    name: str,
    x: Array,
    y: Array,
    key: str,
    *,
    dash: str | None = None,
    fill: float | None = None,
    smooth: bool = False,
    **more: Any,
) -> go.Scatter:
    """A curve in the palette color ``key``; ``fill`` shades below it, ``more`` goes to ``go.Scatter``."""
    style: dict[str, Any] = {"color": theme.color(key), "width": 2.4, "dash": dash or theme.DASHES.get(key, "solid")}
    if smooth:
        style |= {"shape": "spline", "smoothing": 0.8}
    shade = {} if fill is None else {"fill": "tozeroy", "fillcolor": theme.color(key, alpha=fill)}
    more = {"hovertemplate": "%{y:.3f}", "mode": "lines", "line": style} | shade | more
    return go.Scatter(x=x, y=y, name=name, **more)


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


def level(density_top: float, reward: Array) -> tuple[list[float], list[float]]:
    """Ranges of a density axis and of a reward axis beside it that put both zeros on one line."""
    low, high = min(0.0, float(np.min(reward))), max(float(np.max(reward)), 1e-9)
    span = (1.12 * low / high if low < 0 else 0.0, 1.08)
    return [round(density_top * end, 3) for end in span], [round(high * end, 3) for end in span]


def set_level(figure: go.Figure, row: int, density_top: float, reward: Array) -> go.Figure:
    """Apply :func:`level` to a panel with two y axes."""
    left, right = level(density_top, reward)
    figure.update_yaxes(range=left, row=row, col=1, secondary_y=False)
    figure.update_yaxes(range=right, row=row, col=1, secondary_y=True)
    return figure


def note(name: str, x: float, y: float, text: str, *, key: str = "ink", align: str = "middle right") -> go.Scatter:
    """Words inside a panel; a trace, so that frames can change them."""
    style = {"color": theme.color(key), "size": 13}
    return go.Scatter(
        x=[x],
        y=[y],
        mode="text",
        text=[text],
        textposition=align,
        textfont=style,
        name=name,
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def named(trace: go.Scatter, words: Sequence[str], align: str = "middle right") -> go.Scatter:
    """The same marks with words beside them, one for each mark."""
    style = {"color": theme.color("ink"), "size": 13}
    return trace.update(mode="markers+text", text=list(words), textposition=align, textfont=style, cliponaxis=False)


def landscape_values(
    problem: Problem, means: Array = MEANS, stds: Array = STDS, *, digits: int = 3, span: float = SPAN
) -> dict[str, Any]:
    """What a contour trace shows of J: its values down to ``span`` below the top, and the levels."""
    J = problem.landscape(means, stds)
    return contour_values(J, digits=digits, span=span)


def contour_values(z: Array, *, digits: int = 3, span: float = SPAN) -> dict[str, Any]:
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
    problem: Problem, means: Array = MEANS, stds: Array = STDS, *, digits: int = 3, span: float = SPAN
) -> go.Contour:
    """J(μ, σ) as a heat map with contours; brighter is higher."""
    return contour_trace(LANDSCAPE, means, stds, **landscape_values(problem, means, stds, digits=digits, span=span))


def contour_trace(name: str, means: Array, stds: Array, **values: Any) -> go.Contour:
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


def _marker(name: str, policy: Gaussian, key: str, **marker: Any) -> go.Scatter:
    marker = {"color": theme.color(key), "size": 12, "line": {"color": theme.color("paper"), "width": 1.5}} | marker
    return go.Scatter(
        x=np.atleast_1d(policy.mean),
        y=np.atleast_1d(policy.std),
        mode="markers",
        marker=marker,
        name=name,
        hovertemplate="μ = %{x:.3f}, σ = %{y:.3f}",
    )


def dot(policy: Gaussian, name: str = DOT, key: str = "policy", **more: Any) -> go.Scatter:
    """Where a policy stands on the landscape."""
    return _marker(name, policy, key, **more)


def star(optimum: Optimum) -> go.Scatter:
    """The moment match of π*, its forward-KL projection."""
    return _marker(STAR, optimum.moment_match(), "star", symbol="star", size=16)


def argmax(optimum: Optimum) -> go.Scatter:
    """The top of J in the family, the reverse-KL projection of π*."""
    return _marker(ARGMAX, optimum.projection(), "argmax", symbol="x", size=10)


def point(policy: Gaussian) -> dict[str, Any]:
    """A policy's place as a frame's update of :func:`dot`, :func:`star` or :func:`argmax`."""
    return {"x": np.atleast_1d(policy.mean), "y": np.atleast_1d(policy.std)}


def path(name: str, policies: Gaussian, key: str, **more: Any) -> go.Scatter:
    """A trajectory on the landscape; ``policies`` has one axis, time."""
    more = {"hovertemplate": "μ = %{x:.3f}, σ = %{y:.3f}"} | more
    return line(name, np.round(policies.mean, 3), np.round(policies.std, 3), key, **more)


def arrows(
    policies: Gaussian, d_mean: Array, d_std: Array, *, name: str = "∇J", key: str = "rlhf", length: float = 0.16
) -> go.Scatter:
    """A field as arrows of one length, thinner than paths: one line with gaps, a head of two strokes each.

    The plane's two axes have about the same scale on the page (8 wide against 3 high), so arrows are scaled to
    look equally long in either direction.
    """
    mean, std, dx, dy = (
        np.ravel(v) for v in np.broadcast_arrays(policies.mean, policies.std, d_mean, np.asarray(d_std))
    )
    aspect = 0.6  # σ per μ of equal length on the page
    size = np.hypot(dx * aspect, dy) / aspect
    size = np.where(size > 0, size, 1.0)
    ux, uy = length * dx / size, length * dy / size
    tip = np.stack([mean + ux, std + uy])
    left = tip - 0.4 * np.stack([ux + uy / aspect * 0.6, uy - ux * aspect * 0.6])
    right = tip - 0.4 * np.stack([ux - uy / aspect * 0.6, uy + ux * aspect * 0.6])
    gap = np.full_like(mean, np.nan)
    x = np.stack([mean - ux, tip[0], left[0], tip[0], right[0], gap], axis=-1).ravel()
    y = np.stack([std - uy, tip[1], left[1], tip[1], right[1], gap], axis=-1).ravel()
    thin = {"color": theme.color(key, alpha=0.75), "width": 1.1}
    return go.Scatter(
        x=np.round(x, 3),
        y=np.round(y, 3),
        mode="lines",
        line=thin,
        name=name,
        hoverinfo="skip",
    )


def bars(name: str, x: Array, values: Array, colors: str | Sequence[str]) -> go.Scatter:
    """Bars at any positions: stems from zero with a dot, one line with gaps, so that they move without redrawing.

    ``colors`` is one palette color or one hex for each bar.
    """
    x, values = np.ravel(x), np.ravel(values)
    gap = np.full(x.shape, np.nan)
    stems_x, stems_y = np.stack([x, x, gap], axis=-1).ravel(), np.stack([0 * x, values, gap], axis=-1).ravel()
    shades = [theme.color(colors)] * x.size if isinstance(colors, str) else list(colors)
    dots = [shade for shade in shades for _ in range(3)]
    sizes = np.tile([0, 8, 0], x.size)
    return go.Scatter(
        x=stems_x,
        y=stems_y,
        mode="lines+markers",
        name=name,
        line={"color": theme.color("muted", alpha=0.6), "width": 1.5},
        marker={"color": dots, "size": sizes, "opacity": 1, "line": {"width": 0}},
        hovertemplate="a = %{x:.2f}: %{y:.3f}",
    )


def signed(values: Array) -> list[str]:
    """The palette's color of a positive or a negative number, each."""
    return [theme.color("positive" if v >= 0 else "negative") for v in np.ravel(values)]


def plane(figure: go.Figure, row: int) -> go.Figure:
    """Ranges of a panel that shows the half plane of policies (μ, σ)."""
    figure.update_xaxes(range=[-4, 4], showgrid=False, row=row, col=1)
    figure.update_yaxes(range=[STDS[0], STDS[-1]], showgrid=False, row=row, col=1)
    return figure
