"""A strip: several frames of one figure side by side, for print, where one alone does not tell the story."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

HEIGHT, LABEL = 590, 24
"""Pixels: the most that a strip is high, and the room for the frames' labels above it."""
GAP = 0.045
"""Between columns, as a share of the width."""


def side_by_side(shots: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Labeled stills of one figure as the columns of one: a common legend, and a scale only where it is another."""
    first = shots[0][1]["layout"]
    axes = [key for key in first if key[1:5] == "axis"]
    per_column = max(int(key[5:] or 1) for key in axes)
    wide = (1 - GAP * (len(shots) - 1)) / len(shots)
    layout = _with_room_for_labels({key: value for key, value in first.items() if key not in axes})
    data: list[Mapping[str, Any]] = []
    for place, (label, shot) in enumerate(shots):
        left = place * (wide + GAP)
        moved = partial(_moved, by=place * per_column)
        for trace in shot["data"]:
            ends = {end: moved(trace.get(end, end[0])) for end in ("xaxis", "yaxis")}
            data.append({**trace, **ends, "showlegend": place == 0 and trace.get("showlegend", True)})
        for key in axes:
            axis = dict(shot["layout"][key])
            axis |= {link: moved(axis[link]) for link in ("anchor", "overlaying", "matches") if link in axis}
            if key[0] == "x":
                axis |= {"domain": [left + wide * edge for edge in axis.get("domain", (0, 1))], "nticks": 5}
                titled = len(shots) <= 2 or place == len(shots) // 2
                axis |= {} if titled else {"title": {"text": ""}}
            elif place != (len(shots) - 1 if axis.get("side") == "right" else 0):
                same = axis.get("range") == first[key].get("range")
                axis |= {"showticklabels": False, "title": {"text": ""}} if same else {}
            layout[moved(key)] = axis
        note = {"text": f"<b>{label}</b>", "x": left + wide / 2, "y": 1, "xref": "paper", "yref": "paper"}
        layout["annotations"].append(note | {"showarrow": False, "xanchor": "center", "yanchor": "bottom"})
    return {"data": data, "layout": layout}


def _with_room_for_labels(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The layout a little higher, its legend above the labels."""
    height, margin = min(layout["height"], HEIGHT), layout["margin"]
    legend = {"y": 1.02} | (layout.get("legend") or {})
    legend["y"] += LABEL / (height - margin["t"] - margin["b"])
    more = {"height": height + LABEL, "margin": margin | {"t": margin["t"] + LABEL}, "legend": legend}
    return {**layout, **more, "annotations": list(layout.get("annotations") or ())}


def _moved(axis: str, by: int) -> str:
    """``x2`` or ``xaxis2`` in the column whose axes are numbered higher ``by`` that much."""
    name = axis.rstrip("0123456789")
    number = int(axis[len(name) :] or 1) + by
    return name + (str(number) if number > 1 else "")
