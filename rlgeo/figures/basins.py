"""Chapter 3: which summit the exact gradient leads to."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rlgeo import PRESETS, Problem
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.landscape import COARSER, SEVERAL, SUMMITS, all_summits
from rlgeo.theory.basins import chart

CONTOURS = "contours of <i>J</i>"
BASINS = {"1st basin": "landscape-0", "2nd basin": "landscape-6", "3rd basin": "landscape-3"}
"""From left to right, each laid over those before it: as many as two bumps have at any β."""
MEANS, STDS = np.linspace(-4, 4, 57), np.linspace(0.1, 3, 45)
BETAS = [0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5]


def basins() -> go.Figure:
    """Which summit each start flows to, for the rewards with several bumps."""
    start = Problem(PRESETS["double"], beta=0.3)
    lines = panels.landscape_trace(start, *COARSER, digits=2).update(name=CONTOURS)
    tops = panels.named(panels.dot(start.reference, SUMMITS, "argmax", symbol="x", size=10), [""])
    areas = [_area(name, key) for name, key in BASINS.items()]
    means = panels.map_row(380, *areas, lines.update(contours_coloring="none"), tops, y="start σ₀")
    figure = panels.stack(means, x="start μ₀")

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
        basin = chart(at, MEANS, STDS, at.optimum().summits())
        return {name: {"z": smoothed(basin >= i)} for i, name in enumerate(BASINS)} | {
            CONTOURS: panels.landscape_values(at, *COARSER, digits=2),
            SUMMITS: all_summits(at),
        }

    controls = [choice("preset", "Reward", SEVERAL, start="double"), slider("beta", "β", BETAS, start=start.beta)]
    return describe(
        animate(figure, controls, draw),
        """A map of starting points colored by the summit that the exact gradient leads to, with the contours of
        J and its summits. At small β each bump has a basin of its own; as β grows the basins merge into one.""",
    )


def smoothed(inside: NDArray[np.bool]) -> Array:
    """Membership of cells as numbers from 0 to 1 that cross 1/2 on a border without steps; off it they are level."""
    blurred = gaussian_filter(inside.astype(np.float64), 1.2, mode="nearest")
    shown: Array = np.where(np.abs(blurred - 0.5) < 0.31, blurred, inside)
    return shown.round(2)


def _area(name: str, key: str) -> go.Contour:
    """Where :func:`smoothed` membership is more than one half."""
    return go.Contour(
        x=MEANS,
        y=STDS,
        z=np.zeros((STDS.size, MEANS.size)),
        name=name,
        zmin=0,
        zmax=1,
        autocontour=False,
        contours={"coloring": "fill", "start": 0.5, "end": 0.5, "size": 1, "showlines": False},
        colorscale=[[0, theme.CLEAR], [0.5, theme.CLEAR], [0.5, theme.color(key)], [1, theme.color(key)]],
        showscale=False,
        showlegend=False,
        hoverinfo="skip",
    )
