"""Chapter 7: pairs and margins, the labeler's noise, where DPO lands, and what accuracy measures."""

from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import START, Gaussian, Preferences, Problem, State, run
from rlgeo.arguments.check import Array
from rlgeo.figures import fitting, panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, described, rewards, slider, thinned
from rlgeo.figures.panels import ALL_ACTIONS, Row
from rlgeo.methods.dpo import DPO
from rlgeo.theory import offline

NOISES = {0.25: (1.0, "solid"), 0.5: (0.8, "7px,3px"), 1.0: (0.6, "4px,3px"), 2.0: (0.42, "2px,3px")}
"""Label noises ν that curves are drawn for: opacity and dash."""
MARGINS, IMPLIED, MATCHED = "implicit margin <i>h</i>", "implied reward", "ν·β<sub>D</sub> = β"
HERE, DEFAULTS = "at this β<sub>D</sub>", "the defaults, ν = β<sub>D</sub> = β = 0.5"
LABELER, AGAINST = "labeler", "share of labels against the reward"
LOSS, DESTINATION, LOWEST = "−loss of the pairs", "destination of the population", "lowest loss of the pairs"
BEST, REFERENCE = "best Gaussian", "reference"
RING: dict[str, Any] = {"symbol": "circle-open", "size": 13, "line": {"width": 2.4}}
GAPS = np.linspace(-2.4, 2.4, 97)
"""True margins that the labeler's curve is drawn over."""
PAIRS = 32
"""Pairs of the data sets whose loss is drawn as a map."""


def margin_colors(values: Array, largest: float) -> list[str]:
    """The diverging scale's seven shades for numbers from −``largest`` to ``largest``."""
    bins = np.clip(np.round(3 + 3 * np.asarray(values) / largest), 0, 6).astype(int)
    return [theme.color(f"diverging-{i}") for i in bins]


def dpo_pairs(problem: Problem) -> go.Figure:
    """Pairs colored by their true margin, and the implicit margins of the same pairs while the policy is fitted."""
    method = DPO(learning_rate=0.2)
    drawn, states = fitting.fitted(method, problem, 34)
    truth = problem.reward(drawn.winners) - problem.reward(drawn.losers)
    order = np.argsort(truth)
    pairs, rank = Preferences(drawn.winners[order], drawn.losers[order]), np.arange(1.0, order.size + 1)
    margins = {step: method.margins(state, pairs, problem) for step, state in states.items()}
    shades = margin_colors(truth[order], float(np.max(np.abs(truth))))
    arrows = _arrows(rank, pairs, shades)
    stems = panels.bars(MARGINS, hovertemplate="pair %{x}: h = %{y:.3f}")
    stems.marker.line = {"color": theme.color("muted"), "width": 0.8}
    most, across = 1.08 * max(np.max(np.abs(h)) for h in margins.values()), (0, order.size + 1)
    figure = panels.stack(
        fitting.density_row(problem, states, x="action <i>a</i>"),
        Row(190, "action <i>a</i>", [arrows], x="pair, from the worst label to the clearest", xaxis=across),
        Row(170, "margin <i>h</i>", [stems], xaxis=across, yaxis={"range": [-most, most], "zeroline": True}),
        x="the same pairs",
        legend=2,
        shared=False,
    )
    positive = {step: int(np.sum(h > 0)) for step, h in margins.items()}
    alt = f"""Density of the reference and of the policy; below, {order.size} pairs of actions from loser to winner,
        sorted and colored by true margin, {np.sum(truth < 0)} of them labeled against the reward; below, the implicit
        margin of each pair. Over {fitting.STEPS} steps the pairs with a positive implicit margin go from
        {positive[0]} to {positive[fitting.STEPS]}."""
    stepped = fitting.play(figure, states, lambda step: {MARGINS: panels.stems(rank, margins[step], shades)})
    return describe(stepped, alt)


def _arrows(rank: Array, pairs: Preferences, shades: list[str]) -> go.Scatter:
    """An arrow from the loser to the winner of each pair."""
    ends = np.stack([pairs.losers, pairs.winners, np.full(rank.size, np.nan)], axis=-1).ravel()
    return go.Scatter(
        x=np.repeat(rank, 3),
        y=np.round(ends, 3),
        mode="lines+markers",
        line={"color": theme.color("muted", alpha=0.7), "width": 1.2},
        marker={
            "color": [shade for shade in shades for _ in range(3)],
            "size": np.tile([7, 12, 0], rank.size),
            "symbol": ["circle", "triangle-up", "circle"] * rank.size,
            "angle": np.repeat(np.where(pairs.winners >= pairs.losers, 0, 180), 3),
            "opacity": 1,
            "line": {"color": theme.color("muted"), "width": 0.8},
        },
        name="loser → winner, by <i>r</i>(winner) − <i>r</i>(loser)",
        hovertemplate="a = %{y:.2f}",
    )


@described
def dpo_noise(problem: Problem) -> go.Figure:
    """Above, the probability that the labeler prefers a to b as a function of the true margin: a step for small ν,
    nearly level for large. Below, the reward and the parabola that DPO's fit implies for it."""
    labeler = panels.line(LABELER, GAPS, GAPS, "dpo", dash="solid", fill=0.12)
    implied = panels.line(IMPLIED, panels.ACTIONS, panels.ACTIONS, "dpo", dash="solid")
    margin = "true margin <i>r</i>(<i>a</i>) − <i>r</i>(<i>b</i>)"
    words = panels.note(AGAINST, 2.35, 0.17, align="middle left")
    figure = panels.stack(
        Row(170, "P(<i>a</i> ≻ <i>b</i>)", [labeler, words], x=margin, yaxis=(0, 1.02)),
        Row(210, "reward, centered", [panels.reward_trace(problem), implied], xaxis=ALL_ACTIONS, yaxis=(-1.6, 2)),
        shared=False,
    )

    def draw(reward: str, nu: float) -> Drawing:
        at = Problem(reward, problem.reference, problem.beta)
        centered = at.reward(panels.ACTIONS) - at.expected_reward(at.reference)
        return {
            LABELER: offline.label_probability(GAPS, nu),
            AGAINST: f"{offline.label_error_rate(at, nu):.1%} of labels<br>go against <i>r</i>",
            panels.REWARD: centered,
            IMPLIED: offline.implied_reward(panels.ACTIONS, at, nu),
        }

    controls = [rewards("reward"), slider("nu", "ν", [0.1, *NOISES, 4.0], start=0.5)]
    return animate(figure, controls, draw, strip={f"ν = {nu:g}": f"single|{nu:g}" for nu in (0.1, 0.5, 4.0)})


def _curves(x: Any, hover: str) -> list[go.Scatter]:
    """A curve for every ν; frames fill it."""
    return [
        panels.line(
            f"ν = {nu:g}", x, x, "dpo", dash=dash, hovertemplate=hover, line_color=theme.color("dpo", alpha=alpha)
        )
        for nu, (alpha, dash) in NOISES.items()
    ]


def _matched(problem: Problem) -> Array:
    """(μ, σ) of the destinations where ν β_D = β, for every ν."""
    return np.transpose([offline.destinations_by_beta(problem, nu, problem.beta / nu) for nu in NOISES])


def _objective(problem: Problem, mean: Array, std: Array) -> Array:
    """J of destinations, NaN where there is none."""
    J = np.full(np.shape(mean), np.nan)
    exists = np.isfinite(std)
    J[exists] = problem.objective(Gaussian(mean[exists], std[exists]))
    return J


@described
def dpo_matching() -> go.Figure:
    """J at DPO's destination against its coefficient on a logarithmic axis, one curve per label noise. Each curve rises
    steeply from below, has a flat top near the matched coefficient and then sinks to the reference's J."""
    betas = np.geomspace(0.08, 4, 60)
    thin, span = {"color": theme.color("argmax"), "width": 1}, betas[[0, -1]]
    hover = "matched: β<sub>D</sub> = %{x:.3g}, J = %{y:.3f}"
    traces = [
        *_curves(np.round(betas, 4), "β<sub>D</sub> = %{x:.3g}: J = %{y:.3f}"),
        panels.line(BEST, span, span, "argmax", line=thin),
        panels.line(REFERENCE, span, span, "reference", dash="dash"),
        panels.marks(MATCHED, "dpo", [0.5 / nu for nu in NOISES], hover=hover, **RING),
        panels.marks(DEFAULTS, "ink", [0.5], hover="J = %{y:.3f}", symbol="diamond", size=11),
    ]
    log = panels.log(span[0], span[-1], [0.1, 0.2, 0.5, 1, 2, 4])
    row = Row(360, "<i>J</i> at the destination", traces, xaxis=log, yaxis=(-0.65, 0.7))
    figure = panels.stack(row, x="β<sub>D</sub>", legend=3)

    def draw(reward: str) -> Drawing:
        problem = Problem(reward)
        ends = {f"ν = {nu:g}": offline.destinations_by_beta(problem, nu, betas) for nu in NOISES}
        curves = {name: _objective(problem, *end) for name, end in ends.items()}
        return {name: {"y": np.round(np.where(J < -1, np.nan, J), 4)} for name, J in curves.items()} | {
            BEST: {"y": [problem.objective(problem.optimum().projection())] * 2},
            REFERENCE: {"y": [problem.objective(problem.reference)] * 2},
            MATCHED: {"y": _objective(problem, *_matched(problem))},
            DEFAULTS: {"y": _objective(problem, *np.transpose([offline.destinations_by_beta(problem, 0.5, 0.5)]))},
        }

    return animate(figure, [rewards("reward")], draw)


def _place(means: Array, stds: Array) -> dict[str, Any]:
    """Destinations as a frame's update; one far outside the map counts as none."""
    inside = (np.abs(means) < 6) & (stds < 4)
    return {"x": np.where(inside, np.round(means, 3), np.nan), "y": np.where(inside, np.round(stds, 3), np.nan)}


@described
def dpo_destinations() -> go.Figure:
    """The map of J with DPO's destinations: from the reference one curve leads out for each label noise, farther for
    smaller coefficients β_D. Rings mark where label noise times coefficient equals β; all of them lie close together,
    near the best Gaussian but not on it."""
    figure = fitting.MAP.map(
        380,
        Problem(),
        *_curves([np.nan], panels.AT),
        panels.marks(MATCHED, "dpo", **RING),
        panels.dot(START, HERE, "dpo", size=9),
        panels.dot(Problem().reference, "π<sub>ref</sub>", "reference", symbol="square", size=9),
        panels.argmax(Problem().optimum()),
        legend=3,
    )

    def draw(reward: str, beta: float) -> Drawing:
        problem, betas = Problem(reward), np.geomspace(0.12, 8, 50)
        return {
            **{f"ν = {nu:g}": _place(*offline.destinations_by_beta(problem, nu, betas)) for nu in NOISES},
            **fitting.MAP.at(problem, panels.ARGMAX),
            MATCHED: _place(*_matched(problem)),
            HERE: _place(*np.transpose([offline.destinations_by_beta(problem, nu, beta) for nu in NOISES])),
        }

    betas = slider("beta", "β<sub>D</sub>", [0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0], start=0.5)
    return animate(figure, [rewards("reward"), betas], draw)


def dpo_paths(problem: Problem) -> go.Figure:
    """The same training path on the map of J and on the surface of the loss that it descends."""
    starts = [panels.dot(START, name, size=10) for name in ("start", "start, on its own loss")]
    end = panels.dot(START, DESTINATION, "dpo", size=11, symbol="diamond")
    lowest = panels.dot(START, LOWEST, "dpo", size=11, symbol="diamond-open")
    figure = fitting.two_maps(problem, "DPO", LOSS, [starts[0], end], [*panels.unlisted(starts[1]), lowest])

    @cache
    def trained(nu: float) -> tuple[DPO, Gaussian]:
        """Three runs side by side."""
        method = DPO(label_noise=nu, pairs=PAIRS, learning_rate=0.4)
        return method, run(method, problem, START, 600, runs=3, records=False).policy[:, thinned(600, 32)]

    def draw(nu: float, seed: int) -> Drawing:
        (method, policies), grid = trained(nu), State(fitting.MAP.policies)
        drawn = fitting.data(method, problem, runs=3)
        pairs = Preferences(drawn.winners[seed], drawn.losers[seed])
        return fitting.path_twice("DPO", policies[seed]) | {
            LOSS: panels.contour_values(method.surrogate(grid, pairs, problem), span=0.12),
            DESTINATION: fitting.place(method.destination(problem)),
            LOWEST: fitting.place(offline.fit(pairs, problem, method.beta)),
        }

    seeds = choice("seed", "data", {0: "first", 1: "second", 2: "third"})
    animate(figure, [slider("nu", "ν", list(NOISES), start=1.0), seeds], draw)
    return describe(
        figure,
        f"""DPO's path from ({float(START.mean):g}, {float(START.std):g}), drawn twice: on the map of J, where it
        passes the summit at a distance, and on the loss of its own {PAIRS} pairs, where it descends to the bottom of a
        single valley.""",
    )


@described
def dpo_accuracy(problem: Problem) -> go.Figure:
    """Three accuracies over training, and that of the reward itself, which noisy labels keep below one. The share of
    pairs with a positive implicit margin rises toward it, whatever β_D; the share that the policy's own likelihood
    ranks as labeled follows it for small β_D and stays at the reference's for large."""
    shown, truth, hover = thinned(199, 60), "<i>r</i> itself", "step %{x}: %{y:.1%}"
    names = {"margin": "<i>h</i> > 0", "policy": "π<sub>θ</sub> alone", "reference": "π<sub>ref</sub> alone"}
    looks = zip(names.values(), (("dpo", "solid"), ("policy", "solid"), ("reference", "dash")), strict=True)
    curves = [
        panels.line(truth, shown[[0, -1]], [0, 0], "reward", hovertemplate="r itself: %{y:.1%}"),
        *panels.curves(dict(looks), shown, hovertemplate=hover),
    ]
    percent = {"tickformat": ".0%", "range": [0.3, 1.02]}
    figure = panels.stack(Row(320, "share of pairs ordered as labeled", curves, yaxis=percent), x="step", legend=2)

    def draw(nu: float, beta: float) -> Drawing:
        method = DPO(label_noise=nu, beta=beta, pairs=256, learning_rate=0.3)
        records = run(method, problem, START, 200).records
        curves = {name: records[f"accuracy_{key}"][0, shown] for key, name in names.items()}
        return curves | {truth: {"y": [1 - offline.label_error_rate(problem, nu)] * 2}}

    noises = slider("nu", "ν", [0.0, 0.1, 0.25, 0.5, 1.0], start=0.25)
    return animate(figure, [noises, slider("beta", "β<sub>D</sub>", [0.05, 0.2, 0.5, 2.0], start=2.0)], draw)
