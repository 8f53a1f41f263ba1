"""Chapter 5: a batch used several times, the clip, the learned baseline, and the KL term as a loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import PG, PPO, RLHF, START, Gaussian, Problem, State, run
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, describe, slider
from rlgeo.figures.panels import SAMPLES, Row, one_run, samples, samples_trace, stems
from rlgeo.methods import clipped
from rlgeo.theory import kl_losses
from rlgeo.theory.flow import ascend
from rlgeo.toy.state import Batch

OLD, RATIOS, TERMS = "frozen π<sub>old</sub>", "ratio", "surrogate term"
FRESH = "a new batch"
CLIPS = (0.05, 0.1, 0.2, 0.3, 0.5)
RATIO_TOP = 4.0
"""Where the panel of ratios ends; what lies beyond is said in words."""


def inner_epochs(method: Any, policy: Gaussian, problem: Problem, epochs: int, seed: int) -> tuple[Batch, list[State]]:
    """One batch from π_old = ``policy`` and the states that ``epochs`` updates on it lead through."""
    states = [State(policy, behavior=policy)]
    batch = method.draw(states[0], problem, np.random.default_rng(seed))
    for _ in range(epochs):
        states.append(method.step(states[-1], batch, problem))
    return batch, states


def epoch_rows(method: Any, batch: Batch, states: Sequence[State]) -> list[list[Any]]:
    """For every epoch the policy, and how many samples the clip has silenced."""
    rows: list[list[Any]] = [["epoch", "μ", "σ", "samples clipped"]]
    for epoch, state in enumerate(states):
        silent = int(np.sum(method.clipped(state, batch)))
        rows.append([epoch, float(state.policy.mean), float(state.policy.std), silent])
    return rows


def end_rows(problem: Problem, paths: dict[str, Gaussian]) -> list[list[Any]]:
    """Where each path ends."""
    rows: list[list[Any]] = [["path", "μ at the end", "σ", "J"]]
    for name, path in paths.items():
        end = path[-1]
        rows.append([name, float(end.mean), float(end.std), float(problem.objective(end))])
    return rows


def shades(advantages: Any, zero_gradient: Any) -> list[str]:
    """Color of a sample: by the sign of its advantage, grey where the clip has silenced it."""
    return [
        theme.color("clipped") if silent else sign
        for silent, sign in zip(np.ravel(zero_gradient), panels.signed(advantages), strict=True)
    ]


def band_traces() -> list[go.Scatter]:
    """The edges of the clip band, shaded in between."""
    edge = {"color": theme.color("muted"), "width": 1.3, "dash": "dash"}
    low, high = (
        go.Scatter(x=[-4.5, 4.5], y=[1, 1], mode="lines", name=name, line=edge, showlegend=False, hoverinfo="y")
        for name in ("1 − ε", "1 + ε")
    )
    return [low, high.update(fill="tonexty", fillcolor=theme.color("muted", alpha=0.12))]


def band(clip: float) -> dict[str, dict[str, Any]]:
    """The band's edges as frame updates."""
    return {"1 − ε": {"y": [1 - clip] * 2}, "1 + ε": {"y": [1 + clip] * 2}}


def ratio_stems(actions: Any, ratios: Any, colors: Sequence[str]) -> dict[str, Any]:
    """Ratios as stems that stand on the line ρ = 1."""
    drawn = stems(actions, np.asarray(ratios) - 1, colors)
    drawn["y"] = np.round(drawn["y"] + 1, 3)
    return drawn


def policies_traces(policy: Gaussian, name: str = OLD) -> list[go.Scatter]:
    """π_old, frozen, and π_θ, which moves away from it."""
    frozen = panels.line(name, panels.ACTIONS, panels.density(policy), "behavior")
    return [frozen, panels.line(panels.POLICY, panels.ACTIONS, panels.density(policy), "policy")]


def ppo_clip(clips: Sequence[float] = CLIPS) -> go.Figure:
    """What one sample contributes to the surrogate, as a function of its ratio; a slider over ε."""
    ratio = np.linspace(0, 2, 201)
    figure = panels.stack(Row(300, "min(ρ Â, clip(ρ) Â)"), x="ratio ρ = π<sub>θ</sub>/π<sub>old</sub>", legend=2)
    for sign, key in ((1.0, "positive"), (-1.0, "negative")):
        name = "Â = +1" if sign > 0 else "Â = −1"
        figure.add_trace(panels.line(name, ratio, sign * ratio, key))
        grey = panels.line(f"{name}, clipped", ratio, sign * ratio, "clipped")
        figure.add_trace(grey.update(line={"width": 4}, showlegend=sign > 0, name=f"{name}, clipped"))
    figure.data[1].update(name="clipped: no gradient")
    figure.add_trace(panels.note("good", 1.98, 1.45, "good, and already likelier: silent", align="middle left"))
    figure.add_trace(panels.note("bad", 0.02, -0.55, "bad, and already rarer: silent"))
    figure.update_xaxes(range=[0, 2])
    figure.update_yaxes(range=[-2.05, 2.05], zeroline=True)

    def draw(clip: float) -> Drawing:
        drawn: dict[str, dict[str, Any]] = {}
        for sign, name, flat in (
            (1.0, "Â = +1", "clipped: no gradient"),
            (-1.0, "Â = −1", "Â = −1, clipped"),
        ):
            advantages = np.full_like(ratio, sign)
            terms = clipped.pessimistic(ratio, advantages, clip)
            silent = clipped.past_band(ratio, advantages, clip)
            drawn[name] = {"y": terms}
            drawn[flat] = {"y": np.where(silent, terms, np.nan)}
        return drawn

    alt = """The clipped surrogate of one sample against its ratio. With a positive advantage it rises up to
    1 + ε and is flat beyond; with a negative advantage it is flat below 1 − ε and falls beyond. Flat parts, where
    the gradient is zero, are grey; ratios that have moved the wrong way are never clipped."""
    rows: list[list[Any]] = [["ε", "no gradient for Â = +1 above ρ", "no gradient for Â = −1 below ρ"]]
    rows += [[f"{clip:g}", 1 + clip, 1 - clip] for clip in clips]
    return describe(animate(figure, [slider("clip", "ε", clips, start=0.2)], draw), alt, summary=rows)


def ppo_epochs(
    problem: Problem | None = None,
    policy: Gaussian | None = None,
    *,
    learning_rate: float = 0.15,
    clips: Sequence[float] = CLIPS,
    epochs: int = 10,
    batch_size: int = 16,
    seed: int = 3,
) -> go.Figure:
    """One batch through all inner epochs: policies, rewards against V, ratios, surrogate; sliders over ε and k.

    Parameters
    ----------
    problem, policy
        What is optimized, and π_old.
    learning_rate, epochs, batch_size
        Of PPO; a long step, so that ratios leave the band.
    clips
        ε to choose from.
    seed
        Of the batch.
    """
    problem, policy = problem or Problem(), policy or Gaussian(0.4, 0.7)
    methods = {clip: PPO(learning_rate, batch_size, clip, epochs) for clip in clips}
    passes = {clip: inner_epochs(method, policy, problem, epochs, seed) for clip, method in methods.items()}
    figure = panels.stack(
        Row(150, "density"),
        Row(150, "reward <i>r<sub>i</sub></i>, V"),
        Row(150, "ratio ρ"),
        Row(150, "min(ρÂ, clip·Â)"),
        legend=2,
    )
    for trace in (*policies_traces(policy), samples_trace()):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(panels.bars("r − V"), row=2, col=1)
    figure.add_trace(panels.line("baseline V", [-4.5, 4.5], [0, 0], "ppo"), row=2, col=1)
    for trace in (panels.bars(RATIOS), *band_traces()):
        figure.add_trace(trace, row=3, col=1)
    figure.add_trace(panels.note("beyond", 0, 0.95 * RATIO_TOP, "", align="middle left"), row=3, col=1)
    figure.add_trace(panels.bars(TERMS), row=4, col=1)
    for name in ("r − V", RATIOS, TERMS):
        figure.update_traces(showlegend=False, selector={"name": name})
    figure.update_xaxes(range=[-2.5, 3])
    top = [max(float(np.max(panels.density(s.policy))) for _, states in passes.values() for s in states)]
    figure.update_yaxes(range=[0, 1.08 * top[0]], row=1, col=1)
    figure.update_yaxes(range=[-0.08, 1.08], row=2, col=1)
    figure.update_yaxes(range=[0, RATIO_TOP], row=3, col=1)
    figure.update_yaxes(range=[-0.8, 1.3], zeroline=True, row=4, col=1)

    def draw(clip: float, epoch: int) -> Drawing:
        method, (batch, states) = methods[clip], passes[clip]
        state, a = states[epoch], batch.actions
        advantages = method.advantages(state, batch)
        colors = shades(advantages, method.clipped(state, batch))
        from_value = stems(a, advantages, colors)
        from_value["y"] = np.round(from_value["y"] + float(state.value), 3)
        ratios = method.ratios(state, batch)
        widest = int(np.argmax(ratios))
        outside = f"ρ = {ratios[widest]:.1f} ↑ " if ratios[widest] > RATIO_TOP else ""
        return {
            panels.POLICY: {"y": panels.density(state.policy)},
            "beyond": {"x": [round(float(a[widest]), 3)], "text": [outside]},
            SAMPLES: samples(a, batch.rewards),
            "r − V": from_value,
            "baseline V": {"y": [float(state.value)] * 2},
            RATIOS: ratio_stems(a, ratios, colors),
            TERMS: stems(a, method.contributions(state, batch), colors),
        } | band(clip)

    controls = [
        slider("clip", "ε", clips, start=0.2),
        slider("epoch", "epoch", range(epochs + 1), start=epochs // 2, play=True),
    ]
    alt = """Four panels over the action during the inner epochs on one batch: the frozen and the moving policy with
    the samples; each sample's reward as a stem from the baseline V, which climbs to the mean reward; the ratios with
    the clip band; the surrogate terms. Samples whose ratio has left the band on the profitable side turn grey."""
    middle = clips[len(clips) // 2]
    rows = epoch_rows(methods[middle], *passes[middle])
    strip = {f"after {k} epoch{'s' * (k > 1)}": f"{middle:g}|{k}" for k in (1, epochs // 2, epochs)}
    return describe(animate(figure, controls, draw, interval=500), alt, summary=rows, strip=strip)


def ppo_steps(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    learning_rate: float = 0.2,
    clips: Sequence[float] = CLIPS,
    epochs: Sequence[int] = (1, 2, 4, 8, 16),
    steps: int = 96,
    runs: int = 100,
    seed: int = 0,
) -> go.Figure:
    """Clip fraction, extreme ratios, and V against E[r] over training; sliders over ε and K.

    Parameters
    ----------
    problem, start
        What is optimized, and from where.
    learning_rate, steps, runs, seed
        Of the runs; curves are means over runs (medians for the extreme ratios).
    clips, epochs
        ε and K to choose from.
    """
    problem = problem or Problem()
    figure = panels.stack(
        Row(150, "clip fraction"), Row(150, "extreme ratios"), Row(170, "V and E[r]"), x="update", legend=2
    )
    every = np.arange(steps)
    figure.add_trace(panels.line("clip fraction", every, 0.0 * every, "clipped"), row=1, col=1)
    for name in ("largest ratio", "smallest ratio"):
        dash = "solid" if name == "largest ratio" else "dot"
        figure.add_trace(panels.line(name, every, 0.0 * every, "behavior", dash=dash), row=2, col=1)
    for trace in band_traces():
        figure.add_trace(trace.update(x=[0, steps - 1]), row=2, col=1)
    figure.add_trace(panels.line("baseline V", every, 0.0 * every, "ppo"), row=3, col=1)
    figure.add_trace(panels.line("E<sub>π</sub>[<i>r</i>]", every, 0.0 * every, "reward", dash="dash"), row=3, col=1)
    figure.update_traces(showlegend=False, selector={"name": "clip fraction"})
    figure.update_yaxes(range=[0, 0.5], tickformat=".0%", row=1, col=1)
    figure.update_yaxes(range=[0, 3], row=2, col=1)
    figure.update_yaxes(range=[0, 0.6], row=3, col=1)

    trained = {
        (clip, k): run(PPO(learning_rate, clip=clip, epochs=k), problem, start, steps, runs=runs, seed=seed)
        for clip in clips
        for k in epochs
    }

    def draw(clip: float, epochs: int) -> Drawing:
        trajectory = trained[clip, epochs]
        records: dict[str, Any] = trajectory.records
        expected = problem.expected_reward(trajectory.policy)[:, :-1]
        return {
            "clip fraction": {"y": np.round(np.mean(records["clip_fraction"], axis=0), 3)},
            "largest ratio": {"y": np.round(np.median(records["ratio_max"], axis=0), 2)},
            "smallest ratio": {"y": np.round(np.median(records["ratio_min"], axis=0), 2)},
            "baseline V": {"y": np.round(np.mean(records["value"], axis=0), 3)},
            "E<sub>π</sub>[<i>r</i>]": {"y": np.round(np.mean(expected, axis=0), 3)},
        } | band(clip)

    controls = [slider("clip", "ε", clips, start=0.2), slider("epochs", "K", epochs, start=8)]
    alt = """Over training: the share of clipped samples, a sawtooth that returns to zero with every new batch; the
    largest and smallest ratio, which leave the band although samples are clipped; and the baseline V, which follows
    the expected reward with a delay."""
    rows: list[list[Any]] = [["ε", "K", "mean clip fraction", "largest ratio", "smallest ratio"]]
    for (clip, k), trajectory in trained.items():
        share, high, low = (trajectory.records[name] for name in ("clip_fraction", "ratio_max", "ratio_min"))
        extremes = np.max(np.median(high, axis=0)), np.min(np.median(low, axis=0))
        rows.append([f"{clip:g}", k, float(np.mean(share)), *map(float, extremes)])
    return describe(animate(figure, controls, draw), alt, summary=rows)


def ppo_paths(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    learning_rate: float = 0.2,
    clips: Sequence[float] = CLIPS,
    epochs: Sequence[int] = (1, 4, 16),
    steps: int = 128,
    seed: int = 0,
) -> go.Figure:
    """PPO's path against PG's and the exact one; sliders over ε and K.

    Parameters
    ----------
    problem, start
        What is optimized, and from where.
    learning_rate, steps, seed
        The same for all paths.
    clips, epochs
        ε and K to choose from.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(420, "policy std σ"), x="policy mean μ", legend=2)
    exact = one_run(RLHF(learning_rate), problem, start, steps)
    pg = one_run(PG(learning_rate), problem, start, steps, seed)
    for trace in (
        panels.landscape_trace(problem, span=0.6),
        panels.path("exact ∇<i>J</i>", exact, "rlhf"),
        panels.path("PG", pg, "pg", line={"color": theme.color("pg", alpha=0.6), "width": 1.2}),
        panels.path("PPO", exact, "ppo", line={"color": theme.color("ppo"), "width": 2}),
        go.Scatter(x=[], y=[], mode="markers", name=FRESH, marker={"color": theme.color("ppo"), "size": 7}),
        panels.argmax(problem.optimum()),
        panels.dot(start, "start"),
    ):
        figure.add_trace(trace)
    panels.plane(figure, 1)
    figure.update_xaxes(range=[-1, 2.2])
    figure.update_yaxes(range=[0.6, 2.1])

    paths = {
        (clip, k): one_run(PPO(learning_rate, clip=clip, epochs=k), problem, start, steps, seed)
        for clip in clips
        for k in epochs
    }

    def draw(clip: float, epochs: int) -> Drawing:
        path = paths[clip, epochs]
        fresh = path[:-1:epochs]
        return {
            name: {"x": np.round(shown.mean, 3), "y": np.round(shown.std, 3)}
            for name, shown in (("PPO", path), (FRESH, fresh))
        }

    controls = [slider("clip", "ε", clips, start=0.2), slider("epochs", "K", epochs, start=16)]
    alt = """Paths on the landscape of J: the exact gradient, policy gradient with fresh samples at every step, and
    PPO, whose path consists of straight runs, one for each batch, more so the larger K."""
    ends = {"exact": exact, "PG": pg} | {f"PPO, ε = {clip:g}, K = {k}": path for (clip, k), path in paths.items()}
    return describe(animate(figure, controls, draw), alt, summary=end_rows(problem, ends))


KL_COLORS = {"k1": ("muted", "dot"), "k2": ("rlhf", "solid"), "k3": ("grpo", "dash")}


def kl_gradients(
    reference: Gaussian | None = None,
    *,
    means: Sequence[float] = (0, 0.5, 1, 1.5, 2),
    samples: int = 4000,
    seed: int = 0,
) -> go.Figure:
    """The mean gradient of k1, k2, k3 as losses, and its variance; a slider over μ.

    Parameters
    ----------
    reference
        π_ref.
    means
        μ of the policy; its σ is the horizontal axis.
    samples, seed
        Of the sampled dots.
    """
    reference = reference or Problem().reference
    stds = np.linspace(0.5, 2.5, 61)
    few = np.linspace(0.6, 2.4, 10)
    figure = panels.stack(
        Row(230, "mean of ∂<sub>σ</sub>"), Row(200, "variance of ∂<sub>σ</sub>"), x="policy std σ", legend=2
    )
    for loss, (key, dash) in KL_COLORS.items():
        figure.add_trace(panels.line(loss, stds, stds, key, dash=dash), row=1, col=1)
        dots = {"size": 6, "color": theme.color(key)}
        figure.add_trace(
            go.Scatter(x=few, y=few, mode="markers", name=f"{loss}, sampled", marker=dots, showlegend=False),
            row=1,
            col=1,
        )
        figure.add_trace(panels.line(f"{loss}, variance", stds, stds, key, dash=dash, showlegend=False), row=2, col=1)
    edge = panels.line("σ<sub>ref</sub>/√2", [kl_losses.k3_limit(reference)] * 2, [1e-3, 1e6], "muted", dash="longdash")
    figure.add_trace(edge, row=2, col=1)
    limit = kl_losses.k3_limit(reference)
    figure.add_trace(panels.line("edge above", [limit] * 2, [-9, 9], "muted", dash="longdash", showlegend=False), 1, 1)
    figure.add_trace(
        panels.note("infinite", limit - 0.02, 0.02, "k3: infinite <br>variance ", align="middle left"), 2, 1
    )
    figure.update_yaxes(range=[-3.2, 2], zeroline=True, row=1, col=1)
    figure.update_yaxes(type="log", range=[-2.5, 5], row=2, col=1, tickvals=[0.01, 1, 100, 1e4], tickformat="~g")

    def draw(mean: float) -> Drawing:
        drawn: dict[str, dict[str, Any]] = {}
        rng = np.random.default_rng(seed)
        sparse = Gaussian(np.full_like(few, mean), few)
        actions = sparse.sample(rng, samples)
        for loss in kl_losses.KL_LOSSES:
            at = Gaussian(np.full_like(stds, mean), stds)
            sampled = np.mean(kl_losses.gradient(loss, sparse, reference, actions)[1], axis=-1)
            drawn[loss] = {"y": np.round(kl_losses.expected_gradient(loss, at, reference)[1], 3)}
            drawn[f"{loss}, sampled"] = {"y": np.round(sampled, 3)}
            drawn[f"{loss}, variance"] = {"y": kl_losses.variance(loss, at, reference)[1]}
        return drawn

    alt = """Above, the expected gradient in σ of the three KL losses: k1 is zero everywhere, k2 follows the reverse
    KL, k3 the forward KL, which is much steeper at small σ. Below, their variances on a log axis: that of k3
    diverges where σ falls to the reference's divided by the square root of two."""
    few_stds = np.array([0.75, 1.0, 1.5, 2.0])
    at = Gaussian(np.full(few_stds.size, 1.0), few_stds)
    rows: list[list[Any]] = [["mean of ∂σ at μ = 1", *(f"σ = {std:g}" for std in few_stds)]]
    rows += [[loss, *map(float, kl_losses.expected_gradient(loss, at, reference)[1])] for loss in kl_losses.KL_LOSSES]
    return describe(animate(figure, [slider("mean", "μ", means, start=1)], draw), alt, summary=rows)


def kl_paths(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    betas: Sequence[float] = (0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2),
    learning_rate: float = 0.1,
    steps: int = 600,
) -> go.Figure:
    """Where expected policy-gradient training goes when the KL term is k1, k2 or k3 as a loss; a slider over β.

    Parameters
    ----------
    problem, start
        What is optimized, and from where.
    betas
        β to choose from.
    learning_rate, steps
        Of the paths.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(400, "policy std σ"), x="policy mean μ", legend=2)
    grid = np.linspace(-0.8, 2.6, 31), np.linspace(0.03, 2.1, 23)
    figure.add_trace(panels.landscape_trace(problem, *grid, span=0.6))
    names = {"k1": "k1: no KL at all", "k2": "k2: reverse KL, J", "k3": "k3: forward KL"}
    for loss, (key, dash) in KL_COLORS.items():
        figure.add_trace(panels.line(names[loss], [0.0], [1.0], key, dash=dash))
    ends = panels.dot(start, "ends", "ink", size=7).update(showlegend=False)
    figure.add_trace(
        panels.named(ends, tuple(KL_COLORS)).update(textposition=["top right", "middle right", "top center"])
    )
    figure.add_trace(panels.argmax(problem.optimum()))
    figure.add_trace(panels.dot(start, "start"))
    figure.update_xaxes(range=[-0.8, 2.6], showgrid=False)
    figure.update_yaxes(range=[0, 2.1], showgrid=False)
    times = np.unique(np.round(np.geomspace(1, steps + 1, 48)).astype(int)) - 1

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        drawn: dict[str, Any] = {
            panels.LANDSCAPE: panels.landscape_values(at, *grid, span=0.6),
            panels.ARGMAX: panels.point(at.optimum().projection()),
        }
        for loss in kl_losses.KL_LOSSES:
            path = ascend(kl_losses.penalized(loss, at), start, steps, learning_rate)
            drawn[names[loss]] = {"x": np.round(path.mean[times], 3), "y": np.round(path.std[times], 3)}
        last = [drawn[names[loss]] for loss in KL_COLORS]
        return drawn | {"ends": {axis: [path[axis][-1] for path in last] for axis in "xy"}}

    alt = """Three paths on the landscape of J. With k2 the policy climbs to the maximum of J. With k1 it walks to
    the reward's peak and narrows without end. With k3 it stops elsewhere, wider, because the forward KL forbids
    narrowness more than the reverse KL does."""
    last = draw(problem.beta)["ends"]
    rows: list[list[Any]] = [["loss", "μ at the end", "σ"]]
    rows += [[name, x, y] for name, x, y in zip(names.values(), last["x"], last["y"], strict=True)]
    return describe(animate(figure, [slider("beta", "β", betas, start=problem.beta)], draw), alt, summary=rows)
