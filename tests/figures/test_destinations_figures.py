"""Chapter 10's figures: destinations by every parameter, the projections, and how fast they run together."""

import gzip

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from rlgeo import GRPO, PG, PRESETS, Gaussian, Problem
from rlgeo.figures import destination_distances, destination_table, destinations, projections
from rlgeo.figures.destinations import CASES, CURVE, MATCHED, NAMES
from rlgeo.figures.frames import still
from rlgeo.figures.panels import OPTIMUM, STAR
from rlgeo.figures.renderer import compact, dump

pytestmark = pytest.mark.xdist_group("destinations figures")  # one worker builds them


@pytest.fixture(scope="module")
def figures():
    built = {parameter: compact(destinations(parameter)) for parameter in CASES}
    return built | {"projections": compact(projections()), "distances": compact(destination_distances())}


def shown(figure, frame):
    return {trace["name"]: trace for trace in still(figure, frame)["data"]}


def place(trace):
    return trace["x"][0], trace["y"][0]


@pytest.mark.parametrize("name", [*CASES, "projections", "distances"])
def test_payload_alt_text_and_print_frame(figures, name):
    figure = figures[name]
    assert len(gzip.compress(dump(figure).encode(), 9)) <= 25_000
    meta = figure["layout"]["meta"]
    assert len(meta["alt"]) > 80
    assert meta["print_frame"] in [frame["name"] for frame in figure["frames"]]
    assert len(figure["frames"]) == np.prod([len(control["values"]) for control in meta["controls"]])


def test_known_destinations_on_single(figures):
    traces = shown(figures["beta"], "single|0.5")
    expected = {"rlhf": (0.881, 1.287), "pg": (0.802, 1.330), "dpo": (1.965, 1.791), "dro": (0.854, 1.618)}
    for key, (mean, std) in expected.items():
        assert place(traces[NAMES[key]]) == pytest.approx((mean, std), abs=1.1e-3)
    assert place(traces[STAR]) == pytest.approx((0.8792, 1.4084), abs=1e-3)
    assert place(traces[MATCHED]) == pytest.approx((0.844, 1.622), abs=1e-3)
    assert place(traces[NAMES["grpo"]]) == (None, None)


def test_known_destinations_of_dro(figures):
    for name, end in {"double": (0.380, 1.594), "trap": (0.982, 1.610), "mixed": (1.757, 1.693)}.items():
        assert place(shown(figures["beta"], f"{name}|0.5")[NAMES["dro"]]) == pytest.approx(end, abs=1e-3)


@pytest.mark.parametrize("parameter", ["label_noise", "batch_size", "group_size"])
def test_a_parameter_moves_its_own_method_along_its_curve_and_no_other(figures, parameter):
    moved, values = CASES[parameter].moved, CASES[parameter].values
    frames = [shown(figures[parameter], f"trap|{value:g}") for value in values]
    for key, name in NAMES.items():
        places = {place(traces[name]) for traces in frames}
        assert len(places) == (len(values) if key == moved else 1)
    curve = list(zip(frames[0][CURVE]["x"], frames[0][CURVE]["y"], strict=True))
    assert curve == [place(traces[NAMES[moved]]) for traces in frames]


def test_pg_at_two_samples_and_grpo_at_a_resting_beta(figures):
    end = PG(batch_size=2).destination(Problem())
    assert place(shown(figures["batch_size"], "single|2")[NAMES["pg"]]) == pytest.approx((0.383, 1.486), abs=1e-3)
    assert float(end.mean) == pytest.approx(0.383, abs=1e-3)
    problem, method = Problem(PRESETS["mixed"], beta=2.0), GRPO(group_size=4)
    mean, std = place(shown(figures["group_size"], "mixed|4")[NAMES["grpo"]])
    field = np.array(method.expected_gradient(Gaussian(mean, std), problem))
    assert np.hypot(*field) < 5e-3


@pytest.mark.parametrize(("preset", "beta"), [("double", "0.35"), ("mixed", "1")])
def test_each_projection_minimizes_its_own_criterion(figures, preset, beta):
    traces = shown(figures["projections"], f"{preset}|{beta}")
    problem, b = Problem(PRESETS[preset], beta=float(beta)), float(beta)
    a = np.linspace(-9, 9, 3001)
    step, reference = a[1] - a[0], norm.pdf(a, 0, 1.5)
    log_target = np.log(reference) + problem.reward(a) / b
    log_target -= np.log(np.sum(np.exp(log_target)) * step)
    target = np.exp(log_target)

    def spread(x):
        f = log_target - norm.logpdf(a, x[0], np.exp(x[1]))
        mean = np.sum(reference * f) * step
        return np.sum(reference * (f - mean) ** 2) * step

    criteria = {
        "reverse KL": lambda x: (
            np.sum(norm.pdf(a, x[0], np.exp(x[1])) * (norm.logpdf(a, x[0], np.exp(x[1])) - log_target)) * step
        ),
        "forward KL": lambda x: np.sum(target * (log_target - norm.logpdf(a, x[0], np.exp(x[1])))) * step,
        "least squares": spread,
    }
    for name, criterion in criteria.items():
        mean, std = place(traces[name])
        found = minimize(criterion, [mean, np.log(std)], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12})
        assert (found.x[0], np.exp(found.x[1])) == pytest.approx((mean, std), abs=2e-3)
    np.testing.assert_allclose(traces[OPTIMUM]["y"], np.interp(traces[OPTIMUM]["x"], a, target), atol=6e-3)
    drawn = traces["forward KL, density"]
    np.testing.assert_allclose(drawn["y"], norm.pdf(drawn["x"], *place(traces["forward KL"])), atol=6e-3)


def test_reverse_kl_takes_a_hill_where_forward_kl_covers_both(figures):
    traces = shown(figures["projections"], "double|0.35")
    assert place(traces["reverse KL"])[1] < 0.7 < 1.3 < place(traces["forward KL"])[1]


@pytest.mark.parametrize("preset", PRESETS)
def test_distances_fall_as_the_fourth_power_of_beta(figures, preset):
    traces = shown(figures["distances"], preset)
    slopes = {
        name: np.log(trace["y"][-1] / trace["y"][-2]) / np.log(trace["x"][-1] / trace["x"][-2])
        for name, trace in traces.items()
    }
    assert slopes["∝ 1/β⁴"] == pytest.approx(-4, abs=1e-3)
    for name in ("forward KL", "least squares", "logistic"):
        assert slopes[name] == pytest.approx(-4, abs=0.25)
    assert slopes["logistic, ν = 1"] > -3.7


def test_table_has_zero_for_the_summit_and_dashes_for_no_rest():
    rows = {row[0]: row[1:] for row in destination_table().rows}
    assert all(float(cell) < 1e-9 for cell in rows["RLHF, RLOO, PPO"])
    assert set(rows[r"GRPO, $G=\infty$"]) == {"–"}
    assert all(float(a) < float(b) for a, b in zip(rows["PG, $N=16$"], rows["PG, $N=2$"], strict=True))
    problem = Problem()
    top, end = problem.optimum().projection(), Gaussian(0.8538, 1.6183)
    assert float(rows["DRO"][0]) == pytest.approx(float(end.kl(top)), abs=2e-4)


def test_an_unknown_parameter_is_named():
    with pytest.raises(ValueError, match="parameter='clip' is unknown"):
        destinations("clip")
