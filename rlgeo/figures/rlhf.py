"""Chapter 3: following the exact gradient."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import START, Gaussian, Problem, ascend
from rlgeo.arguments.check import Array
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, describe, slider, thinned
from rlgeo.figures.panels import WHOLE, Row, line

ASCENT, NOW = "path of ∇<i>J</i>", "<i>J</i> now"
STEPS = 100


def field_policies(means: int = 12, stds: int = 9) -> Gaussian:
    """Where arrows of a field stand, one policy each."""
    mean, std = np.meshgrid(np.linspace(-3.6, 3.6, means), np.linspace(0.3, 2.8, stds))
    return Gaussian(mean.ravel(), std.ravel())


def climb(problem: Problem) -> go.Figure:
    """The path of the exact gradient over its field, with Play: policy, landscape and J together."""
    path, optimum, arrows = ascend(problem.gradient, START, STEPS, 0.1), problem.optimum(), field_policies()
    J, top = problem.objective(path), float(problem.objective(optimum.projection()))
    drawn = [
        panels.arrows(arrows, *problem.gradient(arrows)),
        panels.path(ASCENT, path, "rlhf"),
        panels.star(optimum),
        panels.argmax(optimum),
        panels.dot(START),
    ]
    densities = panels.axis_traces(problem, START)
    span = (0, 1.05 * max(float(trace.y.max()) for trace in densities))
    figure = panels.stack(
        Row(130, "density", densities, xaxis=(-4, 4), yaxis=span),
        WHOLE.row(310, problem, *drawn, x=panels.MEAN_AND_ACTION),
        _gain(J, top),
        shared=False,
        legend=2,
    )

    def draw(step: int) -> Drawing:
        here = path[step]
        return {
            panels.POLICY: {"y": panels.density(here)},
            panels.DOT: panels.point(here),
            NOW: {"x": [step], "y": [float(J[step])]},
        }

    return describe(
        animate(figure, [slider("step", "step", thinned(STEPS, 36, 1.6), start=STEPS, play=True)], draw),
        f"""Three panels. The policy's density moves from mean {float(START.mean):g} to
        {float(path.mean[-1]):.2f}; its path climbs the landscape along the arrows of the gradient; J rises steeply at
        first, then creeps toward its maximum, {top:.3f}.""",
    )


def _gain(J: Array, top: float) -> Row:
    """J over steps below its maximum, with the share that is won after a fifth of them."""
    early, first = STEPS // 5, float(J[0])
    words = f"{(J[early] - first) / (top - first):.0%} of the gain after {early} steps"
    traces = panels.unlisted(
        line("<i>J</i>(θ<sub>t</sub>)", np.arange(STEPS + 1), J, "rlhf"),
        line("max <i>J</i>", [0, STEPS], [top, top], "argmax", dash="dot", hoverinfo="skip"),
        line("early", [early, early], [first, top], "muted", dash="dot", hoverinfo="skip"),
        panels.marks(NOW, "policy", [0], [first], hover="step %{x}: J = %{y:.3f}", size=12),
        panels.note("gain", early + 0.01 * STEPS, first + 0.35 * (top - first), words),
    )
    return Row(110, "<i>J</i>", traces, x="step")
