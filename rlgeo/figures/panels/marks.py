"""Curves, points and words in the palette's colors."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from rlgeo.arguments.check import ArrayLike
from rlgeo.figures import theme


def line(
    name: str,
    x: ArrayLike,
    y: ArrayLike,
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


def curves(styles: Mapping[str, tuple[str, str]], x: ArrayLike, **more: Any) -> list[go.Scatter]:
    """A curve over ``x`` for every name → (color, dash); frames give it heights."""
    return [line(name, x, x, key, dash=dash, **more) for name, (key, dash) in styles.items()]


def band(low: str, high: str, x: ArrayLike, key: str, **more: Any) -> list[go.Scatter]:
    """Two unseen curves of these names, shaded in between; only the lower one can be listed."""
    unseen: dict[str, Any] = {"line": {"color": theme.color(key, alpha=0.0), "width": 0}, "hoverinfo": "skip"}
    unseen["hovertemplate"] = None
    upper = line(high, x, x, key, showlegend=False, **unseen)
    return [upper, line(low, x, x, key, fill=0.18, **unseen, **more).update(fill="tonexty")]


def marks(
    name: str, key: str, x: ArrayLike = (), y: ArrayLike = (), *, hover: str | None = None, **marker: Any
) -> go.Scatter:
    """Points in the palette color ``key``; ``marker`` is what else Plotly says about them."""
    marker = {"color": theme.color(key)} | marker
    return go.Scatter(x=x, y=y, mode="markers", name=name, marker=marker, hovertemplate=hover)


def named(trace: go.Scatter, words: Sequence[str], align: str | Sequence[str] = "middle right") -> go.Scatter:
    """The same marks with words beside them, one for each mark."""
    style = {"color": theme.color("ink"), "size": 13}
    return trace.update(mode="markers+text", text=list(words), textposition=align, textfont=style, cliponaxis=False)


def note(name: str, x: float, y: float, text: str = "", *, align: str = "middle right") -> go.Scatter:
    """Words inside a panel; a trace, so that frames can change them."""
    words = go.Scatter(x=[x], y=[y], name=name, showlegend=False, hoverinfo="skip")
    return named(words, [text], align).update(mode="text")


def unlisted(*traces: go.Scatter) -> list[go.Scatter]:
    """The same traces without an entry in the legend."""
    return [trace.update(showlegend=False) for trace in traces]
