"""Chapter 6: the collapse on a quadratic peak, and the threshold below which it comes."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, START, Gaussian, Problem, collapse_threshold, run
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, described, slider, thinned
from rlgeo.figures.panels import Row, line, note
from rlgeo.theory import peak

THRESHOLD_SIZES = (2, 4, 8, 16, 32, 64)
GROUPS = 4000
"""Behind each measured dot."""
BETAS, SIZES, RATES = (0.3, 0.5, 0.8, 1.0, 1.2, 1.6), (2, 8, 32), (0.0075, 0.03)
HORIZON = 1.5
"""Steps times η."""
TIMES = np.linspace(0, HORIZON, 81)
RUNS = 40
LOW, MEDIAN, HIGH, CLOSED = "80 % of runs", "GRPO, median", "high", "closed form"


@described
def grpo_threshold() -> go.Figure:
    """The collapse threshold rises with the group size from 0.45 at G = 2 to 1.36 at G = 64, toward the square root of
    two. Dots measured on sampled groups lie on the curve. The book's β = 0.5 is below it for every G of three or
    more."""
    every = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64]
    on_parabola = measured(Problem(peak.quadratic()), Gaussian(0.0, 1.0))
    on_single = measured(Problem(), Gaussian(2.0, 0.05))
    traces = [
        line("exact c<sub>G</sub>", every, [collapse_threshold(g) for g in every], "grpo", dash="solid", fill=0.1),
        line("G → ∞: √2", [2, 64], [collapse_threshold(np.inf)] * 2, "muted", dash="dash"),
        line("the book's β", [2, 64], [Problem().beta] * 2, "ink", dash="dot"),
        _dots("measured on a parabola", on_parabola, "circle"),
        _dots("measured on <i>single</i>, σ = 0.05", on_single, "diamond-open"),
        note("above", 2.2, 1.22, "β > c<sub>G</sub>:<br>σ converges"),
        note("below", 9, 0.25, "β < c<sub>G</sub>:<br>σ falls to 0"),
    ]
    row = Row(330, "c<sub>G</sub>", traces, xaxis=panels.log(1.8, 72, THRESHOLD_SIZES), yaxis=(0, 1.55))
    return panels.stack(row, x="group size <i>G</i>", legend=2)


def measured(problem: Problem, policy: Gaussian) -> Array:
    """For every group size the pull on σ in sampled groups and its standard error."""
    rng = np.random.default_rng(0)
    methods = [GRPO(group_size=g, std_offset=0) for g in THRESHOLD_SIZES]
    return np.array([peak.sampled_narrowing_rate(method, policy, problem, GROUPS, rng) for method in methods])


def _dots(name: str, pulls: Array, symbol: str) -> go.Scatter:
    error = {"type": "data", "array": 2 * pulls[:, 1], "thickness": 1.2, "width": 3, "color": theme.color("ink")}
    return panels.marks(name, "ink", THRESHOLD_SIZES, pulls[:, 0], size=9, symbol=symbol).update(error_y=error)


@described
def grpo_collapse() -> go.Figure:
    """Standard deviation over time on a quadratic peak. Below the threshold the closed form falls to zero in finite
    time, above it levels off; runs with short steps follow it down to a floor. With the default step they rattle at a
    larger width."""
    traces = [
        *panels.band(LOW, HIGH, TIMES, "grpo"),
        *panels.curves({MEDIAN: ("grpo", "solid"), CLOSED: ("ink", "dash")}, TIMES),
        note("outcome", 0.03 * HORIZON, 1.6),
    ]
    row = Row(360, panels.STD, traces, xaxis=(0, HORIZON), yaxis=(0, 1.7))
    controls = [
        slider("beta", "β", BETAS, start=0.5),
        slider("size", "G", SIZES, start=8),
        choice("rate", "η", {rate: f"{rate:g}" for rate in RATES}),
    ]
    strip = {f"β = {beta:g}": f"{beta:g}|8|0.0075" for beta in (0.5, 1.0, 1.2)}
    return animate(panels.stack(row, x="time: steps × η", legend=2), controls, _collapse, strip=strip)


def std_of_runs(method: GRPO, problem: Problem, count: int, names: Mapping[str, float]) -> Drawing:
    """σ over time in sampled runs: curves (name → quantile) through ``count`` points."""
    steps = round(HORIZON / method.learning_rate)
    at = thinned(steps, count, power=1)
    std = run(method, problem, START, steps, runs=RUNS, records=False).std[:, at]
    curves, time = np.quantile(std, [*names.values()], axis=0), np.round(at * method.learning_rate, 3)
    return {name: {"x": time, "y": np.round(curve, 3)} for name, curve in zip(names, curves, strict=True)}


def _collapse(beta: float, size: int, rate: float) -> Drawing:
    """What :func:`grpo_collapse` shows: the middle 80 % of sampled runs, and the closed form."""
    problem, method = Problem(peak.quadratic(), beta=beta), GRPO(rate, size, epochs=1, std_offset=0)
    threshold = method.collapse_threshold()
    end = float(peak.collapse_time(problem, threshold, float(START.std)))
    rest = float(peak.std_over_time(problem, threshold, float(START.std), 1e9))
    outcome = f"σ = 0 at time {end:.2f}" if np.isfinite(end) else f"σ converges to {rest:.2f}"
    return {
        "outcome": f"β = {beta:g}, c<sub>G</sub> = {threshold:.3f}<br>{outcome}",
        **std_of_runs(method, problem, 49, {HIGH: 0.9, LOW: 0.1, MEDIAN: 0.5}),
        CLOSED: peak.std_over_time(problem, threshold, float(START.std), TIMES),
    }
