"""Chapter 12's figures: the atlas of rests, each method's own slider, best of N, RAFT, falling pairs, SimPO."""

import gzip
import itertools

import numpy as np
import pytest
from meanings import wrong
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from rlgeo import COUSINS, METHODS, PRESETS, Problem
from rlgeo.figures import atlas, best_of_n, both_fall, own_sliders, raft, simpo
from rlgeo.figures.atlas import BETAS as ATLAS_BETAS
from rlgeo.figures.atlas import LEAST, LINE, MAP, NAMES_BESIDE, NOWHERE, RESTS, WHY
from rlgeo.figures.best_of_n import DENSITY, NOW, SAME
from rlgeo.figures.both_fall import BOTH, LOSERS, WINNERS
from rlgeo.figures.frames import still
from rlgeo.figures.own_sliders import CASES, WAY
from rlgeo.figures.own_sliders import NOW as REST
from rlgeo.figures.raft import LAW, PEAK, TRAVEL
from rlgeo.figures.raft import WAY as SLOPE
from rlgeo.figures.renderer import compact, dump
from rlgeo.figures.rests import EXACT, OFFLINE, rest
from rlgeo.figures.simpo import DPOS, FITTED, TARGETS, WIDTHS
from rlgeo.figures.simpo import REST as RESTING

pytestmark = pytest.mark.xdist_group("cousin figures")  # one worker builds them
MAKE = {make.__name__: make for make in (atlas, own_sliders, best_of_n, raft, both_fall, simpo)}
PROBLEM = Problem()


@pytest.fixture(scope="module")
def figures():
    return {name: compact(make()) for name, make in MAKE.items()}


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(figure, frame)["data"]}


def place(trace):
    return trace["x"][0], trace["y"][0]


@pytest.mark.parametrize("name", MAKE)
def test_payload_alt_text_and_frames(figures, name):
    figure = figures[name]
    assert len(gzip.compress(dump(figure).encode(), 9)) <= 25_000
    assert wrong(figure) == []
    meta = figure["layout"]["meta"]
    assert len(meta["alt"]) > 80
    assert figure["layout"]["height"] <= 620
    wanted = ["|".join(keys) for keys in itertools.product(*(control["values"] for control in meta["controls"]))]
    assert [frame["name"] for frame in figure["frames"]] == wanted
    assert meta["print_frame"] in wanted


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("beta", [0.3, 0.5, 1.0])
def test_quick_rests_are_the_destinations(preset, beta):
    for name, kind in (METHODS | COUSINS).items():
        own = {"beta": beta} if name in OFFLINE else {}
        end, quick = (
            kind(**own, **EXACT.get(name, {})).destination(Problem(preset, beta=beta)),
            rest(name, preset, beta),
        )
        assert (end is None) == (quick is None), name
        if end is not None and quick is not None:
            np.testing.assert_allclose([quick.mean, quick.std], [end.mean, end.std], atol=1e-5, err_msg=name)


def test_the_atlas_has_every_method_on_the_map_or_in_words(figures):
    assert ATLAS_BETAS == (0.3, 0.5, 1.0)
    for frame in (f["name"] for f in figures["atlas"]["frames"]):
        traces = shown(figures["atlas"], frame)
        beside = ", ".join(traces[NAMES_BESIDE]["text"]).replace(",<br>", ", ").split(", ")
        assert sorted(beside) == sorted(traces[RESTS]["hovertext"])
        below = traces[NOWHERE]["text"][0].replace("<br>", " ")
        missing = (METHODS | COUSINS).keys() - set(beside)
        assert all(f"{name} (" in below for name in missing), frame
        preset, beta = frame.split("|")
        for name, x, y in zip(traces[RESTS]["hovertext"], traces[RESTS]["x"], traces[RESTS]["y"], strict=True):
            end = rest(name, preset, float(beta))
            assert (x, y) == pytest.approx((float(end.mean), float(end.std)), abs=1e-3)
        assert all((WHY.get(name, "-") in below) == (rest(name, preset, float(beta)) is None) for name in WHY)


def test_names_beside_the_atlas_do_not_touch(figures):
    (low, high) = MAP.stds
    for frame in figures["atlas"]["frames"]:
        names = shown(figures["atlas"], frame["name"])[NAMES_BESIDE]
        half = [0.5 * LINE * (1 + text.count("<br>")) * (high - low) / LEAST for text in names["text"]]
        ends = [(y + h, y - h) for y, h in zip(names["y"], half, strict=True)]
        assert all(above[1] >= below[0] - 2e-3 for above, below in itertools.pairwise(ends))
        assert ends[-1][1] >= low - 2e-3
        assert ends[0][0] <= high + 0.1


def test_sliders_lead_from_the_star_to_the_summit(figures):
    star, top = PROBLEM.optimum().moment_match(), PROBLEM.optimum().projection()
    for method, near in (("gkd", 1e-3), ("mpo", 2e-3)):
        first, last = (place(shown(figures["own_sliders"], f"{method}|{stop}")[REST]) for stop in (1, 9))
        assert first == pytest.approx((float(star.mean), float(star.std)), abs=1e-3)
        assert last == pytest.approx((float(top.mean), float(top.std)), abs=near)


@pytest.mark.parametrize("method", CASES)
def test_each_stop_shows_the_destination_of_its_value(figures, method):
    case = CASES[method]
    for stop, value in enumerate(case.values, start=1):
        traces = shown(figures["own_sliders"], f"{method}|{stop}")
        end = case.make(value).destination(PROBLEM)
        assert place(traces[REST]) == pytest.approx((float(end.mean), float(end.std)), abs=1e-3)
        assert (traces[WAY]["x"][stop - 1], traces[WAY]["y"][stop - 1]) == place(traces[REST])
        assert f"{case.symbol} = {value:g}:" in traces["words"]["text"][0]


def test_pass_at_k_passes_the_reference_s_width(figures):
    std = {
        k: shown(figures["own_sliders"], f"passatk|{1 + i}")[REST]["y"][0]
        for i, k in enumerate(CASES["passatk"].values)
    }
    assert std[8] < 1.5 < std[16]
    assert std[16] == pytest.approx(1.5257, abs=1e-3)


@pytest.mark.parametrize(
    ("count", "reward", "at_its_kl"), [(4, 0.6016, 0.6529), (8, 0.7921, 0.8085), (16, 0.9167, 0.9192)]
)
def test_the_best_of_n_and_the_optimum_at_its_divergence(figures, count, reward, at_its_kl):
    traces = shown(figures["best_of_n"], f"{count}")
    assert place(traces[NOW]) == pytest.approx((np.log(count) - (count - 1) / count, reward), abs=1e-4)
    assert f"{at_its_kl:.4f}" in traces["words"]["text"][0]
    a = np.array(traces[DENSITY]["x"])
    # The chance that another action earns less: it is farther from the peak at 2.
    share = norm.cdf(2 - abs(a - 2), 0, 1.5) + norm.sf(2 + abs(a - 2), 0, 1.5)
    np.testing.assert_allclose(traces[DENSITY]["y"], count * share ** (count - 1) * norm.pdf(a, 0, 1.5), atol=6e-4)
    optimum = np.array(traces[SAME]["y"])
    kept = optimum > 0.05
    log_ratio = np.log(optimum[kept] / norm.pdf(a[kept], 0, 1.5))
    slope = np.polyfit(PROBLEM.reward(a[kept]), log_ratio, 1)
    np.testing.assert_allclose(np.polyval(slope, PROBLEM.reward(a[kept])), log_ratio, atol=0.03)


@pytest.mark.parametrize(
    ("size", "factor", "limit"), [(2, 0.3634, 3.236), (4, 0.1207, 3.445), (8, 0.0368, 3.656), (16, 0.0104, 3.865)]
)
def test_refits_shrink_by_one_factor_and_stop_on_a_slope(figures, size, factor, limit):
    traces = shown(figures["raft"], f"{size}")
    peak = np.array(traces[PEAK]["y"])
    np.testing.assert_allclose(peak[1:] / peak[:-1], factor, rtol=5e-3)
    np.testing.assert_allclose(np.array(traces[LAW]["y"])[: peak.size], peak, rtol=1e-3)
    assert traces[TRAVEL]["y"][0] == pytest.approx(limit, abs=6e-4)
    way = np.array(traces[SLOPE]["y"])
    assert np.all(np.diff(way) > 0)
    assert way[-1] < traces[TRAVEL]["y"][0]
    steps = np.diff(way)
    assert way[-1] + steps[-1] / (steps[-2] / steps[-1] - 1) == pytest.approx(limit, abs=5e-3)


@pytest.mark.parametrize(
    ("method", "winners", "losers"), [("DPO", -0.4309, -0.8291), ("IPO", 0.0210, -0.0683), ("RPO", 0.0191, -0.0953)]
)
def test_where_winners_and_losers_end(figures, method, winners, losers):
    traces = shown(figures["both_fall"], f"{method}|0.5")
    ends = [traces[name]["y"][-1] for name in (WINNERS, LOSERS, BOTH)]
    assert ends == pytest.approx([winners, losers, (winners + losers) / 2], abs=6e-4)
    assert all(abs(traces[name]["y"][0]) < 1e-9 for name in (WINNERS, LOSERS))


def test_the_mean_of_both_is_a_divergence(figures):
    end = COUSINS["IPO"](beta=1.0).destination(PROBLEM)
    kl = quad(lambda a: norm.pdf(a, 0, 1.5) * (norm.logpdf(a, 0, 1.5) - norm.logpdf(a, end.mean, end.std)), -15, 15)[0]
    assert shown(figures["both_fall"], "IPO|1")[BOTH]["y"][-1] == pytest.approx(-kl, abs=6e-4)


@pytest.mark.parametrize(
    ("preset", "precision"), [("single", -0.0622), ("double", -0.0435), ("trap", -0.0484), ("mixed", -0.1108)]
)
def test_simpo_asks_for_a_negative_precision_and_widens(figures, preset, precision):
    traces = shown(figures["simpo"], f"{preset}|2")
    fitted = np.array(traces[FITTED]["y"])
    assert fitted[TARGETS == 1] == pytest.approx([precision], abs=6e-5)
    assert np.all(np.diff(fitted) < 0)
    assert np.all(fitted < 0)
    widths = np.array(traces[WIDTHS["SimPO"]]["y"])
    assert np.all(np.diff(widths) > 0)
    assert widths[-1] > 1.1 * widths[-6] > 3
    end = METHODS["DPO"]().destination(Problem(preset))
    assert traces[WIDTHS["DPO"]]["y"][-1] == pytest.approx(float(end.std), rel=0.02)
    assert traces[RESTING]["y"][0] == pytest.approx(float(end.std), abs=1e-3)
    assert traces[DPOS]["y"][0] == pytest.approx(float(end.std) ** -2, abs=1e-4)


def test_the_widest_fit_of_simpo_by_another_quadrature():
    """γ = 1 on single: the descent's two integrals vanish at the parabola with the precision that the figure shows."""
    z, mass = np.polynomial.hermite_e.hermegauss(61)
    mass, a = mass / mass.sum(), 1.5 * z
    wins = expit((PROBLEM.reward(a)[:, None] - PROBLEM.reward(a)) / 0.5) * mass[:, None] * mass * 2
    method = COUSINS["SimPO"]()
    c1, c2 = method.coefficients(PROBLEM)
    score = c1 * a + c2 * a**2
    pull = wins * expit(1 - score[:, None] + score)
    for power in (a, a**2):
        assert np.sum(pull * (power[:, None] - power)) == pytest.approx(0, abs=2e-5)
    assert -2 * c2 / 2 == pytest.approx(-0.0622, abs=6e-5)
