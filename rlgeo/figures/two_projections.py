"""Chapter 2: the two Gaussians that stand for π*, and where they part."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Optimum, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, betas, described, rewards, slider
from rlgeo.figures.panels import ACTIONS, Row, density, line

FORWARD, REVERSE = "moment match", "best Gaussian"
STARTING_BETA = 0.33
"""A β just below the jump with two bumps."""
BETAS = betas(0.1, 2, 16)
STYLES = {FORWARD: ("optimum", "dash", "top right"), REVERSE: ("argmax", "solid", "bottom right")}
WIDTHS = {FORWARD: "σ of the moment match", REVERSE: "σ of the best Gaussian"}
WORDS = {FORWARD: "star", REVERSE: "cross"}


@described
def two_projections() -> go.Figure:
    """The optimum, the moment match and the best Gaussian, as densities; below, the standard deviations of both against
    β. The moment match covers all of the optimum; the best Gaussian gathers on one bump as β falls, on two bumps in a
    sudden jump."""
    first = Problem("double")
    optimum = line(panels.OPTIMUM, ACTIONS, density(first.optimum()), "optimum", fill=0.16, smooth=True)
    curves = [line(name, ACTIONS, 0 * ACTIONS, key, dash=dash, smooth=True) for name, (key, dash, _) in STYLES.items()]
    below = []
    for name, (key, dash, side) in STYLES.items():
        now = panels.marks(f"{WIDTHS[name]} now", key, [STARTING_BETA], [0], size=10)
        widths = line(WIDTHS[name], BETAS, 0 * np.array(BETAS), key, dash=dash)
        below += panels.unlisted(widths, panels.named(now, [""], side))
    ticks = [0.1, 0.2, 0.5, 1, 2]
    log = panels.log(0.095, 3.2, ticks, ticktext=[f"{t:g}" for t in ticks])  # room for words at the right end
    figure = panels.stack(
        Row(220, "density", [optimum, *curves], x="action <i>a</i>", xaxis=panels.ALL_ACTIONS),
        Row(200, "σ", below, x="β", xaxis=log, yaxis=(0, 1.85)),
        shared=False,
    )
    controls = [rewards(start="double"), slider("beta", "β", BETAS, start=STARTING_BETA)]
    return animate(figure, controls, draw)


@cache
def _projected(preset: str) -> list[tuple[Optimum, dict[str, Gaussian]]]:
    """For every β the optimum and its two projections."""
    optima = [Problem(preset, beta=beta).optimum() for beta in BETAS]
    return [(o, {FORWARD: o.moment_match(), REVERSE: o.projection()}) for o in optima]


def draw(preset: str, beta: float) -> Drawing:
    """What the figure shows for one reward at one β."""
    projected = _projected(preset)
    optimum, both = projected[BETAS.index(beta)]
    densities = {panels.OPTIMUM: density(optimum)} | {name: density(policy) for name, policy in both.items()}
    shown: dict[str, object] = {**densities}
    for name, policy in both.items():
        widths, std = [float(policies[name].std) for _, policies in projected], float(policy.std)
        shown[WIDTHS[name]] = dict(zip("xy", broken(BETAS, widths), strict=True))
        shown[f"{WIDTHS[name]} now"] = {"x": [beta], "y": [std], "text": [f"{WORDS[name]} {std:.2f}"]}
    return shown | {"layout": {"yaxis": {"range": panels.density_range(*densities.values())}}}


def broken(x: Sequence[float], y: Sequence[float], jump: float = 0.4) -> tuple[list[float], list[float]]:
    """A curve with a gap where neighbors differ by more than ``jump``, so that no line joins two branches."""
    points: list[tuple[float, float]] = []
    for i, point in enumerate(zip(x, y, strict=True)):
        if i and abs(y[i] - y[i - 1]) > jump:
            points.append((x[i], np.nan))
        points.append(point)
    across, up = zip(*points, strict=True)
    return list(across), list(np.round(up, 3))
