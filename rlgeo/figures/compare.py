"""Chapter 9: all methods from one start – their paths, their J over steps, and which summit they end on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import METHODS, PRESETS, START, Gaussian, Problem, Trajectory, compare, run
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.offline import thinned
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.overview import SYMBOLS
from rlgeo.figures.tables import Table
from rlgeo.theory import basins
from rlgeo.training.comparison import budgeted, cost

TWO_HILLS = Problem(PRESETS["double"], beta=0.2)
"""Two summits and nothing between them."""
RIDGE = np.array([-0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2])
"""Means of starts across the ridge between the hills' basins."""
WIDTH = 0.5
"""Their standard deviation."""
VERDICT = "∇<i>J</i>, exact"
"""Name of the curve that says on which hill the exact gradient flow ends."""
BUDGETS = {0.125: "⅛", 0.25: "¼", 0.5: "½", 1.0: "1", 2.0: "2", 4.0: "4"}


def compare_map(*, start: Gaussian = START, steps: int = 300) -> go.Figure:
    """One path of every method on the map of J, for every preset and three draws of the noise."""
    figure = panels.stack(panels.Row(400, "policy std σ"), x="policy mean μ", legend=3)
    grid, shown = (np.linspace(-0.6, 2.6, 29), np.linspace(0.02, 2, 25)), thinned(steps, 50)
    figure.add_trace(panels.landscape_trace(Problem(), *grid, digits=3, span=0.8))
    for method in METHODS:
        key = theme.key(method)
        figure.add_trace(panels.path(method, START[None], key))
        marker = {"symbol": SYMBOLS.get(key, "circle"), "size": 10, "color": theme.color(key)}
        figure.add_trace(
            go.Scatter(mode="markers", name=f"{method} end", marker=marker, showlegend=False, x=[0], y=[0])
        )
        figure.data[-1].legendgroup = figure.data[-2].legendgroup = method
    figure.add_trace(panels.star(Problem().optimum()))
    figure.add_trace(panels.argmax(Problem().optimum()))
    figure.add_trace(panels.dot(start, "start", size=10))
    figure.update_xaxes(range=[-0.6, 2.6], showgrid=False)
    figure.update_yaxes(range=[0.02, 2], showgrid=False)

    @cache
    def trained(preset: str) -> dict[str, Trajectory]:
        return compare(Problem(PRESETS[preset]), start, steps, runs=3, records=False)

    @cache
    def background(preset: str) -> dict[str, Mapping[str, Any]]:
        problem = Problem(PRESETS[preset])
        optimum = problem.optimum()
        return {
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=3, span=0.8),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(optimum.projection()),
        }

    def draw(preset: str, seed: int) -> Drawing:
        update = dict(background(preset))
        for method, paths in trained(preset).items():
            mean, std = np.round(paths.mean[seed, shown], 2), np.round(paths.std[seed, shown], 2)
            update[method] = {"x": mean, "y": std}
            update[f"{method} end"] = {"x": mean[-1:], "y": std[-1:]}
        return update

    draws = choice("seed", "draw", {0: "first", 1: "second", 2: "third"})
    animate(figure, [choice("preset", "Reward", PRESET_LABELS), draws], draw)
    ends = {name: (float(t.mean[0, -1]), float(t.std[0, -1])) for name, t in trained("single").items()}
    return describe(
        figure,
        f"""Paths of {len(ends)} methods over {steps} steps from ({float(start.mean):g}, {float(start.std):g}) on
        the map of J. The exact gradient's path is smooth and ends at the summit; PG and PPO wander about it; GRPO
        passes the summit and sinks toward small σ; DPO and DRO move smoothly toward wider
        policies.""",
        summary=[["method", "μ at the end", "σ at the end"], *([name, *end] for name, end in ends.items())],
    )


def compare_curves(
    problem: Problem | None = None, *, start: Gaussian = START, steps: int = 300, runs: int = 48
) -> go.Figure:
    """J over steps, the median of many runs and the band of their middle 80 %, for a choice of budget."""
    problem = problem or Problem()
    figure = panels.stack(panels.Row(400, "<i>J</i>"), x="step", legend=2)
    shown = thinned(steps, 40)
    both_ways = np.concatenate([shown, shown[::-1]])
    ceiling = float(problem.objective(problem.optimum().projection()))
    for method in METHODS:
        band = {"fill": "toself", "fillcolor": theme.color(theme.key(method), alpha=0.14), "line": {"width": 0}}
        figure.add_trace(
            go.Scatter(
                x=both_ways, y=0.0 * both_ways, name=f"{method} band", showlegend=False, hoverinfo="skip", **band
            )
        )
        figure.data[-1].update(mode="lines", legendgroup=method)
    for method in METHODS:
        figure.add_trace(panels.line(method, shown, 0.0 * shown, theme.key(method), legendgroup=method))
    best = panels.line(
        "best Gaussian", shown[[0, -1]], [ceiling] * 2, "argmax", line={"width": 1, "color": theme.color("argmax")}
    )
    figure.add_trace(best)
    figure.update_yaxes(range=[-0.35, 0.36])

    def draw(budget: float) -> Drawing:
        update: dict[str, Mapping[str, Any]] = {}
        for method, paths in compare(problem, start, steps, budget=budget, runs=runs, records=False).items():
            low, middle, high = np.round(np.percentile(paths.objective[:, shown], [10, 50, 90], axis=0), 3)
            update[method] = {"y": middle}
            update[f"{method} band"] = {"y": np.concatenate([high, low[::-1]])}
        return update

    budgets = {b: label for b, label in BUDGETS.items() if b in (0.125, 0.5, 1.0, 4.0)}
    animate(figure, [choice("budget", "samples ×", budgets, start=1.0)], draw)
    rows = [[method, float(figure.data[len(METHODS) + i].y[-1])] for i, method in enumerate(METHODS)]
    return describe(
        figure,
        f"""Median and middle 80 % of J over {steps} steps, {runs} runs of each method. RLHF, PG and PPO reach the best
        Gaussian's level; GRPO rises first and then falls; DRO and DPO level off below. A larger budget narrows the
        bands without bringing the medians together.""",
        summary=[["method", "median J at the end"], *rows],
    )


def cost_table(problem: Problem, trained: Mapping[str, Trajectory]) -> Table:
    """Where runs ended: J, the distance to the method's own destination, and the samples used."""
    rows = []
    for name, paths in trained.items():
        method, final, steps = METHODS[name](), paths.final, paths.mean.shape[1] - 1
        goal = method.destination(problem, START)
        off = "no rest" if goal is None else f"{np.median(final.kl(goal)):.4f}"
        low, middle, high = np.percentile(paths.objective[:, -1], [10, 50, 90])
        rows.append(
            [name, f"{middle:.3f}", f"{low:.3f} … {high:.3f}".replace("-", "−"), off, f"{cost(method, steps):,}"]
        )
    return Table(["method", "median $J$", "middle 80 %", "KL to its destination", "samples"], rows)


@cache
def _lottery(steps: int, runs: int) -> dict[tuple[str, float], tuple[Gaussian, Array]]:
    """For every method and budget, where runs from each start of the ridge end, and on whose slopes."""
    starts = Gaussian(np.repeat(RIDGE, runs), np.full(RIDGE.size * runs, WIDTH))
    tops, ended = TWO_HILLS.optimum().summits(), {}
    for name, method in METHODS.items():
        for budget in (0.25, 1.0, 4.0):
            at = budgeted(method(), budget)
            final = run(at, TWO_HILLS, starts, steps, runs=starts.shape[0], records=False).final
            hill = basins.basin(TWO_HILLS, final, tops)
            ended[name, budget] = (final, hill.reshape(RIDGE.size, runs))
    return ended


def basin_lottery(*, steps: int = 200, runs: int = 60) -> go.Figure:
    """The probability of ending on *double*'s right hill against the mean of the start, for every method and budget.

    The exact gradient's verdict is drawn as the step that it is; methods are moved a little sideways, so that their
    95 % intervals stay apart.
    """
    figure = panels.stack(panels.Row(360, "P(right, higher hill)"), x="mean of the start μ, at σ = 0.5", legend=2)
    fine = np.linspace(RIDGE[0] - 0.05, RIDGE[-1] + 0.05, 181)
    verdict = basins.basin(TWO_HILLS, Gaussian(fine, np.full(fine.size, WIDTH)), TWO_HILLS.optimum().summits())
    figure.add_trace(
        panels.line(VERDICT, fine, verdict, "rlhf", hovertemplate="%{y}", line={"shape": "hv", "width": 2.4})
    )
    figure.data[-1].line.color = theme.color("rlhf")
    sampled = [name for name in METHODS if name != "RLHF"]
    for i, name in enumerate(sampled):
        shift = 0.007 * (i - (len(sampled) - 1) / 2)
        curve = panels.line(name, np.round(RIDGE + shift, 4), 0 * RIDGE, theme.key(name), mode="lines+markers")
        curve.update(marker={"size": 9, "symbol": SYMBOLS.get(theme.key(name), "circle")}, hovertemplate="%{y:.2f}")
        bar = {"type": "data", "symmetric": False, "thickness": 1.4, "width": 3, "color": theme.color(theme.key(name))}
        curve.update(error_y=bar | {"array": 0 * RIDGE, "arrayminus": 0 * RIDGE}, line_width=1.6)
        figure.add_trace(curve)
    figure.update_xaxes(range=[fine[0], fine[-1]], tickvals=RIDGE)
    figure.update_yaxes(range=[-0.03, 1.03])

    def draw(budget: float) -> Drawing:
        update = {}
        for name in sampled:
            counts = np.sum(_lottery(steps, runs)[name, budget][1] == 1, axis=-1)
            (low, high), share = basins.wilson(counts, runs), counts / runs
            bar = {"array": np.round(high - share, 3), "arrayminus": np.round(share - low, 3)}
            update[name] = {"y": np.round(share, 3), "error_y": bar}
        return update

    animate(figure, [choice("budget", "samples ×", {b: BUDGETS[b] for b in (0.25, 1.0, 4.0)}, start=1.0)], draw)
    rows = [[f"{mean:g}", *(float(t.y[i]) for t in figure.data[1:])] for i, mean in enumerate(RIDGE)]
    return describe(
        figure,
        f"""For every method the probability of ending on the right hill against the mean of the start, from {runs} runs
        each, with 95 % intervals. The exact gradient's is a step from zero to one; PG's and PPO's are slopes about it,
        the gentler the fewer the samples; GRPO's stays near zero; DPO's and DRO's do not depend on the start.""",
        summary=[["start μ", *sampled], *rows],
    )


def basin_map(*, steps: int = 200, runs: int = 60) -> go.Figure:
    """Where the runs of :func:`basin_lottery` ended, a dot for each."""
    figure = panels.stack(panels.Row(380, "policy std σ"), x="policy mean μ", legend=2)
    figure.add_trace(panels.landscape_trace(TWO_HILLS, digits=2))
    for name in METHODS:
        dots = {"size": 6, "color": theme.color(theme.key(name)), "symbol": SYMBOLS.get(theme.key(name), "circle")}
        figure.add_trace(go.Scatter(x=[0], y=[0], mode="markers", name=name, marker=dots | {"opacity": 0.75}))
        figure.data[-1].hovertemplate = "μ = %{x:.2f}, σ = %{y:.2f}"
    figure.add_trace(panels.dot(START, "start", size=11))
    tops = TWO_HILLS.optimum().summits()
    figure.add_trace(panels.dot(tops, "summits", "argmax", symbol="x", size=11))
    panels.plane(figure, 1)

    def draw(mean: float) -> Drawing:
        at = slice(*(int(np.argmin(np.abs(RIDGE - mean))) * runs + np.array([0, runs])))
        update: dict[str, Mapping[str, Any]] = {"start": {"x": [mean], "y": [WIDTH]}}
        for name in METHODS:
            final = _lottery(steps, runs)[name, 1.0][0]
            update[name] = {"x": np.round(final.mean[at], 2), "y": np.round(final.std[at], 2)}
        return update

    animate(figure, [slider("mean", "start μ", RIDGE.tolist(), start=-0.5)], draw)
    shown = draw(-0.5)
    rows = [[name, float(np.median(shown[name]["x"])), float(np.median(shown[name]["y"]))] for name in METHODS]
    return describe(
        figure,
        """Endpoints of many runs on a map with two hills. The on-policy methods' dots gather at the left summit or
        on the right one's slopes, GRPO's below the left summit, at small σ; DPO's and DRO's form one cloud each
        between the hills.""",
        summary=[["method", "median μ of the ends", "median σ"], *rows],
    )
