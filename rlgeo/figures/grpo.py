"""Chapter 6: one GRPO step in slow motion, what dividing by the standard deviation does, and the collapse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, PG, PPO, RLHF, START, Gaussian, Problem, ascend, collapse_threshold, run
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.panels import SAMPLES, Row, one_run, samples, samples_trace, stems
from rlgeo.figures.ppo import (
    RATIOS,
    TERMS,
    band,
    band_traces,
    end_rows,
    epoch_rows,
    inner_epochs,
    policies_traces,
    ratio_stems,
    shades,
)
from rlgeo.theory import peak

ADVANTAGES = "group advantage"
SIZES = (2, 4, 8, 16, 32, 64)


def grpo_step(
    problem: Problem | None = None,
    policy: Gaussian | None = None,
    *,
    learning_rate: float = 0.06,
    sizes: Sequence[int] = (4, 8, 16),
    clips: Sequence[float] = (0.1, 0.2, 0.4),
    epochs: int = 6,
    seed: int = 3,
) -> go.Figure:
    """Samples, advantages, ratios and surrogate through the inner epochs on one group; sliders over G, ε and k.

    Parameters
    ----------
    problem, policy
        What is optimized, and π_old.
    learning_rate, epochs
        Of GRPO.
    sizes, clips
        G and ε to choose from.
    seed
        Of the group.
    """
    problem, policy = problem or Problem(), policy or Gaussian(0.4, 0.8)
    methods = {(g, e): GRPO(learning_rate, g, e, epochs) for g in sizes for e in clips}
    passes = {key: inner_epochs(method, policy, problem, epochs, seed) for key, method in methods.items()}
    figure = panels.stack(
        Row(160, "density"), Row(140, "advantage Â"), Row(140, "ratio ρ"), Row(150, "min(ρÂ, clip·Â)"), legend=2
    )
    for trace in (*policies_traces(policy), samples_trace()):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(panels.bars(ADVANTAGES), row=2, col=1)
    for trace in (panels.bars(RATIOS), *band_traces()):
        figure.add_trace(trace, row=3, col=1)
    figure.add_trace(panels.bars(TERMS), row=4, col=1)
    for name in (ADVANTAGES, RATIOS, TERMS):
        figure.update_traces(showlegend=False, selector={"name": name})
    top = max(float(np.max(panels.density(s.policy))) for _, states in passes.values() for s in states)
    figure.update_xaxes(range=[-2.5, 3])
    figure.update_yaxes(range=[0, 1.08 * top], row=1, col=1)
    figure.update_yaxes(range=[-1.6, 2.8], zeroline=True, row=2, col=1)
    figure.update_yaxes(range=[0, 2.6], row=3, col=1)
    figure.update_yaxes(range=[-2.6, 3.2], zeroline=True, row=4, col=1)

    def draw(size: int, clip: float, epoch: int) -> Drawing:
        method, (batch, states) = methods[size, clip], passes[size, clip]
        state, a = states[epoch], batch.actions
        advantages = method.advantages(state, batch)
        colors = shades(advantages, method.clipped(state, batch))
        return {
            panels.POLICY: {"y": panels.density(state.policy)},
            SAMPLES: samples(a, batch.rewards),
            ADVANTAGES: stems(a, advantages, panels.signed(advantages)),
            RATIOS: ratio_stems(a, method.ratios(state, batch), colors),
            TERMS: stems(a, method.contributions(state, batch), colors),
        } | band(clip)

    controls = [
        slider("size", "G", sizes, start=8),
        slider("clip", "ε", clips, start=0.2),
        slider("epoch", "epoch", range(epochs + 1), start=epochs // 2, play=True),
    ]
    alt = """Four panels over the action during the inner epochs on one group: the frozen and the moving policy with
    the samples, dark where the reward is high; their normalized advantages; their ratios with the clip band; their
    terms in the surrogate. The ratios start at one and fan out; samples that leave the band on the profitable side
    turn grey and stop pushing."""
    middle = sizes[len(sizes) // 2], clips[len(clips) // 2]
    rows = epoch_rows(methods[middle], *passes[middle])
    strip = {f"after {k} epoch{'s' * (k > 1)}": f"{middle[0]}|{middle[1]:g}|{k}" for k in (1, epochs // 2, epochs)}
    return describe(animate(figure, controls, draw, interval=600), alt, summary=rows, strip=strip)


def grpo_paths(
    problem: Problem | None = None,
    start: Gaussian = START,
    *,
    sizes: Sequence[int] = (2, 4, 8, 64),
    clips: Sequence[float] = (0.05, 0.2, 0.5),
    steps: int = 128,
    learning_rate: float = 0.05,
    seed: int = 0,
) -> go.Figure:
    """GRPO's path against PPO's, PG's and the exact one; sliders over G and ε.

    Parameters
    ----------
    problem, start
        What is optimized, and from where.
    sizes, clips
        G (for PPO and PG: N) and ε to choose from.
    steps, learning_rate, seed
        The same for all paths.
    """
    problem = problem or Problem()
    figure = panels.stack(Row(430, "policy std σ"), x="policy mean μ", legend=2)
    exact = one_run(RLHF(learning_rate), problem, start, steps)
    figure.add_trace(panels.landscape_trace(problem, np.linspace(-0.6, 2.8, 35), np.linspace(0.02, 2, 31), span=0.8))
    for name, key in (("PG", "pg"), ("PPO", "ppo"), ("GRPO", "grpo")):
        figure.add_trace(panels.path(name, exact, key))
    figure.add_trace(panels.path("exact ∇<i>J</i>", exact, "rlhf"))
    figure.add_trace(panels.argmax(problem.optimum()))
    figure.add_trace(panels.dot(start, "start"))
    figure.update_xaxes(range=[-0.6, 2.8], showgrid=False)
    figure.update_yaxes(range=[0.02, 2], showgrid=False)

    pairs = [(size, clip) for size in sizes for clip in clips]
    ppo = {at: one_run(PPO(learning_rate, *at), problem, start, steps, seed) for at in pairs}
    grpo = {at: one_run(GRPO(learning_rate, *at), problem, start, steps, seed) for at in pairs}
    pg = {size: one_run(PG(learning_rate, size), problem, start, steps, seed) for size in sizes}

    def draw(size: int, clip: float) -> Drawing:
        paths = {"PPO": ppo[size, clip], "GRPO": grpo[size, clip], "PG": pg[size]}
        return {name: {"x": np.round(at.mean, 3), "y": np.round(at.std, 3)} for name, at in paths.items()}

    controls = [slider("size", "G, N", sizes, start=8), slider("clip", "ε", clips, start=0.2)]
    alt = """Four paths from one start on the landscape of J. The exact gradient, policy gradient and PPO creep
    toward the maximum of J. GRPO takes much longer strides, passes it by and ends on a narrow policy at the
    reward's peak, where J is low."""
    size, clip = sizes[len(sizes) // 2], clips[len(clips) // 2]
    ends = {"exact": exact, "PG": pg[size], "PPO": ppo[size, clip]}
    ends |= {f"GRPO, G = {g}, ε = {e:g}": path for (g, e), path in grpo.items()}
    return describe(animate(figure, controls, draw), alt, summary=end_rows(problem, ends))


def grpo_field(
    problem: Problem | None = None,
    *,
    betas: Sequence[float] = (0.25, 0.5, 0.8, 1.0, 1.2, 1.3, 1.5, 2.0),
    group_size: Any = np.inf,
    steps: int = 600,
) -> go.Figure:
    """GRPO's expected field at G = ∞ beside ∇J, two of its flow lines, and β_eff/β = Std_θ(r); a slider over β.

    Parameters
    ----------
    problem
        What is optimized.
    betas
        β to choose from.
    group_size
        G; infinity by default.
    steps
        Length of the flow lines.
    """
    problem = problem or Problem()
    method = GRPO(group_size=group_size, std_offset=0)
    grid = np.meshgrid(np.linspace(-3.5, 3.5, 12), np.linspace(0.25, 2.65, 7))
    policies = Gaussian(grid[0], grid[1])
    names, starts = ("GRPO from (0, 1)", "GRPO from (2, .4)"), Gaussian(np.array([0.0, 2.0]), np.array([1.0, 0.4]))
    figure = panels.stack(Row(330, "policy std σ"), Row(190, "policy std σ"), x="policy mean μ", legend=3)
    figure.add_trace(panels.landscape_trace(problem, panels.COARSE_MEANS, panels.COARSE_STDS), row=1, col=1)
    for name, key in (("∇<i>J</i>", "rlhf"), ("GRPO's field", "grpo")):
        figure.add_trace(panels.arrows(policies, *problem.gradient(policies), name=name, key=key), row=1, col=1)
    for name, dash in zip(names, ("solid", "3px,2px"), strict=True):
        figure.add_trace(panels.line(name, [0.0], [1.0], "grpo", dash=dash), row=1, col=1)
        figure.data[-1].line.width = 3
    figure.add_trace(panels.dot(starts, "starts", "policy", size=9), row=1, col=1)
    figure.add_trace(panels.argmax(problem.optimum()), row=1, col=1)
    std = np.sqrt(problem.reward.variance(Gaussian(panels.COARSE_MEANS, panels.COARSE_STDS[:, None])))
    figure.add_trace(
        panels.contour_trace(
            "Std(r)", panels.COARSE_MEANS, panels.COARSE_STDS, **panels.contour_values(std, span=float(np.max(std)))
        ),
        row=2,
        col=1,
    )
    words = "bright: Std(<i>r</i>) large<br>dark: the KL is cheap"
    figure.add_trace(panels.note("words", -3.8, 2.55, words), row=2, col=1)
    for row in (1, 2):
        panels.plane(figure, row)
    times = np.concatenate([np.arange(20), np.arange(20, steps + 1, 10)])  # the narrow start falls fast

    def draw(beta: float) -> Drawing:
        at = problem.at_beta(beta)
        drawn: dict[str, Any] = {
            panels.LANDSCAPE: panels.landscape_values(at, panels.COARSE_MEANS, panels.COARSE_STDS, digits=2),
            panels.ARGMAX: panels.point(at.optimum().projection()),
        }
        for name, field in (
            ("∇<i>J</i>", at.gradient(policies)),
            ("GRPO's field", method.expected_gradient(policies, at)),
        ):
            quiver = panels.arrows(policies, *field, name=name)
            drawn[name] = {"x": np.round(quiver.x, 2), "y": np.round(quiver.y, 2)}
        paths = ascend(lambda p: method.expected_gradient(p, at), starts, steps, 0.01)
        for i, name in enumerate(names):
            collapsed = np.minimum.accumulate(paths.std[i]) < panels.COARSE_STDS[0]
            std = np.where(collapsed, np.nan, paths.std[i])[times]
            drawn[name] = {"x": np.round(paths.mean[i, times], 3), "y": np.round(std, 3)}
        return drawn

    rows: list[list[Any]] = [["β", "GRPO at rest, from (0, 1): μ", "σ"]]
    for beta in betas:
        end = method.destination(problem.at_beta(beta), START)
        rows.append([beta, *((float(end.mean), float(end.std)) if end is not None else ("collapse", ""))])
    alt = """Above, arrows of the exact gradient and of GRPO's expected field on the landscape of J, with two flow
    lines. At small β both lines end at σ = 0 under the reward's peak; at intermediate β the one from the start comes
    to rest and the one from a narrow policy still collapses; at large β both rest. Below, a map of the standard
    deviation of the reward under the policy: it vanishes with σ."""
    strip = {f"β = {beta:g}": f"{beta:g}" for beta in (0.5, 1.2, 1.5) if beta in betas}
    return describe(
        animate(figure, [slider("beta", "β", betas, start=problem.beta)], draw), alt, summary=rows, strip=strip
    )


def grpo_threshold(*, sizes: Sequence[int] = SIZES, batches: int = 4000, seed: int = 0) -> go.Figure:
    """c_G against G: the exact curve, and the pull that sampled groups measure on two rewards.

    Parameters
    ----------
    sizes
        G of the dots.
    batches, seed
        Groups behind each dot.
    """
    every = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64]
    figure = panels.stack(Row(330, "c<sub>G</sub>"), x="group size <i>G</i>", legend=2)
    exact = [collapse_threshold(g) for g in every]
    figure.add_trace(panels.line("exact c<sub>G</sub>", every, exact, "grpo", dash="solid", fill=0.1))
    limit = [collapse_threshold(np.inf)] * 2
    figure.add_trace(panels.line("G → ∞: √2", [2, 64], limit, "muted", dash="dash"))
    figure.add_trace(panels.line("the book's β", [2, 64], [Problem().beta] * 2, "policy", dash="dot"))
    cases = {
        "measured on a parabola": (Problem(peak.quadratic()), Gaussian(0.0, 1.0), "circle"),
        "measured on <i>single</i>, σ = .05": (Problem(), Gaussian(2.0, 0.05), "diamond-open"),
    }
    rows: list[list[Any]] = [["G", "c_G", "measured on a parabola"]]
    for name, (problem, policy, symbol) in cases.items():
        rng = np.random.default_rng(seed)
        pulls = [peak.sampled_pull(GRPO(group_size=g, std_offset=0), policy, problem, batches, rng) for g in sizes]
        marker = {"color": theme.color("ink"), "size": 9, "symbol": symbol}
        error = {"type": "data", "array": [2 * e for _, e in pulls], "thickness": 1.2, "width": 3}
        error["color"] = theme.color("ink")
        figure.add_trace(
            go.Scatter(x=sizes, y=[m for m, _ in pulls], mode="markers", name=name, marker=marker, error_y=error)
        )
        if len(rows) == 1:
            rows += [[g, collapse_threshold(g), m] for g, (m, _) in zip(sizes, pulls, strict=True)]
    figure.update_xaxes(type="log", tickvals=list(sizes), range=[np.log10(1.8), np.log10(72)])
    for name, x, y, words in (
        ("above", 2.2, 1.22, "β > c<sub>G</sub>:<br>σ comes to rest"),
        ("below", 9, 0.25, "β < c<sub>G</sub>:<br>σ falls to 0"),
    ):
        figure.add_trace(panels.note(name, x, y, words))
    figure.update_yaxes(range=[0, 1.55])
    alt = """The collapse threshold rises with the group size from .45 at G = 2 to 1.36 at G = 64, toward the square
    root of two. Dots measured on sampled groups lie on the curve. The book's β = .5 is below it for every G of three
    or more."""
    return describe(figure, alt, summary=rows)


def grpo_collapse(
    *,
    betas: Sequence[float] = (0.3, 0.5, 0.8, 1.0, 1.2, 1.6),
    sizes: Sequence[int] = (2, 8, 32),
    rates: Sequence[float] = (0.0075, 0.03),
    horizon: float = 1.5,
    runs: int = 40,
    seed: int = 0,
) -> go.Figure:
    """σ over time on a quadratic peak: closed form, and sampled runs at a small and at the default step length.

    Parameters
    ----------
    betas, sizes, rates
        β, G and η to choose from.
    horizon
        Steps times η.
    runs, seed
        Of the band, which holds 80 % of the runs.
    """
    figure = panels.stack(Row(360, "policy std σ"), x="time: steps × η", legend=2)
    reward = peak.quadratic()
    fine = np.linspace(0, horizon, 81)
    shown = np.linspace(0, 1, 49)
    hidden = {"mode": "lines", "line": {"color": theme.color("grpo", alpha=0.0), "width": 0}, "hoverinfo": "skip"}
    shade = {"fill": "tonexty", "fillcolor": theme.color("grpo", alpha=0.18)}
    figure.add_trace(go.Scatter(x=fine, y=fine, name="high", showlegend=False, **hidden))
    figure.add_trace(go.Scatter(x=fine, y=fine, name="80 % of runs", **hidden, **shade))
    figure.add_trace(panels.line("GRPO, median", fine, fine, "grpo", dash="solid"))
    figure.add_trace(panels.line("closed form", fine, fine, "ink", dash="dash"))
    figure.add_trace(panels.note("fate", 0.03 * horizon, 1.6, ""))
    figure.update_xaxes(range=[0, horizon])
    figure.update_yaxes(range=[0, 1.7])

    def draw(beta: float, size: int, rate: float) -> Drawing:
        problem = Problem(reward, beta=beta)
        steps = round(horizon / rate)
        method = GRPO(rate, size, epochs=1, std_offset=0)
        std = run(method, problem, START, steps, runs=runs, seed=seed, records=False).std
        at = np.unique(np.round(shown * steps).astype(int))
        low, middle, high = np.quantile(std[:, at], [0.1, 0.5, 0.9], axis=0)
        time = np.round(at * rate, 3)
        flow = peak.std_over_time(problem, method.collapse_threshold(), float(START.std), fine)
        threshold = method.collapse_threshold()
        end = float(peak.collapse_time(problem, threshold, float(START.std)))
        rest = float(peak.std_over_time(problem, threshold, float(START.std), 1e9))
        fate = f"σ = 0 at time {end:.2f}" if np.isfinite(end) else f"σ rests at {rest:.2f}"
        words = f"β = {beta:g}, c<sub>G</sub> = {threshold:.3f}<br>{fate}"
        return {
            "fate": {"text": [words]},
            "high": {"x": time, "y": np.round(high, 3)},
            "80 % of runs": {"x": time, "y": np.round(low, 3)},
            "GRPO, median": {"x": time, "y": np.round(middle, 3)},
            "closed form": {"x": fine, "y": np.round(flow, 3)},
        }

    controls = [
        slider("beta", "β", betas, start=0.5),
        slider("size", "G", sizes, start=8),
        choice("rate", "η", {rate: f"{rate:g}" for rate in rates}),
    ]
    rows: list[list[Any]] = [["β", *(f"collapse time, G = {g}" for g in sizes)]]
    for beta in betas:
        times = [float(peak.collapse_time(Problem(reward, beta=beta), collapse_threshold(g), 1.0)) for g in sizes]
        rows.append([beta, *times])
    alt = """Standard deviation over time on a quadratic peak. Below the threshold the closed form falls to zero in
    finite time, above it levels off; runs with short steps follow it down to a floor. With the default step they
    rattle at a larger width."""
    usual = f"{sizes[len(sizes) // 2]}|{rates[0]:g}"
    strip = {f"β = {beta:g}": f"{beta:g}|{usual}" for beta in (0.5, 1.0, 1.2) if beta in betas}
    return describe(animate(figure, controls, draw), alt, summary=rows, strip=strip)
