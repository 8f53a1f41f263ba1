"""Chapter 9: all methods from one start – their paths, their J over steps, and which summit they end on."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import METHODS, PRESETS, START, Gaussian, Problem, Trajectory, compare, run
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, described, rewards, slider, thinned
from rlgeo.figures.overview import symbol
from rlgeo.figures.panels import Row
from rlgeo.figures.tables import Table
from rlgeo.theory import basins
from rlgeo.training.comparison import budgeted, cost

STEPS, RUNS = 300, 48
"""Length and number of the runs whose paths and J are shown."""
TWO_HILLS = Problem("double", beta=0.2)
"""Two summits and nothing between them."""
RIDGE = np.array([-0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2])
"""Means of starts across the ridge between the hills' basins."""
WIDTH = 0.5
"""Their standard deviation."""
RIDGE_STEPS, RIDGE_RUNS = 200, 60
"""Length and number of the runs from each of these starts."""
EXACT = "∇<i>J</i>, exact"
"""Name of the curve that says on which hill the exact gradient flow ends."""
BUDGETS = {0.125: "⅛", 0.25: "¼", 0.5: "½", 1.0: "1", 2.0: "2", 4.0: "4"}
MAP = panels.View((-0.6, 2.6), (0.02, 2), (29, 25), span=0.8)


def compare_map() -> go.Figure:
    """One path of every method on the map of J, for every preset and three draws of the noise."""
    optimum, traces = Problem().optimum(), list[go.Scatter]()
    for method in METHODS:
        path = panels.path(method, START[None], theme.key(method))
        end = panels.marks(f"{method} end", theme.key(method), symbol=symbol(method), size=10)
        traces += [trace.update(legendgroup=method) for trace in (path, *panels.unlisted(end))]
    traces += [panels.star(optimum), panels.argmax(optimum), panels.dot(START, "start", size=10)]
    figure = MAP.map(400, Problem(), *traces, legend=3)
    trained = {name: compare(Problem(name), START, STEPS, runs=3, records=False) for name in PRESETS}

    def draw(preset: str, seed: int) -> Drawing:
        shown, update = thinned(STEPS, 50), MAP.at(Problem(preset), panels.STAR, panels.ARGMAX)
        for method, paths in trained[preset].items():
            mean, std = np.round(paths.mean[seed, shown], 2), np.round(paths.std[seed, shown], 2)
            update |= {method: {"x": mean, "y": std}, f"{method} end": {"x": mean[-1:], "y": std[-1:]}}
        return update

    draws = choice("seed", "draw", {0: "first", 1: "second", 2: "third"})
    animate(figure, [rewards(), draws], draw)
    return describe(
        figure,
        f"""Paths of {len(METHODS)} methods over {STEPS} steps from ({float(START.mean):g}, {float(START.std):g}) on
        the map of J. The exact gradient's path is smooth and ends at the summit; PG and PPO wander about it; GRPO
        passes the summit and sinks toward small σ; DPO and DRO move smoothly toward wider
        policies.""",
    )


def compare_curves(problem: Problem) -> go.Figure:
    """J over steps, the median of many runs and the band of their middle 80 %, for a choice of budget."""
    shown, keys = thinned(STEPS, 40), {method: theme.key(method) for method in METHODS}
    both_ways = [*shown, *shown[::-1]]
    plain: dict[str, Any] = {"line": {"width": 0}, "hoverinfo": "skip", "hovertemplate": None}
    bands = [panels.line(f"{method} band", both_ways, [], key, **plain) for method, key in keys.items()]
    for band, (method, key) in zip(bands, keys.items(), strict=True):
        band.update(fill="toself", fillcolor=theme.color(key, alpha=0.14), legendgroup=method)
    medians = [panels.line(method, shown, shown, key, legendgroup=method) for method, key in keys.items()]
    best, thin = float(problem.objective(problem.optimum().projection())), {"width": 1, "color": theme.color("argmax")}
    ceiling = panels.line("best Gaussian", shown[[0, -1]], [best] * 2, "argmax", line=thin)
    traces = [*panels.unlisted(*bands), *medians, ceiling]
    figure = panels.stack(Row(400, "<i>J</i>", traces, yaxis=(-0.35, 0.36)), x="step", legend=2)

    def draw(budget: float) -> Drawing:
        update: dict[str, Any] = {}
        for method, paths in compare(problem, START, STEPS, budget=budget, runs=RUNS, records=False).items():
            low, middle, high = np.round(np.percentile(paths.objective[:, shown], [10, 50, 90], axis=0), 3)
            update |= {method: middle, f"{method} band": np.concatenate([high, low[::-1]])}
        return update

    budgets = {budget: BUDGETS[budget] for budget in (0.125, 0.5, 1.0, 4.0)}
    animate(figure, [choice("budget", "samples ×", budgets, start=1.0)], draw)
    return describe(
        figure,
        f"""Median and middle 80 % of J over {STEPS} steps, {RUNS} runs of each method. The exact gradient, PG and PPO
        reach the best Gaussian's level; GRPO rises first and then falls; DRO and DPO stay below. A larger budget
        narrows all bands but GRPO's.""",
    )


def cost_table(problem: Problem, trained: Mapping[str, Trajectory]) -> Table:
    """Where runs ended: J, the distance to the method's own destination, and the samples used."""
    rows = []
    for name, paths in trained.items():
        method, final, steps = METHODS[name](), paths.final, paths.mean.shape[1] - 1
        goal = method.destination(problem, START)
        off = "none" if goal is None else f"{np.median(final.kl(goal)):.4f}"
        low, middle, high = np.percentile(paths.objective[:, -1], [10, 50, 90])
        rows.append(
            [name, f"{middle:.3f}", f"{low:.3f} … {high:.3f}".replace("-", "−"), off, f"{cost(method, steps):,}"]
        )
    return Table(["method", "median $J$", "middle 80 %", "KL to its destination", "samples"], rows)


@cache
def _ends(method: str, budget: float) -> Gaussian:
    """Where runs from each start of the ridge end, shape ``(start, run)``."""
    starts = Gaussian(np.repeat(RIDGE, RIDGE_RUNS), np.full(RIDGE.size * RIDGE_RUNS, WIDTH))
    scaled = budgeted(METHODS[method](), budget)
    final = run(scaled, TWO_HILLS, starts, RIDGE_STEPS, runs=starts.shape[0], records=False).final
    return Gaussian(*(np.reshape(end, (RIDGE.size, RIDGE_RUNS)) for end in (final.mean, final.std)))


def _right(policies: Gaussian) -> Array:
    """Whether the exact gradient flow takes these policies to the right hill."""
    return basins.basin(TWO_HILLS, policies, TWO_HILLS.optimum().summits()) == 1


def _share(method: str, shift: float) -> go.Scatter:
    """A method's curve of shares with intervals, a little beside the starts, so that intervals stay apart."""
    key = theme.key(method)
    curve = panels.line(method, np.round(RIDGE + shift, 4), 0 * RIDGE, key, mode="lines+markers")
    bar = {"type": "data", "symmetric": False, "thickness": 1.4, "width": 3, "color": theme.color(key)}
    curve.update(marker={"size": 9, "symbol": symbol(method)}, line_width=1.6, error_y=bar)
    return curve.update(hovertemplate="%{y:.2f}")


def basin_lottery() -> go.Figure:
    """The share of runs that end on *double*'s right hill against the mean of the start, for every method and budget.

    The exact gradient's is drawn as the step that it is, the methods' with 95 % intervals.
    """
    fine = np.linspace(RIDGE[0] - 0.05, RIDGE[-1] + 0.05, 181)
    hill = _right(Gaussian(fine, np.full(fine.size, WIDTH))).astype(int)
    stepped = {"color": theme.color("rlhf"), "shape": "hv", "width": 2.4}
    exact = panels.line(EXACT, fine, hill, "rlhf", hovertemplate="%{y}", line=stepped)
    sampled = [name for name in METHODS if name != "RLHF"]
    shares = [_share(name, 0.007 * (i - (len(sampled) - 1) / 2)) for i, name in enumerate(sampled)]
    across = {"range": fine[[0, -1]], "tickvals": RIDGE}
    row = Row(360, "share on the right, higher hill", [exact, *shares], xaxis=across, yaxis=(-0.03, 1.03))
    figure = panels.stack(row, x="mean of the start μ, at σ = 0.5", legend=2)

    def draw(budget: float) -> Drawing:
        update = {}
        for name in sampled:
            counts = np.sum(_right(_ends(name, budget)), axis=-1)
            (low, high), share = basins.wilson(counts, RIDGE_RUNS), counts / RIDGE_RUNS
            bar = {"array": np.round(high - share, 3), "arrayminus": np.round(share - low, 3)}
            update[name] = {"y": np.round(share, 3), "error_y": bar}
        return update

    animate(figure, [choice("budget", "samples ×", {b: BUDGETS[b] for b in (0.25, 1.0, 4.0)}, start=1.0)], draw)
    return describe(
        figure,
        f"""For every method the share of {RIDGE_RUNS} runs that end in the basin of the right summit, against the mean
        of the start, with 95 % intervals. The exact gradient's is a step from zero to one; PG's and PPO's are
        slopes about it, the gentler the fewer the samples; GRPO's stays low; DPO's and DRO's do not depend on the
        start.""",
    )


@described
def basin_map() -> go.Figure:
    """Endpoints of many runs on a map with two hills. The on-policy methods' dots gather at the left summit or on the
    right one's slopes, GRPO's below the left summit, at small σ; DPO's and DRO's form one cloud each between the
    hills."""
    hover = "μ = %{x:.2f}, σ = %{y:.2f}"
    dots = [
        panels.marks(name, theme.key(name), hover=hover, size=6, symbol=symbol(name), opacity=0.75) for name in METHODS
    ]
    summits = panels.dot(TWO_HILLS.optimum().summits(), "summits", "argmax", symbol="x", size=11)
    start = panels.dot(START, "start", size=11)
    figure = panels.View(digits=2).map(380, TWO_HILLS, *dots, start, summits)

    def draw(mean: float) -> Drawing:
        update: dict[str, Any] = {"start": Gaussian(mean, WIDTH)}
        for name in METHODS:
            ends = _ends(name, 1.0)[int(np.argmin(np.abs(RIDGE - mean)))]
            update[name] = {"x": np.round(ends.mean, 2), "y": np.round(ends.std, 2)}
        return update

    return animate(figure, [slider("mean", "start μ", RIDGE.tolist(), start=-0.5)], draw)
