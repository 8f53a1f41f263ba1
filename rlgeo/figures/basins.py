"""Chapter 3: which summit the exact gradient leads to."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rlgeo import Problem
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, described, slider
from rlgeo.figures.landscape import SEVERAL, SUMMITS, all_summits
from rlgeo.theory.basins import basin_grid

CONTOURS = "contours of <i>J</i>"
BASINS = {"1st basin": "landscape-0", "2nd basin": "landscape-6", "3rd basin": "landscape-3"}
"""From left to right, each laid over those before it: as many as two bumps have at any β."""
MAP, STARTS = panels.View(size=(31, 22), digits=2), panels.View(size=(57, 45))
BETAS = [0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5]


@described
def basins() -> go.Figure:
    """A map of starting points colored by the summit that the exact gradient leads to, with the contours of J and its
    summits. At small β each bump has a basin of its own; as β grows the basins merge into one."""
    start = Problem("double", beta=0.3)
    lines = MAP.landscape(start).update(name=CONTOURS)
    tops = panels.named(panels.dot(start.reference, SUMMITS, "argmax", symbol="x", size=10), [""])
    areas = [_area(name, key) for name, key in BASINS.items()]
    means = MAP.panel(380, *areas, lines.update(contours_coloring="none"), tops, y="start σ₀")
    figure = panels.stack(means, x="start μ₀")

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(preset, beta=beta)
        basin = basin_grid(at, *STARTS.grid, at.optimum().summits())
        return {name: {"z": smoothed(basin >= i)} for i, name in enumerate(BASINS)} | {
            CONTOURS: MAP.values(at),
            SUMMITS: all_summits(at),
        }

    controls = [choice("preset", "Reward", SEVERAL, start="double"), slider("beta", "β", BETAS, start=start.beta)]
    return animate(figure, controls, draw)


def smoothed(inside: NDArray[np.bool]) -> Array:
    """Membership of cells as numbers from 0 to 1 that cross 1/2 on a border without steps; off it they are level."""
    blurred = gaussian_filter(inside.astype(np.float64), 1.2, mode="nearest")
    shown: Array = np.where(np.abs(blurred - 0.5) < 0.31, blurred, inside)
    return shown.round(2)


def _area(name: str, key: str) -> go.Contour:
    """Where :func:`smoothed` membership is more than one half."""
    means, stds = STARTS.grid
    return go.Contour(
        x=means,
        y=stds,
        z=np.zeros((stds.size, means.size)),
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
