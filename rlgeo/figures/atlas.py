"""Chapter 12: where every method and every cousin rests, on one landscape."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, described, rewards, slider
from rlgeo.figures.overview import symbol
from rlgeo.figures.panels import Row, View
from rlgeo.figures.rests import ALL, problem_of, rest

BETAS = (0.3, 0.5, 1.0)
MAP = View((-0.3, 2.9), (0.2, 2.2), (29, 21), span=0.8)
RIGHT, HEIGHT, LEAST = 4.7, 342, 264
"""Where the column of names ends, in units of μ, and the map's height in pixels, on a phone the second."""
NAMES, BESIDE = 2.99, 2.93
"""Where names and the lines to them begin."""
LINE, WIDEST, BROAD = 15.5, 17, 52
"""Pixels from one line of words to the next, and the characters in one, beside the map and below it."""
TOGETHER = (0.03, 0.045, 0.07, 0.1, 0.2, 1.0)
"""Rests no farther apart than this share of the map have their names together: the first share at which names fit."""
RESTS, LEADERS, NAMES_BESIDE, NOWHERE = "destinations", "leaders", "names", "without a destination"
WHY = {
    "GRPO": "σ collapses for G = ∞",
    "RAFT": "nothing holds σ",
    "SimPO": "σ grows without end",
    "MaxRL": "some rewards are negative",
}
"""Why a method has no rest, in a few words; ``why_none`` says it in full."""


@dataclass(frozen=True)
class Group:
    """Methods that rest at one place."""

    names: tuple[str, ...]
    place: Gaussian

    @property
    def lines(self) -> list[str]:
        """The names in lines of a bounded length."""
        lines = [""]
        for name in self.names:
            longer = f"{lines[-1]}, {name}" if lines[-1] else name
            lines = [*lines[:-1], longer] if len(longer) <= WIDEST else [*lines, name]
        return [f"{line}," for line in lines[:-1]] + lines[-1:]


@described
def atlas() -> go.Figure:
    """Destinations of the book's six methods and of their cousins on the map of J, with a name for every mark.
    Six are at the best Gaussian and one at the moment match; most other policy gradients end close by, while MaxRL
    and FDivergence are narrower and nearer to the reward's peak. Losses for labels lie apart, some wider than the
    reference, some less than a third as wide. GRPO, RAFT and SimPO, named below the map,
    have no destination."""
    problem = problem_of("single", 0.5)
    thin = {"color": theme.color("muted"), "width": 0.8}
    marked = panels.dot(problem.reference, RESTS, "ink", size=9)
    traces = [
        MAP.landscape(problem),
        panels.line(LEADERS, [0], [0], "muted", line=thin, hoverinfo="skip", hovertemplate=None, showlegend=False),
        panels.dot(problem.reference, panels.REFERENCE, "reference", symbol="square", size=10),
        panels.star(problem.optimum()).update(marker={"size": 21}),
        panels.argmax(problem.optimum()).update(marker={"size": 15}),
        *panels.unlisted(marked.update(hovertemplate=f"%{{hovertext}}: {panels.AT}")),
        _words(NAMES_BESIDE, NAMES, "middle right"),
    ]
    xaxis = {"range": [MAP.means[0], RIGHT], "tickvals": [0, 1, 2], "showgrid": False}
    row = Row(HEIGHT, panels.STD, traces, x=panels.MEAN, xaxis=xaxis, yaxis={"range": MAP.stds, "showgrid": False})
    unseen = {"range": [0, 1], "visible": False}
    below = Row(104, "", [_words(NOWHERE, 0, "bottom right")], xaxis=unseen, yaxis=unseen)
    figure = panels.stack(row, below, x="", shared=False, legend=2)
    controls = [rewards(), slider("beta", "β", BETAS, start=0.5)]
    return animate(figure, controls, draw)


def _words(name: str, x: float, align: str) -> go.Scatter:
    return panels.note(name, x, 1, align=align).update(textfont={"size": 12})


def draw(preset: str, beta: float) -> Drawing:
    """Where the methods rest for one reward at one β."""
    found = {name: rest(name, preset, beta) for name in ALL}
    # The book's six lie above their cousins.
    shown = {name: place for name, place in reversed(found.items()) if place is not None and on_map(place)}
    groups = next(groups for groups in map(list, (grouped(shown, share) for share in TOGETHER)) if fit(groups))
    levels = spread([len(group.lines) for group in groups], [float(group.place.std) for group in groups])
    ends = [[float(group.place.mean), BESIDE, np.nan] for group in groups]
    heights = [[float(group.place.std), level, np.nan] for group, level in zip(groups, levels, strict=True)]
    return {
        **MAP.at(problem_of(preset, beta), panels.STAR, panels.ARGMAX),
        RESTS: _marks(shown),
        LEADERS: {"x": np.round(np.ravel(ends), 3), "y": np.round(np.ravel(heights), 3)},
        NAMES_BESIDE: {
            "x": [NAMES] * len(groups),
            "y": np.round(levels, 3),
            "text": ["<br>".join(group.lines) for group in groups],
        },
        NOWHERE: _nowhere(found),
    }


def _marks(shown: Mapping[str, Gaussian]) -> dict[str, Any]:
    """A mark for every rest, in its method's color; cousins' are in ink."""
    keys = [theme.key(name) for name in shown]
    return {
        "x": [round(float(place.mean), 3) for place in shown.values()],
        "y": [round(float(place.std), 3) for place in shown.values()],
        "hovertext": [*shown],
        "marker": {
            "color": [theme.color("ink" if key == "muted" else key) for key in keys],
            "symbol": [symbol(name) for name in shown],
        },
    }


def _nowhere(found: Mapping[str, Gaussian | None]) -> str:
    """What the map does not show, in lines of words."""
    without = "; ".join(f"{name} ({WHY[name]})" for name, place in found.items() if place is None)
    far = "; ".join(
        f"{name} ({float(place.mean):.3g}, {float(place.std):.3g})"
        for name, place in found.items()
        if place is not None and not on_map(place)
    )
    said = [f"No destination: {without}.", *([f"Off the map: {far}."] if far else [])]
    return "<br>".join(line for words in said for line in wrap(words, BROAD))


def on_map(policy: Gaussian) -> bool:
    """Whether a policy lies on the map."""
    (left, right), (low, high) = MAP.means, MAP.stds
    return bool(left < policy.mean < right and low < policy.std < high)


def fit(groups: Sequence[Group]) -> bool:
    """Whether the names find room beside the map."""
    return LINE * sum(len(group.lines) for group in groups) <= LEAST


def grouped(rests: Mapping[str, Gaussian], share: float) -> Iterator[Group]:
    """Methods that rest together, from wide to narrow; a group rests where its first method does."""
    left = dict(sorted(rests.items(), key=lambda item: -float(item[1].std)))
    wide, high = (end - start for start, end in (MAP.means, MAP.stds))
    while left:
        place = left[next(iter(left))]
        near = [
            name
            for name, one in left.items()
            if np.hypot((one.mean - place.mean) / wide, (one.std - place.std) / high) < share
        ]
        yield Group(tuple(name for name in ALL if name in near), place)
        left = {name: one for name, one in left.items() if name not in near}


def spread(lines: Sequence[int], levels: Sequence[float]) -> Any:
    """Heights of so many lines of words each, as near to ``levels`` as they can be without touching, from the top."""
    per_pixel = (MAP.stds[1] - MAP.stds[0]) / LEAST
    sizes = LINE * per_pixel * np.array(lines, float)
    tops = np.array(levels) + sizes / 2
    top = MAP.stds[1]
    for i, size in enumerate(sizes):  # push down what would touch the one above
        tops[i] = top = min(tops[i], top)
        top -= size
    bottom = MAP.stds[0]
    for i in range(len(sizes))[::-1]:  # and up what would lie below the map
        tops[i] = max(tops[i], bottom + sizes[i])
        bottom = tops[i]
    return tops - sizes / 2
