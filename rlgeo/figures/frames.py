"""Controls and frames: what makes a figure move.

A figure with controls holds one Plotly frame per combination of their values, named by the values joined with
``|``, as in ``"double|0.5"``. The page's loader draws accessible controls from ``layout.meta["controls"]``; in a
notebook Plotly's own sliders, menus and Play button choose the same frames.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, Gaussian
from rlgeo.arguments.check import Array
from rlgeo.figures import ranges
from rlgeo.figures.numbers import arrays, plain
from rlgeo.figures.strips import side_by_side
from rlgeo.figures.widgets import widgets

Drawing = Mapping[str, Any]
"""Trace name → what it shows, see :func:`parts`; the key ``"layout"`` changes the layout instead."""
P = ParamSpec("P")
PRESET_LABELS: Mapping[str, str] = {name: name for name in PRESETS}
"""The menu of the presets: the book calls them by their names."""


@dataclass(frozen=True)
class Control:
    """One slider or menu."""

    name: str
    """The keyword under which a figure's ``draw`` receives the value."""
    label: str
    """What the reader sees, Unicode."""
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    """How the reader sees each of the values."""
    active: int = 0
    """Index of the value that the figure starts with."""
    kind: Literal["slider", "menu"] = "slider"
    play: bool = False
    """Whether Play runs through the values."""

    @property
    def keys(self) -> list[str]:
        """The values as frames are named by them."""
        return [f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in self.values]


def slider(name: str, label: str, values: Iterable[Any], *, start: Any = None, play: bool = False) -> Control:
    """A slider over numbers; it starts at the value nearest to ``start`` (by default the first)."""
    numbers = [v.item() if isinstance(v, np.generic) else v for v in values]
    active = 0 if start is None else int(np.argmin([abs(v - start) for v in numbers]))
    return Control(name, label, tuple(numbers), tuple(f"{v:g}" for v in numbers), active, "slider", play)


def choice(name: str, label: str, options: Mapping[Any, str], *, start: Any = None) -> Control:
    """A menu: value → how it is printed."""
    values = tuple(options)
    active = 0 if start is None else values.index(start)
    return Control(name, label, values, tuple(options.values()), active, "menu")


def rewards(name: str = "preset", *, start: str = "single") -> Control:
    """The menu of the preset rewards."""
    return choice(name, "Reward", PRESET_LABELS, start=start)


def thinned(steps: int, count: int, power: float = 2.0) -> Array:
    """About ``count`` step numbers from 0 to ``steps``; with ``power`` > 1 dense at first, where most happens."""
    return np.unique(np.round(steps * np.linspace(0, 1, count) ** power).astype(int))


def betas(low: float = 0.1, high: float = 2.0, count: int = 14) -> list[float]:
    """β on a logarithmic scale, rounded to two digits, with the book's default .5 among them."""
    spread = [float(f"{b:.2g}") for b in np.geomspace(low, high, count)]
    nearest = int(np.argmin(np.abs(np.log(np.array(spread) / 0.5))))
    spread[nearest] = 0.5
    return sorted(set(spread))


def describe(figure: go.Figure, alt: str, *, live: Mapping[str, Any] | None = None) -> go.Figure:
    """Say what the figure shows in its first state, for those who do not see it.

    A figure with ``live`` is the still of an element that computes in the page: ``{"lab": …}`` or ``{"race": …}``.
    """
    meta = dict(figure.layout.meta or {}) | {"alt": " ".join(alt.split())} | dict(live or {})
    return figure.update_layout(meta=meta)


def described(make: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """A figure function whose docstring, as far as its first paragraph goes, says what the figure shows."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> go.Figure:
        alt, _, _ = (make.__doc__ or "").partition("\n\n")
        return describe(make(*args, **kwargs), alt)

    return made


def animate(
    figure: go.Figure,
    controls: Sequence[Control],
    draw: Callable[..., Drawing],
    *,
    interval: int = 90,
    strip: Mapping[str, str] | None = None,
) -> go.Figure:
    """Give ``figure`` a frame for every combination of the controls' values, and bring it to where they start.

    Parameters
    ----------
    draw
        ``draw(**{control.name: value})`` returns, by trace name, what that combination shows. What is the same in
        every frame is taken out of them.
    interval
        Milliseconds per frame during Play, which runs through the values of the slider with ``play``.
    strip
        Label → frame: several frames side by side in print, where one alone does not tell the story.

    Raises
    ------
    ValueError
        If ``draw`` names a trace that the figure does not have, or has twice, or ``strip`` a frame that there is not.
    """
    opening, drawn = "|".join(control.keys[control.active] for control in controls), _drawn(controls, draw)
    if unknown := [frame for frame in (strip or {}).values() if frame not in drawn]:
        raise ValueError(f"{unknown[0]!r}, meant for print, is not a frame of this figure")
    redraw = _set_frames(figure, drawn, opening)
    meta = dict(figure.layout.meta or {}) | {"print_frame": opening, "frame_duration": interval}
    meta |= {"controls": [_described(control) for control in controls]} | ({"strip": dict(strip)} if strip else {})
    return figure.update_layout(meta=meta, **widgets(controls, redraw=redraw, interval=interval))


def _set_frames(figure: go.Figure, drawn: Mapping[str, Drawing], opening: str) -> bool:
    """Bring a figure to its opening frame and give it all of them; whether more than curves move."""
    traces = _traces(figure, drawn[opening])
    for name, update in drawn[opening].items():
        figure.update_layout(update) if name == "layout" else traces[name].update(update)
    moving = _moving(drawn)
    axes = moving.pop("layout", [])
    ranges.fix(figure, moving, [*drawn.values()])
    places = [trace.name for trace in figure.data]
    figure.frames = [
        {
            "name": key,
            "traces": [places.index(name) for name in moving],
            "data": [_patch(traces[name], frame[name], parts) for name, parts in moving.items()],
            "layout": {axis: frame["layout"][axis] for axis in axes} or None,
        }
        for key, frame in drawn.items()
    ]
    return bool(axes) or any(traces[name].type != "scatter" for name in moving)


def _drawn(controls: Sequence[Control], draw: Callable[..., Drawing]) -> dict[str, dict[str, Any]]:
    """What every combination of the controls shows, by the frame's name."""
    names = [control.name for control in controls]
    keys = itertools.product(*(control.keys for control in controls))
    values = itertools.product(*(control.values for control in controls))
    drawn = {key: draw(**dict(zip(names, value, strict=True))) for key, value in zip(keys, values, strict=True)}
    return {"|".join(key): {name: plain(parts(shown)) for name, shown in of.items()} for key, of in drawn.items()}


def parts(shown: Any) -> Mapping[str, Any]:
    """A trace's parts: whatever a mapping says; else numbers are heights, to three decimals, and words its text.

    Policies are places on a map, also to three decimals; ``None`` is nowhere.
    """
    if isinstance(shown, Mapping):
        return shown
    if isinstance(shown, str):
        return {"text": [shown]}
    if shown is None:
        return {"x": [np.nan], "y": [np.nan]}
    if isinstance(shown, Gaussian):
        return {"x": np.round(np.atleast_1d(shown.mean), 3), "y": np.round(np.atleast_1d(shown.std), 3)}
    return {"y": np.round(shown, 3)}


def _moving(drawn: Mapping[str, Drawing]) -> dict[str, list[str]]:
    """Which parts of which traces, and of the layout, are not the same in all frames."""
    first, *others = drawn.values()
    parts = {
        name: [part for part in first[name] if any(o[name][part] != first[name][part] for o in others)]
        for name in first
    }
    return {name: moving for name, moving in parts.items() if moving}


def _patch(trace: Any, drawing: Mapping[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    return {"type": trace.type} | {part: arrays(drawing[part]) for part in parts}


def _traces(figure: go.Figure, drawing: Drawing) -> dict[str, Any]:
    """The traces that ``draw`` changes, by name."""
    names = [trace.name for trace in figure.data]
    for name in drawing:
        if name != "layout" and names.count(name) != 1:
            raise ValueError(f"draw changes the trace {name!r}, which must exist once among {names}")
    return {trace.name: trace for trace in figure.data if trace.name in drawing}


def _described(control: Control) -> dict[str, Any]:
    """The control as the page's loader reads it."""
    entry: dict[str, Any] = {"kind": control.kind, "name": control.name, "label": control.label}
    entry |= {"values": control.keys, "active": control.active}
    entry |= {"labels": list(control.labels)} if list(control.labels) != control.keys else {}
    return entry | ({"play": True} if control.play else {})


def still(figure: Mapping[str, Any], frame: str | None = None) -> dict[str, Any]:
    """A figure's JSON without motion, as print shows it: one frame applied, controls and frames removed.

    Parameters
    ----------
    figure
        ``{"data": [...], "layout": {...}, "frames": [...]}``.
    frame
        Its name; by default those of ``layout.meta.strip``, or ``layout.meta.print_frame``. Without these the
        figure stays as it is.
    """
    meta = figure["layout"].get("meta") or {}
    if meta.get("strip") and frame is None:
        return side_by_side([(label, still(figure, name)) for label, name in meta["strip"].items()])
    data = [dict(trace) for trace in figure["data"]]
    layout = {key: value for key, value in figure["layout"].items() if key not in ("sliders", "updatemenus")}
    wanted = frame or meta.get("print_frame")
    for candidate in figure.get("frames") or ():
        if candidate["name"] == wanted:
            for index, update in zip(candidate["traces"], candidate["data"], strict=True):
                data[index] = _merged(data[index], update)
            layout = _merged(layout, candidate.get("layout") or {})
    return {"data": data, "layout": layout}


def _merged(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """``update`` laid over ``base``, going into dictionaries and replacing lists, as Plotly does."""
    both = dict(base)
    for key, value in update.items():
        inner = isinstance(value, Mapping) and isinstance(both.get(key), Mapping)
        both[key] = _merged(both[key], value) if inner else value
    return both
