"""Chapter 11's figures: eight paths, two collapses, the forces of k3 in the reward, GRPO's two widths."""

import gzip

import numpy as np
import pytest
from meanings import wrong

from rlgeo import RLOO, Problem
from rlgeo.figures import kl_destinations, kl_forces, kl_grpo
from rlgeo.figures.frames import still
from rlgeo.figures.kl_destinations import COLLAPSED, ENDS, NAMES
from rlgeo.figures.kl_forces import EXACT, K3
from rlgeo.figures.kl_grpo import CLOSED, REWARD
from rlgeo.figures.renderer import compact, dump
from rlgeo.theory import peak

PROBLEM = Problem()
BUILT = {"destinations": kl_destinations(PROBLEM), "forces": kl_forces(PROBLEM), "grpo": kl_grpo()}


def shown(name, frame):
    return {trace["name"]: trace for trace in still(compact(BUILT[name]), frame)["data"]}


@pytest.mark.parametrize("name", BUILT)
def test_payload_alt_text_and_print_frame(name):
    figure = BUILT[name]
    assert len(gzip.compress(dump(compact(figure)).encode(), 9)) <= 25_000
    assert figure.layout.height <= 560
    assert wrong(compact(figure)) == []
    assert len(figure.layout.meta["alt"]) > 80
    assert figure.layout.meta["print_frame"] in [frame.name for frame in figure.frames]


@pytest.mark.parametrize("beta", [0.2, 0.5, 1.2])
@pytest.mark.parametrize(("place", "lost"), [("loss", "k1"), ("reward", "k3")])
def test_paths_end_at_the_destinations_and_one_collapses(place, lost, beta):
    traces, ends = shown("destinations", f"{place}|{beta:g}"), []
    for estimator, name in NAMES.items():
        end = RLOO(kl=f"{estimator}-{place}").destination(PROBLEM.at_beta(beta))
        assert (end is None) == (estimator == lost)
        if end is not None:
            last = [traces[name][axis][-1] for axis in "xy"]
            np.testing.assert_allclose(last, [end.mean, end.std], atol=4e-3)
            ends.append(last)
    np.testing.assert_allclose(sorted(traces[ENDS]["x"]), sorted(x for x, _ in ends), atol=2e-3)
    assert len(traces[COLLAPSED]["x"]) == 1


def test_k3_in_the_reward_narrows_where_the_exact_kl_widens():
    traces = shown("forces", "0.7")
    std, exact, k3 = (np.array(traces[name][axis], float) for name, axis in ((EXACT, "x"), (EXACT, "y"), (K3, "y")))
    narrow = std < 1.45
    assert np.all(exact[narrow] > 0)
    assert np.all(k3 < 0)
    away = np.array(traces[f"{K3}, μ"]["y"], float)
    assert np.all(away[narrow] > 0)
    assert np.all(np.array(traces[f"{EXACT}, μ"]["y"], float) < 0)


@pytest.mark.parametrize(("beta", "size", "falls"), [(0.25, 8, True), (0.5, 2, False), (1.5, 8, False)])
def test_the_width_in_the_reward_is_the_best_gaussians(beta, size, falls):
    traces = shown("grpo", f"{beta:g}|{size}")
    best = peak.best_std(Problem(peak.quadratic(1.0), beta=beta), 1.0)
    assert traces[REWARD]["y"][-1] == pytest.approx(best, rel=0.05)
    assert traces[f"{CLOSED}, {REWARD}"]["y"][-1] == pytest.approx(best, rel=1e-3)
    assert (traces[CLOSED]["y"][-1] == 0) == falls
