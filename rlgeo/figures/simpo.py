"""Chapter 12: SimPO has no rest, because the parabola that it fits opens upward."""

from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import DPO, Method
from rlgeo.arguments.check import Array
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, rewards, slider
from rlgeo.figures.panels import Row, line, marks, note
from rlgeo.figures.rests import problem_of
from rlgeo.methods import SimPO
from rlgeo.theory.flow import flow_at

BETAS = (2.0, 5.0)
TARGETS = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 5.0])
TIMES = np.concatenate([[0.0], np.geomspace(0.3, 10000, 33)])
SHOWN = np.maximum(TIMES, TIMES[1] / 2)
"""Where the times are drawn on the logarithmic axis: the start is left of all others."""
FITTED, DPOS, NOW, ZERO = "SimPO", "DPO, precision", "γ<sub>S</sub> = 1", "infinitely wide"
WIDTHS = {"SimPO": "SimPO, σ", "DPO": "DPO"}
REST, WORDS = "DPO's destination", "words"


@described
def simpo() -> go.Figure:
    """Above, the precision that the best parabola would give the policy, over the target γ_S. SimPO's is
    negative at every γ_S, so there is no such policy; DPO's is positive. Below, σ over time, trained from the reference
    on the same pairs: DPO's settles, SimPO's goes on growing."""
    flat = 0 * TIMES
    above = [
        line(ZERO, [0, 5], [0, 0], "muted", dash="dot", showlegend=False, hoverinfo="skip"),
        line(FITTED, TARGETS, 0 * TARGETS, "ink", dash="dashdot", mode="lines+markers"),
        *panels.unlisted(marks(NOW, "ink", [1], [0], hover="%{y:.4f}", size=14, symbol="circle-open", line_width=2)),
        *panels.unlisted(line(DPOS, [0, 5], [0, 0], "dpo")),
        note(WORDS, 0, -0.29),
    ]
    below = [
        *panels.unlisted(line(REST, [SHOWN[0], SHOWN[-1]], [0, 0], "dpo", dash="dot", hoverinfo="skip")),
        line(WIDTHS["DPO"], SHOWN, flat, "dpo"),
        *panels.unlisted(line(WIDTHS["SimPO"], SHOWN, flat, "ink", dash="dashdot")),
    ]
    log = panels.log(float(SHOWN[0]), float(SHOWN[-1]), [1, 10, 100, 1000, 10000], tickformat="~g")
    figure = panels.stack(
        Row(190, "precision 1/σ²", above, x="target γ<sub>S</sub>", xaxis=(-0.15, 5.15), yaxis=(-0.4, 0.44)),
        Row(190, "policy std σ", below, x="time: steps × η", xaxis=log, yaxis=(0, 14)),
        shared=False,
        legend=2,
    )
    controls = [rewards(), slider("beta", "β<sub>S</sub>", BETAS, start=2.0)]
    return animate(figure, controls, draw)


def draw(preset: str, beta: float) -> Drawing:
    """What the figure shows for one reward at one β of SimPO's."""
    fitted, runs = precisions(preset) / beta, {"DPO": DPO(), "SimPO": SimPO(beta=beta)}
    now = float(fitted[TARGETS == 1.0][0])
    rest = float(DPO().destination(problem_of(preset, 0.5)).std)  # type: ignore[union-attr]  # there is one
    drawn: dict[str, Any] = {WIDTHS[name]: widths(method, preset) for name, method in runs.items()}
    return drawn | {
        FITTED: {"y": fitted},
        NOW: {"y": [now]},
        DPOS: {"y": [round(rest**-2, 4)] * 2},
        REST: {"y": [round(rest, 3)] * 2},
        WORDS: f"SimPO at γ<sub>S</sub> = 1: {now:.4f}<br>DPO: {rest**-2:.4f}".replace("-", "−"),
    }


@cache
def precisions(preset: str) -> Array:
    """β times the fitted precision for every γ_S: the best score does not depend on β."""
    problem = problem_of(preset, 0.5)
    return np.array([SimPO(beta=1.0, target=float(target)).precision(problem) for target in TARGETS])


@cache
def widths(method: Method, preset: str) -> Array:
    """σ over time under the expected update, from π_ref."""
    problem = problem_of(preset, 0.5)
    return flow_at(lambda policy: method.expected_gradient(policy, problem), problem.reference, TIMES).std
