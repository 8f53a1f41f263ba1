"""Panels above one another.

They share a horizontal axis wherever they can: an action, the mean of a policy and the center of a bump live on the
same line, so the dot on the landscape hangs straight below the policy's peak.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rlgeo.figures import theme

POWERS = {"type": "log", "exponentformat": "power", "tickfont": {"size": 9.6}}
"""A logarithmic axis with powers of ten, which Plotly writes a quarter larger than it is told."""


def log(low: float, high: float, ticks: Sequence[float], **more: Any) -> dict[str, Any]:
    """A logarithmic axis from ``low`` to ``high`` with these ticks."""
    return {"type": "log", "range": np.log10([low, high]), "tickvals": ticks, **more}


HIGHEST = 620
"""Of a figure in pixels, so that it fits a small laptop's screen together with two rows of controls."""
BELOW = 52
"""Room for the numbers and the title of the last axis."""


@dataclass(frozen=True)
class Row:
    """One panel of a stack.

    Parameters
    ----------
    height
        In pixels; less where all panels together would be higher than :data:`HIGHEST`.
    y, right
        Titles of the y axis, and of a second one for traces with ``yaxis="y2"``, which only the first row may have.
    traces
        What it shows.
    x
        A title of its own below the panel.
    xaxis, yaxis
        The ranges of its axes, or whatever the layout says about them.
    """

    height: int
    y: str
    traces: Sequence[Any] = ()
    right: str | None = None
    x: str | None = None
    xaxis: tuple[float, float] | Mapping[str, Any] = field(default_factory=dict)
    yaxis: tuple[float, float] | Mapping[str, Any] = field(default_factory=dict)


def stack(*rows: Row, x: str = "action <i>a</i>", legend: int = 1, shared: bool = True) -> go.Figure:
    """A figure of panels above one another, from top to bottom.

    Parameters
    ----------
    rows
        The panels.
    x
        Title of the common axis.
    legend
        Lines to keep free for the legend on a phone's width.
    shared
        Whether all panels have the same x axis.
    """
    gap, top = 26 if shared else 62, 16 + 22 * legend
    between, wanted = gap * (len(rows) - 1), sum(row.height for row in rows)
    inner = min(wanted, HIGHEST - top - BELOW - between) + between
    figure = make_subplots(
        rows=len(rows),
        cols=1,
        shared_xaxes=shared,
        vertical_spacing=gap / inner if len(rows) > 1 else 0,
        row_heights=[row.height for row in rows],
        specs=[[{"secondary_y": row.right is not None}] for row in rows],
    )
    side = any(row.right for row in rows)
    figure.update_layout(
        template=go.layout.Template(layout=theme.template_layout()),
        height=inner + top + BELOW,
        margin={"t": top, "b": BELOW, "l": 56, "r": 56 if side else 16},
        meta={"narrow": {"margin": {"t": top + 22, "b": 40, "l": 40, "r": 40 if side else 8}}},
    )
    for number, row in enumerate(rows, start=1):
        _fill(figure, number, row, row.x or (x if number == len(rows) else None))
    return figure


def _fill(figure: go.Figure, number: int, row: Row, x: str | None) -> None:
    """Give one panel its titles and traces."""
    place: dict[str, int] = {"row": number, "col": 1}
    xaxis, yaxis = ({"range": axis} if isinstance(axis, tuple) else axis for axis in (row.xaxis, row.yaxis))
    figure.update_xaxes({**xaxis, **({} if x is None else {"title_text": x})}, **place)
    figure.update_yaxes({"title_text": row.y, **yaxis}, **place, secondary_y=False if row.right else None)
    if row.right:
        quiet = {"showgrid": False, "tickmode": "auto", "nticks": 5}
        figure.update_yaxes({"title_text": row.right, **quiet}, **place, secondary_y=True)
    for trace in row.traces:
        figure.add_trace(trace, **place, secondary_y=trace.yaxis == "y2" if row.right else None)
