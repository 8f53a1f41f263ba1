"""The preface: every method on one landscape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import METHODS, PRESETS, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
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
    "rlhf": "middle right",
    "pg": "middle left",
    "ppo": "bottom left",
    "grpo": "bottom right",
    "dpo": "top left",
    "dro": "top right",
}
"""On which side of its dot a method's name stands: six sides, since all start in one place."""
FAR = Gaussian(-2.0, 0.5)
"""A start from which every method has some way to go."""
MAP = panels.COARSE_MEANS, panels.COARSE_STDS
STEPS = 400
SHOWN = np.unique(np.round(STEPS * np.linspace(0, 1, 34) ** 1.5).astype(int))
"""Steps of the slider, denser at the beginning of the run."""


def symbol(method: str) -> str:
    """The mark of a method, besides its color."""
    return SYMBOLS.get(theme.key(method), "circle")


def numbers(policy: Gaussian | None) -> list[Any]:
    """μ and σ as cells of a summary."""
    return ["none", "none"] if policy is None else [float(policy.mean), float(policy.std)]


def two_panels(
    problem: Problem, height: int, *traces: Any, policy: Gaussian | None = None, legend: int = 2
) -> go.Figure:
    """The reward and the densities over the action; below, on the same axis, ``traces`` in the half plane (μ, σ)."""
    above = [panels.reward_trace(problem, yaxis="y2"), *panels.axis_traces(problem, policy)]
    rows = Row(150, "density", above, right="reward"), panels.map_row(height, *traces)
    return panels.stack(*rows, x=panels.MEAN_AND_ACTION, legend=legend)


def race() -> go.Figure:
    """One run of every method from one start, on the landscape of J, with Play."""
    problems = {name: Problem(reward) for name, reward in PRESETS.items()}
    paths = {
        name: {method: one_run(kind(), problem, FAR, STEPS) for method, kind in METHODS.items()}
        for name, problem in problems.items()
    }
    figure = two_panels(problems["single"], 360, *_traces(problems))

    def draw(preset: str, step: int) -> Drawing:
        problem = problems[preset]
        reward, optimum = np.round(problem.reward(panels.ACTIONS), 3), problem.optimum()
        density = panels.density(optimum)
        left, right = panels.level(float(density.max()), reward)
        drawing: dict[str, dict[str, Any]] = {
            panels.REWARD: {"y": reward},
            panels.OPTIMUM: {"y": density},
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(optimum.projection()),
            "layout": {"yaxis": {"range": left}, "yaxis2": {"range": right}},
        }
        for name in problems:
            drawing[f"J {name}"] = {"visible": name == preset}
        for method, path in paths[preset].items():
            drawing[f"{method} path"] = {"x": np.round(path.mean[SHOWN], 2), "y": np.round(path.std[SHOWN], 2)}
            drawing[method] = {"x": [round(float(path.mean[step]), 3)], "y": [round(float(path.std[step]), 3)]}
        return drawing

    steps = slider("step", "step", SHOWN.tolist(), start=STEPS, play=True)
    animate(figure, [choice("preset", "Reward", PRESET_LABELS), steps], draw, interval=110)
    ends = {method: path[-1] for method, path in paths["single"].items()}
    return describe(
        figure,
        f"""Above, the reference, the reward and the optimum over the action. Below, the landscape of J over mean
        and standard deviation of the policy with one run of each method, {", ".join(METHODS)}, from one start. They
        climb the same hill and stop at different places.""",
        summary=[["method", "μ", "σ", "J"]]
        + [[name, *numbers(end), float(problems["single"].objective(end))] for name, end in ends.items()],
    )


def _traces(problems: Mapping[str, Problem]) -> list[Any]:
    """The map of every problem, paths and ends of the methods, and the marks of the optimum."""
    maps = [panels.landscape_trace(at, *MAP).update(name=f"J {name}") for name, at in problems.items()]
    thin = {"opacity": 0.8, "hoverinfo": "skip", "hovertemplate": None}
    paths = [panels.path(f"{name} path", FAR[None], theme.key(name), **thin) for name in METHODS]
    dots = [panels.dot(FAR, name, theme.key(name), symbol=symbol(name), size=11) for name in METHODS]
    for path, dot in zip(paths, dots, strict=True):
        path.line.width = 2
        panels.named(dot, [dot.name], SIDES.get(theme.key(dot.name), "top center"))
    optimum = problems["single"].optimum()
    return [*maps, *panels.unlisted(*paths), panels.star(optimum), panels.argmax(optimum), *panels.unlisted(*dots)]
