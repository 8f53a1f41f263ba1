"""Chapter 4: batches, their bias, their noise, and the paths they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PG, RLHF, START, Gaussian, Problem, State, run
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.panels import SAMPLES, Row, one_run, samples, samples_trace, stems
from rlgeo.theory import estimators
from rlgeo.toy.state import Batch

ADVANTAGES, MEAN_REWARD = "advantage", "mean reward r̄"
EXACT, ESTIMATES, AVERAGE = "exact ∇<i>J</i>", "PG's estimates", "PG's expectation"
SEGMENT = "from −β∇KL to ∇<i>J</i>"
SIZES = (2, 4, 8, 16, 32, 64, 128)


def pg_batch(
    problem: Problem | None = None,
    policy: Gaussian = START,
    *,
    sizes: Sequence[int] = (4, 16, 64),
    draws: int = 10,
    seed: int = 0,
) -> go.Figure:
    """A fresh batch on the axis, and the advantages it leads to; sliders over N and over draws.

    Parameters
    ----------
    problem, policy
        What is optimized, and the π_θ that acts.
    sizes
        Batch sizes N to choose from.
    draws
        Batches to look at for each size.
    seed
        Of the draws.
    """
    problem = problem or Problem()
    batches = {n: PG(batch_size=n).draw(_copies(policy, draws), problem, np.random.default_rng(seed)) for n in sizes}
    figure = panels.stack(Row(210, "density", right="reward"), Row(190, "advantage <i>r − r̄</i>"), legend=2)
    reward = panels.reward_trace(problem)
    figure.add_trace(reward, row=1, col=1, secondary_y=True)
    figure.add_trace(panels.line(panels.POLICY, panels.ACTIONS, panels.density(policy), "policy"), row=1, col=1)
    figure.add_trace(samples_trace(), row=1, col=1)
    average = panels.line(MEAN_REWARD, [-4.5, 4.5], [0, 0], "reward", dash="dot").update(line={"width": 1.6})
    figure.add_trace(average, row=1, col=1, secondary_y=True)
    figure.add_trace(panels.bars(ADVANTAGES), row=2, col=1)
    figure.update_traces(showlegend=False, selector={"name": ADVANTAGES})
    panels.set_level(figure, 1, float(np.max(policy.density(panels.ACTIONS))), reward.y)
    figure.update_xaxes(range=[-4.5, 4.5])
    top = max(float(np.max(np.abs(_advantages(policy, batch, n)))) for n, batch in batches.items())
    figure.update_yaxes(range=[-1.1 * top, 1.1 * top], zeroline=True, row=2, col=1)
    figure.add_trace(panels.note("estimate", -4.4, -0.75 * top, ""), row=2, col=1)
    exact = "exact ∇<i>J</i> = ({:.2f}, {:.2f})".format(*problem.gradient(policy))

    def draw(size: int, draw: int) -> Drawing:
        method = PG(batch_size=size)
        actions, rewards = batches[size].actions[draw - 1], batches[size].rewards[draw - 1]
        advantages = _advantages(policy, batches[size], size)[draw - 1]
        estimate = method.gradient(State(policy), Batch(actions, rewards), problem)
        words = f"this batch says ({estimate.mean:.2f}, {estimate.std:.2f})<br>{exact}"
        return {
            SAMPLES: samples(actions, rewards),
            MEAN_REWARD: {"y": [round(float(np.mean(rewards)), 3)] * 2},
            "estimate": {"text": [words]},
            ADVANTAGES: stems(actions, advantages, panels.signed(advantages)),
        }

    controls = [
        slider("size", "N", sizes, start=16),
        slider("draw", "draw", range(1, draws + 1), play=True),
    ]
    alt = """A batch of actions drawn from the policy, as dots on the action axis, darker where the reward is
    higher; below, each action's advantage as a bar: positive under the reward's bump, negative elsewhere, and
    different in every draw."""
    rows: list[list[Any]] = [["N", "mean reward of the first draw", "its ∂μ", "its ∂σ"]]
    for n, batch in batches.items():
        first = Batch(batch.actions[0], batch.rewards[0])
        estimate = PG(batch_size=n).gradient(State(policy), first, problem)
        rows.append([n, float(np.mean(first.rewards)), float(estimate.mean), float(estimate.std)])
    rows.append(["exact", float(problem.expected_reward(policy)), *map(float, problem.gradient(policy))])
    strip = {f"N = {n}": f"{n}|1" for n in (sizes[0], 16, sizes[-1]) if n in sizes}
    return describe(animate(figure, controls, draw, interval=700), alt, summary=rows, strip=strip)


def pg_paths(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    sizes: Sequence[int] = SIZES,
    learning_rate: float = 0.2,
    steps: int = 120,
    runs: int = 4,
    seed: int = 0,
) -> go.Figure:
    """PG's paths on the landscape against the exact one; a slider over N.

    Parameters
    ----------
    problem, start
        What is optimized, and from where.
    sizes
        Batch sizes N.
    learning_rate, steps
        Of all paths; large enough for the noise to be seen.
    runs, seed
        Of PG.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(420, "policy std σ"), x="policy mean μ", legend=2)
    optimum = problem.optimum()
    methods = {n: PG(learning_rate, n) for n in sizes}
    exact = one_run(RLHF(learning_rate), problem, start, steps)
    trajectories = {
        n: run(method, problem, start, steps, runs=runs, seed=seed, records=False) for n, method in methods.items()
    }
    ends = {n: method.destination(problem, start) for n, method in methods.items()}
    best = optimum.projection()
    top = f"the top is at ({float(best.mean):.2f}, {float(best.std):.2f})"
    names = ["PG, one run", *(f"run {i}" for i in range(2, runs + 1))]
    figure.add_trace(panels.landscape_trace(problem, span=0.6))
    for i, name in reversed(list(enumerate(names))):
        thin = {"color": theme.color("pg", alpha=0.4), "width": 1.1}
        bold = {"color": theme.color("pg"), "width": 1.8}
        trace = panels.path(name, exact, "pg", line=thin if i else bold, showlegend=not i)
        figure.add_trace(trace)
    figure.add_trace(panels.path("exact ∇<i>J</i>", exact, "rlhf"))
    figure.add_trace(panels.argmax(optimum))
    figure.add_trace(panels.dot(start, "PG's destination", "pg"))
    figure.add_trace(panels.note("rest", -0.95, 2.03, ""))
    panels.plane(figure, 1)
    figure.update_xaxes(range=[-1, 2.2])
    figure.update_yaxes(range=[0.6, 2.1])

    def draw(size: int) -> Drawing:
        paths, end = trajectories[size], ends[size]
        moving = {
            name: {"x": np.round(paths.mean[i], 3), "y": np.round(paths.std[i], 3)} for i, name in enumerate(names)
        }
        if end is None:
            return moving
        words = f"N = {size} rests at ({float(end.mean):.2f}, {float(end.std):.2f})<br>{top}"
        return moving | {"PG's destination": panels.point(end), "rest": {"text": [words]}}

    rows: list[list[Any]] = [["N", "PG lands at μ", "σ", "J"]]
    rows += [[n, float(at.mean), float(at.std), float(problem.objective(at))] for n, at in ends.items() if at]
    alt = """Paths of policy gradient on the landscape of J beside the path of the exact gradient. Small batches
    jitter widely and settle around a point below the maximum; large ones follow the exact path."""
    return describe(animate(figure, [slider("size", "N", sizes, start=4)], draw), alt, summary=rows)


def pg_bias(
    problem: Problem | None = None,
    policy: Gaussian = START,
    *,
    sizes: Sequence[int] = SIZES,
    batches: int = 150,
    seed: int = 0,
) -> go.Figure:
    """Above: the cloud of PG's estimates and its center against the exact gradient. Below: where PG comes to rest.

    Parameters
    ----------
    problem, policy
        What is optimized, and where the estimates are made.
    sizes
        Batch sizes N.
    batches
        Estimates in the cloud.
    seed
        Of the cloud.
    """
    problem = problem or Problem()
    figure = panels.stack(
        Row(250, "∂<sub>σ</sub>", x="∂<sub>μ</sub>"),
        Row(290, "policy std σ", x="policy mean μ"),
        legend=2,
        shared=False,
    )
    exact = problem.gradient(policy)
    clouds = {n: _estimates(PG(batch_size=n), policy, problem, batches, seed) for n in sizes}
    dots = {"size": 5, "color": theme.color("pg", alpha=0.45)}
    optimum, ends = problem.optimum(), [PG(batch_size=n).destination(problem, policy) for n in sizes]
    chain = [end for end in ends if end is not None]
    penalty = [-problem.beta * float(d) for d in policy.kl_gradient(problem.reference)]
    share = panels.line(SEGMENT, [penalty[0], exact[0]], [penalty[1], exact[1]], "rlhf", dash="dot")
    share.update(mode="lines+markers", marker={"size": 6}, hovertemplate="(%{x:.3f}, %{y:.3f})")
    line = panels.line("destinations, all N", [p.mean for p in chain], [p.std for p in chain], "pg", dash="dot")
    for trace, row in (
        (go.Scatter(x=[], y=[], mode="markers", name=ESTIMATES, marker=dots), 1),
        (share, 1),
        (_point(AVERAGE, "pg", symbol="diamond"), 1),
        (panels.note("share", -0.24, -0.3, ""), 1),
        (_point(EXACT, "rlhf", symbol="cross"), 1),
        (panels.landscape_trace(problem, np.linspace(-0.5, 2, 31), np.linspace(0.8, 2, 25), digits=4, span=0.2), 2),
        (line, 2),
        (panels.argmax(optimum), 2),
        (panels.dot(policy, "PG's destination", "pg"), 2),
    ):
        figure.add_trace(trace, row=row, col=1)
    figure.data[4].update(x=[exact[0]], y=[exact[1]])
    figure.update_xaxes(range=[-0.25, 0.75], zeroline=True, row=1, col=1)
    figure.update_yaxes(range=[-0.4, 1.2], zeroline=True, row=1, col=1)
    figure.update_xaxes(range=[-0.5, 2], showgrid=False, row=2, col=1)
    figure.update_yaxes(range=[0.8, 2], showgrid=False, row=2, col=1)

    def draw(size: int) -> Drawing:
        method = PG(batch_size=size)
        d_mean, d_std = method.expected_gradient(policy, problem)
        end = method.destination(problem, policy)
        x, y = clouds[size]
        words = f"expectation: (N − 1)/N = {estimators.bias_factor(size):.3g} of the way"
        drawn: dict[str, dict[str, Any]] = {
            ESTIMATES: {"x": np.round(x, 3), "y": np.round(y, 3)},
            AVERAGE: {"x": [d_mean], "y": [d_std]},
            "share": {"text": [words]},
        }
        return drawn | ({"PG's destination": panels.point(end)} if end is not None else {})

    rows: list[list[Any]] = [["N", "(N−1)/N", "destination μ", "σ"]]
    rows += [
        [n, estimators.bias_factor(n), float(end.mean), float(end.std)]
        for n, end in zip(sizes, ends, strict=True)
        if end is not None
    ]
    alt = """Above, a cloud of policy-gradient estimates in the plane of the two partial derivatives: its center
    falls short of the exact gradient, much for N = 2 and hardly for N = 128. Below, the point where PG comes to
    rest slides along the landscape from near the reference to the maximum of J as N grows."""
    return describe(animate(figure, [slider("size", "N", sizes, start=4)], draw), alt, summary=rows)


NAMES = {
    "none": "no baseline",
    "mean": "batch mean (PG)",
    "leave-one-out": "mean of the others (RLOO)",
    "expected": "exact E[r]",
    "optimal": "best constant",
}
STYLES = {
    "none": ("muted", "dot"),
    "mean": ("pg", "solid"),
    "leave-one-out": ("pg", "dash"),
    "expected": ("ppo", "dashdot"),
    "optimal": ("ink", "longdash"),
}


def pg_variance(
    problem: Problem | None = None,
    policies: dict[str, Gaussian] | None = None,
    *,
    sizes: Sequence[int] = SIZES,
    batches: int = 4000,
    seed: int = 0,
) -> go.Figure:
    """Variance of the gradient against N on log axes, exact lines and sampled dots; menus for place and component.

    Parameters
    ----------
    problem
        What is optimized.
    policies
        Label → policy at which the estimates are made.
    sizes
        Batch sizes N.
    batches, seed
        Of the sampled dots.
    """
    problem = problem or Problem()
    policies = policies or {"at the start": START, "at argmax J": problem.optimum().projection()}
    figure = panels.stack(Row(360, "variance of the estimate"), x="batch size <i>N</i>", legend=3)
    for baseline, (key, dash) in STYLES.items():
        figure.add_trace(panels.line(NAMES[baseline], sizes, [1.0] * len(sizes), key, dash=dash))
    figure.add_trace(_point("sampled PG", "pg", symbol="circle", size=9))
    figure.update_xaxes(type="log", tickvals=list(sizes), range=[np.log10(1.8), np.log10(140)])
    figure.update_yaxes(type="log", range=[-3.7, -0.1], tickvals=[0.0001, 0.001, 0.01, 0.1, 1], tickformat="~g")
    sampled = {
        (place, n): np.var(_estimates(PG(batch_size=n), policy, problem, batches, seed), axis=-1, ddof=1)
        for place, policy in policies.items()
        for n in sizes
    }

    def draw(place: str, component: int) -> Drawing:
        exact = {
            NAMES[b]: {"y": estimators.variance(policies[place], problem, np.array(sizes), b)[component]}
            for b in estimators.BASELINES
        }
        return exact | {"sampled PG": {"x": sizes, "y": [sampled[place, n][component] for n in sizes]}}

    controls = [
        choice("component", "Component", {0: "∂μ", 1: "∂σ"}),
        choice("place", "Estimated", {place: place for place in policies}),
    ]
    rows: list[list[Any]] = [["baseline", *(f"N = {n}" for n in sizes)]]
    first = next(iter(policies.values()))
    rows += [
        [NAMES[b], *np.ravel(estimators.variance(first, problem, np.array(sizes), b)[0])] for b in estimators.BASELINES
    ]
    alt = """Variance of the gradient estimate against batch size on logarithmic axes, one line per baseline. All
    fall with slope minus one for large N. For the mean, a baseline helps; for the standard deviation, at the
    maximum of J, the batch mean is noisier than no baseline at all."""
    ends = (0, next(iter(policies))), (1, list(policies)[-1])
    strip = {f"{'∂μ' if component == 0 else '∂σ'} {place}": f"{component}|{place}" for component, place in ends}
    return describe(animate(figure, controls, draw), alt, summary=rows, strip=strip)


def _copies(policy: Gaussian, n: int) -> State:
    """The same policy ``n`` times."""
    return State(Gaussian(np.full(n, policy.mean), np.full(n, policy.std)))


def _advantages(policy: Gaussian, batch: Any, size: int) -> Any:
    return PG(batch_size=size).advantages(State(policy), batch)


def _estimates(method: PG, policy: Gaussian, problem: Problem, batches: int, seed: int) -> tuple[Any, Any]:
    """PG's gradient on many batches."""
    state = _copies(policy, batches)
    gradient = method.gradient(state, method.draw(state, problem, np.random.default_rng(seed)), problem)
    return gradient.mean, gradient.std


def _point(name: str, key: str, **marker: Any) -> go.Scatter:
    marker = {"color": theme.color(key), "size": 13, "line": {"color": theme.color("paper"), "width": 1.2}} | marker
    return go.Scatter(x=[], y=[], mode="markers", name=name, marker=marker, hovertemplate="(%{x:.3f}, %{y:.3f})")
