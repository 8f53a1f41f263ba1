"""Chapter 12: how a method's rest travels as its own hyperparameter moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Method, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, described, slider
from rlgeo.figures.panels import View
from rlgeo.figures.rests import found, problem_of
from rlgeo.methods import CDPO, GKD, IPO, MPO, RPO, BestOfN, PassAtK, Tempered

MAP = View((-0.4, 2.6), (0.15, 2.0), (41, 30), span=0.6)
WHOLE, NEAR = [list(MAP.means), list(MAP.stds)], [[0.74, 1.06], [1.26, 1.44]]
"""Ranges of μ and of σ: the map, and the part of it between star and summit."""
LEFT, RIGHT, ABOVE, BELOW = "middle left", "middle right", "top center", "bottom center"
WAY, NOW, WORDS, WIDTH = "its destinations", "its destination", "words", "σ<sub>ref</sub>"


@dataclass(frozen=True)
class Case:
    """One method, the hyperparameter of its own that moves, and where its values are written."""

    says: str
    symbol: str
    make: Callable[[Any], Method]
    values: Sequence[float]
    labels: dict[int, str]
    """Position in ``values`` → side of the rest on which the value stands."""
    view: list[list[float]]


def _mpo(anchor: float) -> Method:
    return MPO(batch_size=np.inf, anchor=anchor)  # type: ignore[arg-type]  # infinity is allowed, and no int


COUNTS = (2, 3, 4, 6, 8, 12, 16, 32, 64)
SHARES = (0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1)
CASES = {
    "gkd": Case("GKD: γ", "γ", lambda x: GKD(mix=x), SHARES, {0: RIGHT, 4: RIGHT, 8: RIGHT}, NEAR),
    "mpo": Case(
        "MPO: α", "α", _mpo, (1, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.05, 0.01), {0: RIGHT, 3: LEFT, 8: RIGHT}, NEAR
    ),
    "passatk": Case(
        "pass@k: k", "k", lambda x: PassAtK(group_size=x), COUNTS,
        {0: RIGHT, 2: "bottom left", 6: ABOVE, 8: BELOW}, WHOLE,
    ),
    "tempered": Case(
        "sampling: T", "T", lambda x: Tempered(temperature=x), (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 1.75, 2),
        {0: LEFT, 4: RIGHT, 8: RIGHT}, WHOLE,
    ),
    "cdpo": Case(
        "cDPO, ν = 0: ε", "ε", lambda x: CDPO(smoothing=x, label_noise=0.0),
        (0.4, 0.35, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02, 0.01), {0: LEFT, 3: RIGHT, 5: RIGHT, 8: RIGHT}, WHOLE,
    ),
    "rpo": Case(
        "RPO: weight", "α<sub>R</sub>", lambda x: RPO(likelihood=x), (2, 1, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01),
        {0: ABOVE, 4: ABOVE, 8: ABOVE}, WHOLE,
    ),
    "ipo": Case(
        "IPO: τ", "τ", lambda x: IPO(beta=x), (3, 2, 1.2, 0.8, 0.5, 0.3, 0.2, 0.15, 0.1),
        {0: BELOW, 4: ABOVE, 6: ABOVE, 8: ABOVE}, WHOLE,
    ),
    "bestofn": Case(
        "best of N: N", "N", lambda x: BestOfN(group_size=x), COUNTS, {0: RIGHT, 2: RIGHT, 4: RIGHT, 8: RIGHT}, WHOLE
    ),
}  # fmt: skip
STOPS = tuple(range(1, 10))


@described
def own_sliders() -> go.Figure:
    """A part of the map of J between the star, where the moments of the optimum are, and the cross at the best
    Gaussian. The destinations of GKD form a short, almost straight way from the one to the other, its share γ written
    beside them: 0 at the star, 1 at the cross."""
    problem = problem_of("single", 0.5)
    ink = theme.color("ink")
    way = panels.line(WAY, [0], [0], "ink", dash="solid", mode="lines+markers+text", showlegend=False)
    way.update(hovertemplate=f"%{{hovertext}}: {panels.AT}", textfont={"color": ink, "size": 13}, marker={"size": 6})
    width = [float(problem.reference.std)] * 2
    traces = [
        panels.line(WIDTH, list(MAP.means), width, "muted", dash="longdash", showlegend=False, hoverinfo="skip"),
        panels.dot(problem.reference, panels.REFERENCE, "reference", symbol="square", size=10),
        panels.star(problem.optimum()).update(marker={"size": 21}),
        panels.argmax(problem.optimum()).update(marker={"size": 15}),
        way.update(line={"color": ink, "width": 2}),
        panels.dot(problem.reference, NOW, "ink", size=13),
        panels.note(WORDS, 0, 0, align=RIGHT),
    ]
    figure = MAP.map(400, problem, *traces)
    controls = [
        choice("method", "Method", {key: case.says for key, case in CASES.items()}),
        slider("stop", "stop", STOPS, start=5),
    ]
    strip = {CASES[key].says: f"{key}|{stop}" for key, stop in {"gkd": 5, "passatk": 7}.items()}
    return animate(figure, controls, draw, strip=strip)


def draw(method: str, stop: int) -> Drawing:
    """What the figure shows for one method at one of its values."""
    case, places = CASES[method], rests(method)
    here, value = places[stop - 1], case.values[stop - 1]
    said = [f"{case.symbol} = {x:g}" for x in case.values]
    (left, right), (low, high) = case.view
    J = float(Problem().objective(here))
    says = f"{case.symbol} = {value:g}: μ = {float(here.mean):.3f}, σ = {float(here.std):.3f}, <i>J</i> = {J:.3f}"
    return {
        WAY: {
            "x": [round(float(place.mean), 4) for place in places],
            "y": [round(float(place.std), 4) for place in places],
            "text": [_beside(words, case.labels.get(i)) for i, words in enumerate(said)],
            "textposition": [case.labels.get(i, ABOVE) for i in range(len(said))],
            "hovertext": said,
        },
        NOW: {"x": [round(float(here.mean), 4)], "y": [round(float(here.std), 4)]},
        WORDS: {
            "x": [left + 0.02 * (right - left)],
            "y": [low + 0.05 * (high - low)],
            "text": [says.replace("-", "−")],
        },
        "layout": {"xaxis": {"range": case.view[0]}, "yaxis": {"range": case.view[1]}},
    }


def _beside(words: str, side: str | None) -> str:
    """Words with room between them and their mark, if they are shown at all."""
    if side is None:
        return ""
    return {LEFT: f"{words}\xa0\xa0\xa0\xa0", RIGHT: f"\xa0\xa0\xa0\xa0{words}"}.get(side, words)


@cache
def rests(method: str) -> tuple[Gaussian, ...]:
    """Where a method rests for each of its values, each found from the one before."""
    problem, case = problem_of("single", 0.5), CASES[method]
    near, places = problem.optimum().projection(), []
    for value in case.values:
        one = case.make(value)
        place = one.destination(problem) if method in ("cdpo", "ipo", "bestofn") else found(one, problem, near)
        if place is None:
            raise ArithmeticError(f"{one} has no destination")
        places.append(place)
        near = place
    return tuple(places)
