"""Chapter 8: residuals, the learned baseline, the parabola that is fitted, and where the fit is a policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Batch, Gaussian, Problem, run
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import animate, choice, describe, slider
from rlgeo.figures.offline import GRID, thinned, unrolled
from rlgeo.figures.one_axis import PRESET_LABELS as REWARDS
from rlgeo.methods.dro import DRO
from rlgeo.theory import offline

Draw = Mapping[str, Mapping[str, Any]]

SAMPLES, FITTED, RESIDUALS = (
    "samples (<i>a</i><sub>i</sub>, <i>r</i><sub>i</sub>)",
    "fit <i>V</i> + β<sub>R</sub> log π<sub>θ</sub>/π<sub>ref</sub>",
    "residual δ",
)
VALUE, SETTLED, CEILING = "<i>V</i>", "<i>V</i><sub>∞</sub>(θ)", "β log <i>Z</i>"
BIAS, SPREAD = "bias ½·mean(δ)²", "spread ½·var(δ)"
WEIGHT, PARABOLA, LANDING = "weight π<sub>ref</sub>", "fitted parabola", "DRO's policy"
OWN = "−loss"
VALUE_RATES = [0.005, 0.02, 0.05, 0.1, 0.3, 1.0]


def dro_residuals(
    problem: Problem | None = None,
    method: DRO | None = None,
    *,
    start: Gaussian = START,
    steps: int = 400,
    seed: int = 0,
) -> go.Figure:
    """Scored samples and what the policy makes of them, colored by residual, while both unknowns are fitted.

    Parameters
    ----------
    problem, method, start, steps, seed
        As in ``rlgeo.run``.
    """
    problem, method = problem or Problem(), method or DRO(learning_rate=0.2)
    batch, states = unrolled(method, problem, start, steps, seed)
    order = np.argsort(batch.actions)
    data = Batch(batch.actions[order], batch.rewards[order])
    everywhere = Batch(panels.ACTIONS, problem.reward(panels.ACTIONS))
    residuals = {t: method.residuals(states[t], data, problem) for t in thinned(steps, 30)}
    largest = 1.2

    figure = panels.stack(
        panels.Row(130, "density"), panels.Row(220, "reward"), panels.Row(150, "residual δ"), legend=3
    )
    for trace in panels.axis_traces(problem, start, optimum=False):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(
        panels.line(FITTED, panels.ACTIONS, everywhere.rewards, "dro", dash="solid", smooth=True), row=2, col=1
    )
    shade = {"colorscale": theme.colorscale("diverging"), "cmin": -largest, "cmax": largest}
    rim = {"color": theme.color("ink"), "width": 0.8}
    figure.add_trace(
        go.Scatter(
            x=np.round(data.actions, 3),
            y=np.round(data.rewards, 3),
            mode="markers",
            name=SAMPLES,
            marker={"size": 10, "color": np.round(residuals[0], 2), "line": rim} | shade,
            hovertemplate="a = %{x:.2f}: r = %{y:.3f}",
        ),
        row=2,
        col=1,
    )
    figure.add_trace(panels.bars(RESIDUALS, np.round(data.actions, 3), residuals[0], "dro"), row=3, col=1)
    highest = max(float(panels.density(states[t].policy).max()) for t in residuals)
    figure.update_yaxes(range=[0, 1.08 * highest], row=1, col=1)
    figure.update_yaxes(range=[-1.0, 1.6], row=2, col=1)
    figure.update_yaxes(range=[-1.4, 2.4], zeroline=True, row=3, col=1)
    figure.update_xaxes(range=[-4.5, 4.5])
    gap = np.full(order.size, np.nan)

    def draw(step: int) -> Draw:
        fit = everywhere.rewards - method.residuals(states[step], everywhere, problem)
        stems = np.stack([np.zeros(order.size), residuals[step], gap], axis=-1).ravel()
        return {
            panels.POLICY: {"y": panels.density(states[step].policy)},
            FITTED: {"y": np.round(np.clip(fit, -3, 4), 2)},
            SAMPLES: {"marker": {"color": np.round(residuals[step], 2)}},
            RESIDUALS: {"y": np.round(stems, 3)},
        }

    animate(figure, [slider("step", "step", list(residuals), form="{:d}", play=True)], draw)
    rows = [
        [str(t), float(states[t].value), float(np.mean(r)), float(np.std(r))]
        for t, r in list(residuals.items())[:: len(residuals) // 4]
    ]
    return describe(
        figure,
        f"""Density of reference and policy; below, {order.size} scored actions, colored by their residual, with the
        parabola that the present policy and baseline stand for; below, the residuals as bars. During {steps} steps the
        parabola comes to lie among the points and the residuals' spread falls from {np.std(residuals[0]):.2f} to
        {np.std(residuals[steps]):.2f}.""",
        summary=[["step", "V", "mean residual", "spread"], *rows],
        strip={f"step {t}": str(t) for t in (0, list(residuals)[len(residuals) // 4], steps)},
    )


STARTS = {"usual": START, "narrow": Gaussian(1.0, 0.7)}
START_LABELS = {"usual": "(0, 1)", "narrow": "(1, 0.7)"}


@cache
def _records(problem: Problem, rate: float, steps: int) -> dict[str, dict[str, Any]]:
    """From every start, diagnostics of a run on so many data that what is left is the method's own doing."""
    method = DRO(learning_rate=0.02, value_learning_rate=rate, batch_size=1024)
    starts = Gaussian([s.mean for s in STARTS.values()], [s.std for s in STARTS.values()])
    records = run(method, problem, starts, steps, runs=len(STARTS)).records
    return {start: {key: values[i] for key, values in records.items()} for i, start in enumerate(STARTS)}


def dro_value(problem: Problem | None = None, *, steps: int = 400) -> go.Figure:
    """V over steps, with V∞(θ) that it chases and β log Z, for two starts and a choice of η_V."""
    problem = problem or Problem()
    figure = panels.stack(panels.Row(300, "units of reward"), x="step")
    shown = thinned(steps - 1, 70)
    ceiling = float(problem.optimum().objective)
    for name, key, dash in ((VALUE, "dro", "solid"), (SETTLED, "dro", "dot"), (CEILING, "optimum", "dash")):
        figure.add_trace(panels.line(name, shown, 0.0 * shown + ceiling, key, dash=dash))
    figure.update_yaxes(range=[0, 1.4])

    def draw(start: str, rate: float) -> Draw:
        records = _records(problem, rate, steps)[start]
        return {
            VALUE: {"y": np.round(records["value"][shown], 3)},
            SETTLED: {"y": np.round(records["settled_value"][shown], 3)},
        }

    starts = choice("start", "start", START_LABELS, start="narrow")
    animate(figure, [starts, slider("rate", "η<sub>V</sub>", VALUE_RATES, start=0.1)], draw)
    names = ("V", "V∞", "β log Z")
    rows = [[name, float(figure.data[i].y[0]), float(figure.data[i].y[-1])] for i, name in enumerate(names)]
    return describe(
        figure,
        f"""V starts at zero and rises to meet V∞ of the moving policy; then both move together, below
        β log Z = {ceiling:.3f}. From a narrow start V∞ begins far above it. The slower V is, the later they meet.""",
        summary=[["", "first", "last"], *rows],
    )


def dro_split(problem: Problem | None = None, *, steps: int = 400) -> go.Figure:
    """The loss in two parts over steps, on a logarithmic axis, for two starts and a choice of η_V."""
    problem = problem or Problem()
    figure = panels.stack(panels.Row(300, "part of the loss"), x="step")
    shown = thinned(steps - 1, 70)
    figure.add_trace(panels.line(SPREAD, shown, shown + 1.0, "dro", dash="solid"))
    figure.add_trace(panels.line(BIAS, shown, shown + 1.0, "behavior", dash="dash"))
    figure.update_yaxes(**panels.POWERS, range=[-7, 1], dtick=1)

    def draw(start: str, rate: float) -> Draw:
        records = _records(problem, rate, steps)[start]
        return {
            name: {"y": [float(f"{max(v, 1e-9):.3g}") for v in records[key][shown]]}
            for name, key in ((SPREAD, "spread"), (BIAS, "bias"))
        }

    controls = [choice("start", "start", START_LABELS), slider("rate", "η<sub>V</sub>", VALUE_RATES, start=0.1)]
    animate(figure, controls, draw)
    names = ("spread", "bias")
    rows = [[name, float(figure.data[i].y[0]), float(figure.data[i].y[-1])] for i, name in enumerate(names)]
    return describe(
        figure,
        """Two parts of the loss on a logarithmic axis. The bias falls by orders of magnitude once V has caught up; the
        spread falls to a floor and stays: what no parabola explains.""",
        summary=[["part", "first", "last"], *rows],
    )


def dro_paths(*, start: Gaussian = START, steps: int = 500) -> go.Figure:
    """DRO's path on the map of J and on its own population loss, for every preset and three speeds of V."""
    figure = panels.stack(panels.Row(270, "policy std σ"), panels.Row(270, "policy std σ"), x="policy mean μ", legend=2)
    grid = panels.COARSE_MEANS, panels.COARSE_STDS
    figure.add_trace(panels.landscape_trace(Problem(), *grid, digits=2), row=1, col=1)
    figure.add_trace(panels.contour_trace(OWN, *grid, z=[[0]]), row=2, col=1)
    names = ("DRO", "DRO, on its own loss")
    for row, name in enumerate(names, start=1):
        trace = panels.line(
            name, [0], [0], "dro", dash="solid", hovertemplate="μ = %{x:.3f}, σ = %{y:.3f}", showlegend=row == 1
        )
        figure.add_trace(trace, row=row, col=1)
    goals = ("destination", "lowest loss")
    figure.add_trace(panels.argmax(Problem().optimum()), row=1, col=1)
    for row, name in enumerate(goals, start=1):
        figure.add_trace(
            panels.dot(
                start,
                name,
                "dro",
                size=11,
                symbol="diamond",
            ),
            row=row,
            col=1,
        )
        figure.data[-1].showlegend = row == 1
        panels.plane(figure, row)

    def draw(reward: str, rate: float) -> Draw:
        problem, method = Problem(PRESETS[reward]), DRO(learning_rate=0.3, value_learning_rate=rate, batch_size=256)
        policies = run(method, problem, start, steps, records=False).policy[0, thinned(steps, 30)]
        where = {"x": np.round(policies.mean, 3), "y": np.round(policies.std, 3)}
        goal = panels.point(method.destination(problem) or start)
        return {
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=2),
            OWN: panels.contour_values(-method.population_loss(GRID, problem), span=0.15, digits=3),
            panels.ARGMAX: panels.point(problem.optimum().projection()),
            names[0]: where,
            names[1]: where,
            goals[0]: goal,
            goals[1]: goal,
        }

    controls = [choice("reward", "Reward", REWARDS), slider("rate", "η<sub>V</sub>", [0.005, 0.05, 0.5], start=0.05)]
    animate(figure, controls, draw)
    rows = [
        [
            name,
            *(float(np.ravel(v)[0]) for v in panels.point(DRO().destination(Problem(PRESETS[name])) or start).values()),
        ]
        for name in PRESETS
    ]
    return describe(
        figure,
        """DRO's path twice. On the map of J it ends beside the summit; on its own loss it ends at the bottom of the one
        valley there is. With a slow V the path first bends toward the reference.""",
        summary=[["reward", "μ of the destination", "σ"], *rows],
    )


def dro_regression() -> go.Figure:
    """The parabola fitted to r under the weight π_ref, and the policy it stands for, for a choice of β."""
    figure = panels.stack(panels.Row(220, "reward", right="weight"), panels.Row(220, "density"), legend=3)
    problem = Problem()
    figure.add_trace(panels.reward_trace(problem), row=1, col=1, secondary_y=False)
    figure.add_trace(
        panels.line(PARABOLA, panels.ACTIONS, panels.ACTIONS, "dro", dash="solid", smooth=True),
        row=1,
        col=1,
        secondary_y=False,
    )
    weight = panels.line(WEIGHT, panels.ACTIONS, panels.density(problem.reference), "reference", smooth=True)
    figure.add_trace(weight, row=1, col=1, secondary_y=True)
    for trace in panels.axis_traces(problem):
        trace.showlegend = trace.name != panels.REFERENCE
        figure.add_trace(trace, row=2, col=1)
    figure.add_trace(
        panels.line(LANDING, panels.ACTIONS, panels.ACTIONS, "dro", dash="longdashdot", smooth=True), row=2, col=1
    )
    figure.update_yaxes(range=[-1.0, 1.7], row=1, col=1, secondary_y=False)
    figure.update_yaxes(range=[-0.5, 0.85], showticklabels=False, row=1, col=1, secondary_y=True)
    figure.update_yaxes(range=[0, 0.75], row=2, col=1)
    figure.update_xaxes(range=[-4.5, 4.5])

    def draw(reward: str, beta: float) -> Draw:
        at = Problem(PRESETS[reward], problem.reference, beta)
        method = DRO(beta=beta)
        end = method.destination(at)
        fit = np.polynomial.Polynomial(method.coefficients(at))(panels.ACTIONS)
        return {
            panels.REWARD: {"y": np.round(at.reward(panels.ACTIONS), 3)},
            PARABOLA: {"y": np.round(fit, 3)},
            panels.OPTIMUM: {"y": panels.density(at.optimum())},
            LANDING: {"y": np.nan * panels.ACTIONS if end is None else panels.density(end)},
        }

    betas = [0.15, 0.2, 0.3, 0.5, 0.8, 1.5, 3.0]
    animate(figure, [choice("reward", "Reward", REWARDS), slider("beta", "β", betas, start=0.5)], draw)
    rows = [[name, *(float(c) for c in DRO().coefficients(Problem(PRESETS[name])))] for name in PRESETS]
    return describe(
        figure,
        """Above, the reward, the parabola of least squared error under the weight π_ref, and that weight. Below, the
        reference, the optimum, and the policy into which the parabola tilts the reference: wider than the optimum, and
        wider than the reference wherever the parabola opens upward.""",
        summary=[["reward", "c₀", "c₁", "c₂"], *rows],
    )


UPWARD, DOWNWARD = "<i>r</i> curves upward", "<i>r</i> curves downward"
BOOK = "π<sub>ref</sub> of this book"
LEAST = "σ<sub>ref</sub>² E<sub>ref</sub>[<i>r</i>″]"


def dro_existence() -> go.Figure:
    """The reward, colored by the sign of its curvature; below, the smallest β_R over the references."""
    figure = panels.stack(
        panels.Row(130, "reward <i>r</i>"),
        panels.Row(330, "reference std σ<sub>ref</sub>"),
        x="action <i>a</i>, reference mean μ<sub>ref</sub>",
        legend=2,
    )
    means, stds, actions = np.linspace(-4, 4, 65), np.linspace(0.3, 3, 40), np.linspace(-4, 4, 161)
    for name, key in ((UPWARD, "negative"), (DOWNWARD, "positive")):
        figure.add_trace(panels.line(name, actions, 0 * actions, key, dash="solid"), row=1, col=1)
    contour = panels.contour_trace(LEAST, means, stds, z=[[0]], zmin=-0.5, zmax=0.5)
    contour.update(
        contours={"start": 0.02, "end": 0.5, "size": 0.06, "showlabels": True},
        contours_labelfont={"size": 12, "color": theme.color("ink")},
        hovertemplate="μ<sub>ref</sub> = %{x:.2f}, σ<sub>ref</sub> = %{y:.2f}<br>β<sub>R</sub> > %{z:.2f}",
    )
    contour.colorscale = [[1 - at, shade] for at, shade in reversed(theme.colorscale("diverging"))]
    figure.add_trace(contour, row=2, col=1)
    figure.add_trace(panels.dot(Problem().reference, BOOK, "reference", symbol="square", size=11), row=2, col=1)
    for name in ("free", "bound"):
        figure.add_trace(panels.note(name, 2, 0.5, "every β<sub>R</sub>", align="middle center"), row=2, col=1)
    figure.update_xaxes(range=[-4, 4], showgrid=False)
    figure.update_yaxes(range=[-1, 1.7], row=1, col=1)
    figure.update_yaxes(range=[0.3, 3], showgrid=False, row=2, col=1)
    rewards = {name: reward(actions) for name, reward in PRESETS.items()}
    # A reference as narrow as this sees the curvature of the reward itself.
    bends = {name: offline.smallest_beta(reward, Gaussian(actions, 0.02)) for name, reward in PRESETS.items()}

    def draw(reward: str) -> Draw:
        least = offline.smallest_beta(PRESETS[reward], Gaussian(means, stds[:, None]))
        row, column = np.unravel_index(int(np.argmax(least)), least.shape)
        worst = f"only β<sub>R</sub> > {np.max(least):.2f}"
        curve, bend = np.round(rewards[reward], 3), bends[reward]
        after = np.roll(bend, 1)  # each color goes on to the first point of the next, so that the curve has no gaps
        return {
            UPWARD: {"y": np.where((bend > 0) | (after > 0), curve, np.nan)},
            DOWNWARD: {"y": np.where((bend <= 0) | (after <= 0), curve, np.nan)},
            LEAST: {"z": np.round(least, 3)},
            "bound": {"x": [means[column]], "y": [stds[row]], "text": [worst]},
        }

    animate(figure, [choice("reward", "Reward", REWARDS)], draw)
    rows = [[reward, float(offline.smallest_beta(PRESETS[reward], Problem().reference))] for reward in PRESETS]
    return describe(
        figure,
        """Above, the reward, in one color where it curves downward, about the tops of bumps, and in another where it
        curves upward, beside them. Below, over mean and width of the reference, the smallest coefficient for which DRO
        has a destination: none is too small above the tops, and there is a bound beside them.""",
        summary=[["reward", "smallest β_R at the book's reference"], *rows],
    )
