"""Chapter 8: residuals, the learned baseline, the parabola that is fitted, and where the fit is a policy."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Batch, BumpReward, Gaussian, Problem, run
from rlgeo.arguments.check import Array
from rlgeo.figures import fitting, panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, described, rewards, slider, thinned
from rlgeo.figures.panels import Row
from rlgeo.methods.dro import DRO
from rlgeo.theory.offline import smallest_beta

SAMPLES, RESIDUALS = "samples (<i>a</i><sub>i</sub>, <i>r</i><sub>i</sub>)", "residual δ"
FITTED = "fit <i>V</i> + β<sub>R</sub> log π<sub>θ</sub>/π<sub>ref</sub>"
VALUE, SETTLED, CEILING = "<i>V</i>", "<i>V</i><sub>∞</sub>(θ)", "β log <i>Z</i>"
BIAS, SPREAD = "bias ½·mean(δ)²", "spread ½·var(δ)"
WEIGHT, PARABOLA, POLICY = "weight π<sub>ref</sub>", "fitted parabola", "DRO's policy"
LOSS, DESTINATION, LOWEST = "−loss", "destination", "lowest loss"
UPWARD, DOWNWARD = "<i>r</i> curves upward", "<i>r</i> curves downward"
LEAST = "σ<sub>ref</sub>² E<sub>ref</sub>[<i>r</i>″]"
SHOWN = thinned(fitting.STEPS - 1, 70)
"""Steps at which V and the parts of the loss are drawn."""
STARTS = {"usual": START, "narrow": Gaussian(1.0, 0.7)}
REFERENCES, ACTIONS = panels.View((-4, 4), (0.3, 3), (65, 40)), np.linspace(-4, 4, 161)


def dro_residuals(problem: Problem) -> go.Figure:
    """Scored samples and what the policy makes of them, colored by residual, while both unknowns are fitted."""
    method = DRO(learning_rate=0.2)
    drawn, states = fitting.fitted(method, problem, 30)
    order = np.argsort(drawn.actions)
    data = Batch(drawn.actions[order], drawn.rewards[order])
    residuals = {step: method.residuals(state, data, problem) for step, state in states.items()}
    curve = panels.line(FITTED, panels.ACTIONS, panels.ACTIONS, "dro", dash="solid", smooth=True)
    shade: dict[str, Any] = {"colorscale": theme.colorscale("diverging"), "cmin": -1.2, "cmax": 1.2}
    at, rim = (np.round(data.actions, 3), np.round(data.rewards, 3)), {"color": theme.color("ink"), "width": 0.8}
    dots = panels.marks(SAMPLES, "dro", *at, hover="a = %{x:.2f}: r = %{y:.3f}", size=10, line=rim, **shade)
    figure = panels.stack(
        fitting.density_row(problem, states),
        Row(220, "reward", [curve, dots], yaxis=(-1.0, 1.6)),
        Row(150, RESIDUALS, [panels.bars(RESIDUALS)], yaxis={"range": [-1.4, 2.4], "zeroline": True}),
        legend=3,
    )
    figure.update_xaxes(range=[-4.5, 4.5])

    def draw(step: int) -> dict[str, Any]:
        everywhere = Batch(panels.ACTIONS, problem.reward(panels.ACTIONS))
        fit = everywhere.rewards - method.residuals(states[step], everywhere, problem)
        return {
            FITTED: np.clip(fit, -3, 4).round(2),
            SAMPLES: {"marker": {"color": np.round(residuals[step], 2)}},
            RESIDUALS: panels.stems(data.actions, residuals[step], "dro"),
        }

    spread = {step: float(np.std(values)) for step, values in residuals.items()}
    alt = f"""Density of reference and policy; below, {order.size} scored actions, colored by their residual, with the
        parabola that the present policy and baseline stand for; below, the residuals as bars. During {fitting.STEPS}
        steps the parabola comes to lie among the points and the residuals' spread falls from {spread[0]:.2f} to
        {spread[fitting.STEPS]:.2f}."""
    return describe(fitting.play(figure, states, draw), alt)


@cache
def _records(problem: Problem, rate: float) -> Mapping[str, Array]:
    """Diagnostics of a run from every start on so many data that what is left is the method's own doing."""
    method = DRO(learning_rate=0.02, value_learning_rate=rate, batch_size=1024)
    starts = Gaussian([s.mean for s in STARTS.values()], [s.std for s in STARTS.values()])
    return run(method, problem, starts, fitting.STEPS, runs=len(STARTS)).records


def _over_steps(
    row: Row, problem: Problem, records: Mapping[str, str], start: str, rounded: Callable[[Array], Any]
) -> go.Figure:
    """Records of a run (trace → record) against the step for two starts and a choice of η_V."""

    def draw(start: str, rate: float) -> Drawing:
        found, place = _records(problem, rate), list(STARTS).index(start)
        return {name: {"y": rounded(found[record][place, SHOWN])} for name, record in records.items()}

    starts = choice("start", "start", {"usual": "(0, 1)", "narrow": "(1, 0.7)"}, start=start)
    rates = slider("rate", "η<sub>V</sub>", [0.005, 0.02, 0.05, 0.1, 0.3, 1.0], start=0.1)
    return animate(panels.stack(row, x="step"), [starts, rates], draw)


def dro_value(problem: Problem) -> go.Figure:
    """V over steps, with V∞(θ) that it chases and β log Z, for two starts and a choice of η_V."""
    ceiling = float(problem.optimum().objective)
    level = panels.line(CEILING, SHOWN, 0 * SHOWN + ceiling, "optimum", dash="dash")
    curves = panels.curves({VALUE: ("dro", "solid"), SETTLED: ("dro", "dot")}, SHOWN)
    row = Row(300, "units of reward", [*curves, level], yaxis=(0, 1.4))
    records = {VALUE: "value", SETTLED: "settled_value"}
    return describe(
        _over_steps(row, problem, records, "narrow", lambda values: np.round(values, 3)),
        f"""V starts at zero and rises to meet V∞ of the moving policy; then both move together, below
        β log Z = {ceiling:.3f}. From a narrow start V∞ begins far above it. The slower V is, the later they meet.""",
    )


@described
def dro_split(problem: Problem) -> go.Figure:
    """Two parts of the loss on a logarithmic axis. The bias falls by orders of magnitude once V has caught up; the
    spread falls to a floor and stays: what no parabola explains."""
    curves = panels.curves({SPREAD: ("dro", "solid"), BIAS: ("dro", "dot")}, SHOWN)
    row = Row(300, "part of the loss", curves, yaxis=panels.POWERS | {"range": [-7, 1], "dtick": 1})
    digits = lambda values: [float(f"{max(value, 1e-9):.3g}") for value in values]  # noqa: E731
    return _over_steps(row, problem, {SPREAD: "spread", BIAS: "bias"}, "usual", digits)


@described
def dro_paths() -> go.Figure:
    """DRO's path twice. On the map of J it ends beside the summit; on its own loss it ends at the bottom of the one
    valley there is. With a slow V the path first bends toward the reference."""
    ends = [panels.dot(START, name, "dro", size=11, symbol="diamond") for name in (DESTINATION, LOWEST)]
    figure = fitting.two_maps(Problem(), "DRO", LOSS, ends[:1], panels.unlisted(ends[1]))

    def draw(reward: str, rate: float) -> Drawing:
        problem, method = Problem(reward), DRO(learning_rate=0.3, value_learning_rate=rate, batch_size=256)
        policies = run(method, problem, START, 500, records=False).policy[0, thinned(500, 30)]
        end = fitting.place(method.destination(problem))
        return fitting.path_twice("DRO", policies) | {
            panels.LANDSCAPE: fitting.MAP.values(problem),
            LOSS: panels.contour_values(-method.population_loss(fitting.MAP.policies, problem), span=0.15),
            panels.ARGMAX: panels.point(problem.optimum().projection()),
            DESTINATION: end,
            LOWEST: end,
        }

    rates = slider("rate", "η<sub>V</sub>", [0.005, 0.05, 0.5], start=0.05)
    return animate(figure, [rewards("reward"), rates], draw)


@described
def dro_regression() -> go.Figure:
    """Above, the reward, the parabola of least squared error under the weight π_ref, and that weight. Below, the
    reference, the optimum, and the policy into which the parabola tilts the reference: wider than the optimum, and
    wider than the reference wherever the parabola opens upward."""
    problem, x = Problem(), panels.ACTIONS
    parabola = panels.line(PARABOLA, x, x, "dro", dash="solid", smooth=True)
    weight = panels.line(WEIGHT, x, panels.density(problem.reference), "reference", smooth=True, yaxis="y2")
    reference, optimum = panels.axis_traces(problem)
    policy = panels.line(POLICY, x, x, "dro", dash="longdashdot", smooth=True)
    above, below = [panels.reward_trace(problem), parabola, weight], [*panels.unlisted(reference), optimum, policy]
    figure = panels.stack(
        Row(220, "reward", above, right="weight", yaxis=(-1.0, 1.7)),
        Row(220, "density", below, yaxis=(0, 0.75)),
        legend=3,
    )
    figure.update_layout(yaxis2={"range": [-0.5, 0.85], "showticklabels": False})
    figure.update_xaxes(range=[-4.5, 4.5])

    def draw(reward: str, beta: float) -> Drawing:
        at, method = Problem(reward, beta=beta), DRO(beta=beta)
        end = method.destination(at)
        return {
            panels.REWARD: at.reward(x),
            PARABOLA: np.polynomial.Polynomial(method.coefficients(at))(x),
            panels.OPTIMUM: {"y": panels.density(at.optimum())},
            POLICY: {"y": np.nan * x if end is None else panels.density(end)},
        }

    betas = slider("beta", "β", [0.15, 0.2, 0.3, 0.5, 0.8, 1.5, 3.0], start=0.5)
    return animate(figure, [rewards("reward"), betas], draw)


def _least_betas(reference: Gaussian) -> list[go.Scatter | go.Contour]:
    """The map of the smallest β_R over the references, the book's reference, and words for the two regions."""
    contour = REFERENCES.contours(LEAST, z=[[0]], zmin=-0.5, zmax=0.5)
    contour.update(
        contours={"start": 0.02, "end": 0.5, "size": 0.06, "showlabels": True},
        contours_labelfont={"size": 12, "color": theme.color("ink")},
        hovertemplate="μ<sub>ref</sub> = %{x:.2f}, σ<sub>ref</sub> = %{y:.2f}<br>β<sub>R</sub> > %{z:.2f}",
        colorscale=[[1 - at, shade] for at, shade in reversed(theme.colorscale("diverging"))],
    )
    book = panels.dot(reference, "π<sub>ref</sub> of this book", "reference", symbol="square", size=11)
    words = [panels.note(name, 2, 0.5, "every β<sub>R</sub>", align="middle center") for name in ("free", "bound")]
    return [contour, book, *words]


def _by_curvature(reward: BumpReward) -> dict[str, Any]:
    """The reward in two colors; each goes on to the first point of the other, so that the curve has no gaps."""
    curvature = smallest_beta(reward, Gaussian(ACTIONS, 0.02))  # so narrow a reference sees the reward's own
    before, curve = np.roll(curvature, 1), np.round(reward(ACTIONS), 3)
    return {
        UPWARD: {"y": np.where((curvature > 0) | (before > 0), curve, np.nan)},
        DOWNWARD: {"y": np.where((curvature <= 0) | (before <= 0), curve, np.nan)},
    }


@described
def dro_existence() -> go.Figure:
    """Above, the reward, in one color where it curves downward, about the tops of bumps, and in another where it curves
    upward, beside them. Below, over mean and width of the reference, the smallest coefficient for which DRO has a
    destination: none is too small above the tops, and there is a bound beside them."""
    curves = panels.curves({UPWARD: ("negative", "solid"), DOWNWARD: ("positive", "solid")}, ACTIONS)
    figure = panels.stack(
        Row(130, "reward <i>r</i>", curves, yaxis=(-1, 1.7)),
        REFERENCES.panel(330, *_least_betas(Problem().reference), y="reference std σ<sub>ref</sub>"),
        x="action <i>a</i>, reference mean μ<sub>ref</sub>",
        legend=2,
    )
    figure.update_xaxes(range=[-4, 4], showgrid=False)

    def draw(reward: str) -> Drawing:
        least, (means, stds) = smallest_beta(PRESETS[reward], REFERENCES.policies), REFERENCES.grid
        row, column = np.unravel_index(int(np.argmax(least)), least.shape)
        words = f"only β<sub>R</sub> > {np.max(least):.2f}"
        bound = {"x": [means[column]], "y": [stds[row]], "text": [words]}
        return _by_curvature(PRESETS[reward]) | {LEAST: {"z": np.round(least, 3)}, "bound": bound}

    return animate(figure, [rewards("reward")], draw)
