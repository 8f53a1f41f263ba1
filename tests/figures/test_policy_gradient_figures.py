"""Chapter 4's figures show what rlgeo computes, and their frames differ where they should."""

import gzip

import numpy as np
import pytest

from rlgeo import PG, START, Problem
from rlgeo.figures import pg_batch, pg_bias, pg_paths, pg_variance, policy_gradient, variance
from rlgeo.figures.frames import still
from rlgeo.figures.panels import SAMPLES
from rlgeo.figures.policy_gradient import (
    ADVANTAGES,
    AVERAGE,
    ESTIMATES,
    MEAN_REWARD,
    SEGMENT,
    SIZES,
)
from rlgeo.figures.renderer import compact, dump
from rlgeo.figures.variance import NAMES
from rlgeo.theory import estimators


def shown(figure, frame):
    """Trace name → what the frame draws."""
    return {trace["name"]: trace for trace in still(compact(figure), frame)["data"]}


def marks(trace):
    """The values of a stem trace: every second of three entries."""
    return np.array(trace["y"][1::3], dtype=float)


@pytest.mark.parametrize("build", [pg_batch, pg_paths, pg_bias, pg_variance])
def test_payload_alt_text_and_print_frame(build):
    figure = build(Problem())
    assert len(gzip.compress(dump(compact(figure)).encode(), 9)) <= 25_000
    assert len(figure.layout.meta["alt"]) > 80
    assert figure.layout.meta["print_frame"] in [frame.name for frame in figure.frames]


def test_bars_are_rewards_minus_their_mean():
    problem = Problem("double")
    figure = pg_batch(problem)
    for n in (4, 16):
        seen = []
        for draw in (1, 2, 3):
            traces = shown(figure, f"{n}|{draw}")
            actions, bars = np.array(traces[SAMPLES]["x"]), marks(traces[ADVANTAGES])
            rewards = problem.reward(actions)
            assert len(actions) == n
            np.testing.assert_allclose(bars, rewards - rewards.mean(), atol=2e-3)
            np.testing.assert_allclose(traces[SAMPLES]["marker"]["color"], rewards, atol=6e-3)
            seen.append(tuple(actions))
            assert traces[MEAN_REWARD]["y"] == pytest.approx([rewards.mean()] * 2, abs=2e-3)
            slope = np.mean((rewards - rewards.mean()) * (actions - START.mean) / START.std**2)
            pull = -problem.beta * (START.mean - problem.reference.mean) / problem.reference.std**2
            said = float(traces["estimate"]["text"][0].split("(")[1].split(",")[0])
            assert said == pytest.approx(slope + pull, abs=8e-3)
        assert len(set(seen)) == 3


def test_destinations_move_with_n():
    problem = Problem()
    figure = pg_paths(problem)
    for n in (2, 64):
        end = PG(batch_size=n).destination(problem)
        point = shown(figure, str(n))["PG's destination"]
        assert (point["x"][0], point["y"][0]) == pytest.approx((float(end.mean), float(end.std)), abs=1e-3)
        path = shown(figure, str(n))["PG, one run"]
        assert (len(path["x"]), path["x"][0], path["y"][0]) == (policy_gradient.STEPS + 1, 0, 1)


def test_cloud_centers_on_the_expectation_and_not_on_the_exact_gradient(monkeypatch):
    problem = Problem()
    monkeypatch.setattr(policy_gradient, "ESTIMATED", 2000)
    figure = pg_bias(problem)
    traces = shown(figure, "2")
    center = np.mean(traces[ESTIMATES]["x"]), np.mean(traces[ESTIMATES]["y"])
    expected = PG(batch_size=2).expected_gradient(START, problem)
    assert (traces[AVERAGE]["x"][0], traces[AVERAGE]["y"][0]) == pytest.approx(expected, rel=1e-4)
    assert center == pytest.approx(expected, abs=0.03)
    assert abs(center[0] - problem.gradient(START)[0]) > 0.05
    (x0, x1), (y0, y1) = traces[SEGMENT]["x"], traces[SEGMENT]["y"]
    assert (x1, y1) == pytest.approx(problem.gradient(START), rel=1e-4)
    assert (x0 + 0.5 * (x1 - x0), y0 + 0.5 * (y1 - y0)) == pytest.approx(expected, rel=1e-3)


def test_variance_lines_and_dots_agree(monkeypatch):
    monkeypatch.setattr(variance, "BATCHES", 20_000)
    figure = pg_variance(Problem())
    for component in (0, 1):
        traces = shown(figure, f"{component}|at the start")
        exact = estimators.variance(START, Problem(), np.array(SIZES), "mean")[component]
        np.testing.assert_allclose(traces[NAMES["mean"]]["y"], exact, rtol=1e-4)
        np.testing.assert_allclose(traces["sampled PG"]["y"], exact, rtol=0.08)
