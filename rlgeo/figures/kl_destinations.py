"""Chapter 11: where the KL term leads, by estimator and place."""

import numpy as np
import plotly.graph_objects as go

from rlgeo import RLOO, START, Gaussian, Problem
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, choice, described, slider
from rlgeo.theory.flow import flow_at
from rlgeo.toy import box

STYLES = {"k1": ("muted", "dot"), "k2": ("rlhf", "solid"), "k3": ("grpo", "dash"), "k3-inverse": ("ink", "longdashdot")}
NAMES = {"k1": "k1", "k2": "k2", "k3": "k3", "k3-inverse": "inverted k3"}
PLACES = {"loss": "in the loss", "reward": "in the reward"}
BETAS = (0.2, 0.35, 0.5, 0.8, 1.2)
MAP = panels.View((-0.6, 2.6), (0.03, 2.1), (29, 21), span=0.6)
TIMES = np.concatenate([[0.0], np.geomspace(0.05, 400, 39)])
"""Steps times η, finer at the beginning, where the policy is fast."""
ENDS, COLLAPSED = "ends", "σ collapses"


@described
def kl_destinations(problem: Problem) -> go.Figure:
    """Paths of the expected update from one start on the map of J, one for each estimator of the KL term. With the term
    in the loss k2's ends at the best Gaussian, k3's at a wider and that of inverted k3 at a narrower policy; k1's
    narrows on the reward's peak. In the reward k1's ends at the best Gaussian, and k3's narrows without end."""
    traces = [
        *panels.curves({NAMES[k]: style for k, style in STYLES.items()}, [0.0], hovertemplate=panels.AT),
        *panels.unlisted(panels.dot(START, ENDS, "ink", size=8)),
        panels.marks(COLLAPSED, "ink", size=12, symbol="triangle-down", hover=panels.AT),
        panels.argmax(problem.optimum()),
        panels.dot(START, "start"),
    ]
    figure = MAP.map(400, problem, *traces, stds=(0, MAP.stds[1]), legend=3)

    def draw(kl: str, beta: float) -> Drawing:
        at = problem.at_beta(beta)
        paths = {name: _path(f"{k}-{kl}", at) for k, name in NAMES.items()}
        mean, std = np.transpose([(path.mean[-1], path.std[-1]) for path in paths.values()])
        lost = std <= 1.01 * box.STD[0]
        return {
            **MAP.at(at, panels.ARGMAX),
            ENDS: Gaussian(mean[~lost], std[~lost]),
            COLLAPSED: Gaussian(mean[lost], std[lost] + 0.04),  # not on the map's edge
            **paths,
        }

    controls = [choice("kl", "The KL term is", PLACES), slider("beta", "β", BETAS, start=problem.beta)]
    strip = {words: f"{place}|{problem.beta:g}" for place, words in PLACES.items()}
    return animate(figure, controls, draw, strip=strip)


def _path(kl: str, problem: Problem) -> Gaussian:
    method = RLOO(kl=kl)
    return flow_at(lambda policy: method.expected_gradient(policy, problem), START, TIMES)
