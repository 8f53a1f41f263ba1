"""Chapter 6: what pulls σ inward and what pushes it outward on top of a quadratic reward peak."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, RLHF, Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.theory import peak

PUSH, EXACT, GROUP, BALANCE = "the KL's push", "pull of the exact gradient", "pull of GRPO", "balance"
STYLES = {PUSH: ("reference", "solid"), EXACT: ("rlhf", "solid"), GROUP: ("grpo", "dash")}

BETAS, SIZES = (0.1, 0.3, 0.5, 0.8, 1.0, 1.2, 1.6), (2, 4, 8, 16, 64)
CURVATURE = 1.0
"""κ of the peak; GRPO's pull does not depend on it."""


@described
def peak_forces() -> go.Figure:
    """Three forces on the policy's standard deviation against that standard deviation, on logarithmic axes. The KL's
    push outward falls like one over σ. The exact gradient's pull inward rises with σ and crosses the push once. GRPO's
    pull also falls like one over σ: for small β it lies above the push at every σ."""
    parabola, std = Problem(peak.quadratic(CURVATURE)), np.geomspace(0.03, 1.2, 41)
    policies = Gaussian(0.0 * std, std)
    balance = panels.marks(BALANCE, "rlhf", [1], [1], size=11)
    x, y = panels.log(0.028, 1.3, [0.03, 0.1, 0.3, 1]), panels.log(0.01, 100, [0.01, 0.1, 1, 10, 100])
    row = panels.Row(360, "size of the force on σ", [*panels.curves(STYLES, std), balance], xaxis=x, yaxis=y)
    figure = panels.stack(row, x=panels.STD, legend=2)

    def draw(beta: float, size: int) -> Drawing:
        problem = parabola.at_beta(beta)
        push = -beta * policies.kl_gradient(problem.reference)[1]
        pull = peak.narrowing_rate(RLHF(), policies, problem) / std
        still = peak.best_std(problem, CURVATURE)  # where the pull κσ equals the push β/σ − βσ/σ_ref²
        return {
            PUSH: {"y": np.round(push, 4)},
            EXACT: {"y": np.round(pull, 4)},
            GROUP: {"y": np.round(GRPO(group_size=size).collapse_threshold() / std, 4)},
            BALANCE: {"x": [round(still, 4)], "y": [round(CURVATURE * still, 4)]},
        }

    controls = [slider("beta", "β", BETAS, start=0.5), slider("size", "G", SIZES, start=8)]
    strip = {f"β = {beta:g}": f"{beta:g}|8" for beta in (0.1, 0.5, 1.6)}
    return animate(figure, controls, draw, strip=strip)
