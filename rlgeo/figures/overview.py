"""The preface: every method on one landscape."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from rlgeo import METHODS, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import describe
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.panels import Row, one_run

SYMBOLS = {
    "rlhf": "circle",
    "pg": "square",
    "ppo": "diamond",
    "grpo": "triangle-up",
    "dpo": "pentagon",
    "dro": "hexagon",
}
SIDES = {
    "rlhf": "bottom right",
    "pg": "top left",
    "ppo": "bottom left",
    "grpo": "bottom right",
    "dpo": "middle left",
    "dro": "bottom right",
}
"""On which side of its end a method's name stands."""
FAR = Gaussian(-2.0, 0.5)
"""A start from which every method has some way to go."""
STEPS = 400
"""How long they run."""


def symbol(method: str) -> str:
    """The mark of a method, besides its color."""
    return SYMBOLS.get(theme.key(method), "circle")


def two_panels(
    problem: Problem, height: int, *traces: Any, policy: Gaussian | None = None, legend: int = 2
) -> go.Figure:
    """The reward and the densities over the action; below, on the same axis, ``traces`` in the half plane (μ, σ)."""
    above = [panels.reward_trace(problem, yaxis="y2"), *panels.axis_traces(problem, policy)]
    rows = Row(150, "density", above, right="reward"), panels.map_row(height, *traces)
    return panels.stack(*rows, x=panels.MEAN_AND_ACTION, legend=legend)


def race() -> go.Figure:
    """One run of every method from one start on the landscape of J: the still of the page's live race."""
    problem = Problem("single")
    paths = {name: one_run(kind(), problem, FAR, STEPS) for name, kind in METHODS.items()}
    ends = {name: path[-1] for name, path in paths.items()}
    lines = [panels.path(name, path, theme.key(name), cliponaxis=False) for name, path in paths.items()]
    dots = [panels.dot(end, name, theme.key(name), symbol=symbol(name), size=11) for name, end in ends.items()]
    for dot in dots:
        panels.named(dot, [dot.name], SIDES.get(theme.key(dot.name), "top center"))
    start = panels.named(panels.dot(FAR, "start", "ink", symbol="circle-open", size=13), ["start"], "bottom center")
    optimum = problem.optimum()
    marks = panels.star(optimum), panels.argmax(optimum)
    row = panels.map_row(380, panels.landscape_trace(problem), *lines, *panels.unlisted(*dots, start), *marks)
    return describe(
        panels.stack(row, x=panels.MEAN, legend=2),
        f"""The landscape of J over mean and standard deviation of the policy with one run of each method,
        {", ".join(METHODS)}, from one start, {STEPS} steps each. They climb the same hill and stop at different
        places.""",
        live={
            "race": {"preset": "single", "mean": float(FAR.mean), "std": float(FAR.std), "steps": STEPS}
            | {"methods": list(METHODS), "presets": dict(PRESET_LABELS)}
        },
    )
