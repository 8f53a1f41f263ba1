"""A figure's still as plain SVG, for pages that run no script: curves, marks, bands of a map, axes, names.

It knows what the stills of the lab and of the race are made of; colors are the page's own variables, so the drawing
follows the color scheme.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rlgeo.arguments.check import Array, ArrayLike

WIDTH = 720
DASHES = {"dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "11 4", "longdashdot": "11 3 2 3"}
ROWS, COLUMNS = 84, 160
"""Grain of a map's bands."""


class Axes:
    """One panel's coordinates, from data to pixels."""

    def __init__(self, layout: Mapping[str, Any], x: str, y: str) -> None:
        margin, height = layout["margin"], float(layout["height"])
        horizontal, vertical = layout[f"xaxis{x[1:]}"], layout[f"yaxis{y[1:]}"]
        base = layout[f"yaxis{str(vertical['overlaying'])[1:]}"] if "overlaying" in vertical else vertical
        shared = layout[f"xaxis{horizontal['matches'][1:]}"] if "matches" in horizontal else horizontal
        self.x, self.y = shared["range"], vertical["range"]
        inner = height - margin["t"] - margin["b"]
        wide = WIDTH - margin["l"] - margin["r"]
        self.left, self.right = (margin["l"] + share * wide for share in horizontal["domain"])
        self.bottom, self.top = (margin["t"] + (1 - share) * inner for share in base["domain"])
        self.labels = [shared.get("title", {}).get("text", ""), vertical.get("title", {}).get("text", "")]

    def px(self, x: ArrayLike) -> Array:
        return self.left + (np.asarray(x, float) - self.x[0]) / (self.x[1] - self.x[0]) * (self.right - self.left)

    def py(self, y: ArrayLike) -> Array:
        return self.bottom - (np.asarray(y, float) - self.y[0]) / (self.y[1] - self.y[0]) * (self.bottom - self.top)

    def path(self, x: ArrayLike, y: ArrayLike) -> str:
        return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(self.px(x), self.py(y), strict=True))


def drawing(parts: Mapping[str, Any]) -> str:
    """SVG of a figure in the page's form, see :func:`rlgeo.figures.renderer.compact`."""
    layout, alt = parts["layout"], parts["layout"].get("meta", {}).get("alt", "")
    found: dict[tuple[str, str], Axes] = {}
    body: list[str] = []
    for trace in parts["data"]:
        key = trace.get("xaxis", "x"), trace.get("yaxis", "y")
        axes = found.setdefault(key, Axes(layout, *key))
        body += bands(trace, axes) if trace["type"] == "contour" else curve(trace, axes)
    ticks = [
        part for (_, y), axes in found.items() for part in scale(axes, right="overlaying" in layout[f"yaxis{y[1:]}"])
    ]
    return (
        f'<svg class="rl-still" viewBox="0 0 {WIDTH} {layout["height"]}" role="img" aria-label="{html.escape(alt)}">'
        f"{''.join(body)}{''.join(ticks)}{''.join(names(parts['data']))}</svg>"
    )


def bands(trace: Mapping[str, Any], axes: Axes) -> Iterator[str]:
    """The map in as many shades as its color scale has, each one path of horizontal runs."""
    z = np.asarray(trace["z"], float)
    x = np.interp(np.linspace(0, z.shape[1] - 1, COLUMNS), np.arange(z.shape[1]), axes.px(trace["x"]))
    fine = np.stack([np.interp(x, axes.px(trace["x"]), row) for row in z])
    y = np.linspace(axes.top, axes.bottom, ROWS)
    rows = axes.py(trace["y"])[::-1]
    fine = np.stack([np.interp(y, rows, column[::-1]) for column in fine.T], axis=1)
    shades = [color for _, color in trace["colorscale"]]
    share = (fine - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
    level = np.clip(np.rint(share * (len(shades) - 1)), 0, len(shades) - 1).astype(int)
    yield f'<path d="M{axes.left} {axes.top}H{axes.right}V{axes.bottom}H{axes.left}Z" fill="{shades[0]}"/>'
    high = (axes.bottom - axes.top) / ROWS
    for k in range(1, len(shades)):
        # every shade lies on the ones below, so that no seam shows
        runs = [(row, *run) for row, inside in enumerate(level >= k) for run in stretches(inside)]
        edges = np.linspace(axes.left, axes.right, COLUMNS + 1)
        d = "".join(
            f"M{edges[a]:.0f} {axes.top + r * high:.1f}H{edges[b]:.0f}v{high + 0.3:.1f}H{edges[a]:.0f}z"
            for r, a, b in runs
        )
        yield f'<path d="{d}" fill="{shades[k]}"/>'


def stretches(inside: Array) -> Iterator[tuple[int, int]]:
    """Begin and end of every run of true entries."""
    steps = np.diff(np.concatenate([[0], inside.astype(int), [0]]))
    yield from zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)


def curve(trace: Mapping[str, Any], axes: Axes) -> Iterator[str]:
    """A line, the area below it, or marks."""
    if "markers" in trace["mode"]:
        marker = trace["marker"]
        for x, y in zip(axes.px(trace["x"]), axes.py(trace["y"]), strict=True):
            yield mark(marker.get("symbol", "circle"), x, y, marker["size"] / 2, marker["color"])
        return
    line, x, y = trace["line"], np.asarray(trace["x"], float), np.asarray(trace["y"], float)
    shown = (x >= axes.x[0]) & (x <= axes.x[1])
    d = axes.path(x[shown], y[shown])
    if trace.get("fill") == "tozeroy":
        closed = f"{d}L{axes.right:.1f} {axes.py(0):.1f}L{axes.left:.1f} {axes.py(0):.1f}Z"
        yield f'<path d="{closed}" fill="{line["color"]}" fill-opacity=".14"/>'
    dash = DASHES.get(line.get("dash", "solid"))
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    yield f'<path d="{d}" fill="none" stroke="{line["color"]}" stroke-width="{line["width"]}"{dashed}/>'


def mark(symbol: str, x: float, y: float, r: float, color: str) -> str:
    """A dot, a star or a cross."""
    if symbol == "x":
        d = f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 {-2 * r:.1f}l{-2 * r:.1f} {2 * r:.1f}"
        return f'<path d="{d}" stroke="{color}" stroke-width="3"/>'
    if symbol == "star":
        angle, reach = np.arange(10) * np.pi / 5, np.where(np.arange(10) % 2, 0.42 * r, r)
        points = " ".join(
            f"{a:.1f},{b:.1f}" for a, b in zip(x + reach * np.sin(angle), y - reach * np.cos(angle), strict=True)
        )
        return f'<polygon points="{points}" fill="{color}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{color}" stroke="var(--rl-paper)" stroke-width="1.5"/>'


def scale(axes: Axes, *, right: bool) -> Iterator[str]:
    """Numbers along the axes and what they count; ``right`` for a second scale beside the panel."""
    x = axes.right + 8 if right else axes.left - 8
    for tick in round_numbers(axes.y, 3):
        yield text(x, float(axes.py(tick)) + 4, f"{tick:g}", "start" if right else "end")
    middle, turn = (axes.top + axes.bottom) / 2, axes.right + 44 if right else axes.left - 42
    yield f'<g transform="translate({turn:.1f} {middle:.1f}) rotate(-90)">{text(0, 0, axes.labels[1], "middle")}</g>'
    if not right and axes.bottom > 400:
        for tick in round_numbers(axes.x, 5):
            yield text(float(axes.px(tick)), axes.bottom + 18, f"{tick:g}", "middle")
        yield text((axes.left + axes.right) / 2, axes.bottom + 38, axes.labels[0], "middle")


def round_numbers(interval: tuple[float, float], count: int) -> Array:
    """About ``count`` of them in the interval."""
    low, high = interval
    raw = (high - low) / count
    power = 10 ** np.floor(np.log10(raw))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(np.log(m * power / raw)))
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def names(traces: list[Mapping[str, Any]]) -> Iterator[str]:
    """What the colors mean, in rows above the panels."""
    column = WIDTH / 5
    for i, trace in enumerate(t for t in traces if t["type"] == "scatter" and t.get("showlegend", True)):
        x, y = 12 + (i % 5) * column, 14 + (i // 5) * 20
        color = (trace.get("marker") or trace["line"])["color"]
        yield f'<path d="M{x} {y - 4}h16" stroke="{color}" stroke-width="4"/>{text(x + 22, y, trace["name"], "start")}'


def text(x: float, y: float, words: str, anchor: str) -> str:
    """A short text; of its markup only the words remain."""
    plain = html.escape(re.sub(r"<[^>]+>", "", words))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="var(--rl-muted)" font-size="13">{plain}</text>'
