"""Chapter 3: following the exact gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Gaussian, Problem, ascend
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.landscape import GRID
from rlgeo.figures.one_axis import PRESET_LABELS
from rlgeo.figures.panels import Row
from rlgeo.theory.basins import chart
from rlgeo.theory.curvature import contraction, kl_circle

ASCENT, NOW, NATURAL = "path of ∇<i>J</i>", "<i>J</i> now", "natural gradient"
FLOOR = 1e-10
"""Gaps below this are drawn here: rounding is not far."""


def field_policies(means: int = 12, stds: int = 9) -> Gaussian:
    """Where arrows of a field stand, one policy each."""
    mean, std = np.meshgrid(np.linspace(-3.6, 3.6, means), np.linspace(0.3, 2.8, stds))
    return Gaussian(mean.ravel(), std.ravel())


def spaced(steps: int, count: int) -> list[int]:
    """About ``count`` steps from 0 to ``steps``, denser at the start, where most happens."""
    return sorted({round(steps * t**1.6) for t in np.linspace(0, 1, count)})


def climb(
    problem: Problem | None = None, start: Gaussian = START, *, learning_rate: float = 0.1, steps: int = 100
) -> go.Figure:
    """The path of the exact gradient over its field, with Play: policy, landscape and J together.

    Parameters
    ----------
    problem
        What is optimized.
    start
        θ₀.
    learning_rate
        η.
    steps
        Updates.
    """
    problem = problem or Problem()
    path = ascend(problem.gradient, start, steps, learning_rate)
    optimum = problem.optimum()
    J = problem.objective(path)
    early = steps // 5
    figure = panels.stack(
        Row(130, "density"),
        Row(310, "policy std σ", x=panels.MEAN_AND_ACTION),
        Row(110, "<i>J</i>", x="step"),
        shared=False,
        legend=2,
    )
    for trace in panels.axis_traces(problem, start):
        figure.add_trace(trace, row=1, col=1)
    arrows = field_policies()
    for trace in (
        panels.landscape_trace(problem),
        panels.arrows(arrows, *problem.gradient(arrows)),
        panels.path(ASCENT, path, "rlhf"),
        panels.star(optimum),
        panels.argmax(optimum),
        panels.dot(start),
    ):
        figure.add_trace(trace, row=2, col=1)
    top = float(problem.objective(optimum.projection()))
    words = f"{(J[early] - J[0]) / (top - J[0]):.0%} of the gain after {early} steps"
    count = np.arange(steps + 1)
    ends = [0, steps]
    for trace in (
        panels.line("<i>J</i>(θ<sub>t</sub>)", count, J, "rlhf", showlegend=False),
        panels.line("max <i>J</i>", ends, [top, top], "argmax", dash="dot", hoverinfo="skip", showlegend=False),
        panels.line(
            "early", [early, early], [float(J[0]), top], "muted", dash="dot", hoverinfo="skip", showlegend=False
        ),
        panels.dot(start, NOW).update(showlegend=False),
        panels.note("gain", early + 0.01 * steps, float(J[0] + 0.35 * (top - J[0])), words),
    ):
        figure.add_trace(trace, row=3, col=1)
    figure.update_xaxes(range=[-4, 4], row=1, col=1)
    panels.plane(figure, 2)

    def draw(step: int) -> Drawing:
        here = path[step]
        return {
            panels.POLICY: {"y": panels.density(here)},
            panels.DOT: panels.point(here),
            NOW: {"x": [step], "y": [float(J[step])]},
        }

    animate(figure, [slider("step", "step", spaced(steps, 36), start=steps, play=True)], draw)
    rows: list[list[Any]] = [["step", "μ", "σ", "J"]]
    rows += [[f"{t}", float(path.mean[t]), float(path.std[t]), float(J[t])] for t in spaced(steps, 6)]
    alt = f"""Three panels. The policy's density moves from mean {float(start.mean):g} to
    {float(path.mean[-1]):.2f}; its path climbs the landscape along the arrows of the gradient; J rises steeply at
    first, then creeps toward its maximum, {top:.3f}."""
    return describe(figure, alt, summary=rows)


def learning_rates(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    rates: Sequence[float] = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5),
    at: float = 0.1,
    steps: int = 100,
    view: tuple[float, float, float, float] = (-0.8, 2.2, 0.8, 1.8),
    span: float = 0.3,
) -> go.Figure:
    """Paths and gaps max J − J at several learning rates, with the rate that the curvature predicts.

    Parameters
    ----------
    problem
        What is optimized.
    start
        θ₀.
    rates, at
        The slider's values of η, and where it starts.
    steps
        Updates.
    view, span
        The part of the landscape around the path: least and largest μ, least and largest σ, and depth.
    """
    problem = problem or Problem()
    optimum = problem.optimum()
    best = optimum.projection()
    top = float(problem.objective(best))
    left, right, bottom, upper = view
    paths = {eta: ascend(problem.gradient, start, steps, eta) for eta in rates}
    gaps = {eta: np.maximum(top - problem.objective(path), FLOOR) for eta, path in paths.items()}
    figure = panels.stack(
        Row(300, "policy std σ", x="policy mean μ"), Row(190, "max <i>J</i> − <i>J</i>", x="step"), shared=False
    )
    for trace in (
        panels.landscape_trace(problem, np.linspace(left, right, 33), np.linspace(bottom, upper, 25), span=span),
        panels.path(ASCENT, paths[at], "rlhf", mode="lines+markers"),
        panels.argmax(optimum),
        panels.dot(start, "start"),
    ):
        figure.add_trace(trace, row=1, col=1)
    figure.data[1].update(marker={"size": 4, "color": theme.color("rlhf")}, line={"width": 1.6})
    figure.update_xaxes(range=[left, right], showgrid=False, row=1, col=1)
    figure.update_yaxes(range=[bottom, upper], showgrid=False, row=1, col=1)
    count = np.arange(steps + 1)
    for trace in (
        panels.line("gap", count, gaps[at], "rlhf", showlegend=False, hovertemplate="%{y:.2g}"),
        panels.line("predicted by the curvature", [0, steps], [1, 1], "argmax", dash="dot", hoverinfo="skip"),
    ):
        figure.add_trace(trace, row=2, col=1)
    low = max(FLOOR, min(float(gap.min()) for gap in gaps.values()))
    figure.update_yaxes(**panels.POWERS, dtick=2, range=[np.log10(low) - 0.3, 0.7], row=2, col=1)
    figure.update_xaxes(range=[0, steps], row=2, col=1)

    def draw(rate: float) -> Drawing:
        path, gap = paths[rate], gaps[rate]
        rho = float(contraction(problem, best, rate))
        # The line runs through the last point that is not yet rounding, or, where steps overshoot, the closest.
        anchor = int(np.nonzero(gap > 10 * FLOOR)[0][-1]) if rho < 1 else int(np.argmin(gap))
        slope = gap[anchor] * rho ** (2.0 * (count[[0, -1]] - anchor))
        return {
            ASCENT: {"x": np.round(path.mean, 3), "y": np.round(path.std, 3)},
            "gap": {"y": [float(f"{value:.3g}") for value in gap]},
            "predicted by the curvature": {"y": slope},
        }

    animate(figure, [slider("rate", "η", list(rates), start=at)], draw)
    rows: list[list[Any]] = [["η", "contraction ρ", f"gap after {steps} steps"]]
    rows += [[eta, float(contraction(problem, best, eta)), float(gaps[eta][-1])] for eta in rates]
    alt = """The path of gradient ascent on the landscape at one learning rate, and the gap to the maximum of J
    against the step on a logarithmic axis. Small rates creep; larger ones arrive sooner; too large a rate jumps
    across the summit and never settles."""
    return describe(figure, alt, summary=rows)


BASIN_KEYS = ("rlhf", "reward", "pg", "dro")
"""Colors of basins, from left to right."""
CLASSES = 4


def _bands() -> list[list[Any]]:
    """A colorscale of flat bands: no basin, then one band for each."""
    keys = ("clipped", *BASIN_KEYS[:CLASSES])
    stops: list[list[Any]] = []
    for i, key in enumerate(keys):
        shade = theme.color(key, alpha=0.34)
        stops += [[i / len(keys), shade], [(i + 1) / len(keys), shade]]
    return stops


def basins(preset: str = "double", beta: float = 0.3) -> go.Figure:
    """Which summit each start flows to, for the rewards with several bumps.

    Parameters
    ----------
    preset, beta
        What is shown first.
    """
    means, stds = np.linspace(-4, 4, 81), np.linspace(0.1, 3, 61)
    several = {name: label for name, label in PRESET_LABELS.items() if len(PRESETS[name].weights) > 1}
    values = [0.1, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5]
    start = Problem(PRESETS[preset], beta=beta)
    figure = panels.stack(Row(380, "start σ₀"), x="start μ₀")
    figure.add_trace(
        go.Heatmap(
            x=means,
            y=stds,
            z=np.zeros((stds.size, means.size)),
            zmin=-1.5,
            zmax=CLASSES - 0.5,
            colorscale=_bands(),
            showscale=False,
            name="basin",
            hovertemplate="μ₀ = %{x:.2f}, σ₀ = %{y:.2f}: summit %{z}<extra></extra>",
        )
    )
    lines = panels.landscape_trace(start, *GRID, digits=2).update(name="contours of <i>J</i>", hoverinfo="skip")
    lines.contours.coloring = "none"
    figure.add_trace(lines.update(hovertemplate=None))
    tops = panels.dot(start.reference, "summits of <i>J</i>", "argmax", symbol="x", size=10)
    tops.update(mode="markers+text", text=[""], textposition="middle right")
    figure.add_trace(tops)
    panels.plane(figure, 1)

    def draw(preset: str, beta: float) -> Drawing:
        at = Problem(PRESETS[preset], beta=beta)
        found = at.optimum().summits()
        return {
            "basin": {"z": chart(at, means, stds, found)},
            "contours of <i>J</i>": panels.landscape_values(at, *GRID, digits=2),
            tops.name: {
                "x": np.round(found.mean, 3),
                "y": np.round(found.std, 3),
                "text": [f"  J = {J:.2f}" for J in at.objective(found)],
            },
        }

    controls = [choice("preset", "Reward", several, start=preset), slider("beta", "β", values, start=beta)]
    animate(figure, controls, draw)
    rows: list[list[Any]] = [["β", "summit", "μ", "σ", "J"]]
    for value in values[::3]:
        at = Problem(PRESETS[preset], beta=value)
        found = at.optimum().summits()
        for i, J in enumerate(at.objective(found)):
            rows.append([value, f"{i + 1}", float(found.mean[i]), float(found.std[i]), float(J)])
    alt = """A map of starting points colored by the summit that the exact gradient leads to, with the contours of
    J and its summits. At small β each bump has a basin of its own; as β grows the basins merge into one."""
    return describe(figure, alt, summary=rows)


STARTS = Gaussian(np.array([2.8, -3.0]), np.array([2.4, 0.3]))
START_NAMES = "wide", "narrow"


def natural(problem: Problem | None = None, *, learning_rate: float = 0.1, steps: int = 80) -> go.Figure:
    """The plain and the natural gradient from a wide and a narrow start, over circles of equal KL.

    Parameters
    ----------
    problem
        What is optimized.
    learning_rate
        η of both.
    steps
        Updates.
    """
    problem = problem or Problem()
    optimum = problem.optimum()
    top = float(problem.objective(optimum.projection()))

    def fisher(policy: Gaussian) -> tuple[Array, Array]:
        return policy.natural(*problem.gradient(policy))

    plain_paths = ascend(problem.gradient, STARTS, steps, learning_rate)
    natural_paths = ascend(fisher, STARTS, steps, learning_rate)
    both = ((ASCENT, plain_paths, "rlhf"), (NATURAL, natural_paths, "natural"))
    figure = panels.stack(
        Row(330, "policy std σ", x="policy mean μ"),
        Row(180, "max <i>J</i> − <i>J</i>", x="step"),
        shared=False,
        legend=2,
    )
    figure.add_trace(panels.landscape_trace(problem), row=1, col=1)
    centers = field_policies(7, 5)
    angles = np.append(np.linspace(0, 2 * np.pi, 25), np.nan)
    ring = kl_circle(centers[..., None], 0.02, np.where(np.isnan(angles), 0, angles))
    gap = np.where(np.isnan(angles), np.nan, 0)
    figure.add_trace(
        go.Scatter(
            x=np.round(ring.mean + gap, 3).ravel(),
            y=np.round(ring.std + gap, 3).ravel(),
            mode="lines",
            line={"color": theme.color("muted", alpha=0.7), "width": 1},
            name="KL of .02 nats",
            hoverinfo="skip",
        ),
        row=1,
        col=1,
    )
    count = np.arange(steps + 1)
    for name, paths, key in both:
        for i in range(len(STARTS.mean)):
            path, title = paths[i], name if i == 0 else f"{name} {i + 1}"
            figure.add_trace(panels.path(title, path, key, showlegend=i == 0, legendgroup=name), row=1, col=1)
            curve = np.maximum(top - problem.objective(path), FLOOR)
            curve = np.array([float(f"{value:.3g}") for value in curve])
            more: dict[str, Any] = {"showlegend": False, "legendgroup": name, "hovertemplate": "%{y:.2g}"}
            figure.add_trace(panels.line(f"{title} gap", count, curve, key, **more), row=2, col=1)
    figure.add_trace(panels.argmax(optimum), row=1, col=1)
    words = [f"{name} start" for name in START_NAMES]
    begin = panels.named(panels.dot(STARTS, "starts", "ink", size=7), words)
    begin.update(showlegend=False, textposition=["top center", "bottom center"])
    figure.add_trace(begin, row=1, col=1)
    for name, paths, key in both:
        ends = np.maximum(top - problem.objective(paths[:, -1]), FLOOR)
        marker = {"color": theme.color(key), "size": 7}
        last = go.Scatter(x=[steps] * len(ends), y=ends, marker=marker, name=f"{name} last", showlegend=False)
        figure.add_trace(panels.named(last, START_NAMES), row=2, col=1)
    for name, _, key in both:
        figure.add_trace(panels.dot(STARTS, f"{name} now", key, size=9).update(showlegend=False), row=1, col=1)
    panels.plane(figure, 1)
    figure.update_yaxes(**panels.POWERS, dtick=2, row=2, col=1)
    figure.update_xaxes(
        range=[0, 1.25 * steps], tickvals=[0, steps // 4, steps // 2, 3 * steps // 4, steps], row=2, col=1
    )

    def draw(step: int) -> Drawing:
        return {
            f"{name} now": {"x": np.round(paths.mean[:, step], 3), "y": np.round(paths.std[:, step], 3)}
            for name, paths, _ in both
        }

    animate(figure, [slider("step", "step", spaced(steps, 40), start=steps, play=True)], draw)
    rows: list[list[Any]] = [["start", f"gap of ∇J after {steps}", "gap of the natural gradient"]]
    for i in range(len(STARTS.mean)):
        ends = [max(FLOOR, top - float(problem.objective(paths[i][-1]))) for _, paths, _ in both]
        rows.append([f"({STARTS.mean[i]:g}, {STARTS.std[i]:g})", *ends])
    alt = """Paths of the plain and of the natural gradient from a wide and a narrow start on the landscape, over small
    ellipses of equal KL divergence that shrink with σ; below, the gap to the maximum against the step."""
    return describe(figure, alt, summary=rows)
