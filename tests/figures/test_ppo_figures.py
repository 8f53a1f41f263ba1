"""Chapter 5's figures: clipped samples are grey, V climbs, ratios leave the band, KL losses go their own ways."""

import gzip

import numpy as np
import pytest

from rlgeo import Gaussian, Problem
from rlgeo.figures import kl_gradients, kl_paths, ppo_clip, ppo_epochs, ppo_paths, ppo_steps
from rlgeo.figures.epochs import RATIOS, TERMS
from rlgeo.figures.frames import still
from rlgeo.figures.panels import SAMPLES
from rlgeo.figures.ppo import FRESH
from rlgeo.figures.renderer import compact, dump


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(compact(figure), frame)["data"]}


def marks(trace):
    return np.array(trace["y"][1::3], dtype=float)


@pytest.mark.parametrize("build", [kl_gradients, kl_paths, ppo_clip, ppo_epochs, ppo_paths, ppo_steps])
def test_payload_alt_text_and_print_frame(build):
    figure = build() if build in (kl_gradients, ppo_clip) else build(Problem())
    assert len(gzip.compress(dump(compact(figure)).encode(), 9)) <= 25_000
    assert len(figure.layout.meta["alt"]) > 80
    assert figure.layout.meta["print_frame"] in [frame.name for frame in figure.frames]


def test_flat_parts_of_the_surrogate():
    traces = shown(ppo_clip(), "0.2")
    ratio = np.array(traces["Â = +1"]["x"])
    good = np.array(traces["clipped: no gradient"]["y"], dtype=float)
    bad = np.array(traces["Â = −1, clipped"]["y"], dtype=float)
    assert ratio[~np.isnan(good)].min() == pytest.approx(1.21)
    assert np.unique(good[~np.isnan(good)]) == pytest.approx([1.2])
    assert ratio[~np.isnan(bad)].max() == pytest.approx(0.79)
    assert np.unique(bad[~np.isnan(bad)]) == pytest.approx([-0.8])


def test_inner_epochs():
    figure = ppo_epochs(Problem())
    first, last = shown(figure, "0.1|0"), shown(figure, "0.1|10")
    np.testing.assert_allclose(marks(first[RATIOS]), 1)
    ratios, colors = marks(last[RATIOS]), last[TERMS]["marker"]["color"][1::3]
    rewards = Problem().reward(np.array(last[SAMPLES]["x"]))
    value = last["baseline V"]["y"][0]
    assert first["baseline V"]["y"][0] == 0 < value < rewards.mean()
    assert value == pytest.approx((1 - 0.8**10) * rewards.mean(), rel=1e-2)
    advantages = rewards - value
    silent = ((advantages > 0) & (ratios > 1.1)) | ((advantages < 0) & (ratios < 0.9))
    assert 0 < silent.sum() < len(silent)
    grey = np.array([color == "var(--rl-clipped)" for color in colors])
    np.testing.assert_array_equal(grey, silent)
    assert ratios.max() > 1.1  # not a fence
    terms = np.minimum(ratios * advantages, np.clip(ratios, 0.9, 1.1) * advantages)
    np.testing.assert_allclose(marks(last[TERMS]), terms, atol=4e-3)
    assert last["1 + ε"]["y"] == [1.1, 1.1]
    assert first["beyond"]["text"] == [""]
    beyond = last["beyond"]["text"][0]
    assert beyond == (f"ρ = {ratios.max():.1f} ↑ " if ratios.max() > 4 else "")


def test_nothing_is_clipped_with_one_epoch_and_a_sawtooth_with_eight():
    figure = ppo_steps(Problem())
    assert max(shown(figure, "0.1|1")["clip fraction"]["y"]) == 0
    saw = np.array(shown(figure, "0.1|8")["clip fraction"]["y"])
    assert np.all(saw[::8] == 0)
    assert saw[7] > 0.1
    assert max(shown(figure, "0.1|8")["largest ratio"]["y"]) > 1.1


def test_paths_start_together_and_depend_on_the_sliders():
    figure = ppo_paths(Problem())
    one, tight, loose = (shown(figure, name)["PPO"] for name in ("0.05|1", "0.05|16", "0.5|16"))
    assert one["x"][0] == tight["x"][0] == 0
    assert tight["x"] != loose["x"]
    assert shown(figure, "0.05|16")[FRESH]["x"] == tight["x"][:-1:16]
    assert one["x"] == shown(figure, "0.5|1")["PPO"]["x"]  # with one epoch ε does nothing


def test_kl_gradients_and_their_infinite_variance():
    reference = Gaussian(0.0, 1.5)
    traces = shown(kl_gradients(), "1")
    stds = np.array(traces["k3"]["x"])
    assert set(traces["k1"]["y"]) == {0}
    np.testing.assert_allclose(traces["k2"]["y"], Gaussian(1.0, stds).kl_gradient(reference)[1], atol=1e-3)
    variance = np.array(traces["k3, variance"]["y"], dtype=float)  # None where it is infinite
    np.testing.assert_array_equal(np.isnan(variance), stds <= reference.std / np.sqrt(2))


def test_kl_paths_end_where_the_theory_says():
    problem = Problem()
    traces = shown(kl_paths(problem), "0.5")
    top = problem.optimum().projection()
    end = {
        name[:2]: (trace["x"][-1], trace["y"][-1]) for name, trace in traces.items() if name[:2] in ("k1", "k2", "k3")
    }
    assert end["k2"] == pytest.approx((float(top.mean), float(top.std)), abs=5e-3)
    assert end["k1"][1] < 0.2
    assert end["k3"][1] > float(top.std) + 0.1
    assert traces["ends"]["y"] == [end[k][1] for k in ("k1", "k2", "k3")]
