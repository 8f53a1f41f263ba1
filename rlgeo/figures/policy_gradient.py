"""Chapter 4: batches, their bias, and the paths they make."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PG, RLHF, START, Gaussian, Problem, State, run
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import ALL_ACTIONS, Row, View, line, note

ADVANTAGES, MEAN_REWARD = "advantage", "mean reward r̄"
EXACT, ESTIMATES, AVERAGE = "exact ∇<i>J</i>", "PG's estimates", "PG's expectation"
SEGMENT, DESTINATION = "from −β∇KL to ∇<i>J</i>", "PG's destination"
SIZES = (2, 4, 8, 16, 32, 64, 128)
BATCH_SIZES, DRAWS = (4, 16, 64), 10
"""Batches to look at one by one: their sizes, and how many of each."""
STEPS, RUNS, RATE = 120, 4, 0.2
"""Of the paths: large enough steps for the noise to be seen."""
ESTIMATED = 150
"""Batches behind the cloud of estimates."""


@described
def pg_batch(problem: Problem) -> go.Figure:
    """A batch of actions drawn from the policy, as dots on the action axis, darker where the reward is higher; below,
    each action's advantage as a bar: positive where its reward is above the batch's mean, negative where it is below,
    and different in every draw."""
    state, methods = copies(START, DRAWS), {n: PG(batch_size=n) for n in BATCH_SIZES}
    batches = {n: method.draw(state, problem, np.random.default_rng(0)) for n, method in methods.items()}
    estimates = {n: method.gradient(state, batches[n], problem) for n, method in methods.items()}
    advantages = {n: method.advantages(state, batches[n]) for n, method in methods.items()}
    figure = _batch_panels(problem, 1.1 * max(float(np.max(np.abs(values))) for values in advantages.values()))
    exact = "exact ∇<i>J</i> = ({:.2f}, {:.2f})".format(*problem.gradient(START))

    def draw(size: int, draw: int) -> Drawing:
        actions, rewards = batches[size].actions[draw - 1], batches[size].rewards[draw - 1]
        estimate = tuple(part[draw - 1] for part in estimates[size][:2])
        bars = advantages[size][draw - 1]
        return {
            panels.SAMPLES: panels.samples(actions, rewards),
            MEAN_REWARD: {"y": [round(float(np.mean(rewards)), 3)] * 2},
            "estimate": "this batch says ({:.2f}, {:.2f})<br>".format(*estimate) + exact,
            ADVANTAGES: panels.stems(actions, bars, panels.signed(bars)),
        }

    controls = [slider("size", "N", BATCH_SIZES, start=16), slider("draw", "draw", range(1, DRAWS + 1), play=True)]
    return animate(figure, controls, draw, interval=700, strip={f"N = {n}": f"{n}|1" for n in BATCH_SIZES})


def _batch_panels(problem: Problem, top: float) -> go.Figure:
    reward = panels.reward_trace(problem, yaxis="y2")
    average = line(MEAN_REWARD, [-4.5, 4.5], [0, 0], "reward", dash="dot", yaxis="y2").update(line_width=1.6)
    policy = line(panels.POLICY, panels.ACTIONS, panels.density(START), "policy")
    above = [reward, policy, panels.samples_trace(), average]
    below = [*panels.unlisted(panels.bars(ADVANTAGES)), note("estimate", -4.4, -0.75 * top / 1.1)]
    figure = panels.stack(
        Row(210, "density", above, right="reward", xaxis=ALL_ACTIONS),
        Row(190, "advantage <i>r − r̄</i>", below, xaxis=ALL_ACTIONS, yaxis={"range": [-top, top], "zeroline": True}),
        legend=2,
    )
    return figure.update_layout(panels.level_ranges(float(np.max(START.density(panels.ACTIONS))), reward.y))


@described
def pg_paths(problem: Problem) -> go.Figure:
    """Paths of policy gradient on the landscape of J beside the path of the exact gradient. Small batches jitter widely
    and settle around a point short of the maximum; large ones follow the exact path."""
    methods = {n: PG(RATE, n) for n in SIZES}
    exact = panels.one_run(RLHF(RATE), problem, START, STEPS)
    paths = {n: run(method, problem, START, STEPS, runs=RUNS, records=False).policy for n, method in methods.items()}
    ends = {n: method.destination(problem, START) for n, method in methods.items()}
    best = problem.optimum().projection()
    top = f"the top is at ({float(best.mean):.2f}, {float(best.std):.2f})"
    names = ["PG, one run", *(f"run {i}" for i in range(2, RUNS + 1))]
    thin = {"color": theme.color("pg", alpha=0.4), "width": 1.1}
    traces = [
        *(panels.path(name, exact, "pg", line=thin, showlegend=False) for name in names[:0:-1]),
        panels.path(names[0], exact, "pg", showlegend=True, line={"color": theme.color("pg"), "width": 1.8}),
        panels.path(EXACT, exact, "rlhf"),
        panels.argmax(problem.optimum()),
        panels.dot(START, DESTINATION, "pg"),
        note("where", -0.95, 2.03),
    ]
    figure = View(span=0.6).map(420, problem, *traces, means=(-1, 2.2), stds=(0.6, 2.1))

    def draw(size: int) -> Drawing:
        moving = {name: paths[size][i] for i, name in enumerate(names)}
        end = ends[size]
        if end is None:
            return moving
        words = f"N = {size} converges to ({float(end.mean):.2f}, {float(end.std):.2f})<br>{top}"
        return moving | {DESTINATION: panels.point(end), "where": words}

    return animate(figure, [slider("size", "N", SIZES, start=4)], draw)


@described
def pg_bias(problem: Problem) -> go.Figure:
    """Above, a cloud of policy-gradient estimates in the plane of the two partial derivatives: its center falls short
    of the exact gradient, much for N = 2 and hardly for N = 128. Below, PG's destination slides along the landscape
    from near the reference to the maximum of J as N grows."""
    clouds = {n: estimates(PG(batch_size=n), START, problem, ESTIMATED) for n in SIZES}
    ends = {n: end for n in SIZES if (end := PG(batch_size=n).destination(problem, START)) is not None}
    trail = np.array([(end.mean, end.std) for end in ends.values()])
    dots = line("destinations, all N", trail[:, 0], trail[:, 1], "pg", dash="dot")
    near = View((-0.5, 2), (0.8, 2), (31, 25), span=0.2, digits=4)
    points = panels.argmax(problem.optimum()), panels.dot(START, DESTINATION, "pg")
    below = near.row(290, problem, dots, *points, x=panels.MEAN)
    figure = panels.stack(_cloud(problem), below, legend=2, shared=False)

    def draw(size: int) -> Drawing:
        d_mean, d_std = PG(batch_size=size).expected_gradient(START, problem)
        x, y = np.round(clouds[size], 3)
        drawn = {
            ESTIMATES: {"x": x, "y": y},
            AVERAGE: {"x": [d_mean], "y": [d_std]},
            "share": f"expectation: (N − 1)/N = {PG(batch_size=size).reward_share:.3g} of the way",
        }
        return drawn | ({DESTINATION: panels.point(ends[size])} if size in ends else {})

    return animate(figure, [slider("size", "N", SIZES, start=4)], draw)


def _cloud(problem: Problem) -> Row:
    """The plane of the two partial derivatives: estimates, their mean, and the way to the exact gradient."""
    exact = problem.gradient(START)
    penalty = [-problem.beta * float(d) for d in START.kl_gradient(problem.reference)]
    ends = np.transpose([penalty, exact])
    share = line(SEGMENT, ends[0], ends[1], "rlhf", dash="dot", mode="lines+markers", marker={"size": 6})
    traces = [
        panels.marks(ESTIMATES, "pg", size=5, color=theme.color("pg", alpha=0.45)),
        share.update(hovertemplate="(%{x:.3f}, %{y:.3f})"),
        partial_derivatives(AVERAGE, "pg", [], [], symbol="diamond"),
        note("share", -0.24, -0.3),
        partial_derivatives(EXACT, "rlhf", [exact[0]], [exact[1]], symbol="cross"),
    ]
    x, y = ({"range": span, "zeroline": True} for span in ([-0.25, 0.75], [-0.4, 1.2]))
    return Row(250, "∂<sub>σ</sub>", traces, x="∂<sub>μ</sub>", xaxis=x, yaxis=y)


def partial_derivatives(name: str, key: str, x: ArrayLike, y: ArrayLike, **marker: Any) -> go.Scatter:
    """Outlined marks, one for each gradient."""
    outline = {"color": theme.color("paper"), "width": 1.2}
    return panels.marks(name, key, x, y, hover="(%{x:.3f}, %{y:.3f})", **{"size": 13, "line": outline} | marker)


def copies(policy: Gaussian, n: int) -> State:
    """The same policy ``n`` times."""
    return State(Gaussian(np.full(n, policy.mean), np.full(n, policy.std)))


def estimates(method: PG, policy: Gaussian, problem: Problem, batches: int) -> tuple[Array, Array]:
    """PG's gradient on many batches."""
    state = copies(policy, batches)
    gradient = method.gradient(state, method.draw(state, problem, np.random.default_rng(0)), problem)
    return gradient.mean, gradient.std
