"""Chapter 6's figures: normalized advantages, the two fates of the field, the threshold, the collapse."""

import gzip

import numpy as np
import pytest

from rlgeo import GRPO, START, Gaussian, Problem, collapse_threshold, run
from rlgeo.figures import grpo_collapse, grpo_field, grpo_paths, grpo_phase, grpo_step, grpo_threshold, phase
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
        beta: [shown(figure, beta)[f"GRPO from {start}"]["y"][-1] is None for start in ("(0, 1)", "(2, 0.4)")]
        for beta in ("0.5", "1.2", "2")
    }
    assert fates == {"0.5": [True, True], "1.2": [False, True], "2": [False, False]}
    rest = shown(figure, "2")["GRPO from (0, 1)"]
    end = GRPO(group_size=np.inf, std_offset=0).destination(Problem(beta=2.0), START)
    assert (rest["x"][-1], rest["y"][-1]) == pytest.approx((float(end.mean), float(end.std)), abs=5e-3)
    assert shown(figure, "0.5")["GRPO's expected update"]["x"] != shown(figure, "0.5")["∇<i>J</i>"]["x"]


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


@pytest.fixture(scope="module")
def small_phase():
    """The book's figure at two group sizes and five prices, around c_4 = .82 and c_16 = 1.22."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phase, "SIZES", (4, 16))
        patch.setattr(phase, "BETAS", np.array([0.5, 0.8, 0.9, 1.1, 1.4]))
        patch.setattr(phase, "STEPS", (60, 700))
        yield grpo_phase()


def test_phase_payload_alt_text_and_print_frame(small_phase):
    test_payload_alt_text_and_print_frame(lambda _: small_phase)
    assert list(small_phase.layout.meta["strip"].values()) == ["(0, 1)|700", "(0, 2.5)|700", "(2, 0.4)|700"]


def circles(figure, frame):
    """(G, β) → the share of its area that is filled."""
    traces = shown(figure, frame)
    ring, disc = traces[phase.ALL], traces[phase.COLLAPSED]
    assert (ring["x"], ring["y"]) == (disc["x"], disc["y"])
    filled = (np.array(disc["marker"]["size"]) / phase.DISC) ** 2
    for text, share in zip(ring["text"], filled, strict=True):
        assert text == f"{round(21 * share)} of 21 runs collapsed"
    return dict(zip(zip(ring["x"], ring["y"], strict=True), filled, strict=True))


def test_phases_are_those_of_the_flow(small_phase):
    """Above c_G all rest; far below all collapse; between, where the flow rests from (0, 1), the start decides."""
    for start in phase.STARTS:
        filled = circles(small_phase, f"{start}|700")
        assert filled[4, 1.4] < 0.1 > filled[16, 1.4]
        assert filled[4, 0.5] > 0.9 < filled[16, 0.5]
    assert GRPO(group_size=16, std_offset=0).destination(Problem(beta=1.1), START) is not None
    assert collapse_threshold(16) > 1.1
    default, narrow = circles(small_phase, "(0, 1)|700"), circles(small_phase, "(2, 0.4)|700")
    assert default[16, 1.1] < 0.1
    assert narrow[16, 1.1] > 0.5
    early = circles(small_phase, "(0, 1)|60")
    assert all(early[at] <= default[at] for at in default)
    assert early[4, 0.5] < 0.5


def test_a_circle_counts_runs_that_were_narrow_once(small_phase):
    mean, std = np.repeat(list(phase.STARTS.values()), 21, axis=0).T
    trained = run(GRPO(0.04, 4, epochs=1, std_offset=0), Problem(beta=0.8), Gaussian(mean, std), 700, runs=63)
    shares = [np.count_nonzero(np.any(part < 0.1, axis=1)) / 21 for part in np.split(trained.std, 3)]
    assert 0 < shares[2] < 1
    for start, share in zip(phase.STARTS, shares, strict=True):
        assert circles(small_phase, f"{start}|700")[4, 0.8] == pytest.approx(share, abs=0.02)
