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

SYMBOLS: Mapping[str, str] = {
    "rlhf": "circle",
    "pg": "square",
    "ppo": "diamond",
    "grpo": "triangle-up",
    "dpo": "pentagon",
    "dro": "hexagon",
}
PLACES: Mapping[str, str] = {
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


def race(start: Gaussian = FAR, steps: int = 400, frames: int = 34, preset: str = "single", seed: int = 0) -> go.Figure:
    """One run of every method from one start, on the landscape of J, with Play.

    Parameters
    ----------
    start
        θ₀ of every run.
    steps
        Updates per run.
    frames
        Positions of the step slider, spread over the run, denser at its beginning.
    preset
        The reward shown first.
    seed
        Of the sampled methods.
    """
    figure = panels.stack(
        Row(150, "density", right="reward"), Row(360, "policy std σ"), x=panels.MEAN_AND_ACTION, legend=2
    )
    shown = np.unique(np.round(steps * np.linspace(0, 1, frames) ** 1.5).astype(int))
    problems = {name: Problem(reward) for name, reward in PRESETS.items()}
    runs = {
        name: {method: one_run(kind(), problem, start, steps, seed) for method, kind in METHODS.items()}
        for name, problem in problems.items()
    }
    figure.add_trace(panels.reward_trace(problems[preset]), row=1, col=1, secondary_y=True)
    for trace in panels.axis_traces(problems[preset]):
        figure.add_trace(trace, row=1, col=1)
    grid = panels.COARSE_MEANS, panels.COARSE_STDS
    for name, problem in problems.items():
        trace = panels.landscape_trace(problem, *grid).update(name=f"J {name}")
        figure.add_trace(trace, row=2, col=1)
    for method in METHODS:
        key = theme.key(method)
        thin = {"showlegend": False, "opacity": 0.8, "hoverinfo": "skip", "hovertemplate": None}
        figure.add_trace(panels.path(f"{method} path", runs[preset][method], key, **thin), row=2, col=1)
        figure.data[-1].line.width = 2
    optimum = problems[preset].optimum()
    for trace in (panels.star(optimum), panels.argmax(optimum)):
        figure.add_trace(trace, row=2, col=1)
    for method in METHODS:
        key = theme.key(method)
        trace = panels.dot(start, method, key, symbol=SYMBOLS.get(key, "circle"), size=11)
        panels.named(trace, [method], PLACES.get(key, "top center")).update(showlegend=False)
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)
    optima = {name: problem.optimum() for name, problem in problems.items()}
    bests = {name: optimum.projection() for name, optimum in optima.items()}
    curves = {name: panels.density(optimum) for name, optimum in optima.items()}

    def draw(preset: str, step: int) -> Drawing:
        reward = np.round(problems[preset].reward(panels.ACTIONS), 3)
        left, right = panels.level(float(curves[preset].max()), reward)
        drawing: dict[str, dict[str, Any]] = {
            panels.REWARD: {"y": reward},
            panels.OPTIMUM: {"y": curves[preset]},
            panels.STAR: panels.point(optima[preset].moment_match()),
            panels.ARGMAX: panels.point(bests[preset]),
            "layout": {"yaxis": {"range": left}, "yaxis2": {"range": right}},
        }
        for name in problems:
            drawing[f"J {name}"] = {"visible": name == preset}
        for method, path in runs[preset].items():
            drawing[f"{method} path"] = {"x": np.round(path.mean[shown], 2), "y": np.round(path.std[shown], 2)}
            here = path[step]
            drawing[method] = {"x": [round(float(here.mean), 3)], "y": [round(float(here.std), 3)]}
        return drawing

    controls = [
        choice("preset", "Reward", PRESET_LABELS, start=preset),
        slider("step", "step", shown.tolist(), start=steps, play=True),
    ]
    animate(figure, controls, draw, interval=110)
    rows: list[list[Any]] = [["method", "μ", "σ", "J"]]
    for method, path in runs[preset].items():
        end = path[-1]
        rows.append([method, float(end.mean), float(end.std), float(problems[preset].objective(end))])
    alt = f"""Above, the reference, the reward and the optimum over the action. Below, the landscape of J over mean
    and standard deviation of the policy with one run of each method, {", ".join(METHODS)}, from one start. They
    climb the same hill and stop at different places."""
    return describe(figure, alt, summary=rows)
