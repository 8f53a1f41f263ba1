"""Chapter 2: the objective over the half plane of Gaussian policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Gaussian, Problem
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, betas, choice, describe, slider
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.panels import ACTIONS, Row

GRID = panels.COARSE_MEANS, panels.COARSE_STDS
COARSER = np.linspace(-4, 4, 31), np.linspace(0.1, 3, 22)
FORWARD, REVERSE = "moment match", "argmax <i>J</i> as a density"
SUMMITS = "summits of <i>J</i>"


def beta_landscape(problem: Problem | None = None, policy: Gaussian = START) -> go.Figure:
    """J(μ, σ) below the densities, with a slider over β.

    Parameters
    ----------
    problem
        Its β is where the slider starts.
    policy
        The current point.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(150, "density"), Row(330, "policy std σ"), x=panels.MEAN_AND_ACTION, legend=2)
    for trace in panels.axis_traces(problem, policy):
        figure.add_trace(trace, row=1, col=1)
    optimum = problem.optimum()
    best = panels.density(optimum.projection())
    figure.add_trace(
        panels.line(REVERSE, ACTIONS, best, "argmax", smooth=True).update(line={"width": 1.4}), row=1, col=1
    )
    figure.add_trace(panels.landscape_trace(problem, *GRID), row=2, col=1)
    for trace in (panels.star(optimum), panels.argmax(optimum), panels.dot(policy), panels.note("top", -3.9, 2.8, "")):
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        optimum = at.optimum()
        best, curve = optimum.projection(), panels.density(optimum)
        words = f"ceiling β log Z = {optimum.objective:.3f}<br>top of the map = {at.objective(best):.3f}"
        peak = panels.density(best)
        top = max(0.42, float(curve.max()), float(peak.max()))
        return {
            panels.OPTIMUM: {"y": curve},
            REVERSE: {"y": peak},
            panels.LANDSCAPE: panels.landscape_values(at, *GRID),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(best),
            "top": {"text": [words]},
            "layout": {"yaxis": {"range": [0, round(1.08 * top, 3)]}},
        }

    animate(figure, [slider("beta", "β", betas(count=12), start=problem.beta)], draw)
    alt = """Above, the densities of the reference, the optimum and the current policy. Below, the objective as a
    map over mean and standard deviation with contours, its top, the moment match of the optimum and the current
    policy. As β falls the top slides toward the bump and down toward small standard deviations."""
    return describe(figure, alt, summary=summits(problem))


def summits(problem: Problem) -> list[list[Any]]:
    """Rows for a few β: where the top of J and the moment match stand, and how high."""
    rows: list[list[Any]] = [["β", "argmax μ", "argmax σ", "max J", "μ*", "σ*", "β log Z"]]
    for beta in (0.1, 0.3, 0.5, 1.0, 2.0):
        at = problem.at_beta(beta)
        optimum = at.optimum()
        best = optimum.projection()
        numbers = (best.mean, best.std, at.objective(best), optimum.mean, optimum.std, optimum.objective)
        rows.append([beta, *(float(x) for x in numbers)])
    return rows


def preset_landscapes(preset: str = "double", beta: float = 0.3) -> go.Figure:
    """J for the rewards with more than one bump at five values of β: one summit or several.

    Parameters
    ----------
    preset, beta
        What is shown first.
    """
    several = {name: label for name, label in PRESET_LABELS.items() if len(PRESETS[name].weights) > 1}
    figure = panels.stack(Row(140, "reward", right="density"), Row(320, "policy std σ"), x=panels.MEAN_AND_ACTION)
    first = Problem(PRESETS[preset], beta=beta)
    figure.add_trace(panels.reward_trace(first), row=1, col=1)
    optimum = first.optimum()
    curve = panels.line(panels.OPTIMUM, ACTIONS, panels.density(optimum), "optimum", smooth=True)
    figure.add_trace(curve, row=1, col=1, secondary_y=True)
    figure.add_trace(panels.landscape_trace(first, *COARSER), row=2, col=1)
    outline = {"color": theme.color("ink"), "width": 1.6}
    tops = panels.named(
        panels.dot(optimum.summits(), SUMMITS, "ink", symbol="circle-open", size=9, line=outline), [], "bottom right"
    )
    for trace in (panels.star(optimum), panels.argmax(optimum), tops):
        figure.add_trace(trace, row=2, col=1)
    panels.plane(figure, 2)

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
        optimum, reward = at.optimum(), np.round(at.reward(ACTIONS), 3)
        found = optimum.summits()
        curve = np.round(panels.density(optimum), 3)
        right, left = panels.level(max(0.42, float(curve.max())), reward)
        return {
            panels.REWARD: {"y": reward},
            panels.OPTIMUM: {"y": curve},
            panels.LANDSCAPE: panels.landscape_values(at, *COARSER),
            panels.STAR: panels.point(optimum.moment_match()),
            panels.ARGMAX: panels.point(optimum.projection()),
            SUMMITS: panels.point(found) | {"text": [f"  J = {J:.2f}" for J in at.objective(found)]},
            "layout": {"yaxis": {"range": left}, "yaxis2": {"range": right}},
        }

    controls = [
        choice("preset", "Reward", several, start=preset),
        slider("beta", "β", [0.1, 0.2, 0.3, 0.4, 0.5], start=beta),
    ]
    animate(figure, controls, draw)
    alt = """The reward and the optimum over the action, above the map of the objective, for three rewards and five
    values of β. At small β every bump of the reward has a summit of its own."""
    return describe(figure, alt, summary=summits(first))


def two_projections(preset: str = "double", beta: float = 0.33) -> go.Figure:
    """π* with the two Gaussians that stand for it, the moment match and argmax J; below, their σ against β.

    Parameters
    ----------
    preset, beta
        What is shown first; with two bumps, a β just below the jump.
    """
    values = betas(0.1, 2, 16)
    figure = panels.stack(Row(220, "density", x="action <i>a</i>"), Row(200, "σ", x="β"), shared=False)
    start = Problem(PRESETS[preset])
    optimum = start.optimum()
    curves = {FORWARD: ("star", "dash"), REVERSE: ("argmax", "solid")}
    figure.add_trace(panels.line(panels.OPTIMUM, ACTIONS, panels.density(optimum), "optimum", fill=0.16, smooth=True))
    for name, (key, dash) in curves.items():
        figure.add_trace(panels.line(name, ACTIONS, 0 * ACTIONS, key, dash=dash, smooth=True), row=1, col=1)
    by_preset = {}
    for name, reward in PRESETS.items():
        optima = [Problem(reward, beta=beta).optimum() for beta in values]
        bests = [optimum.projection() for optimum in optima]
        by_preset[name] = optima, bests
    for name, key, dash in (("σ of the moment match", "star", "dash"), ("σ of argmax J", "argmax", "solid")):
        figure.add_trace(
            panels.line(name, values, 0 * np.array(values), key, dash=dash, showlegend=False), row=2, col=1
        )
        marker = {"color": theme.color(key), "size": 10}
        at = go.Scatter(x=[beta], y=[0], mode="markers", marker=marker, name=f"{name} now", showlegend=False)
        panels.named(at, [""], "top right" if key == "star" else "bottom right")
        figure.add_trace(at, row=2, col=1)
    figure.update_xaxes(range=[-4.5, 4.5], row=1, col=1)
    ticks = [0.1, 0.2, 0.5, 1, 2]
    wide = [np.log10(0.095), np.log10(3.2)]  # room for words at the right end
    figure.update_xaxes(type="log", range=wide, tickvals=ticks, ticktext=[f"{t:g}" for t in ticks], row=2, col=1)
    figure.update_yaxes(range=[0, 1.85], row=2, col=1)

    def draw(preset: str, beta: float) -> Drawing:
        i = values.index(beta)
        optima, bests = by_preset[preset]
        match, best = optima[i].moment_match(), bests[i]
        densities = panels.density(optima[i]), panels.density(match), panels.density(best)
        top = max(0.42, *(float(curve.max()) for curve in densities))
        lower = {
            "σ of the moment match": [float(o.std) for o in optima],
            "σ of argmax J": [float(b.std) for b in bests],
        }
        drawing: dict[str, dict[str, Any]] = {
            name: {"y": np.round(curve, 3)}
            for name, curve in zip((panels.OPTIMUM, FORWARD, REVERSE), densities, strict=True)
        }
        drawing |= {name: dict(zip("xy", broken(values, y), strict=True)) for name, y in lower.items()}
        drawing |= {
            f"{name} now": {"x": [beta], "y": [y[i]], "text": [f"{word} {y[i]:.2f}"]}
            for (name, y), word in zip(lower.items(), ("star", "cross"), strict=True)
        }
        return drawing | {"layout": {"yaxis": {"range": [0, round(1.08 * top, 2)]}}}

    controls = [choice("preset", "Reward", PRESET_LABELS, start=preset), slider("beta", "β", values, start=beta)]
    animate(figure, controls, draw)
    alt = """The optimum, the Gaussian with its moments and the Gaussian at the top of J, as densities; below, both
    standard deviations against β. The moment match covers all of the optimum; the top of J gathers on one bump as
    β falls, on two bumps in a sudden jump."""
    return describe(figure, alt, summary=summits(start))


def broken(x: Sequence[float], y: Sequence[float], jump: float = 0.4) -> tuple[list[float], list[float]]:
    """A curve with a gap where neighbors differ by more than ``jump``, so that no line joins two branches."""
    points: list[tuple[float, float]] = []
    for i, point in enumerate(zip(x, y, strict=True)):
        if i and abs(y[i] - y[i - 1]) > jump:
            points.append((x[i], np.nan))
        points.append(point)
    across, up = zip(*points, strict=True)
    return list(across), list(np.round(up, 3))


def ceiling(problem: Problem | None = None) -> go.Figure:
    """Slices of J at fixed σ under the ceiling β log Z; the gap is β KL(π_θ‖π*).

    Parameters
    ----------
    problem
        What is optimized.
    """
    problem = problem or Problem()
    optimum = problem.optimum()
    best = optimum.projection()
    means = np.linspace(-4, 4, 81)
    top = float(optimum.objective)
    figure = panels.stack(Row(300, "<i>J</i>"), x="policy mean μ")
    for trace in (
        panels.line("ceiling β log Z", [-4, 4], [top, top], "optimum", dash="dash"),
        panels.line("<i>J</i>(μ, σ)", means, 0 * means, "rlhf", smooth=True, fill=0.15),
        panels.dot(best, f"{panels.ARGMAX}, at σ = {float(best.std):.2f}", "argmax", symbol="x", size=10),
        panels.line("gap", [0, 0], [top, top], "ink", hoverinfo="skip", showlegend=False),
        panels.note("words", 0, top, "", align="middle left"),
    ):
        figure.add_trace(trace, row=1, col=1)
    figure.data[1].update(fill="tonexty")
    figure.data[2].update(x=[float(best.mean)], y=[float(problem.objective(best))], hovertemplate="J = %{y:.3f}")
    figure.update_yaxes(range=[top - 1.6, top + 0.22])
    figure.update_xaxes(range=[-4, 4])

    def draw(std: float) -> Drawing:
        J = problem.objective(Gaussian(means, std))
        at = int(np.argmax(J))
        gap = float(problem.beta * optimum.kl_from(Gaussian(means[at], std)))
        words = f"β KL(π<sub>θ</sub>‖π<sup>★</sup>) = {gap:.3f}  "
        return {
            "<i>J</i>(μ, σ)": {"y": np.round(J, 3)},
            "gap": {"x": [means[at]] * 2, "y": [round(float(J[at]), 3), top]},
            "words": {"x": [means[at]], "y": [top + 0.09], "text": [words]},
        }

    stds = sorted({round(float(s), 2) for s in np.geomspace(0.15, 3, 29)} | {round(float(best.std), 2)})
    animate(figure, [slider("std", "σ", stds, start=0.5)], draw)
    rows: list[list[Any]] = [["σ", "max over μ of J", "gap to β log Z"]]
    for std in (0.2, 0.5, 1.0, round(float(best.std), 2), 2.0, 3.0):
        highest = float(np.max(problem.objective(Gaussian(means, std))))
        rows.append([std, highest, top - highest])
    alt = """The objective against the mean at one standard deviation, below the horizontal ceiling β log Z. The
    shaded gap never closes; it is smallest at the top of J."""
    return describe(figure, alt, summary=rows)
