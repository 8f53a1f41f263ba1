"""Chapter 7's figures: margins, labels, matching, destinations, two maps, accuracies."""

import gzip
import re
from inspect import signature

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from rlgeo import DPO, PRESETS, Gaussian, Problem, run
from rlgeo.figures import dpo_accuracy, dpo_destinations, dpo_matching, dpo_noise, dpo_pairs, dpo_paths
from rlgeo.figures.dpo import AGAINST, HERE, IMPLIED, LOSS, LOWEST, MARGINS, MATCHED, margin_colors
from rlgeo.figures.frames import still
from rlgeo.figures.panels import POLICY
from rlgeo.figures.renderer import compact, dump

BUILDERS = (dpo_accuracy, dpo_destinations, dpo_matching, dpo_noise, dpo_pairs, dpo_paths)


pytestmark = pytest.mark.xdist_group("dpo figures")  # one worker builds them


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
def test_margins_are_those_of_the_pairs_shown(figures, step):
    traces = shown(figures[dpo_pairs], step)
    ends = numbers(next(t for name, t in traces.items() if "winner" in name)["y"]).reshape(-1, 3)
    losers, winners = ends[:, 0], ends[:, 1]
    margins = numbers(traces[MARGINS]["y"]).reshape(-1, 3)[:, 1]
    truth = Problem().reward(winners) - Problem().reward(losers)
    assert np.all(np.diff(truth) > -2e-3)  # sorted, but for rounding
    policy = run(DPO(learning_rate=0.2), Problem(), steps=400).policy[0, int(step)]
    ratio = [norm.logpdf(a, policy.mean, policy.std) - norm.logpdf(a, 0, 1.5) for a in (winners, losers)]
    np.testing.assert_allclose(margins, 0.5 * (ratio[0] - ratio[1]), atol=6e-3)
    density = norm.pdf(np.array(traces[POLICY]["x"]), policy.mean, policy.std)
    np.testing.assert_allclose(traces[POLICY]["y"], density, atol=6e-4)


def test_training_turns_margins_up(figures):
    first, last = (numbers(shown(figures[dpo_pairs], step)[MARGINS]["y"])[1::3] for step in ("0", "400"))
    assert np.mean(np.logaddexp(0, -last)) < np.mean(np.logaddexp(0, -first))


def test_colors_follow_the_sign_of_the_margin():
    low, middle, high = margin_colors(np.array([-1.0, 0.0, 1.0]), 1.0)
    assert len({low, middle, high}) == 3
    assert margin_colors(np.array([-0.9, 0.9]), 0.9) == [low, high]


@pytest.mark.parametrize("nu", ["0.1", "0.5", "4"])
def test_label_curve_and_implied_reward(figures, nu):
    traces = shown(figures[dpo_noise], f"trap|{nu}")
    gaps = np.array(traces["labeler"]["x"])
    np.testing.assert_allclose(traces["labeler"]["y"], 1 / (1 + np.exp(-gaps / float(nu))), atol=6e-4)
    problem, actions = Problem(PRESETS["trap"]), np.array(traces[IMPLIED]["x"])
    c1, c2 = DPO(label_noise=float(nu)).coefficients(problem)
    fitted = np.polyfit(actions, numbers(traces[IMPLIED]["y"]), 2)
    np.testing.assert_allclose(fitted[:2], [float(nu) * c2, float(nu) * c1], atol=1e-3)


def test_share_of_labels_against_the_reward_falls_with_less_noise(figures):
    shares = [
        float(re.search(r"([\d.]+)%", shown(figures[dpo_noise], f"double|{nu}")[AGAINST]["text"][0]).group(1))
        for nu in ("0.1", "1", "4")
    ]
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] < 50


def test_matched_points_lie_on_their_curves_and_are_dpos_own_minimum(figures):
    traces = shown(figures[dpo_matching], "single")
    for i, nu in enumerate((0.25, 0.5, 1.0, 2.0)):
        x, y = traces[MATCHED]["x"][i], traces[MATCHED]["y"][i]
        assert x * nu == pytest.approx(0.5)
        curve = traces[f"ν = {nu:g}"]
        keep = ~np.isnan(numbers(curve["y"]))
        assert np.interp(np.log(x), np.log(np.array(curve["x"])[keep]), numbers(curve["y"])[keep]) == pytest.approx(
            y, abs=3e-3
        )
    problem, method = Problem(), DPO(label_noise=1.0, beta=0.5)
    loss = lambda x: float(method.population_loss(Gaussian(x[0], np.exp(x[1])), problem))  # noqa: E731
    found = minimize(loss, [0.5, 0.2], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-14})
    J = float(problem.objective(Gaussian(found.x[0], np.exp(found.x[1]))))
    assert traces[MATCHED]["y"][2] == pytest.approx(J, abs=1e-4)


def test_destinations_at_the_defaults(figures):
    traces = shown(figures[dpo_destinations], "single|0.5")
    assert traces[HERE]["x"][1] == pytest.approx(1.965, abs=1e-3)
    assert traces[HERE]["y"][1] == pytest.approx(1.791, abs=1e-3)
    matched = DPO(label_noise=0.25, beta=2.0).destination(Problem())
    assert traces[MATCHED]["x"][0] == pytest.approx(float(matched.mean), abs=1e-3)
    elsewhere = shown(figures[dpo_destinations], "mixed|0.2")[HERE]
    assert elsewhere["x"][0] is None  # ν = ¼ at β_D = .2 has no destination there


@pytest.mark.parametrize("frame", ["1|0", "2|2"])
def test_paths_descend_to_the_bottom_of_their_own_surface(figures, frame):
    traces = shown(figures[dpo_paths], frame)
    path = np.array([traces["DPO"]["x"], traces["DPO"]["y"]])
    np.testing.assert_array_equal(path, [traces["DPO, on its own loss"]["x"], traces["DPO, on its own loss"]["y"]])
    bottom = np.array([traces[LOWEST]["x"][0], traces[LOWEST]["y"][0]])
    assert np.hypot(*(path[:, -1] - bottom)) < 0.15 < np.hypot(*(path[:, 0] - bottom))
    surface = np.array(traces[LOSS]["z"], dtype=float)
    row, column = np.unravel_index(np.argmax(surface), surface.shape)
    assert abs(traces[LOSS]["x"][column] - bottom[0]) < 0.5
    assert abs(traces[LOSS]["y"][row] - bottom[1]) < 0.4


def test_accuracy_of_margins_does_not_depend_on_beta_but_the_policys_does(figures):
    ends = {b: shown(figures[dpo_accuracy], f"0.25|{b}") for b in ("0.2", "0.5", "2")}
    margin = [t["<i>h</i> > 0"]["y"][-1] for t in ends.values()]
    assert np.ptp(margin) < 0.02
    policy = {b: t["π<sub>θ</sub> alone"]["y"][-1] for b, t in ends.items()}
    assert policy["2"] < policy["0.5"] - 0.05
    reference = ends["2"]["π<sub>ref</sub> alone"]["y"]
    assert np.ptp(reference) == 0
    assert max(margin) < ends["2"]["<i>r</i> itself"]["y"][0] < 1
    for beta in ends:  # without noise everything can be learned on this reward
        assert shown(figures[dpo_accuracy], f"0|{beta}")["<i>h</i> > 0"]["y"][-1] == 1
