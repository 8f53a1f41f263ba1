"""Chapter 6: where GRPO rests and where it collapses, over the KL coefficient and the group size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, Gaussian, Problem, Trajectory, collapse_threshold, sweep
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.panels import Row

STARTS = {"(0, 1)": (0.0, 1.0), "(0, 2.5)": (0.0, 2.5), "(2, .4)": (2.0, 0.4)}
BETAS = np.round(np.arange(0.3, 1.45, 0.1), 1)
SIZES = (2, 4, 8, 16, 32)
NARROW = 0.1
"""A policy that was narrower than this has collapsed, though a long step may widen it again."""
DISC = 17
"""Diameter of a full circle in pixels."""
ALL, COLLAPSED = "runs", "those that collapsed"


def grpo_phase(*, steps: Sequence[int] = (150, 300, 600, 900), runs: int = 21, seed: int = 0) -> go.Figure:
    """The share of GRPO's runs that collapse on *single*, over G and β, with c_G; a menu of starts, a slider of steps.

    Parameters
    ----------
    steps
        Numbers of steps to choose from.
    runs, seed
        Of every circle, from each start.
    """
    shares = collapsed_shares(steps, runs, seed)
    every = np.geomspace(2, 32, 25).round(1)
    thresholds = np.array([collapse_threshold(size) for size in every])
    size, beta = (axis.ravel() for axis in np.meshgrid(SIZES, BETAS))
    figure = panels.stack(Row(360, "KL coefficient β"), x="group size <i>G</i>", legend=2)
    figure.add_trace(
        panels.line("threshold c<sub>G</sub>", every, thresholds, "grpo", dash="solid", fill=0.1, hoverinfo="skip")
    )
    ring = {"color": theme.color("paper"), "size": DISC + 3, "line": {"color": theme.color("muted"), "width": 1.2}}
    hover = "G = %{x}, β = %{y}: %{text}<extra></extra>"
    figure.add_trace(
        go.Scatter(x=size, y=beta, mode="markers", name=ALL, marker=ring, hovertemplate=hover, cliponaxis=False)
    )
    disc = {"color": theme.color("ink"), "opacity": 1, "line": {"width": 0}}
    figure.add_trace(
        go.Scatter(x=size, y=beta, mode="markers", name=COLLAPSED, marker=disc, hoverinfo="skip", cliponaxis=False)
    )
    figure.update_xaxes(type="log", tickvals=list(SIZES), range=[np.log10(1.6), np.log10(40)])
    figure.update_yaxes(range=[0.2, 1.5])

    def draw(start: str, count: int) -> Drawing:
        share = shares[:, :, list(STARTS).index(start), list(steps).index(count)].ravel()
        words = [f"{round(part * runs)} of {runs} runs collapsed" for part in share]
        return {ALL: {"text": words}, COLLAPSED: {"marker": {"size": np.round(DISC * np.sqrt(share), 1)}}}

    controls = [
        choice("start", "start (μ, σ)", {name: name for name in STARTS}),
        slider("count", "steps", steps, start=steps[-1]),
    ]
    alt = """Circles over group sizes from 2 to 32 and β from .3 to 1.4, filled as far as their runs collapsed, and the
    rising curve of the threshold. From (0, 1) all circles well below the curve are full, those above it are empty, and
    a few just below it are empty too. From a narrow policy on the peak circles are full up to the curve."""
    strip = {f"from {name}": f"{name}|{steps[-1]}" for name in STARTS}
    return describe(animate(figure, controls, draw), alt, strip=strip)


def collapsed_shares(steps: Sequence[int], runs: int, seed: int) -> Array:
    """The shares of collapsed runs, indexed ``[β, G, start, steps]``; runs from all starts are trained side by side."""
    mean, std = np.repeat(list(STARTS.values()), runs, axis=0).T

    def collapsed(trajectory: Trajectory) -> dict[str, Array]:
        narrowest = np.minimum.accumulate(trajectory.std, axis=-1)[:, list(steps)]
        return {"share": np.mean(narrowest.reshape(len(STARTS), runs, len(steps)) < NARROW, axis=1)}

    method = GRPO(0.04, epochs=1, std_offset=0)
    inputs: dict[str, Any] = {"start": Gaussian(mean, std), "steps": max(steps), "runs": mean.size, "seed": seed}
    sweeps = [sweep(method, Problem(beta=beta), {"group_size": SIZES}, measure=collapsed, **inputs) for beta in BETAS]
    return np.array([[point.results["share"] for point in points] for points in sweeps])
