"""Chapter 11: GRPO on a quadratic peak, with the KL term in the loss and in the reward."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, START, Problem, collapse_threshold
from rlgeo.figures import panels
from rlgeo.figures.collapse import HORIZON, std_of_runs
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, line, note
from rlgeo.theory import peak

BETAS, SIZES = (0.25, 0.5, 1.0, 1.5), (2, 8, 32)
RATE, CURVATURE = 0.0075, 1.0
TIMES = np.linspace(0, HORIZON, 61)
LOSS, REWARD = "KL in the loss", "GRPO, KL in the reward"
PLACES = {"exact": (LOSS, "muted", "dash"), "k1-reward": (REWARD, "grpo", "solid")}
BEST, CLOSED = "σ of the best Gaussian", "closed forms"


@described
def kl_grpo() -> go.Figure:
    """Standard deviation over time on a quadratic peak. With the KL term in the loss it falls to zero as long as β is
    below the threshold of the group size. With the term in the reward it goes straight to the width of the best
    Gaussian and stays there, at every β and every group size."""
    traces = [line(BEST, [0, HORIZON], [0.5, 0.5], "argmax", dash="longdash", hoverinfo="skip")]
    for words, key, dash in PLACES.values():
        traces += [
            *panels.band(f"{words}, low", f"{words}, high", TIMES, key, showlegend=False),
            line(words, TIMES, TIMES, key, dash=dash),
            line(f"{CLOSED}, {words}", TIMES, TIMES, "ink", dash="dot", showlegend=words == LOSS),
        ]
    traces[4].update(name=CLOSED)
    traces.append(note("outcome", 0.02 * HORIZON, 1.62))
    row = Row(370, panels.STD, traces, xaxis=(0, HORIZON), yaxis=(0, 1.75))
    controls = [slider("beta", "β", BETAS, start=0.5), slider("size", "G", SIZES, start=8)]
    strip = {f"β = {beta:g}": f"{beta:g}|8" for beta in (0.25, 1.0)}
    return animate(panels.stack(row, x="time: steps × η", legend=2), controls, _draw, strip=strip)


def _draw(beta: float, size: int) -> Drawing:
    problem, threshold = Problem(peak.quadratic(CURVATURE), beta=beta), collapse_threshold(size)
    start, best = float(START.std), peak.best_std(problem, CURVATURE)
    drawn: dict[str, Any] = {BEST: {"y": [round(best, 4)] * 2}}
    flows = {
        "exact": peak.std_over_time(problem, threshold, start, TIMES),
        "k1-reward": peak.std_with_kl_in_reward(problem, CURVATURE, threshold, start, TIMES),
    }
    for kl, (words, _, _) in PLACES.items():
        method = GRPO(RATE, size, epochs=1, std_offset=0, kl=kl)
        drawn |= std_of_runs(method, problem, 41, {f"{words}, low": 0.1, words: 0.5, f"{words}, high": 0.9})
        drawn[CLOSED if kl == "exact" else f"{CLOSED}, {words}"] = flows[kl]
    end = float(peak.std_over_time(problem, threshold, start, 1e9))
    falls = "σ falls to 0" if beta < threshold else f"σ goes to {end:.2f}"
    drawn["outcome"] = (
        f"c<sub>G</sub> = {threshold:.3f}; KL in the loss: {falls}<br>in the reward: σ goes to {best:.2f}"
    )
    return drawn
