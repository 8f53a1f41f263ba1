"""The preface: every method on one landscape."""

import plotly.graph_objects as go

from rlgeo import METHODS, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import PRESET_LABELS, describe

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


def race() -> go.Figure:
    """One run of every method from one start on the landscape of J: the still of the page's live race."""
    problem = Problem("single")
    paths = {name: panels.one_run(kind(), problem, FAR, STEPS) for name, kind in METHODS.items()}
    ends = {name: path[-1] for name, path in paths.items()}
    lines = [panels.path(name, path, theme.key(name), cliponaxis=False) for name, path in paths.items()]
    dots = [panels.dot(end, name, theme.key(name), symbol=symbol(name), size=11) for name, end in ends.items()]
    for dot in dots:
        panels.named(dot, [dot.name], SIDES.get(theme.key(dot.name), "top center"))
    start = panels.named(panels.dot(FAR, "start", "ink", symbol="circle-open", size=13), ["start"], "bottom center")
    optimum = problem.optimum()
    marks = panels.star(optimum), panels.argmax(optimum)
    return describe(
        panels.WHOLE.map(380, problem, *lines, *panels.unlisted(*dots, start), *marks),
        f"""The landscape of J over mean and standard deviation of the policy with one run of each method,
        {", ".join(METHODS)}, from one start, {STEPS} steps each. They climb the same hill and stop at different
        places.""",
        live={
            "race": {"preset": "single", "mean": float(FAR.mean), "std": float(FAR.std), "steps": STEPS}
            | {"methods": list(METHODS), "presets": dict(PRESET_LABELS)}
        },
    )
