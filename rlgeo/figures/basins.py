"""Chapter 3: which summit the exact gradient leads to."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.landscape import GRID, SEVERAL, SUMMITS, all_summits
from rlgeo.theory.basins import chart

CONTOURS = "contours of <i>J</i>"
KEYS = ("clipped", "rlhf", "reward", "pg", "dro")
"""Colors: no basin, then basins from left to right."""
MEANS, STDS = np.linspace(-4, 4, 81), np.linspace(0.1, 3, 61)
BETAS = [0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5]


def basins() -> go.Figure:
    """Which summit each start flows to, for the rewards with several bumps."""
    start = Problem(PRESETS["double"], beta=0.3)
    lines = panels.landscape_trace(start, *GRID, digits=2).update(name=CONTOURS, hoverinfo="skip", hovertemplate=None)
    tops = panels.named(panels.dot(start.reference, SUMMITS, "argmax", symbol="x", size=10), [""])
    means = panels.map_row(380, _cells(), lines.update(contours_coloring="none"), tops, y="start σ₀")
    figure = panels.stack(means, x="start μ₀")

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
        return {
            "basin": {"z": chart(at, MEANS, STDS, at.optimum().summits())},
            CONTOURS: panels.landscape_values(at, *GRID, digits=2),
            SUMMITS: all_summits(at),
        }

    rows: list[list[Any]] = [["β", "summit", "μ", "σ", "J"]]
    for beta in BETAS[::3]:
        at = Problem(PRESETS["double"], beta=beta)
        found = at.optimum().summits()
        for i, J in enumerate(at.objective(found)):
            rows.append([beta, f"{i + 1}", float(found.mean[i]), float(found.std[i]), float(J)])
    controls = [choice("preset", "Reward", SEVERAL, start="double"), slider("beta", "β", BETAS, start=start.beta)]
    return describe(
        animate(figure, controls, draw),
        """A map of starting points colored by the summit that the exact gradient leads to, with the contours of
        J and its summits. At small β each bump has a basin of its own; as β grows the basins merge into one.""",
        summary=rows,
    )


def _cells() -> go.Heatmap:
    """Starts in flat bands of color: no basin is −1, then come basins 0, 1, ..."""
    share = 1 / len(KEYS)
    shades = [theme.color(key, alpha=0.34) for key in KEYS]
    return go.Heatmap(
        x=MEANS,
        y=STDS,
        z=np.zeros((STDS.size, MEANS.size)),
        zmin=-1.5,
        zmax=len(KEYS) - 1.5,
        colorscale=[[(i + end) * share, shade] for i, shade in enumerate(shades) for end in (0, 1)],
        showscale=False,
        name="basin",
        hovertemplate="μ₀ = %{x:.2f}, σ₀ = %{y:.2f}: summit %{z}<extra></extra>",
    )
