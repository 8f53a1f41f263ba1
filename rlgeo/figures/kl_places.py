"""Chapter 11: where the KL term leads, by estimator and place, and what k3 in the reward does to a policy."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import RLOO, START, Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, choice, describe, slider
from rlgeo.figures.panels import Row, line, map_row, unlisted
from rlgeo.methods import kl_term
from rlgeo.theory.flow import course
from rlgeo.toy import box

STYLES = {"k1": ("muted", "dot"), "k2": ("rlhf", "solid"), "k3": ("grpo", "dash"), "k3-inverse": ("ink", "longdashdot")}
NAMES = {"k1": "k1", "k2": "k2", "k3": "k3", "k3-inverse": "inverted k3"}
PLACES = {"loss": "in the loss", "reward": "in the reward"}
BETAS = (0.2, 0.35, 0.5, 0.8, 1.2)
MEANS, TOP = (-0.6, 2.6), 2.1
TIMES = np.concatenate([[0.0], np.geomspace(0.05, 400, 39)])
"""Steps times η, finer at the beginning, where the policy is fast."""
ENDS, COLLAPSED = "ends", "σ collapses"


def kl_destinations(problem: Problem) -> go.Figure:
    """The expected path with each estimator of the KL on the map of J; a menu of the places, a slider over β."""
    grid = np.linspace(*MEANS, 29), np.linspace(0.03, TOP, 21)
    fallen = panels.marks(COLLAPSED, "ink", size=12, symbol="triangle-down", hover=panels.AT)
    traces = [
        panels.landscape_trace(problem, *grid, span=0.6),
        *(line(NAMES[k], [0.0], [1.0], key, dash=dash, hovertemplate=panels.AT) for k, (key, dash) in STYLES.items()),
        *unlisted(panels.dot(START, ENDS, "ink", size=8)),
        fallen,
        panels.argmax(problem.optimum()),
        panels.dot(START, "start"),
    ]
    figure = panels.stack(map_row(400, *traces, means=MEANS, stds=(0, TOP)), x=panels.MEAN, legend=3)

    def draw(kl: str, beta: float) -> Drawing:
        at = problem.at_beta(beta)
        paths = {name: _path(f"{k}-{kl}", at) for k, name in NAMES.items()}
        last = [path[-1] for path in paths.values()]
        rests = [end for end in last if end.std > 1.01 * box.STD[0]]
        lost = [end for end in last if end.std <= 1.01 * box.STD[0]]
        return {
            panels.LANDSCAPE: panels.landscape_values(at, *grid, span=0.6),
            panels.ARGMAX: panels.point(at.optimum().projection()),
            ENDS: _points(rests),
            COLLAPSED: _points(lost, lift=0.04),
        } | {name: panels.track(path) for name, path in paths.items()}

    controls = [choice("kl", "The KL term is", PLACES), slider("beta", "β", BETAS, start=problem.beta)]
    return describe(
        animate(figure, controls, draw),
        """Paths of the expected update from one start on the map of J, one for each estimator of the KL term. With
        the term in the loss k2's ends at the best Gaussian, k3's at a wider and that of inverted k3 at a narrower
        policy; k1's narrows on the reward's peak. In the reward k1's ends at the best Gaussian, and k3's narrows
        without end.""",
        strip={words: f"{place}|{problem.beta:g}" for place, words in PLACES.items()},
    )


def _path(kl: str, problem: Problem) -> Gaussian:
    method = RLOO(kl=kl)
    return course(lambda policy: method.expected_gradient(policy, problem), START, TIMES)


def _points(policies: list[Gaussian], lift: float = 0.0) -> dict[str, list[float]]:
    """Places of marks; lifted a little where they would lie on the map's edge."""
    return {"x": [round(float(p.mean), 3) for p in policies], "y": [round(float(p.std) + lift, 3) for p in policies]}


STDS = np.round(np.geomspace(0.3, 3, 73), 4)
SHOWN = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 1.8, 2.2, 2.6)
EXACT, K3, NOW, SAYS = "k2 in the loss, exact", "k3 in the reward", "now", "says"


def kl_forces(problem: Problem, *, distance: float = 1.0) -> go.Figure:
    """What k3 in the reward does to σ and to μ, beside the exact KL, over σ; a slider over σ.

    Parameters
    ----------
    distance
        μ − μ_ref.
    """
    reference, mean = problem.reference, float(problem.reference.mean) + distance

    def forces(kl: str, std: Any) -> list[Any]:
        policy = Gaussian(0.0 * std + mean, std)
        term = (kl_term.expected_pay if kl.endswith("reward") else kl_term.expected_loss)(kl, policy, reference)
        return [-problem.beta * term[2], -problem.beta * term[1]]

    rows = []
    for i, (title, span) in enumerate([("force on σ", (-4.5, 1.5)), ("force on μ", (-0.6, 2.6))]):
        traces = [
            line(EXACT, STDS, np.round(forces("exact", STDS)[i], 4), "rlhf", dash="solid"),
            line(K3, STDS, np.round(forces("k3-reward", STDS)[i], 4), "grpo", dash="dash"),
            line("σ<sub>ref</sub>", [float(reference.std)] * 2, span, "muted", dash="longdash"),
            panels.marks(f"{NOW} {i}", "ink", [1.0, 1.0], [0.0, 0.0], size=9),
            panels.note(f"{SAYS} {i}", 2.95, span[0] + (0.8 if i else 0.16) * (span[1] - span[0]), align="middle left"),
        ]
        unlisted(*(traces if i else traces[3:]))
        for trace in traces if i else ():
            trace.update(name=trace.name if trace.name.startswith((NOW, SAYS)) else f"{trace.name}, μ")
        rows.append(Row(215, title, traces, yaxis={"range": span, "zeroline": True}))
    figure = panels.stack(*rows, x=panels.STD, legend=1)
    figure.update_xaxes(range=[0.25, 3.05])

    def draw(std: float) -> Drawing:
        exact, k3 = forces("exact", np.array(std)), forces("k3-reward", np.array(std))
        drawn: dict[str, dict[str, Any]] = {}
        for i, (out, inward) in enumerate([("widens", "narrows"), ("pushes away", "pulls back")]):
            drawn[f"{NOW} {i}"] = {"x": [std, std], "y": np.round([exact[i], k3[i]], 4)}
            does = "nothing" if abs(k3[i]) < 1e-9 else out if k3[i] > 0 else inward
            drawn[f"{SAYS} {i}"] = {
                "text": [f"σ = {std:g}: k2 {exact[i]:.2f}, k3 {k3[i]:.2f}: {does}".replace("-", "−")]
            }
        return drawn

    return describe(
        animate(figure, [slider("std", "σ", SHOWN, start=0.7)], draw),
        f"""Two forces over σ, for a policy whose mean is {distance:g} from the reference's. Above, on σ: the exact
        KL pushes a narrow policy outward, k3 in the reward pulls it inward, the harder the narrower it is. Below, on
        μ: the exact KL pulls back to the reference at every σ, k3 in the reward pushes away from it below the
        reference's σ.""",
    )
