"""Chapter 12: RAFT's refits, one after another: on a peak the width, on a slope the way."""

from functools import cache

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, line, marks, note
from rlgeo.theory import best_of, peak

COUNTS, ROUNDS, FEW = (2, 4, 8, 16), 15, 4
"""N; rounds on the slope; and on the peak as many as leave a σ whose rewards are told apart."""
SLOPE = peak.quadratic(0.01, 1000.0, 2000.0)
"""Rises wherever the policy is, and the order of rewards is all that counts: as good as a linear reward."""
LAW, PEAK, TRAVEL, WAY = "powers of c<sub>N</sub>", "refits", "limit", "way"
WORDS = "words above", "words below"


@described
def raft() -> go.Figure:
    """RAFT's complete refits, round by round. Above, on a peak, the variance falls by the same factor in every round:
    a straight line on a log axis. Below, on a linear reward, the mean moves by less in every round and stops short of a
    limit of a few of the first standard deviations."""
    rounds = np.arange(ROUNDS + 1)
    above = [
        line(LAW, rounds, rounds, "muted", dash="dash"),
        marks(PEAK, "ink", rounds[: FEW + 1], rounds[: FEW + 1], hover="%{y:.3g}", size=9),
        note(WORDS[0], ROUNDS, 0.1, align="middle left"),
    ]
    below = [
        line(TRAVEL, [0, ROUNDS], [0, 0], "muted", dash="dot", showlegend=False),
        *panels.unlisted(marks(WAY, "ink", rounds, rounds, hover="%{y:.3f}", size=9)),
        note(WORDS[1], ROUNDS, 0.6, align="middle left"),
    ]
    log = panels.log(2e-9, 4, [1e-8, 1e-6, 1e-4, 1e-2, 1], ticktext=["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"])
    figure = panels.stack(
        Row(210, "σ²/σ<sub>0</sub>² on a peak", above, yaxis=log),
        Row(210, "(μ − μ<sub>0</sub>)/σ<sub>0</sub> on a slope", below, yaxis=(-0.25, 4.3)),
        x="refit, one after another",
    )
    figure.update_xaxes(range=[-0.4, ROUNDS + 0.4])
    return animate(figure, [slider("size", "<i>N</i>", COUNTS, start=4)], draw)


def draw(size: int) -> Drawing:
    """What the figure shows for one N."""
    factor, limit = best_of.shrinking(size), best_of.travel(size)
    narrow, moved = refits(size, "peak").std, refits(size, "slope").mean
    return {
        LAW: {"y": factor ** np.arange(ROUNDS + 1)},
        PEAK: {"y": narrow**2},
        WORDS[0]: f"every refit multiplies σ²<br>by c<sub>N</sub> = {factor:.4f}",
        TRAVEL: {"y": [round(limit, 4)] * 2},
        WAY: {"y": np.round(moved, 4)},
        WORDS[1]: f"all refits together: {limit:.3f} σ<sub>0</sub><br>the first one alone: {moved[1]:.3f}",
    }


@cache
def refits(size: int, reward: str) -> Gaussian:
    """The policies that RAFT's complete refits of N(0, 1) make, from the first one on."""
    problem, policies = Problem(peak.quadratic() if reward == "peak" else SLOPE), [Gaussian(0.0, 1.0)]
    for _ in range(FEW if reward == "peak" else ROUNDS):
        policies.append(best_of.refit(policies[-1], problem, size))
    means, stds = (np.array([getattr(policy, part) for policy in policies]) for part in ("mean", "std"))
    return Gaussian(means, stds)
