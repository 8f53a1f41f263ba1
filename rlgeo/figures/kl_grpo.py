"""Chapter 11: GRPO on a quadratic peak, with the KL term in the loss and in the reward."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, START, Problem, collapse_threshold, run
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, describe, slider
from rlgeo.figures.panels import Row, line, note
from rlgeo.theory import peak

BETAS, SIZES = (0.25, 0.5, 1.0, 1.5), (2, 8, 32)
RATE, HORIZON, RUNS, CURVATURE = 0.0075, 1.5, 40, 1.0
TIMES = np.linspace(0, HORIZON, 61)
LOSS, REWARD = "KL in the loss", "GRPO, KL in the reward"
PLACES = {"exact": (LOSS, "muted", "dash"), "k1-reward": (REWARD, "grpo", "solid")}
BEST, CLOSED = "σ of the best Gaussian", "closed forms"


def kl_grpo() -> go.Figure:
    """σ over time with the KL in the loss and in the reward: runs and closed forms; sliders over β and G."""
    traces = [line(BEST, [0, HORIZON], [0.5, 0.5], "argmax", dash="longdash", hoverinfo="skip")]
    for words, key, dash in PLACES.values():
        hidden: dict[str, Any] = {"line": {"color": theme.color(key, alpha=0.0), "width": 0}, "hoverinfo": "skip"}
        hidden["hovertemplate"] = None
        traces += [
            line(f"{words}, high", TIMES, TIMES, key, showlegend=False, **hidden),
            line(f"{words}, low", TIMES, TIMES, key, fill=0.18, showlegend=False, **hidden).update(fill="tonexty"),
            line(words, TIMES, TIMES, key, dash=dash),
            line(f"{CLOSED}, {words}", TIMES, TIMES, "ink", dash="dot", showlegend=words == LOSS),
        ]
    traces[4].update(name=CLOSED)
    traces.append(note("outcome", 0.02 * HORIZON, 1.62))
    row = Row(370, panels.STD, traces, xaxis={"range": [0, HORIZON]}, yaxis={"range": [0, 1.75]})
    controls = [slider("beta", "β", BETAS, start=0.5), slider("size", "G", SIZES, start=8)]
    return describe(
        animate(panels.stack(row, x="time: steps × η", legend=2), controls, _draw),
        """Standard deviation over time on a quadratic peak. With the KL term in the loss it falls to zero as long as β
        is below the threshold of the group size. With the term in the reward it goes straight to the width of the best
        Gaussian and stays there, at every β and every group size.""",
        strip={f"β = {beta:g}": f"{beta:g}|8" for beta in (0.25, 1.0)},
    )


def _problem(beta: float) -> Problem:
    return Problem(peak.quadratic(CURVATURE), beta=beta)


def _end(beta: float, size: int) -> float:
    """Where σ settles with the KL in the loss."""
    return float(peak.std_over_time(_problem(beta), collapse_threshold(size), float(START.std), 1e9))


def _draw(beta: float, size: int) -> Drawing:
    problem, threshold = _problem(beta), collapse_threshold(size)
    steps, start, best = round(HORIZON / RATE), float(START.std), peak.best_std(problem, CURVATURE)
    at = np.unique(np.round(steps * np.linspace(0, 1, 41)).astype(int))
    drawn: dict[str, dict[str, Any]] = {BEST: {"y": [round(best, 4)] * 2}}
    flows = {
        "exact": peak.std_over_time(problem, threshold, start, TIMES),
        "k1-reward": peak.std_with_kl_in_reward(problem, CURVATURE, threshold, start, TIMES),
    }
    for kl, (words, _, _) in PLACES.items():
        method = GRPO(RATE, size, epochs=1, std_offset=0, kl=kl)
        std = run(method, problem, START, steps, runs=RUNS, records=False).std[:, at]
        bands = np.round(np.quantile(std, [0.1, 0.5, 0.9], axis=0), 3)
        for name, band in zip((f"{words}, low", words, f"{words}, high"), bands, strict=True):
            drawn[name] = {"x": np.round(at * RATE, 3), "y": band}
        closed = CLOSED if kl == "exact" else f"{CLOSED}, {words}"
        drawn[closed] = {"y": np.round(flows[kl], 3)}
    falls = "σ falls to 0" if beta < threshold else f"σ goes to {_end(beta, size):.2f}"
    text = f"c<sub>G</sub> = {threshold:.3f}; KL in the loss: {falls}<br>in the reward: σ goes to {best:.2f}"
    return drawn | {"outcome": {"text": [text]}}
