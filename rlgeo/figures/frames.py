"""Controls and frames: what makes a figure move.

A figure with controls holds one Plotly frame per combination of their values, named by the values joined with
``|``, as in ``"double|0.5"``. The page's loader draws accessible controls from ``layout.meta["controls"]``; in a
notebook Plotly's own sliders, menus and Play button choose the same frames.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

DIGITS = 5
"""Significant digits kept of every number: more than a screen has pixels."""
POWERS = 10.0 ** np.arange(301)

ROW = 72
"""Pixels between the tops of two of Plotly's sliders, labels included."""

STRIP_HEIGHT, LABEL = 590, 24
"""Pixels: the most that a strip of frames is high, and the room for the frames' labels above it."""

Drawing = Mapping[str, Mapping[str, Any]]
"""Trace name → what to draw in it; the key ``"layout"`` changes the layout instead."""


@dataclass(frozen=True)
class Control:
    """One slider or menu.

    Parameters
    ----------
    name
        The keyword under which a figure's ``draw`` receives the value.
    label
        What the reader sees, Unicode.
    values, labels
        What it chooses from, and how the reader sees each choice.
    active
        Index of the value that the figure starts with.
    kind
        ``"slider"`` or ``"menu"``.
    play
        Whether Play runs through the values.
    """

    name: str
    label: str
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    active: int = 0
    kind: Literal["slider", "menu"] = "slider"
    play: bool = False

    @property
    def keys(self) -> list[str]:
        """The values as frames are named by them."""
        return [f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in self.values]


def slider(
    name: str, label: str, values: Sequence[Any], *, start: Any = None, form: str = "{:g}", play: bool = False
) -> Control:
    """A slider over numbers; it starts at the value nearest to ``start`` (by default the first)."""
    numbers = [v.item() if isinstance(v, np.generic) else v for v in values]
    active = 0 if start is None else int(np.argmin([abs(v - start) for v in numbers]))
    return Control(name, label, tuple(numbers), tuple(form.format(v) for v in numbers), active, "slider", play)


def choice(name: str, label: str, options: Mapping[Any, str], *, start: Any = None) -> Control:
    """A menu: value → how it is printed."""
    values = tuple(options)
    active = 0 if start is None else values.index(start)
    return Control(name, label, values, tuple(options.values()), active, "menu")


def betas(low: float = 0.1, high: float = 2.0, count: int = 14) -> list[float]:
    """β on a logarithmic scale, rounded to two digits, with the book's default .5 among them."""
    spread = [float(f"{b:.2g}") for b in np.geomspace(low, high, count)]
    nearest = int(np.argmin(np.abs(np.log(np.array(spread) / 0.5))))
    spread[nearest] = 0.5
    return sorted(set(spread))


def plain(value: Any) -> Any:
    """``value`` with arrays as lists, and numbers rounded to :data:`DIGITS`; NaN and infinity become ``None``."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "i":
            return value.tolist()
        return _decimals(value) if value.dtype.kind == "f" else plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            return None
        rounded = float(f"{value:.{DIGITS}g}")
        return int(rounded) if rounded == int(rounded) else rounded
    return value


def _decimals(numbers: np.ndarray) -> Any:
    """:func:`plain` of an array of floats, all of them at once."""
    size = np.abs(numbers)
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    places = np.clip(DIGITS - 1 - np.floor(np.log10(size)), -300, 300).astype(int)
    # Multiplied or divided by a whole power of ten, so that the result is the float nearest to the decimal.
    up, down = POWERS[np.maximum(places, 0)], POWERS[np.maximum(-places, 0)]
    return _whole((np.rint(numbers * up / down) / up * down).tolist())


def _whole(value: Any) -> Any:
    """Nested lists of floats with whole numbers as integers, and with ``None`` where JSON knows no number."""
    if not isinstance(value, list):
        return _whole([value])[0]
    if value and isinstance(value[0], list):
        return [_whole(row) for row in value]
    return [int(x) if x.is_integer() else x if math.isfinite(x) else None for x in value]


def _arrays(value: Any) -> Any:
    """Lists of numbers as arrays, which Plotly checks and copies as a whole and not number by number."""
    if isinstance(value, dict):
        return {key: _arrays(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    try:
        array = np.array(value)
    except ValueError:  # rows of different lengths
        return value
    return array if array.dtype.kind in "if" else value


def describe(
    figure: go.Figure,
    alt: str,
    *,
    summary: Sequence[Sequence[Any]] = (),
    print_frame: str | None = None,
    strip: Mapping[str, str] | None = None,
    **more: Any,
) -> go.Figure:
    """Say what the figure shows: text for those who do not see it, rows of a small table, the frame for print.

    ``strip`` (label → frame) puts several frames side by side in print, where one alone does not tell the story.
    """
    meta = dict(figure.layout.meta or {}) | {"alt": " ".join(alt.split())} | more
    if len(summary):
        meta["summary"] = [[cell if isinstance(cell, str) else f"{cell:.4g}" for cell in row] for row in summary]
    for wanted in filter(None, (print_frame, *(strip or {}).values())):
        if figure.frames and wanted not in [frame.name for frame in figure.frames]:
            raise ValueError(f"{wanted!r}, meant for print, is not a frame of this figure")
    if print_frame is not None:
        meta["print_frame"] = print_frame
    if strip:
        meta["strip"] = dict(strip)
    figure.update_layout(meta=meta)
    return figure


def animate(
    figure: go.Figure, controls: Sequence[Control], draw: Callable[..., Drawing], *, interval: int = 90
) -> go.Figure:
    """Give ``figure`` a frame for every combination of the controls' values.

    Parameters
    ----------
    figure
        Complete at first; it is brought to the controls' starting values. Traces that move have unique names.
    controls
        One or more; the first slider with ``play`` is what Play runs through.
    draw
        ``draw(**{control.name: value})`` returns, by trace name, what that combination shows. What is the same in
        every frame is taken out of them.
    interval
        Milliseconds per frame during Play.

    Returns
    -------
    go.Figure
        The same figure.

    Raises
    ------
    ValueError
        If ``draw`` names a trace that the figure does not have, or has twice.
    """
    names = [trace.name for trace in figure.data]
    combinations = list(itertools.product(*(control.values for control in controls)))
    named = list(itertools.product(*(control.keys for control in controls)))
    start = tuple(control.active for control in controls)
    at_start = int(np.ravel_multi_index(start, [len(control.values) for control in controls]))
    drawn = [
        plain(draw(**{control.name: value for control, value in zip(controls, values, strict=True)}))
        for values in combinations
    ]
    for name in drawn[0]:
        if name != "layout" and names.count(name) != 1:
            raise ValueError(f"draw changes the trace {name!r}, which must exist once among {names}")
    moving = {
        name: [key for key in drawn[0][name] if any(frame[name][key] != drawn[0][name][key] for frame in drawn)]
        for name in drawn[0]
    }
    for name, update in drawn[at_start].items():
        figure.update_layout(update) if name == "layout" else figure.data[names.index(name)].update(update)
    traces = [name for name in moving if name != "layout" and moving[name]]
    figure.frames = [
        {
            "name": "|".join(keys),
            "traces": [names.index(name) for name in traces],
            "data": [
                {"type": figure.data[names.index(name)].type} | {key: _arrays(frame[name][key]) for key in moving[name]}
                for name in traces
            ],
            "layout": {key: frame["layout"][key] for key in moving.get("layout", ())} or None,
        }
        for keys, frame in zip(named, drawn, strict=True)
    ]
    redraw = bool(moving.get("layout")) or any(figure.data[names.index(name)].type != "scatter" for name in traces)
    meta = dict(figure.layout.meta or {})
    meta |= {"controls": [_described(control) for control in controls], "frame_duration": interval}
    meta.setdefault("print_frame", figure.frames[at_start].name)
    figure.update_layout(meta=meta)
    _notebook_controls(figure, controls, redraw, interval)
    return figure


def _described(control: Control) -> dict[str, Any]:
    """The control as the page's loader reads it."""
    entry: dict[str, Any] = {"kind": control.kind, "name": control.name, "label": control.label}
    entry |= {"values": control.keys, "active": control.active}
    entry |= {"labels": list(control.labels)} if list(control.labels) != control.keys else {}
    return entry | ({"play": True} if control.play else {})


def _notebook_controls(figure: go.Figure, controls: Sequence[Control], redraw: bool, interval: int) -> None:
    """Plotly's own widgets for the same frames. Each moves alone, the others resting where they start."""
    start = [control.keys[control.active] for control in controls]

    def frame(position: int, key: str) -> str:
        return "|".join([*start[:position], key, *start[position + 1 :]])

    def options(duration: int) -> dict[str, Any]:
        return {
            "mode": "immediate",
            "fromcurrent": True,
            "frame": {"duration": duration, "redraw": redraw},
            "transition": {"duration": 0},
        }

    sliders: list[dict[str, Any]] = []
    menus: list[dict[str, Any]] = []
    for position, control in enumerate(controls):
        steps = [
            {"label": label, "method": "animate", "args": [[frame(position, key)], options(0)]}
            for key, label in zip(control.keys, control.labels, strict=True)
        ]
        if control.kind == "slider":
            sliders.append(
                {
                    "active": control.active,
                    "currentvalue": {"prefix": f"{control.label} = "},
                    "steps": steps,
                    "x": 0.14 if control.play else 0,
                    "len": 0.86 if control.play else 1,
                    "y": 0,
                    "pad": {"t": 44 + ROW * len(sliders)},
                }
            )
        else:
            menus.append(
                {
                    "buttons": steps,
                    "active": control.active,
                    "name": control.label,
                    "x": 1,
                    "xanchor": "right",
                    "y": 1.16,
                }
            )
        if control.play:
            names = [frame(position, key) for key in control.keys]
            buttons = [
                {"label": "▶", "method": "animate", "args": [names, options(interval)]},
                {"label": "❚❚", "method": "animate", "args": [[None], options(0)]},
            ]
            place = {"x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "pad": {"t": 56 + ROW * (len(sliders) - 1)}}
            menus.append({"type": "buttons", "direction": "left", "showactive": False, "buttons": buttons, **place})
    figure.update_layout(sliders=sliders, updatemenus=menus)


def still(figure: Mapping[str, Any], frame: str | None = None) -> dict[str, Any]:
    """A figure's JSON without motion, as print shows it: one frame applied, controls and frames removed.

    Parameters
    ----------
    figure
        ``{"data": [...], "layout": {...}, "frames": [...]}``.
    frame
        Its name; by default ``layout.meta.strip`` or ``layout.meta.print_frame``. Without these the figure stays as
        it is.
    """
    shots = (figure["layout"].get("meta") or {}).get("strip")
    if shots and frame is None:
        return side_by_side([(label, still(figure, name)) for label, name in shots.items()])
    data = [dict(trace) for trace in figure["data"]]
    layout = {key: value for key, value in figure["layout"].items() if key not in ("sliders", "updatemenus")}
    wanted = frame or (layout.get("meta") or {}).get("print_frame")
    for candidate in figure.get("frames") or ():
        if candidate["name"] == wanted:
            for index, update in zip(candidate["traces"], candidate["data"], strict=True):
                data[index] = _merged(data[index], update)
            layout = _merged(layout, candidate.get("layout") or {})
    return {"data": data, "layout": layout}


def side_by_side(shots: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Labeled stills of one figure as the columns of one: a common legend, and a scale only where it is another."""
    first = shots[0][1]["layout"]
    axes = [key for key in first if key[1:5] == "axis"]
    count, height = max(int(key[5:] or 1) for key in axes), min(first["height"], STRIP_HEIGHT)
    gap, wide = 0.045, (1 - 0.045 * (len(shots) - 1)) / len(shots)
    margin = first["margin"]
    up = LABEL / (height - margin["t"] - margin["b"])
    legend = _merged({"y": 1.02}, first.get("legend") or {})
    layout = {key: value for key, value in first.items() if key not in axes}
    layout |= {"height": height + LABEL, "margin": margin | {"t": margin["t"] + LABEL}}
    layout |= {"legend": legend | {"y": legend["y"] + up}, "annotations": list(first.get("annotations") or ())}
    data: list[Mapping[str, Any]] = []
    for place, (label, shot) in enumerate(shots):
        left = place * (wide + gap)

        def moved(axis: str, place: int = place) -> str:
            """``x2`` or ``xaxis2`` in this column."""
            name = axis.rstrip("0123456789")
            number = int(axis[len(name) :] or 1) + place * count
            return name + (str(number) if number > 1 else "")

        for trace in shot["data"]:
            ends = {end: moved(trace.get(end, end[0])) for end in ("xaxis", "yaxis")}
            data.append({**trace, **ends, "showlegend": place == 0 and trace.get("showlegend", True)})
        for key in axes:
            axis = dict(shot["layout"][key])
            axis |= {link: moved(axis[link]) for link in ("anchor", "overlaying", "matches") if link in axis}
            titled = {"x": len(shots) // 2, "y": len(shots) - 1 if axis.get("side") == "right" else 0}[key[0]]
            if key[0] == "x":
                axis |= {"domain": [left + wide * edge for edge in axis.get("domain", (0, 1))], "nticks": 5}
                axis |= {"title": {"text": ""}} if place != titled and len(shots) > 2 else {}
            elif place != titled and axis.get("range") == first[key].get("range"):
                axis |= {"showticklabels": False, "title": {"text": ""}}
            layout[moved(key)] = axis
        note = {"text": f"<b>{label}</b>", "x": left + wide / 2, "y": 1, "xref": "paper", "yref": "paper"}
        layout["annotations"].append(note | {"showarrow": False, "xanchor": "center", "yanchor": "bottom"})
    return {"data": data, "layout": layout}


def _merged(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """``update`` laid over ``base``, going into dictionaries and replacing lists, as Plotly does."""
    both = dict(base)
    for key, value in update.items():
        inner = isinstance(value, Mapping) and isinstance(both.get(key), Mapping)
        both[key] = _merged(both[key], value) if inner else value
    return both
