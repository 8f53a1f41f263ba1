"""Chapter 9's figures: paths, bands, the basin lottery and the table of costs."""

import gzip
from inspect import signature

import numpy as np
import pytest

from rlgeo import METHODS, PPO, PRESETS, START, Gaussian, Problem, compare, follow, run
from rlgeo.figures import basin_lottery, basin_map, compare_curves, compare_map, cost_table
from rlgeo.figures.compare import EXACT, RIDGE, TWO_HILLS, WIDTH
from rlgeo.figures.frames import still, thinned
from rlgeo.figures.renderer import compact, dump
from rlgeo.theory import basins
from rlgeo.training.comparison import budgeted

BUILDERS = (basin_lottery, basin_map, compare_curves, compare_map)


pytestmark = pytest.mark.xdist_group("compare figures")  # one worker builds them


@pytest.fixture(scope="module")
def figures():
    return {build: compact(build(Problem()) if signature(build).parameters else build()) for build in BUILDERS}


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(figure, frame)["data"]}


@pytest.mark.parametrize("build", BUILDERS)
def test_payload_alt_text_and_print_frame(figures, build):
    figure = figures[build]
    assert len(gzip.compress(dump(figure).encode(), 9)) <= 25_000
    meta = figure["layout"]["meta"]
    assert len(meta["alt"]) > 80
    assert meta["print_frame"] in [frame["name"] for frame in figure["frames"]]
    assert len(figure["frames"]) == np.prod([len(control["values"]) for control in meta["controls"]])


def test_paths_are_those_of_compare(figures):
    paths = compare(Problem(PRESETS["trap"]), START, 300, runs=2)
    traces = shown(figures[compare_map], "trap|1")
    for name, path in paths.items():
        np.testing.assert_allclose(traces[name]["x"], path.mean[1, thinned(300, 50)], atol=6e-3)
        np.testing.assert_allclose(traces[f"{name} end"]["y"], path.std[1, -1:], atol=6e-3)


def test_only_the_exact_path_is_the_same_in_every_draw(figures):
    one, two = (shown(figures[compare_map], f"double|{seed}") for seed in (0, 2))
    for name in METHODS:
        assert (one[name]["x"] == two[name]["x"]) == (name == "RLHF")


def test_medians_and_bands(figures):
    J = compare(Problem(), START, 300, methods=[PPO()], budget=0.5, runs=48)["PPO"].objective[:, thinned(300, 40)]
    traces = shown(figures[compare_curves], "0.5")
    np.testing.assert_allclose(traces["PPO"]["y"], np.median(J, axis=0), atol=6e-4)
    band = np.array(traces["PPO band"]["y"])
    high, low = band[: band.size // 2], band[band.size // 2 :][::-1]
    np.testing.assert_allclose(high, np.percentile(J, 90, axis=0), atol=6e-4)
    np.testing.assert_allclose(low, np.percentile(J, 10, axis=0), atol=6e-4)


def test_a_larger_budget_narrows_the_bands_of_pg(figures):
    def width(budget):
        band = np.array(shown(figures[compare_curves], budget)["PG band"]["y"])
        return float(np.mean(band[: band.size // 2] - band[band.size // 2 :][::-1]))

    assert width("4") < 0.5 * width("0.125")


@pytest.mark.parametrize(("budget", "name"), [("1", "PG"), ("4", "PPO"), ("0.25", "DRO")])
def test_shares_are_counts_of_runs_and_lie_in_their_intervals(figures, budget, name):
    trace = shown(figures[basin_lottery], budget)[name]
    starts = Gaussian(np.repeat(RIDGE, 60), np.full(RIDGE.size * 60, WIDTH))
    method = budgeted(METHODS[name](), float(budget))
    final = run(method, TWO_HILLS, starts, 200, runs=starts.shape[0]).final
    right = np.sum(basins.basin(TWO_HILLS, final).reshape(RIDGE.size, 60) == 1, axis=1)
    share, bar = np.array(trace["y"]), trace["error_y"]
    np.testing.assert_allclose(share, right / 60, atol=1e-3)
    low, high = basins.wilson(right, 60)
    np.testing.assert_allclose(share + bar["array"], high, atol=2e-3)
    np.testing.assert_allclose(share - bar["arrayminus"], low, atol=2e-3)
    np.testing.assert_allclose(trace["x"], RIDGE, atol=0.02)


def test_the_exact_gradient_switches_once_along_the_ridge(figures):
    trace = shown(figures[basin_lottery], "1")[EXACT]
    starts, hill = np.array(trace["x"]), np.array(trace["y"])
    assert list(hill) == sorted(hill)
    assert set(hill) == {0, 1}
    edge = int(np.argmax(hill == 1))
    for i, top in ((edge - 2, 0), (edge + 1, 1)):
        end = follow(TWO_HILLS.gradient, Gaussian(starts[i], WIDTH))
        assert float(end.mean) == pytest.approx(float(TWO_HILLS.optimum().summits().mean[top]), abs=1e-3)


def test_more_samples_bring_pg_to_the_exact_gradient(figures):
    wrong = {}
    for budget in ("0.25", "4"):
        right = np.array(shown(figures[basin_lottery], budget)["PG"]["y"])
        wrong[budget] = float(np.sum(np.abs(right - np.array([0, 0, 0, 0, 1, 1, 1]))))
    assert wrong["4"] < 0.5 * wrong["0.25"]


def test_dots_are_the_ends_of_runs(figures):
    starts = Gaussian(np.repeat(RIDGE, 60), np.full(RIDGE.size * 60, WIDTH))
    final = run(METHODS["PG"](), TWO_HILLS, starts, 200, runs=420).final
    trace = shown(figures[basin_map], "-0.6")["PG"]
    np.testing.assert_allclose(trace["x"], final.mean[120:180], atol=6e-3)
    assert shown(figures[basin_map], "-0.6")["start"]["x"] == [-0.6]


def test_cost_table_counts_samples_and_names_what_has_no_rest():
    trained = compare(Problem(), START, 40, runs=5)
    rows = {row[0]: row for row in cost_table(Problem(), trained).rows}
    assert [rows[name][-1] for name in ("RLHF", "PG", "PPO", "GRPO", "DPO", "DRO")] == [
        "0",
        "640",
        "160",
        "80",
        "32",
        "32",
    ]
    assert rows["GRPO"][3] == "none"
    assert float(rows["RLHF"][3]) < float(rows["DPO"][3])
    assert rows["PG"][1] == f"{np.median(trained['PG'].objective[:, -1]):.3f}"
