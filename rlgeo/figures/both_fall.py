"""Chapter 12: what training on pairs does to the probability of winners and of losers."""

from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import DPO, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, choice, described, slider
from rlgeo.figures.panels import Row, line, note
from rlgeo.methods import IPO, RPO
from rlgeo.theory import preference
from rlgeo.theory.flow import flow_at

METHODS = {"DPO": DPO, "IPO": IPO, "RPO": RPO}
SAYS = {"DPO": "DPO", "IPO": "IPO", "RPO": "RPO, weight 1"}
BETAS = (0.4, 0.5, 1.0, 2.0)
TIMES = np.concatenate([[0.0], np.geomspace(0.1, 10000, 51)])
SHOWN = np.maximum(TIMES, TIMES[1] / 2)
"""Where the times are drawn on the logarithmic axis: the start is left of all others."""
WINNERS, LOSERS, BOTH = "winners", "losers", "mean of both: −KL(π<sub>ref</sub>‖π<sub>θ</sub>)"
ZERO, WORDS = "no change", "words"


@described
def both_fall() -> go.Figure:
    """Mean log-ratio of winners and of losers over time, from the reference on. Under DPO both fall: the losers to
    about −0.83, the winners to about −0.43. Their mean, between them, is the negative KL divergence of the reference
    from the policy."""
    flat, right = 0 * TIMES, 0.96 * float(SHOWN[-1])
    traces = [
        line(ZERO, [SHOWN[0], SHOWN[-1]], [0, 0], "muted", dash="dot", hoverinfo="skip", showlegend=False),
        line(WINNERS, SHOWN, flat, "ink", dash="solid"),
        line(LOSERS, SHOWN, flat, "ink", dash="longdash"),
        line(BOTH, SHOWN, flat, "muted", dash="dash"),
        note(WORDS, right, 0.32, align="middle left"),
    ]
    xaxis = panels.log(float(SHOWN[0]), float(SHOWN[-1]), [0.1, 1, 10, 100, 1000, 10000], tickformat="~g")
    row = Row(340, "mean log-ratio to π<sub>ref</sub>", traces, xaxis=xaxis, yaxis=(-1.5, 0.5))
    figure = panels.stack(row, x="time: steps × η", legend=2)
    controls = [choice("method", "Method", SAYS), slider("beta", "β<sub>D</sub>, τ", BETAS, start=0.5)]
    strip = {SAYS[name]: f"{name}|0.5" for name in ("DPO", "RPO")}
    return animate(figure, controls, draw, strip=strip)


def draw(method: str, beta: float) -> Drawing:
    """What the figure shows for one method at its own β."""
    winners, losers = log_ratios(method, beta)
    drawn: dict[str, Any] = {WINNERS: winners, LOSERS: losers, BOTH: (winners + losers) / 2}
    ends = f"winners {winners[-1]:+.3f}, losers {losers[-1]:+.3f}".replace("-", "−")
    return drawn | {WORDS: f"at the destination:<br>{ends}"}


@cache
def log_ratios(method: str, beta: float) -> Any:
    """Mean log-ratios of winners and losers along the expected update."""
    problem, kind = Problem(), METHODS[method](beta=beta)
    path = flow_at(lambda policy: kind.expected_gradient(policy, problem), problem.reference, TIMES)
    return preference.log_ratios(path, problem, kind.label_noise)
