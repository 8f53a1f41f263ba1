"""Chapter 6: where GRPO rests and where it collapses, over the KL coefficient and the group size."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, Gaussian, Problem, Trajectory, collapse_threshold, sweep
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, described, slider
from rlgeo.figures.panels import Row

STARTS = {"(0, 1)": (0.0, 1.0), "(0, 2.5)": (0.0, 2.5), "(2, 0.4)": (2.0, 0.4)}
BETAS = np.round(np.arange(0.3, 1.45, 0.1), 1)
SIZES = (2, 4, 8, 16, 32)
STEPS: tuple[int, ...] = (150, 300, 600, 900)
RUNS = 21
"""From each start, behind every circle."""
NARROW = 0.1
"""A policy that was narrower than this has collapsed, though a long step may widen it again."""
DISC = 17
"""Diameter of a full circle in pixels."""
ALL, COLLAPSED = "runs", "those that collapsed"


@described
def grpo_phase() -> go.Figure:
    """Circles over group sizes from 2 to 32 and β from 0.3 to 1.4, filled as far as their runs collapsed, and the
    rising curve of the threshold. From (0, 1) all circles well below the curve are full, those above it are empty, and
    a few just below it are empty too. From a narrow policy on the peak circles are full up to the curve."""
    shares = collapsed_shares()
    figure = panels.stack(_circles(), x="group size <i>G</i>", legend=2)

    def draw(start: str, count: int) -> Drawing:
        share = shares[:, :, list(STARTS).index(start), STEPS.index(count)].ravel()
        words = [f"{round(part * RUNS)} of {RUNS} runs collapsed" for part in share]
        return {ALL: {"text": words}, COLLAPSED: {"marker": {"size": np.round(DISC * np.sqrt(share), 1)}}}

    starts = choice("start", "start (μ, σ)", {name: name for name in STARTS})
    strip = {f"from {name}": f"{name}|{STEPS[-1]}" for name in STARTS}
    return animate(figure, [starts, slider("count", "steps", STEPS, start=STEPS[-1])], draw, strip=strip)


def _circles() -> Row:
    """A ring for every G and β with a disc in it, and the curve of the threshold."""
    every = np.geomspace(2, 32, 25).round(1)
    thresholds = [collapse_threshold(size) for size in every]
    curve = panels.line("threshold c<sub>G</sub>", every, thresholds, "grpo", dash="solid", fill=0.1, hoverinfo="skip")
    at = [axis.ravel() for axis in np.meshgrid(SIZES, BETAS)]
    rim, hover = {"color": theme.color("muted"), "width": 1.2}, "G = %{x}, β = %{y}: %{text}<extra></extra>"
    rings = panels.marks(ALL, "paper", *at, hover=hover, size=DISC + 3, line=rim)
    discs = panels.marks(COLLAPSED, "ink", *at, opacity=1, line={"width": 0}).update(hoverinfo="skip")
    marks = [trace.update(cliponaxis=False) for trace in (rings, discs)]
    return Row(360, "KL coefficient β", [curve, *marks], xaxis=panels.log(1.6, 40, SIZES), yaxis=(0.2, 1.5))


def collapsed_shares() -> Array:
    """The shares of collapsed runs, indexed ``[β, G, start, steps]``; runs from all starts are trained side by side."""
    mean, std = np.repeat(list(STARTS.values()), RUNS, axis=0).T

    def collapsed(trajectory: Trajectory) -> dict[str, Array]:
        narrowest = np.minimum.accumulate(trajectory.std, axis=-1)[:, list(STEPS)]
        return {"share": np.mean(narrowest.reshape(len(STARTS), RUNS, len(STEPS)) < NARROW, axis=1)}

    method = GRPO(0.04, epochs=1, std_offset=0)
    inputs: dict[str, Any] = {"start": Gaussian(mean, std), "steps": max(STEPS), "runs": mean.size, "seed": 0}
    sweeps = [sweep(method, Problem(beta=beta), {"group_size": SIZES}, measure=collapsed, **inputs) for beta in BETAS]
    return np.array([[point.results["share"] for point in points] for points in sweeps])
