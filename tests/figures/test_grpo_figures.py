"""Chapter 6's figures: normalized advantages, the two fates of the field, the threshold, the collapse."""

import gzip

import numpy as np
import pytest

from rlgeo import GRPO, START, Problem, collapse_threshold
from rlgeo.figures import grpo_collapse, grpo_field, grpo_paths, grpo_step, grpo_threshold
from rlgeo.figures.epochs import ADVANTAGES, RATIOS, TERMS
from rlgeo.figures.frames import still
from rlgeo.figures.panels import SAMPLES
from rlgeo.figures.renderer import compact, dump
from rlgeo.theory import peak


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(compact(figure), frame)["data"]}


def marks(trace):
    return np.array(trace["y"][1::3], dtype=float)


@pytest.mark.parametrize("build", [grpo_collapse, grpo_field, grpo_paths, grpo_step, grpo_threshold])
def test_payload_alt_text_and_print_frame(build):
    figure = build() if build in (grpo_collapse, grpo_threshold) else build(Problem())
    assert len(gzip.compress(dump(compact(figure)).encode(), 9)) <= 25_000
    assert len(figure.layout.meta["alt"]) > 80
    if figure.frames:
        assert figure.layout.meta["print_frame"] in [frame.name for frame in figure.frames]


def test_four_panels():
    problem = Problem()
    figure = grpo_step(problem)
    first, last = shown(figure, "8|0.1|0"), shown(figure, "8|0.1|6")
    rewards = problem.reward(np.array(first[SAMPLES]["x"]))
    advantages = (rewards - rewards.mean()) / rewards.std(ddof=1)
    np.testing.assert_allclose(marks(first[ADVANTAGES]), advantages, atol=5e-3)
    assert first[ADVANTAGES]["y"] == last[ADVANTAGES]["y"]
    np.testing.assert_allclose(marks(first[RATIOS]), 1)
    ratios = marks(last[RATIOS])
    terms = np.minimum(ratios * advantages, np.clip(ratios, 0.9, 1.1) * advantages)
    np.testing.assert_allclose(marks(last[TERMS]), terms, atol=1e-2)
    silent = ((advantages > 0) & (ratios > 1.1)) | ((advantages < 0) & (ratios < 0.9))
    assert silent.any()
    grey = [color == "var(--rl-clipped)" for color in last[TERMS]["marker"]["color"][1::3]]
    np.testing.assert_array_equal(grey, silent)


def test_grpo_ends_narrow_where_the_others_do_not():
    traces = shown(grpo_paths(Problem()), "64|0.2")
    assert min(traces["GRPO"]["y"]) < 0.4
    assert min(traces["PG"]["y"][1:]) > 0.9
    assert min(traces["PPO"]["y"][1:]) > 0.9


def test_two_fates_of_the_field():
    figure = grpo_field(Problem())
    fates = {
        beta: [shown(figure, beta)[f"GRPO from {start}"]["y"][-1] is None for start in ("(0, 1)", "(2, .4)")]
        for beta in ("0.5", "1.2", "2")
    }
    assert fates == {"0.5": [True, True], "1.2": [False, True], "2": [False, False]}
    rest = shown(figure, "2")["GRPO from (0, 1)"]
    end = GRPO(group_size=np.inf, std_offset=0).destination(Problem(beta=2.0), START)
    assert (rest["x"][-1], rest["y"][-1]) == pytest.approx((float(end.mean), float(end.std)), abs=5e-3)
    assert shown(figure, "0.5")["GRPO's field"]["x"] != shown(figure, "0.5")["∇<i>J</i>"]["x"]


def test_threshold_dots_lie_on_the_curve():
    figure = grpo_threshold()
    traces = {trace["name"]: trace for trace in compact(figure)["data"]}
    curve = dict(zip(traces["exact c<sub>G</sub>"]["x"], traces["exact c<sub>G</sub>"]["y"], strict=True))
    assert curve[8] == pytest.approx(collapse_threshold(8), rel=1e-4)
    dots = traces["measured on a parabola"]
    for g, measured, twice_error in zip(dots["x"], dots["y"], dots["error_y"]["array"], strict=True):
        assert abs(measured - curve[g]) < 2 * twice_error


def test_both_sides_of_the_threshold():
    figure = grpo_collapse()
    below, above = shown(figure, "0.5|8|0.0075"), shown(figure, "1.6|8|0.0075")
    assert below["closed form"]["y"][-1] == 0
    assert below["GRPO, median"]["y"][-1] < 0.3
    flow = peak.std_over_time(Problem(beta=1.6), collapse_threshold(8), 1.0, np.array(above["GRPO, median"]["x"]))
    np.testing.assert_allclose(above["GRPO, median"]["y"], flow, atol=0.05)
    time = np.array(below["GRPO, median"]["x"])
    early = time < 0.5
    flow = peak.std_over_time(Problem(beta=0.5), collapse_threshold(8), 1.0, time)
    np.testing.assert_allclose(np.array(below["GRPO, median"]["y"])[early], flow[early], atol=0.05)
    assert np.all(np.array(below["80 % of runs"]["y"]) <= np.array(below["high"]["y"]))
