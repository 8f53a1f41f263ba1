"""Chapter 7: pairs and margins, the labeler's noise, where DPO lands, and what accuracy measures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PRESETS, START, Gaussian, Preferences, Problem, State, run
from rlgeo.arguments.check import Array
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import animate, choice, describe, slider
from rlgeo.figures.offline import GRID, data, thinned, unrolled
from rlgeo.figures.one_axis import PRESET_LABELS as REWARDS
from rlgeo.methods.dpo import DPO
from rlgeo.theory import offline

Draw = Mapping[str, Mapping[str, Any]]

NOISES = (0.25, 0.5, 1.0, 2.0)
"""Label noises ν that curves are drawn for."""
FADING = {0.25: 1.0, 0.5: 0.8, 1.0: 0.6, 2.0: 0.42}
NOISE_DASHES = {0.25: "solid", 0.5: "7px,3px", 1.0: "4px,3px", 2.0: "2px,3px"}
MARGINS, FITTED, MATCHED, HERE = (
    "implicit margin <i>h</i>",
    "implied reward",
    "ν·β<sub>D</sub> = β",
    "at this β<sub>D</sub>",
)
OWN = "−loss of the pairs"
DEFAULTS = "the defaults, ν = β<sub>D</sub> = β = .5"


def margin_colors(values: Array, largest: float) -> list[str]:
    """The diverging scale's seven shades for numbers from −``largest`` to ``largest``."""
    bins = np.clip(np.round(3 + 3 * np.asarray(values) / largest), 0, 6).astype(int)
    return [theme.color(f"diverging-{i}") for i in bins]


def dpo_pairs(
    problem: Problem | None = None,
    method: DPO | None = None,
    *,
    start: Gaussian = START,
    steps: int = 400,
    seed: int = 0,
) -> go.Figure:
    """Pairs colored by their true margin, and the implicit margins of the same pairs while the policy is fitted.

    Parameters
    ----------
    problem, method, start, steps, seed
        As in ``rlgeo.run``.
    """
    problem, method = problem or Problem(), method or DPO(learning_rate=0.2)
    batch, states = unrolled(method, problem, start, steps, seed)
    truth = problem.reward(batch.winners) - problem.reward(batch.losers)
    order = np.argsort(truth)
    shades = margin_colors(truth[order], float(np.max(np.abs(truth))))
    rank, gap = np.arange(1, order.size + 1), np.full(order.size, np.nan)
    margins = {t: method.margins(states[t], batch, problem)[order] for t in thinned(steps, 34)}

    figure = panels.stack(
        panels.Row(130, "density", x="action <i>a</i>"),
        panels.Row(190, "action <i>a</i>", x="pair, from the worst label to the clearest"),
        panels.Row(170, "margin <i>h</i>"),
        x="the same pairs",
        legend=2,
        shared=False,
    )
    for trace in panels.axis_traces(problem, start, optimum=False):
        figure.add_trace(trace, row=1, col=1)
    ends = np.stack([batch.losers[order], batch.winners[order], gap], axis=-1).ravel()
    figure.add_trace(
        go.Scatter(
            x=np.repeat(rank, 3),
            y=np.round(ends, 3),
            mode="lines+markers",
            line={"color": theme.color("muted", alpha=0.7), "width": 1.2},
            marker={
                "color": [shade for shade in shades for _ in range(3)],
                "size": np.tile([7, 12, 0], order.size),
                "symbol": ["circle", "triangle-up", "circle"] * order.size,
                "angle": np.repeat(np.where(batch.winners >= batch.losers, 0, 180)[order], 3),
                "opacity": 1,
                "line": {"color": theme.color("muted"), "width": 0.8},
            },
            name="loser → winner, by <i>r</i>(winner) − <i>r</i>(loser)",
            hovertemplate="a = %{y:.2f}",
        ),
        row=2,
        col=1,
    )
    figure.add_trace(panels.bars(MARGINS, rank, margins[0], shades), row=3, col=1)
    figure.data[-1].update(
        hovertemplate="pair %{x}: h = %{y:.3f}", marker_line={"color": theme.color("muted"), "width": 0.8}
    )
    highest = max(float(panels.density(states[t].policy).max()) for t in margins)
    figure.update_yaxes(range=[0, 1.08 * highest], row=1, col=1)
    for row in (2, 3):
        figure.update_xaxes(range=[0, order.size + 1], row=row, col=1)
    most = max(float(np.abs(h).max()) for h in margins.values())
    figure.update_yaxes(range=[-1.08 * most, 1.08 * most], zeroline=True, row=3, col=1)

    def draw(step: int) -> Draw:
        stems = np.stack([0 * rank, margins[step], gap], axis=-1).ravel()
        return {panels.POLICY: {"y": panels.density(states[step].policy)}, MARGINS: {"y": np.round(stems, 3)}}

    animate(figure, [slider("step", "step", list(margins), form="{:d}", play=True)], draw)
    wrong, last = int(np.sum(truth < 0)), margins[steps]
    return describe(
        figure,
        f"""Density of the reference and of the policy; below, {order.size} pairs of actions from loser to winner,
        sorted and colored by true margin, {wrong} of them labeled against the reward; below, the implicit margin of
        each pair. Over {steps} steps the pairs with a positive margin go from {int(np.sum(margins[0] > 0))} to
        {int(np.sum(last > 0))}.""",
        summary=[["step", "pairs with h > 0", "μ", "σ"]]
        + [
            [str(t), float(np.sum(margins[t] > 0)), float(states[t].policy.mean), float(states[t].policy.std)]
            for t in list(margins)[:: len(margins) // 4]
        ],
        strip={f"step {t}": str(t) for t in (0, list(margins)[len(margins) // 4], steps)},
    )


def dpo_noise(problem: Problem | None = None) -> go.Figure:
    """The labeler's curve, and the reward that DPO's population fit implies, for a choice of ν."""
    problem = problem or Problem()
    figure = panels.stack(
        panels.Row(170, "P(<i>a</i> ≻ <i>b</i>)", x="true margin <i>r</i>(<i>a</i>) − <i>r</i>(<i>b</i>)"),
        panels.Row(210, "reward, centered"),
        shared=False,
    )
    gaps = np.linspace(-2.4, 2.4, 97)
    curve, mistaken = "labeler", "share of labels against the reward"
    figure.add_trace(
        panels.line(curve, gaps, np.round(offline.label_probability(gaps, 0.5), 3), "dpo", dash="solid", fill=0.12),
        row=1,
        col=1,
    )
    figure.add_trace(panels.note(mistaken, 2.35, 0.17, "", align="middle left"), row=1, col=1)
    figure.add_trace(panels.reward_trace(problem), row=2, col=1)
    figure.add_trace(panels.line(FITTED, panels.ACTIONS, 0 * panels.ACTIONS, "dpo", dash="solid"), row=2, col=1)
    figure.update_yaxes(range=[0, 1.02], row=1, col=1)
    figure.update_yaxes(range=[-1.6, 2.0], row=2, col=1)
    figure.update_xaxes(range=[-4.5, 4.5], row=2, col=1)

    def draw(reward: str, nu: float) -> Draw:
        at = Problem(PRESETS[reward], problem.reference, problem.beta)
        average = float(at.expected_reward(at.reference))
        share = offline.mistakes(at, nu)
        return {
            curve: {"y": np.round(offline.label_probability(gaps, nu), 3)},
            mistaken: {"text": [f"{share:.1%} of labels<br>go against <i>r</i>"]},
            panels.REWARD: {"y": np.round(at.reward(panels.ACTIONS) - average, 3)},
            FITTED: {"y": np.round(offline.implied_reward(panels.ACTIONS, at, nu), 3)},
        }

    nus = [0.1, *NOISES, 4.0]
    controls = [choice("reward", "Reward", REWARDS), slider("nu", "ν", nus, start=0.5)]
    animate(figure, controls, draw)
    rows = [[f"{nu:g}", offline.mistakes(problem, nu)] for nu in nus]
    return describe(
        figure,
        """Above, the probability that the labeler prefers a to b as a function of the true margin: a step for small ν,
        nearly level for large. Below, the reward and the parabola that DPO's fit implies for it.""",
        summary=[["ν", "labels against the reward"], *rows],
        strip={f"ν = {nu:g}": f"single|{nu:g}" for nu in (0.1, 0.5, 4.0)},
    )


def _shade(nu: float) -> dict[str, Any]:
    return {"color": theme.color("dpo", alpha=FADING[nu]), "width": 2.4, "dash": NOISE_DASHES[nu]}


def _objective(problem: Problem, mean: Array, std: Array) -> Array:
    """J of destinations, NaN where there is none."""
    J = np.full(np.shape(mean), np.nan)
    exists = np.isfinite(std)
    J[exists] = problem.objective(Gaussian(mean[exists], std[exists]))
    return J


def dpo_matching() -> go.Figure:
    """J at DPO's destination against β_D, for several ν, with the matched points."""
    figure = panels.stack(panels.Row(360, "<i>J</i> at the destination"), x="β<sub>D</sub>", legend=3)
    betas = np.geomspace(0.08, 4, 60)
    names = {nu: f"ν = {nu:g}" for nu in NOISES}
    ceiling, floor = "best Gaussian", "reference"
    for nu, name in names.items():
        trace = panels.line(name, np.round(betas, 4), np.full(betas.shape, np.nan), "dpo", line=_shade(nu))
        trace.update(hovertemplate="β<sub>D</sub> = %{x:.3g}: J = %{y:.3f}")
        figure.add_trace(trace)
    span = [betas[0], betas[-1]]
    figure.add_trace(panels.line(ceiling, span, [0, 0], "argmax", line={"color": theme.color("argmax"), "width": 1}))
    figure.add_trace(panels.line(floor, span, [0, 0], "reference", dash="dash"))
    figure.add_trace(
        go.Scatter(
            x=[0.5 / nu for nu in NOISES],
            y=[0.0] * len(NOISES),
            mode="markers",
            name=MATCHED,
            marker={"symbol": "circle-open", "size": 13, "color": theme.color("policy"), "line": {"width": 2.4}},
            hovertemplate="matched: β<sub>D</sub> = %{x:.3g}, J = %{y:.3f}",
        )
    )
    marker = {"symbol": "x", "size": 11, "color": theme.color("negative")}
    figure.add_trace(go.Scatter(x=[0.5], y=[0.0], mode="markers", name=DEFAULTS, marker=marker))
    figure.data[-1].hovertemplate = "J = %{y:.3f}"
    figure.update_xaxes(type="log", tickvals=[0.1, 0.2, 0.5, 1, 2, 4], range=np.log10(span))
    figure.update_yaxes(range=[-0.65, 0.7])

    def draw(reward: str) -> Draw:
        problem = Problem(PRESETS[reward])
        top, low = (float(problem.objective(p)) for p in (problem.optimum().projection(), problem.reference))
        update: dict[str, Any] = {ceiling: {"y": [top, top]}, floor: {"y": [low, low]}}
        for nu, name in names.items():
            J = _objective(problem, *offline.road(problem, nu, betas))
            update[name] = {"y": np.round(np.where(J < -1, np.nan, J), 4)}
        matched = np.transpose([offline.road(problem, nu, problem.beta / nu) for nu in NOISES])
        update[MATCHED] = {"y": _objective(problem, *matched)}
        update[DEFAULTS] = {"y": _objective(problem, *np.transpose([offline.road(problem, 0.5, 0.5)]))}
        return update

    animate(figure, [choice("reward", "Reward", REWARDS)], draw)
    rows = [[f"{nu:g}", 0.5 / nu, float(figure.data[-2].y[i])] for i, nu in enumerate(NOISES)]
    return describe(
        figure,
        """J at DPO's destination against its coefficient on a logarithmic axis, one curve per label noise. Each curve
        rises steeply from below, has a flat top near the matched coefficient and then sinks to the reference's J.""",
        summary=[["ν", "matched β_D", "J there"], *rows],
    )


def _plot(place: Any) -> dict[str, Any]:
    """(μ, σ) as a frame's update; far outside the map counts as nowhere."""
    mean, std = (np.asarray(v) for v in place)
    inside = (np.abs(mean) < 6) & (std < 4)
    return {"x": np.where(inside, np.round(mean, 3), np.nan), "y": np.where(inside, np.round(std, 3), np.nan)}


def dpo_destinations() -> go.Figure:
    """DPO's destinations on the map of J: a road for every ν, marks at one β_D, rings where it matches."""
    figure = panels.stack(panels.Row(380, "policy std σ"), x="policy mean μ", legend=3)
    grid, betas = (panels.COARSE_MEANS, panels.COARSE_STDS), np.geomspace(0.12, 8, 50)
    betas_shown = [0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0]
    figure.add_trace(panels.landscape_trace(Problem(), *grid))
    names = {nu: f"ν = {nu:g}" for nu in NOISES}
    for nu, name in names.items():
        figure.add_trace(
            panels.line(name, [np.nan], [np.nan], "dpo", line=_shade(nu), hovertemplate="μ = %{x:.3f}, σ = %{y:.3f}")
        )
    marker = {"symbol": "circle-open", "size": 13, "color": theme.color("policy"), "line": {"width": 2.4}}
    figure.add_trace(go.Scatter(x=[np.nan], y=[np.nan], mode="markers", name=MATCHED, marker=marker))
    figure.add_trace(panels.dot(START, HERE, "dpo", size=9))
    figure.add_trace(panels.dot(Problem().reference, "π<sub>ref</sub>", "reference", symbol="square", size=9))
    figure.add_trace(panels.argmax(Problem().optimum()))
    panels.plane(figure, 1)

    @cache
    def resting(reward: str) -> dict[str, Any]:
        """What β_D does not move: the map, its summit and the roads."""
        problem = Problem(PRESETS[reward])
        update: dict[str, Any] = {
            panels.LANDSCAPE: panels.landscape_values(problem, *grid, digits=2),
            panels.ARGMAX: panels.point(problem.optimum().projection()),
        }
        for nu, name in names.items():
            update[name] = _plot(offline.road(problem, nu, betas))
        matched = np.transpose([offline.road(problem, nu, problem.beta / nu) for nu in NOISES])
        return update | {MATCHED: _plot(matched)}

    @cache
    def here(reward: str) -> Array:
        return np.stack([offline.road(Problem(PRESETS[reward]), nu, betas_shown) for nu in NOISES], axis=1)

    def draw(reward: str, beta: float) -> Draw:
        return resting(reward) | {HERE: _plot(here(reward)[..., betas_shown.index(beta)])}

    animate(
        figure, [choice("reward", "Reward", REWARDS), slider("beta", "β<sub>D</sub>", betas_shown, start=0.5)], draw
    )
    rows = [[f"{nu:g}", *(float(v) for v in (figure.data[5].x[i], figure.data[5].y[i]))] for i, nu in enumerate(NOISES)]
    return describe(
        figure,
        """The map of J with DPO's destinations: from the reference one road leads out for each label noise, the farther
        the smaller DPO's coefficient. Rings mark where label noise times coefficient equals β; all of them lie close
        together, near but not on the summit.""",
        summary=[["ν", "μ, matched", "σ, matched"], *rows],
    )


def dpo_paths(
    problem: Problem | None = None, *, start: Gaussian = START, steps: int = 600, pairs: int = 32
) -> go.Figure:
    """The same training path on the map of J and on the surface of the loss that it descends."""
    problem = problem or Problem()
    figure = panels.stack(panels.Row(270, "policy std σ"), panels.Row(270, "policy std σ"), x="policy mean μ", legend=2)
    grid = panels.COARSE_MEANS, panels.COARSE_STDS
    figure.add_trace(panels.landscape_trace(problem, *grid, digits=2), row=1, col=1)
    figure.add_trace(panels.contour_trace(OWN, *grid, z=[[0]]), row=2, col=1)
    names = ("DPO", "DPO, on its own loss")
    ends = ("destination of the population", "lowest loss of the pairs")
    for row, name in enumerate(names, start=1):
        figure.add_trace(
            panels.line(
                name, [0], [0], "dpo", dash="solid", hovertemplate="μ = %{x:.3f}, σ = %{y:.3f}", showlegend=row == 1
            ),
            row=row,
            col=1,
        )
    figure.add_trace(panels.argmax(problem.optimum()), row=1, col=1)
    figure.add_trace(panels.dot(start, "start", "policy", size=10), row=1, col=1)
    figure.add_trace(panels.dot(start, "start, on its own loss", "policy", size=10), row=2, col=1)
    figure.data[-1].showlegend = False
    figure.add_trace(panels.dot(start, ends[0], "dpo", size=11, symbol="diamond"), row=1, col=1)
    figure.add_trace(panels.dot(start, ends[1], "dpo", size=11, symbol="diamond-open"), row=2, col=1)
    for row in (1, 2):
        panels.plane(figure, row)

    noises = [0.25, 0.5, 1.0, 2.0]

    @cache
    def trained(nu: float) -> tuple[DPO, Preferences, Gaussian]:
        """Three runs side by side."""
        method = DPO(label_noise=nu, pairs=pairs, learning_rate=0.4)
        shown = run(method, problem, start, steps, runs=3, records=False).policy[:, thinned(steps, 32)]
        return method, data(method, problem, 0, runs=3), shown

    def draw(nu: float, seed: int) -> Draw:
        method, batches, policies = trained(nu)
        batch = Preferences(batches.winners[seed], batches.losers[seed])
        where = {"x": np.round(policies.mean[seed], 3), "y": np.round(policies.std[seed], 3)}
        surface = method.surrogate(State(GRID), batch, problem)
        least = offline.fit(batch, problem, method.beta)
        goal = method.destination(problem)
        return {
            OWN: panels.contour_values(surface, span=0.12, digits=3),
            names[0]: where,
            names[1]: where,
            ends[0]: panels.point(goal) if goal is not None else {"x": [np.nan], "y": [np.nan]},
            ends[1]: panels.point(least) if least is not None else {"x": [np.nan], "y": [np.nan]},
        }

    controls = [
        slider("nu", "ν", noises, start=1.0),
        choice("seed", "data", {0: "first", 1: "second", 2: "third"}),
    ]
    animate(figure, controls, draw)
    rows: list[list[Any]] = [["ν", "μ after training", "σ", "μ of the destination", "σ"]]
    for nu in noises:
        method, _, policies = trained(nu)
        goal = method.destination(problem)
        where = ["none", "none"] if goal is None else [float(goal.mean), float(goal.std)]
        rows.append([f"{nu:g}", float(policies.mean[0, -1]), float(policies.std[0, -1]), *where])
    return describe(
        figure,
        f"""DPO's path from ({float(start.mean):g}, {float(start.std):g}), drawn twice: on the map of J, where it
        passes the summit at a distance, and on the loss of its own {pairs} pairs, where it descends to the bottom of a
        single valley.""",
        summary=rows,
    )


def dpo_accuracy(
    problem: Problem | None = None, *, start: Gaussian = START, steps: int = 200, pairs: int = 256
) -> go.Figure:
    """Pair accuracy over training: of the margins, of the policy's likelihoods, of the reference's."""
    problem = problem or Problem()
    figure = panels.stack(panels.Row(320, "share of pairs ordered as labeled"), x="step", legend=2)
    names = {"margin": "<i>h</i> > 0", "policy": "π<sub>θ</sub> alone", "reference": "π<sub>ref</sub> alone"}
    keys, truth = {"margin": "dpo", "policy": "policy", "reference": "reference"}, "<i>r</i> itself"
    shown = thinned(steps - 1, 60)
    figure.add_trace(panels.line(truth, shown[[0, -1]], [0, 0], "reward", hovertemplate="r itself: %{y:.1%}"))
    for key, name in names.items():
        dash = "dash" if key == "reference" else "solid"
        figure.add_trace(panels.line(name, shown, 0 * shown, keys[key], dash=dash, hovertemplate="step %{x}: %{y:.1%}"))
    figure.update_yaxes(tickformat=".0%", range=[0.3, 1.02])

    def draw(nu: float, beta: float) -> Draw:
        method = DPO(label_noise=nu, beta=beta, pairs=pairs, learning_rate=0.3)
        records = run(method, problem, start, steps).records
        curves = {name: {"y": np.round(records[f"accuracy_{key}"][0, shown], 3)} for key, name in names.items()}
        return curves | {truth: {"y": [1 - offline.mistakes(problem, nu)] * 2}}

    controls = [
        slider("nu", "ν", [0.0, 0.1, 0.25, 0.5, 1.0], start=0.25),
        slider("beta", "β<sub>D</sub>", [0.05, 0.2, 0.5, 2.0], start=2.0),
    ]
    animate(figure, controls, draw)
    last = [
        [name, float(figure.data[i].y[-1])] for i, name in enumerate(("r itself", "h > 0", "π_θ alone", "π_ref alone"))
    ]
    return describe(
        figure,
        """Three accuracies over training, and that of the reward itself, which noisy labels keep below one. The share
        of pairs with a positive implicit margin rises toward it, whatever β_D; the share that the policy's own
        likelihood ranks as labeled follows it for small β_D and stays at the reference's for large.""",
        summary=[["accuracy", "after training"], *last],
    )
