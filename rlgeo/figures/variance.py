"""Chapter 4: what a baseline does to the noise."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PG, START, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, choice, described
from rlgeo.figures.policy_gradient import SIZES, estimates, partial_derivatives
from rlgeo.theory import estimators

SAMPLED = "sampled PG"
BATCHES = 4000
"""Behind each sampled dot."""
NAMES = {
    "none": "no baseline",
    "mean": "batch mean (PG)",
    "leave-one-out": "mean of the others (RLOO)",
    "expected": "exact E[r]",
    "optimal": "best constant",
}
STYLES = {
    "none": ("muted", "dot"),
    "mean": ("pg", "solid"),
    "leave-one-out": ("pg", "dash"),
    "expected": ("reward", "dashdot"),
    "optimal": ("ink", "longdash"),
}


@described
def pg_variance(problem: Problem) -> go.Figure:
    """Variance of the gradient estimate against batch size on logarithmic axes, one line per baseline. All fall with
    slope minus one for large N. For ∂μ at the start a baseline lowers the variance, but for leave-one-out at N = 2;
    for ∂σ at the maximum of J the batch mean is noisier than no baseline from N = 4 on."""
    policies = {"at the start": START, "at the best Gaussian": problem.optimum().projection()}
    exact = {
        (place, baseline): estimators.variance(policy, problem, np.array(SIZES), baseline)
        for place, policy in policies.items()
        for baseline in estimators.BASELINES
    }
    sampled = {
        (place, n): np.var(estimates(PG(batch_size=n), policy, problem, BATCHES), axis=-1, ddof=1)
        for place, policy in policies.items()
        for n in SIZES
    }
    lines = panels.curves({NAMES[baseline]: style for baseline, style in STYLES.items()}, SIZES)
    dots = partial_derivatives(SAMPLED, "pg", SIZES, [1.0] * len(SIZES), symbol="circle", size=9)
    y = panels.log(10**-3.7, 10**-0.1, [0.0001, 0.001, 0.01, 0.1, 1], tickformat="~g")
    row = panels.Row(360, "variance of the estimate", [*lines, dots], xaxis=panels.log(1.8, 140, SIZES), yaxis=y)
    figure = panels.stack(row, x="batch size <i>N</i>", legend=3)

    def draw(place: str, component: int) -> Drawing:
        curves: dict[str, Any] = {NAMES[b]: {"y": exact[place, b][component]} for b in estimators.BASELINES}
        return curves | {SAMPLED: {"y": [sampled[place, n][component] for n in SIZES]}}

    controls = [
        choice("component", "Component", {0: "∂μ", 1: "∂σ"}),
        choice("place", "Estimated", {place: place for place in policies}),
    ]
    strip = {"∂μ at the start": "0|at the start", "∂σ at the best Gaussian": "1|at the best Gaussian"}
    return animate(figure, controls, draw, strip=strip)
