"""Chapter 5: the clip, training with it, and where it leads."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PG, PPO, RLHF, START, Problem, Trajectory, run
from rlgeo.figures import panels
from rlgeo.figures.epochs import CLIPS, VALUE, band, band_traces
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, View, line, note, one_run, unlisted
from rlgeo.methods import clipped

FRESH = "a new batch"
SHARE, LARGEST, SMALLEST, EXPECTED = "clip fraction", "largest ratio", "smallest ratio", "E<sub>π</sub>[<i>r</i>]"
RATIOS = np.linspace(0, 2, 201)
SIGNS = {1.0: ("Â = +1", "positive", "clipped: no gradient"), -1.0: ("Â = −1", "negative", "Â = −1, clipped")}
"""An advantage → names and color of its curve, and the name of the curve's flat part."""
RATE = 0.2
STEPS, RUNS, EPOCHS = 96, 100, (1, 2, 4, 8, 16)
"""Of the runs whose diagnostics are shown."""
PATH_STEPS, PATH_EPOCHS = 128, (1, 4, 16)


@described
def ppo_clip() -> go.Figure:
    """The clipped surrogate of one sample against its ratio. With a positive advantage it rises up to 1 + ε and is flat
    beyond; with a negative advantage it is flat below 1 − ε and falls beyond. Flat parts, where the gradient is zero,
    are gray; ratios that have moved the wrong way are never clipped."""
    traces = []
    for sign, (name, key, flat) in SIGNS.items():
        grey = line(flat, RATIOS, sign * RATIOS, "clipped", showlegend=sign > 0).update(line={"width": 4})
        traces += [line(name, RATIOS, sign * RATIOS, key), grey]
    traces.append(note("good", 1.98, 1.45, "good, and already likelier: silent", align="middle left"))
    traces.append(note("bad", 0.02, -0.55, "bad, and already rarer: silent"))
    yaxis = {"range": [-2.05, 2.05], "zeroline": True}
    row = Row(300, "min(ρ Â, clip(ρ) Â)", traces, xaxis=(0, 2), yaxis=yaxis)
    figure = panels.stack(row, x="ratio ρ = π<sub>θ</sub>/π<sub>old</sub>", legend=2)

    def draw(clip: float) -> Drawing:
        drawn: dict[str, Any] = {}
        for sign, (name, _, flat) in SIGNS.items():
            advantages = np.full_like(RATIOS, sign)
            terms = clipped.clipped_surrogate(RATIOS, advantages, clip)
            drawn[name] = {"y": terms}
            drawn[flat] = {"y": np.where(clipped.is_clipped(RATIOS, advantages, clip), terms, np.nan)}
        return drawn

    return animate(figure, [slider("clip", "ε", CLIPS, start=0.2)], draw)


@described
def ppo_steps(problem: Problem) -> go.Figure:
    """Over training: the share of clipped samples, a sawtooth that returns to zero with every new batch; the largest
    and smallest ratio, which leave the band although samples are clipped; and the baseline V, which follows the
    expected reward with a delay.

    Curves are means over runs, medians for the extreme ratios.
    """
    trained = {
        (clip, k): run(PPO(RATE, clip=clip, epochs=k), problem, START, STEPS, runs=RUNS)
        for clip in CLIPS
        for k in EPOCHS
    }
    curves = {pair: _diagnostics(trajectory, problem) for pair, trajectory in trained.items()}

    def curve(name: str, key: str, **more: Any) -> go.Scatter:
        return line(name, np.arange(STEPS), np.zeros(STEPS), key, **more)

    ratios = [curve(LARGEST, "ppo", dash="solid"), curve(SMALLEST, "ppo", dash="dot"), *band_traces([0, STEPS - 1])]
    values = [curve(VALUE, "ppo"), curve(EXPECTED, "reward", dash="dash")]
    figure = panels.stack(
        Row(150, "clip fraction", unlisted(curve(SHARE, "clipped")), yaxis={"range": [0, 0.5], "tickformat": ".0%"}),
        Row(150, "extreme ratios", ratios, yaxis=(0, 3)),
        Row(170, "V and E[r]", values, yaxis=(0, 0.6)),
        x="update",
        legend=2,
    )
    controls = [slider("clip", "ε", CLIPS, start=0.2), slider("epochs", "K", EPOCHS, start=8)]
    return animate(figure, controls, lambda clip, epochs: {**curves[clip, epochs], **band(clip)})


def _diagnostics(trajectory: Trajectory, problem: Problem) -> Drawing:
    """What is drawn of many runs."""
    records = trajectory.records
    return {
        SHARE: np.mean(records["clip_fraction"], axis=0),
        LARGEST: np.median(records["ratio_max"], axis=0).round(2),
        SMALLEST: np.median(records["ratio_min"], axis=0).round(2),
        VALUE: np.mean(records["value"], axis=0),
        EXPECTED: np.mean(problem.expected_reward(trajectory.policy)[:, :-1], axis=0),
    }


@described
def ppo_paths(problem: Problem) -> go.Figure:
    """Paths on the landscape of J: the exact gradient, policy gradient with fresh samples at every step, and PPO, whose
    path consists of straight runs, one for each batch, more so the larger K."""
    exact, pg = (one_run(method, problem, START, PATH_STEPS) for method in (RLHF(RATE), PG(RATE)))
    paths = {
        (clip, k): one_run(PPO(RATE, clip=clip, epochs=k), problem, START, PATH_STEPS)
        for clip in CLIPS
        for k in PATH_EPOCHS
    }
    traces = [
        panels.path("exact ∇<i>J</i>", exact, "rlhf"),
        panels.path("PG", pg, "pg").update(line_width=1.2, opacity=0.6),
        panels.path("PPO", exact, "ppo").update(line_width=2),
        panels.marks(FRESH, "ppo", size=7),
        panels.argmax(problem.optimum()),
        panels.dot(START, "start"),
    ]
    figure = View(span=0.6).map(420, problem, *traces, means=(-1, 2.2), stds=(0.6, 2.1))

    def draw(clip: float, epochs: int) -> Drawing:
        path = paths[clip, epochs]
        return {"PPO": path, FRESH: path[:-1:epochs]}

    return animate(figure, [slider("clip", "ε", CLIPS, start=0.2), slider("epochs", "K", PATH_EPOCHS, start=16)], draw)
