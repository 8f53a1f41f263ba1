"""Chapter 8's figures: residuals, the baseline, the split of the loss, the fitted parabola, existence."""

import gzip
from inspect import signature

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from rlgeo import DRO, PRESETS, Gaussian, Problem
from rlgeo.figures import dro_existence, dro_paths, dro_regression, dro_residuals, dro_split, dro_value
from rlgeo.figures.dro import (
    BIAS,
    CEILING,
    DESTINATION,
    DOWNWARD,
    FITTED,
    LEAST,
    LOSS,
    PARABOLA,
    POLICY,
    RESIDUALS,
    SAMPLES,
    SETTLED,
    SPREAD,
    UPWARD,
    VALUE,
)
from rlgeo.figures.frames import still
from rlgeo.figures.panels import OPTIMUM
from rlgeo.figures.renderer import compact, dump

BUILDERS = (dro_existence, dro_paths, dro_regression, dro_residuals, dro_split, dro_value)


pytestmark = pytest.mark.xdist_group("dro figures")  # one worker builds them


@pytest.fixture(scope="module")
def figures():
    return {build: compact(build(Problem()) if signature(build).parameters else build()) for build in BUILDERS}


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(figure, frame)["data"]}


def numbers(values):
    return np.array([np.nan if v is None else v for v in values], dtype=float)


@pytest.mark.parametrize("build", BUILDERS)
def test_payload_alt_text_and_print_frame(figures, build):
    figure = figures[build]
    assert len(gzip.compress(dump(figure).encode(), 9)) <= 25_000
    meta = figure["layout"]["meta"]
    assert len(meta["alt"]) > 80
    assert meta["print_frame"] in [frame["name"] for frame in figure["frames"]]
    assert len(figure["frames"]) == np.prod([len(control["values"]) for control in meta["controls"]])


@pytest.mark.parametrize("step", ["0", "400"])
def test_residuals_are_samples_minus_fit(figures, step):
    traces = shown(figures[dro_residuals], step)
    actions, rewards = (np.array(traces[SAMPLES][axis]) for axis in "xy")
    np.testing.assert_allclose(rewards, Problem().reward(actions), atol=2e-3)
    residuals = numbers(traces[RESIDUALS]["y"]).reshape(-1, 3)[:, 1]
    fit = np.polyfit(*(np.array(traces[FITTED][axis])[20:70] for axis in "xy"), 2)  # inside the drawn range
    np.testing.assert_allclose(residuals, rewards - np.polyval(fit, actions), atol=0.02)
    np.testing.assert_allclose(traces[SAMPLES]["marker"]["color"], residuals, atol=6e-3)


def test_training_flattens_the_residuals(figures):
    first, last = (numbers(shown(figures[dro_residuals], s)[RESIDUALS]["y"])[1::3] for s in ("0", "400"))
    assert np.std(last) < 0.6 * np.std(first)
    assert abs(np.mean(last)) < 0.02 < abs(np.mean(first))


def test_v_meets_the_value_it_chases_and_not_the_log_partition(figures):
    traces = shown(figures[dro_value], "narrow|0.1")
    policy, ref = Gaussian(1.0, 0.7), Problem().reference
    forward = quad(lambda a: norm.pdf(a, 0, 1.5) * (ref.log_prob(a) - policy.log_prob(a)), -20, 20)[0]
    expected = float(Problem().expected_reward(ref)) + 0.5 * forward
    assert traces[SETTLED]["y"][0] == pytest.approx(expected, abs=1e-3)
    assert traces[VALUE]["y"][0] == 0
    assert traces[VALUE]["y"][-1] == pytest.approx(traces[SETTLED]["y"][-1], abs=0.02)
    assert traces[CEILING]["y"][0] == pytest.approx(0.36663, abs=1e-4)
    assert traces[VALUE]["y"][-1] < 0.9 * traces[CEILING]["y"][-1]


def test_a_slow_v_lags(figures):
    lag = {
        rate: np.subtract(
            shown(figures[dro_value], f"usual|{rate}")[SETTLED]["y"],
            shown(figures[dro_value], f"usual|{rate}")[VALUE]["y"],
        )
        for rate in ("0.005", "0.1")
    }
    middle = len(lag["0.1"]) // 2
    assert lag["0.005"][middle] > 3 * abs(lag["0.1"][middle])


def test_bias_dies_and_spread_stays(figures):
    traces = shown(figures[dro_split], "usual|0.1")
    bias, spread = np.array(traces[BIAS]["y"]), np.array(traces[SPREAD]["y"])
    assert bias[-1] < 1e-4 * bias[0]
    assert 0.1 * spread[0] < spread[-1] < spread[0]
    assert bias[0] == pytest.approx(0.5 * 0.345**2, rel=0.25)  # V = 0 and mean residual V∞(0, 1)


@pytest.mark.parametrize("name", PRESETS)
def test_parabola_is_the_weighted_fit(figures, name):
    traces = shown(figures[dro_regression], f"{name}|0.5")
    a = np.linspace(-9, 9, 4001)
    fit = np.polyfit(a, Problem(PRESETS[name]).reward(a), 2, w=np.sqrt(norm.pdf(a, 0, 1.5)))
    np.testing.assert_allclose(traces[PARABOLA]["y"], np.polyval(fit, traces[PARABOLA]["x"]), atol=2e-3)
    tilted = norm.pdf(a, 0, 1.5) * np.exp(np.polyval(fit, a) / 0.5)
    density = tilted / (np.sum(tilted) * (a[1] - a[0]))
    np.testing.assert_allclose(traces[POLICY]["y"], np.interp(traces[POLICY]["x"], a, density), atol=2e-3)


def test_the_parabola_does_not_move_with_beta_and_the_policy_does(figures):
    cheap, dear = (shown(figures[dro_regression], f"single|{beta}") for beta in ("0.3", "3"))
    assert cheap[PARABOLA]["y"] == dear[PARABOLA]["y"]
    assert max(np.abs(np.subtract(cheap[POLICY]["y"], dear[POLICY]["y"]))) > 0.05
    assert max(cheap[OPTIMUM]["y"]) > 2 * max(dear[OPTIMUM]["y"])


def test_paths_end_at_the_destination_and_go_down(figures):
    for name in PRESETS:
        traces = shown(figures[dro_paths], f"{name}|0.5")
        end = DRO().destination(Problem(PRESETS[name]))
        assert traces[DESTINATION]["x"][0] == pytest.approx(float(end.mean), abs=1e-3)
        path = np.array([traces["DRO"]["x"], traces["DRO"]["y"]])
        assert np.hypot(path[0, -1] - end.mean, path[1, -1] - end.std) < 0.5
        surface = np.array(traces[LOSS]["z"])
        row, column = np.unravel_index(np.argmax(surface), surface.shape)
        assert abs(traces[LOSS]["x"][column] - end.mean) < 0.3
        assert abs(traces[LOSS]["y"][row] - end.std) < 0.2


def test_existence_is_the_curvature_seen_from_the_reference(figures):
    traces = shown(figures[dro_existence], "double")
    trace = traces[LEAST]
    z, means, stds = np.array(trace["z"]), np.array(trace["x"]), np.array(trace["y"])
    row, column = int(np.argmin(np.abs(stds - 0.9))), int(np.argmin(np.abs(means - 0.25)))
    reward, mean, std = PRESETS["double"], means[column], stds[row]
    h = 1e-3
    second = lambda a: (reward(a + h) - 2 * reward(a) + reward(a - h)) / h**2  # noqa: E731
    curvature = quad(lambda a: norm.pdf(a, mean, std) * float(second(a)), mean - 9 * std, mean + 9 * std)[0]
    assert z[row, column] == pytest.approx(std**2 * curvature, abs=2e-3)
    assert z[row, int(np.argmin(np.abs(means - 2.0)))] < -0.2  # above the hill any β will do
    highest = np.unravel_index(np.argmax(z), z.shape)
    assert (traces["bound"]["y"][0], traces["bound"]["x"][0]) == pytest.approx((stds[highest[0]], means[highest[1]]))
    assert traces["bound"]["text"] == [f"only β<sub>R</sub> > {z.max():.2f}"]
    for name, sign in ((UPWARD, 1), (DOWNWARD, -1)):
        drawn = ~np.isnan(numbers(traces[name]["y"]))
        inside = drawn & np.roll(drawn, 1) & np.roll(drawn, -1)  # away from where the colors meet
        assert np.all(sign * second(np.array(traces[name]["x"])[inside]) > -1e-3)  # zero where it bends over
