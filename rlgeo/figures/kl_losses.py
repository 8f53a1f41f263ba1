"""Chapter 5: the KL term as a loss on samples."""

from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import RLOO, START, Gaussian, Problem, ascend
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import ARGMAX, Row, View, line, unlisted
from rlgeo.theory import kl_estimators

STYLES = {"k1": ("muted", "dot"), "k2": ("rlhf", "solid"), "k3": ("grpo", "dash")}
NAMES = {"k1": "k1: no KL at all", "k2": "k2: reverse KL, J", "k3": "k3: forward KL"}
SIDES = ["top right", "middle right", "top center"]
BETAS, STEPS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2), 600
STDS, FEW = np.linspace(0.5, 2.5, 61), np.linspace(0.6, 2.4, 10)
"""Where lines are drawn, and the sampled dots."""
MEANS, SAMPLES = (0, 0.5, 1, 1.5, 2), 4000


@described
def kl_gradients() -> go.Figure:
    """Above, the expected gradient in σ of the three KL losses: k1 is zero everywhere, k2 follows the reverse KL, k3
    the forward KL, which is much steeper at small σ. Below, their variances on a log axis: that of k3 diverges where σ
    falls to the reference's divided by the square root of two."""
    reference = Problem().reference
    limit = float(reference.std / np.sqrt(2))
    above, below = [], []
    for loss, (key, dash) in STYLES.items():
        dots = panels.marks(f"{loss}, sampled", key, FEW, FEW, size=6)
        above += [line(loss, STDS, STDS, key, dash=dash), *unlisted(dots)]
        below += unlisted(line(f"{loss}, variance", STDS, STDS, key, dash=dash))
    below.append(line("σ<sub>ref</sub>/√2", [limit] * 2, [1e-3, 1e6], "muted", dash="longdash"))
    below.append(panels.note("infinite", limit - 0.02, 0.02, "k3: infinite <br>variance ", align="middle left"))
    above += unlisted(line("edge above", [limit] * 2, [-9, 9], "muted", dash="longdash"))
    log = {"type": "log", "range": [-2.5, 5], "tickvals": [0.01, 1, 100, 1e4], "tickformat": "~g"}
    figure = panels.stack(
        Row(230, "mean of ∂<sub>σ</sub>", above, yaxis={"range": [-3.2, 2], "zeroline": True}),
        Row(200, "variance of ∂<sub>σ</sub>", below, yaxis=log),
        x=panels.STD,
        legend=2,
    )

    def draw(mean: float) -> Drawing:
        at, sparse = Gaussian(np.full_like(STDS, mean), STDS), Gaussian(np.full_like(FEW, mean), FEW)
        actions = sparse.sample(np.random.default_rng(0), SAMPLES)
        drawn: dict[str, Any] = {}
        for loss in STYLES:
            drawn[loss] = kl_estimators.expected_gradient(loss, at, reference)[1]
            drawn[f"{loss}, sampled"] = np.mean(kl_estimators.gradient(loss, sparse, reference, actions)[1], axis=-1)
            drawn[f"{loss}, variance"] = {"y": kl_estimators.variance(loss, at, reference)[1]}
        return drawn

    return animate(figure, [slider("mean", "μ", MEANS, start=1)], draw)


@described
def kl_paths(problem: Problem) -> go.Figure:
    """Three paths on the landscape of J. With k2 the policy climbs to the maximum of J. With k1 it moves to the
    reward's peak and narrows without end. With k3 it stops elsewhere, wider, because the forward KL forbids narrowness
    more than the reverse KL does."""
    view = View((-0.8, 2.6), (0.03, 2.1), (31, 23), span=0.6)
    times = np.unique(np.round(np.geomspace(1, STEPS + 1, 48)).astype(int)) - 1
    ends = panels.named(panels.dot(START, "ends", "ink", size=7), [*STYLES], SIDES)
    traces = [
        *panels.curves({NAMES[loss]: style for loss, style in STYLES.items()}, [0.0]),
        *unlisted(ends),
        panels.argmax(problem.optimum()),
        panels.dot(START, "start"),
    ]
    figure = view.map(400, problem, *traces, stds=(0, 2.1))

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        methods = [RLOO(kl=f"{loss}-loss") for loss in STYLES]
        every = [ascend(partial(m.expected_gradient, problem=at), START, STEPS, 0.1)[times] for m in methods]
        ends = Gaussian([path.mean[-1] for path in every], [path.std[-1] for path in every])
        return {**view.at(at, ARGMAX), "ends": ends, **dict(zip(NAMES.values(), every, strict=True))}

    return animate(figure, [slider("beta", "β", BETAS, start=problem.beta)], draw)
