"""Plotly's own sliders, menus and Play button, for notebooks; the book's pages draw theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlgeo.figures.frames import Control

ROW = 72
"""Pixels between the tops of two sliders, labels included."""


def widgets(controls: Sequence[Control], *, redraw: bool, interval: int) -> dict[str, Any]:
    """The layout's ``sliders`` and ``updatemenus``. Each moves alone, the others resting where they start."""
    start = [control.keys[control.active] for control in controls]
    sliders: list[dict[str, Any]] = []
    menus: list[dict[str, Any]] = []
    for position, control in enumerate(controls):
        frames = ["|".join([*start[:position], key, *start[position + 1 :]]) for key in control.keys]
        steps = [
            {"label": label, "method": "animate", "args": [[frame], _options(0, redraw)]}
            for frame, label in zip(frames, control.labels, strict=True)
        ]
        if control.kind == "slider":
            place: dict[str, Any] = {"x": 0.14, "len": 0.86} if control.play else {"x": 0, "len": 1}
            place |= {"y": 0, "pad": {"t": 44 + ROW * len(sliders)}}
            prefix = {"prefix": f"{control.label} = "}
            sliders.append({"active": control.active, "currentvalue": prefix, "steps": steps, **place})
        else:
            place = {"x": 1, "xanchor": "right", "y": 1.16}
            menus.append({"buttons": steps, "active": control.active, "name": control.label, **place})
        if control.play:
            buttons = [
                {"label": "▶", "method": "animate", "args": [frames, _options(interval, redraw)]},
                {"label": "❚❚", "method": "animate", "args": [[None], _options(0, redraw)]},
            ]
            place = {"x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "pad": {"t": 56 + ROW * (len(sliders) - 1)}}
            menus.append({"type": "buttons", "direction": "left", "showactive": False, "buttons": buttons, **place})
    return {"sliders": sliders, "updatemenus": menus}


def _options(duration: int, redraw: bool) -> dict[str, Any]:
    frame = {"duration": duration, "redraw": redraw}
    return {"mode": "immediate", "fromcurrent": True, "frame": frame, "transition": {"duration": 0}}
