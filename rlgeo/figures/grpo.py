"""Chapter 6: what dividing by the standard deviation does to the field, and where GRPO's path goes."""

from functools import partial

import numpy as np
import plotly.graph_objects as go

from rlgeo import GRPO, PG, PPO, RLHF, START, Gaussian, Problem, ascend
from rlgeo.figures import panels
from rlgeo.figures.frames import Drawing, animate, described, slider
from rlgeo.figures.panels import View, line, one_run

SIZES, CLIPS = (2, 4, 8, 64), (0.05, 0.2, 0.5)
RATE, PATH_STEPS = 0.05, 128
BETAS = (0.25, 0.5, 0.8, 1.0, 1.2, 1.3, 1.5, 2.0)
LIMIT = GRPO(group_size=np.inf, std_offset=0)  # type: ignore[arg-type]  # large groups
EXACT, FIELD = "∇<i>J</i>", "GRPO's expected update"
FIELDS = {FIELD: ("grpo", 3.2), EXACT: ("rlhf", 1.3)}
"""Color and width: where both agree, the thin arrow lies inside the thick one."""
MAP = View(size=(33, 25), digits=2)
ARROWS = Gaussian(*np.meshgrid(np.linspace(-3.5, 3.5, 11), np.linspace(0.25, 2.65, 7)))
FLOWS = Gaussian(np.array([0.0, 2.0]), np.array([1.0, 0.4]))
TIMES = np.concatenate([np.arange(20), np.arange(20, 601, 10)])
"""Steps of the flow lines; the narrow start falls fast."""
FLOW_NAMES = {"GRPO from (0, 1)": "solid", "GRPO from (2, 0.4)": "3px,2px"}


@described
def grpo_paths(problem: Problem) -> go.Figure:
    """Four paths from one start on the landscape of J. The exact gradient, policy gradient and PPO creep toward the
    maximum of J. GRPO takes much longer strides, passes it by and ends on a narrow policy at the reward's peak, where J
    is low."""
    exact = one_run(RLHF(RATE), problem, START, PATH_STEPS)
    paths = {
        (size, clip): {
            "PG": one_run(PG(RATE, size), problem, START, PATH_STEPS),
            "PPO": one_run(PPO(RATE, size, clip), problem, START, PATH_STEPS),
            "GRPO": one_run(GRPO(RATE, size, clip), problem, START, PATH_STEPS),
        }
        for size in SIZES
        for clip in CLIPS
    }
    traces = [
        *(panels.path(name, exact, name.lower()) for name in ("PG", "PPO", "GRPO")),
        panels.path("exact ∇<i>J</i>", exact, "rlhf"),
        panels.argmax(problem.optimum()),
        panels.dot(START, "start"),
    ]
    figure = View((-0.6, 2.8), (0.02, 2), (35, 31), span=0.8).map(430, problem, *traces)

    controls = [slider("size", "G, N", SIZES, start=8), slider("clip", "ε", CLIPS, start=0.2)]
    return animate(figure, controls, lambda size, clip: paths[size, clip])


@described
def grpo_field(problem: Problem) -> go.Figure:
    """Above, arrows of the exact gradient and of GRPO's expected update on the landscape of J, with two paths. At small
    β both paths end at σ = 0 under the reward's peak; at intermediate β the one from the start converges and the one
    from a narrow policy still collapses; at large β both converge. Below, a map of the standard deviation of the reward
    under the policy: it vanishes with σ."""
    std = np.sqrt(problem.reward.variance(MAP.policies))
    words = "bright: Std(<i>r</i>) large<br>dark: β<sub>eff</sub> small"
    figure = panels.stack(
        MAP.row(
            330,
            problem,
            *(panels.arrows(ARROWS, 0, 1, name=name, key=key, width=w) for name, (key, w) in FIELDS.items()),
            *(line(n, [0.0], [1.0], "grpo", dash=d).update(line_width=3) for n, d in FLOW_NAMES.items()),
            panels.dot(FLOWS, "starts", "ink", size=9),
            panels.argmax(problem.optimum()),
        ),
        MAP.panel(
            190,
            MAP.contours("Std(r)", **panels.contour_values(std, span=float(np.max(std)))),
            panels.note("words", -3.8, 2.55, words),
        ),
        x=panels.MEAN,
        legend=3,
    )
    return animate(
        figure,
        [slider("beta", "β", BETAS, start=problem.beta)],
        lambda beta: _field(problem.at_beta(beta)),
        strip={f"β = {beta:g}": f"{beta:g}" for beta in (0.5, 1.2, 1.5)},
    )


def _field(problem: Problem) -> Drawing:
    """What :func:`grpo_field` shows at one β."""
    drawn = MAP.at(problem, panels.ARGMAX)
    for name, field in ((EXACT, problem.gradient), (FIELD, partial(LIMIT.expected_gradient, problem=problem))):
        arrows = panels.arrows(ARROWS, *field(ARROWS))
        drawn[name] = {"x": np.round(arrows.x, 2), "y": np.round(arrows.y, 2)}
    paths = ascend(partial(LIMIT.expected_gradient, problem=problem), FLOWS, TIMES[-1], 0.01)
    for i, name in enumerate(FLOW_NAMES):
        collapsed = np.minimum.accumulate(paths.std[i]) < MAP.stds[0]
        mean, std = (np.where(collapsed, np.nan, path[i])[TIMES] for path in (paths.mean, paths.std))
        drawn[name] = {"x": np.round(mean, 3), "y": np.round(std, 3)}
    return drawn
