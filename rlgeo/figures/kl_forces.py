"""Chapter 11: what k3 in the reward does to a policy."""

from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Problem
from rlgeo.arguments.check import Real
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, line
from rlgeo.methods import kl_term
from rlgeo.theory.divergences import reverse_kl

STDS = np.round(np.geomspace(0.3, 3, 73), 4)
SHOWN = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 1.8, 2.2, 2.6)
EXACT, K3, NOW, SAYS = "k2 in the loss, exact", "k3 in the reward", "now", "says"
EFFECTS = ("widens", "narrows"), ("pushes away", "pulls back")
"""What a positive and a negative force does, on σ and on μ."""


@described
def kl_forces(problem: Problem) -> go.Figure:
    """Two forces over σ, for a policy whose mean is 1 from the reference's. Above, on σ: the exact KL pushes a narrow
    policy outward, k3 in the reward pulls it inward, the harder the narrower it is. Below, on μ: the exact KL pulls
    back to the reference at every σ, k3 in the reward pushes away from it below the reference's σ."""
    figure = panels.stack(
        _panel(0, "force on σ", (-4.5, 1.5), problem),
        _panel(1, "force on μ", (-0.6, 2.6), problem),
        x=panels.STD,
    )
    figure.update_xaxes(range=[0.25, 3.05])

    def draw(std: float) -> Drawing:
        drawn: dict[str, Any] = {}
        for i, (exact, k3, (outward, inward)) in enumerate(zip(*_forces(problem, np.array(std)), EFFECTS, strict=True)):
            does = "nothing" if abs(k3) < 1e-9 else outward if k3 > 0 else inward
            drawn[f"{NOW} {i}"] = {"x": [std, std], "y": np.round([exact, k3], 4)}
            drawn[f"{SAYS} {i}"] = f"σ = {std:g}: k2 {exact:.2f}, k3 {k3:.2f}: {does}".replace("-", "−")
        return drawn

    return animate(figure, [slider("std", "σ", SHOWN, start=0.7)], draw)


def _forces(problem: Problem, std: Real) -> list[list[Any]]:
    """The forces on σ and on μ, at a distance of 1 from the reference: the exact KL's, then k3's in the reward."""
    policy = Gaussian(0.0 * std + problem.reference.mean + 1, std)
    terms = [kl(policy, problem.reference) for kl in (reverse_kl, partial(kl_term.expected_penalty, "k3-reward"))]
    return [[-problem.beta * d_std, -problem.beta * d_mean] for _, d_mean, d_std in terms]


def _panel(i: int, title: str, span: tuple[float, float], problem: Problem) -> Row:
    """The panel of one of the two forces; the first one's curves are in the legend for both."""
    other, (exact, k3) = ", μ" if i else "", np.round([forces[i] for forces in _forces(problem, STDS)], 4)
    curves = [
        line(EXACT + other, STDS, exact, "rlhf", dash="solid"),
        line(K3 + other, STDS, k3, "grpo", dash="dash"),
        line(f"σ<sub>ref</sub>{other}", [float(problem.reference.std)] * 2, span, "muted", dash="longdash"),
    ]
    now = panels.marks(f"{NOW} {i}", "ink", [1.0, 1.0], [0.0, 0.0], size=9)
    says = panels.note(f"{SAYS} {i}", 2.95, span[0] + (0.8 if i else 0.16) * (span[1] - span[0]), align="middle left")
    traces = [*(panels.unlisted(*curves) if i else curves), *panels.unlisted(now, says)]
    return Row(215, title, traces, yaxis={"range": span, "zeroline": True})
