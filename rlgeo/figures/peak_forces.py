"""Chapter 6: what pulls σ inward and what pushes it outward on top of a quadratic reward peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, RLHF, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, describe, slider
from rlgeo.theory import peak

PUSH, EXACT, GROUP, BALANCE = "the KL's push", "pull of the exact gradient", "pull of GRPO", "balance"


def balance(problem: Problem, curvature: float) -> float:
    """The σ at which the exact gradient's pull κσ equals the KL's push β/σ − βσ/σ_ref²."""
    return float(np.sqrt(problem.beta / (curvature + problem.beta / problem.reference.std**2)))


def peak_forces(
    *,
    betas: Sequence[float] = (0.1, 0.3, 0.5, 0.8, 1.0, 1.2, 1.6),
    sizes: Sequence[int] = (2, 4, 8, 16, 64),
    curvature: float = 1.0,
) -> go.Figure:
    """Pull and push on σ at a quadratic peak, on logarithmic axes: ∇J's curves cross, GRPO's need not.

    Parameters
    ----------
    betas, sizes
        β and G to choose from.
    curvature
        κ of the peak; GRPO's pull does not depend on it.
    """
    parabola, std = Problem(peak.quadratic(curvature)), np.geomspace(0.03, 1.2, 41)
    policies = Gaussian(0.0 * std, std)
    figure = panels.stack(panels.Row(360, "size of the force on σ"), x="policy std σ", legend=2)
    for name, key, dash in ((PUSH, "reference", "solid"), (EXACT, "rlhf", "solid"), (GROUP, "grpo", "dash")):
        figure.add_trace(panels.line(name, std, std, key, dash=dash))
    marker = {"size": 11, "color": theme.color("rlhf")}
    figure.add_trace(go.Scatter(x=[1], y=[1], mode="markers", name=BALANCE, marker=marker))
    figure.update_xaxes(type="log", range=np.log10([0.028, 1.3]).tolist(), tickvals=[0.03, 0.1, 0.3, 1])
    figure.update_yaxes(type="log", range=[-2, 2], tickvals=[0.01, 0.1, 1, 10, 100])

    def draw(beta: float, size: int) -> Drawing:
        problem = parabola.at_beta(beta)
        push = -beta * policies.kl_gradient(problem.reference)[1]
        pull = peak.narrowing_rate(RLHF(), policies, problem) / std
        still = balance(problem, curvature)
        return {
            PUSH: {"y": np.round(push, 4)},
            EXACT: {"y": np.round(pull, 4)},
            GROUP: {"y": np.round(GRPO(group_size=size).collapse_threshold() / std, 4)},
            BALANCE: {"x": [round(still, 4)], "y": [round(curvature * still, 4)]},
        }

    alt = """Three forces on the policy's standard deviation against that standard deviation, on logarithmic axes. The
    KL's push outward falls like one over σ. The exact gradient's pull inward rises with σ and crosses the push once.
    GRPO's pull also falls like one over σ: for small β it lies above the push at every σ."""
    controls = [slider("beta", "β", betas, start=0.5), slider("size", "G", sizes, start=8)]
    strip = {f"β = {beta:g}": f"{beta:g}|8" for beta in (0.1, 0.5, 1.6) if beta in betas}
    return describe(animate(figure, controls, draw), alt, strip=strip)
