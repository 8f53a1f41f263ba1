"""Chapters 5 and 6: the inner epochs on one batch in slow motion, for PPO and for GRPO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, PPO, Gaussian, Problem, State
from rlgeo.figures import panels, theme
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import Row, line, unlisted
from rlgeo.methods.clipped import Clipped
from rlgeo.toy.state import Batch

OLD, RATIOS, TERMS = "frozen π<sub>old</sub>", "ratio", "surrogate term"
FROM_VALUE, VALUE, ADVANTAGES = "r − V", "baseline V", "group advantage"
CLIPS = (0.05, 0.1, 0.2, 0.3, 0.5)
RATIO_TOP = 4.0
"""Where PPO's panel of ratios ends; what lies beyond is said in words."""
SEED = 3
ACTIONS = (-2.5, 3)


@dataclass(frozen=True)
class Epochs:
    """One batch, and the states that updates on it lead through, from π_old on."""

    method: Clipped
    batch: Batch
    states: Sequence[State]

    def draw(self, epoch: int) -> dict[str, dict[str, Any]]:
        """The panels that both methods have, after so many epochs."""
        method, batch, state = self.method, self.batch, self.states[epoch]
        colors = self.shades(epoch)
        return {
            panels.POLICY: {"y": panels.density(state.policy)},
            panels.SAMPLES: panels.samples(batch.actions, batch.rewards),
            RATIOS: panels.stems(batch.actions, method.ratios(state, batch) - 1, colors, base=1),
            TERMS: panels.stems(batch.actions, method.contributions(state, batch), colors),
            **band(method.clip),
        }

    def shades(self, epoch: int) -> list[theme.Color]:
        """Colors of the samples: by the signs of their advantages, grey where the clip leaves no gradient."""
        advantages = self.method.advantages(self.states[epoch], self.batch)
        clipped = np.ravel(self.method.clipped(self.states[epoch], self.batch))
        return [theme.color("clipped") if c else s for c, s in zip(clipped, panels.signed(advantages), strict=True)]


def train(method: Clipped, policy: Gaussian, problem: Problem) -> Epochs:
    """All inner epochs on one batch from ``policy``."""
    states = [State(policy, behavior=policy)]
    batch = method.draw(states[0], problem, np.random.default_rng(SEED))
    for _ in range(method.epochs):
        states.append(method.step(states[-1], batch, problem))
    return Epochs(method, batch, states)


def band_traces(ends: Sequence[float] = (-4.5, 4.5)) -> list[go.Scatter]:
    """The edges of the clip band, shaded in between."""
    edge: dict[str, Any] = {"color": theme.color("muted"), "width": 1.3, "dash": "dash"}
    more: dict[str, Any] = {"line": edge, "hoverinfo": "y", "hovertemplate": None}
    low, high = unlisted(*(line(name, ends, [1, 1], "muted", **more) for name in ("1 − ε", "1 + ε")))
    return [low, high.update(fill="tonexty", fillcolor=theme.color("muted", alpha=0.12))]


def band(clip: float) -> dict[str, dict[str, Any]]:
    """The band's edges as frame updates."""
    return {"1 − ε": {"y": [1 - clip] * 2}, "1 + ε": {"y": [1 + clip] * 2}}


@described
def ppo_epochs(problem: Problem) -> go.Figure:
    """Four panels over the action during the inner epochs on one batch: the frozen and the moving policy with the
    samples; each sample's reward as a stem from the baseline V, which climbs to the mean reward; the ratios with the
    clip band; the surrogate terms. Samples whose ratio has left the band in the direction of their advantage turn
    gray."""
    policy = Gaussian(0.4, 0.7)
    passes = {clip: train(PPO(0.15, 16, clip, epochs=10), policy, problem) for clip in CLIPS}
    value = [*unlisted(panels.bars(FROM_VALUE)), line(VALUE, [-4.5, 4.5], [0, 0], "ppo")]
    beyond = panels.note("beyond", 0, 0.95 * RATIO_TOP, align="middle left")
    figure = panels.stack(
        _densities(150, policy, passes),
        Row(150, "reward <i>r<sub>i</sub></i>, V", value, xaxis=ACTIONS, yaxis=(-0.08, 1.08)),
        _ratios(150, RATIO_TOP, beyond),
        _stems(150, "min(ρÂ, clip·Â)", TERMS, [-0.8, 1.3]),
        legend=2,
    )

    def draw(clip: float, epoch: int) -> Drawing:
        shown = passes[clip]
        method, batch, state = shown.method, shown.batch, shown.states[epoch]
        ratios = method.ratios(state, batch)
        widest = int(np.argmax(ratios))
        words = f"ρ = {ratios[widest]:.1f} ↑ " if ratios[widest] > RATIO_TOP else ""
        advantages, V = method.advantages(state, batch), float(state.value)
        return shown.draw(epoch) | {
            "beyond": {"x": [round(float(batch.actions[widest]), 3)], "text": [words]},
            FROM_VALUE: panels.stems(batch.actions, advantages, shown.shades(epoch), base=V),
            VALUE: {"y": [V] * 2},
        }

    controls = [slider("clip", "ε", CLIPS, start=0.2), slider("epoch", "epoch", range(11), start=5, play=True)]
    strip = {"after 1 epoch": "0.2|1", "after 5 epochs": "0.2|5", "after 10 epochs": "0.2|10"}
    return animate(figure, controls, draw, interval=500, strip=strip)


@described
def grpo_step(problem: Problem) -> go.Figure:
    """Four panels over the action during the inner epochs on one group: the frozen and the moving policy with the
    samples, dark where the reward is high; their normalized advantages; their ratios with the clip band; their terms in
    the surrogate. The ratios start at one and fan out; samples that leave the band in the direction of their advantage
    turn gray and stop pushing."""
    policy, sizes, clips = Gaussian(0.4, 0.8), (4, 8, 16), (0.1, 0.2, 0.4)
    passes = {(g, e): train(GRPO(0.06, g, e, epochs=6), policy, problem) for g in sizes for e in clips}
    figure = panels.stack(
        _densities(160, policy, passes),
        _stems(140, "advantage Â", ADVANTAGES, [-1.6, 2.8]),
        _ratios(140, 2.6),
        _stems(150, "min(ρÂ, clip·Â)", TERMS, [-2.6, 3.2]),
        legend=2,
    )

    def draw(size: int, clip: float, epoch: int) -> Drawing:
        shown = passes[size, clip]
        advantages = shown.method.advantages(shown.states[epoch], shown.batch)
        stems = panels.stems(shown.batch.actions, advantages, panels.signed(advantages))
        return shown.draw(epoch) | {ADVANTAGES: stems}

    controls = [
        slider("size", "G", sizes, start=8),
        slider("clip", "ε", clips, start=0.2),
        slider("epoch", "epoch", range(7), start=3, play=True),
    ]
    strip = {"after 1 epoch": "8|0.2|1", "after 3 epochs": "8|0.2|3", "after 6 epochs": "8|0.2|6"}
    return animate(figure, controls, draw, interval=600, strip=strip)


def _densities(height: int, policy: Gaussian, passes: Mapping[Any, Epochs]) -> Row:
    """π_old, frozen, and π_θ, which moves away from it, over the samples."""
    frozen, moving = (
        line(name, panels.ACTIONS, panels.density(policy), key)
        for name, key in ((OLD, "behavior"), (panels.POLICY, "policy"))
    )
    top = max(float(np.max(panels.density(s.policy))) for shown in passes.values() for s in shown.states)
    traces = [frozen, moving, panels.samples_trace()]
    return Row(height, "density", traces, xaxis=ACTIONS, yaxis=(0, 1.08 * top))


def _ratios(height: int, top: float, *more: go.Scatter) -> Row:
    traces = [*unlisted(panels.bars(RATIOS)), *band_traces(), *more]
    return Row(height, "ratio ρ", traces, xaxis=ACTIONS, yaxis=(0, top))


def _stems(height: int, title: str, name: str, span: Sequence[float]) -> Row:
    yaxis = {"range": span, "zeroline": True}
    return Row(height, title, unlisted(panels.bars(name)), xaxis=ACTIONS, yaxis=yaxis)
