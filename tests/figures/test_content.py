"""The numbers in the frames, against formulas written down again here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from built import book
from numpy.typing import NDArray
from scipy.integrate import quad

from rlgeo import METHODS, Problem, run
from rlgeo.figures.basins import BASINS
from rlgeo.figures.overview import FAR

pytestmark = pytest.mark.xdist_group("figures")

BUMPS = {
    "single": [(1.0, 2.0, 0.8)],
    "double": [(1.0, -1.5, 0.7), (1.4, 2.0, 0.8)],
    "trap": [(0.6, -1.0, 0.5), (1.5, 2.2, 0.9)],
    "mixed": [(1.2, 2.0, 0.8), (-0.8, -1.5, 0.6)],
}
Array = NDArray[np.float64]


def reward(a: Any, preset: str) -> Any:
    return sum(w * np.exp(-((a - c) ** 2) / (2 * s * s)) for w, c, s in BUMPS[preset])


def reference(a: Any) -> Any:
    return np.exp(-a * a / 4.5) / np.sqrt(4.5 * np.pi)


def tilted(a: Any, preset: str, beta: float) -> Any:
    return reference(a) * np.exp(reward(a, preset) / beta)


def integral(f: Any) -> float:
    return float(quad(f, -12, 12, points=[-1.5, -1, 2, 2.2], limit=400, epsabs=1e-11)[0])


def J(mean: Any, std: Any, preset: str, beta: float) -> Any:
    earned = sum(
        w * s / np.sqrt(std**2 + s * s) * np.exp(-((mean - c) ** 2) / (2 * (std**2 + s * s)))
        for w, c, s in BUMPS[preset]
    )
    return earned - beta * (np.log(1.5 / std) + (std**2 + mean**2) / 4.5 - 0.5)


def gradient(x: Array, preset: str = "single", beta: float = 0.5) -> Array:
    h = 1e-6
    slopes = [
        (J(*(x + d), preset, beta) - J(*(x - d), preset, beta)) / (2 * h) for d in (np.array([h, 0]), np.array([0, h]))
    ]
    return np.array(slopes)


def frame(name: str, key: str) -> dict[str, dict[str, Any]]:
    """Trace name → everything it shows in that frame."""
    figure = book(name)
    shown = {trace["name"]: dict(trace) for trace in figure["data"] if "name" in trace}
    (chosen,) = [f for f in figure["frames"] if f["name"] == key]
    for index, update in zip(chosen["traces"], chosen["data"], strict=True):
        shown[figure["data"][index]["name"]] |= update
    return shown


OPTIMUM, STAR, CROSS = "optimum π<sup>★</sup>", "moment match", "best Gaussian"


@pytest.mark.parametrize(("preset", "beta"), [("single", 0.5), ("double", 0.12), ("mixed", 3)])
def test_tilt_draws_the_optimum_and_its_moments(preset: str, beta: float) -> None:
    figure = book("tilt")
    betas = figure["layout"]["meta"]["controls"][1]["values"]
    key = min(betas, key=lambda value: abs(float(value) - beta))
    shown = frame("tilt", f"{preset}|{key}")
    a = np.array(shown[OPTIMUM]["x"])
    Z = integral(lambda a: tilted(a, preset, float(key)))
    np.testing.assert_allclose(shown[OPTIMUM]["y"], tilted(a, preset, float(key)) / Z, atol=6e-5)
    np.testing.assert_allclose(shown["reward <i>r</i>"]["y"], reward(a, preset), atol=6e-4)
    mean = integral(lambda a: a * tilted(a, preset, float(key))) / Z
    words = shown["moments"]["text"][0]
    assert f"μ* = {mean:.2f}" in words
    assert f"log Z = {np.log(Z):.2f}" in words


def test_partition_states_the_shaded_area() -> None:
    betas = book("partition")["layout"]["meta"]["controls"][0]["values"]
    for key in (betas[0], "0.5", betas[-1]):
        shown = frame("partition", key)
        Z = integral(lambda a, b=float(key): tilted(a, "single", b))
        assert shown["area"]["text"] == [f"shaded area = Z = {Z:.3g}"]
        curve = shown["π<sub>ref</sub> e<sup><i>r</i>/β</sup>"]
        assert np.trapezoid(curve["y"], curve["x"]) == pytest.approx(Z, rel=0.01)
        gap = np.array(shown["log π<sub>ref</sub> + <i>r</i>/β"]["y"]) - np.array(shown["log π<sup>★</sup>"]["y"])
        np.testing.assert_allclose(gap, np.log(Z), atol=2e-3)


@pytest.mark.parametrize("key", ["0.05", "0.5", "3"])
def test_frontier_moves_along_the_exchange_of_reward_and_divergence(key: str) -> None:
    beta, shown = float(key), frame("frontier", key)
    Z = integral(lambda a: tilted(a, "single", beta))
    earned = integral(lambda a: reward(a, "single") * tilted(a, "single", beta)) / Z
    assert shown["at this β"]["y"][0] == pytest.approx(earned, rel=1e-4)
    assert shown["at this β"]["x"][0] == pytest.approx(earned / beta - np.log(Z), rel=1e-3)
    (x0, x1), (y0, y1) = shown["slope β"]["x"], shown["slope β"]["y"]
    assert (y1 - y0) / (x1 - x0) == pytest.approx(beta, rel=1e-3)
    ring = shown["ceiling β log Z"]
    assert (ring["x"][0], ring["y"][0]) == pytest.approx((0, beta * np.log(Z)), rel=1e-4)
    assert y0 - beta * x0 == pytest.approx(ring["y"][0], abs=1e-3)


@pytest.mark.parametrize(
    ("figure", "key", "preset", "beta"),
    [
        ("beta_landscape", "0.1", "single", 0.1),
        ("beta_landscape", "0.5", "single", 0.5),
        ("beta_landscape", "2", "single", 2.0),
        ("preset_landscapes", "double|0.3", "double", 0.3),
        ("preset_landscapes", "mixed|0.1", "mixed", 0.1),
    ],
)
def test_landscapes_show_J_its_top_and_the_moments(figure: str, key: str, preset: str, beta: float) -> None:
    shown = frame(figure, key)
    map_ = shown["<i>J</i>"]
    exact = J(np.array(map_["x"]), np.array(map_["y"])[:, None], preset, beta)
    floor = np.max(exact) - 1.44
    np.testing.assert_allclose(map_["z"], np.maximum(exact, floor), atol=6e-4)
    Z = integral(lambda a: tilted(a, preset, beta))
    mean = integral(lambda a: a * tilted(a, preset, beta)) / Z
    std = np.sqrt(integral(lambda a: (a - mean) ** 2 * tilted(a, preset, beta)) / Z)
    assert [*shown[STAR]["x"], *shown[STAR]["y"]] == pytest.approx([mean, std], rel=1e-4)
    cross = np.array([shown[CROSS]["x"][0], shown[CROSS]["y"][0]])
    assert np.linalg.norm(gradient(cross, preset, beta)) < 1e-3
    assert J(*cross, preset, beta) >= np.max(exact) - 1e-6
    if "summits of <i>J</i>" in shown:
        tops = shown["summits of <i>J</i>"]
        assert len(tops["x"]) == {"double": 3, "mixed": 2}[preset]
        for x, y, words in zip(tops["x"], tops["y"], tops["text"], strict=True):
            assert np.linalg.norm(gradient(np.array([x, y]), preset, beta)) < 1e-3
            assert words.strip() == f"J = {J(x, y, preset, beta):.2f}"


def test_two_projections_part_where_the_landscape_jumps() -> None:
    narrow, wide = frame("two_projections", "double|0.33"), frame("two_projections", "double|0.4")
    assert narrow["σ of the best Gaussian now"]["y"][0] < 0.6 < 1.4 < wide["σ of the best Gaussian now"]["y"][0]
    assert abs(narrow["σ of the moment match now"]["y"][0] - wide["σ of the moment match now"]["y"][0]) < 0.1
    for shown, beta in ((narrow, 0.33), (wide, 0.4)):
        a = np.array(shown["moment match"]["x"])
        Z = integral(lambda a, b=beta: tilted(a, "double", b))
        mean = integral(lambda a, b=beta: a * tilted(a, "double", b)) / Z
        std = shown["σ of the moment match now"]["y"][0]
        np.testing.assert_allclose(
            shown["moment match"]["y"],
            np.exp(-((a - mean) ** 2) / (2 * std**2)) / (std * np.sqrt(2 * np.pi)),
            atol=1e-3,
        )


def test_ceiling_is_never_reached() -> None:
    top = 0.5 * np.log(integral(lambda a: tilted(a, "single", 0.5)))
    for key in book("ceiling")["layout"]["meta"]["controls"][0]["values"]:
        shown = frame("ceiling", key)
        curve = shown["<i>J</i>(μ, σ)"]
        np.testing.assert_allclose(curve["y"], J(np.array(curve["x"]), float(key), "single", 0.5), atol=6e-4)
        assert max(curve["y"]) < top
        assert shown["gap"]["y"] == pytest.approx([max(curve["y"]), top], abs=1e-3)
        assert float(shown["words"]["text"][0].split("= ")[1]) == pytest.approx(top - max(curve["y"]), abs=2e-3)
        assert shown["ceiling β log Z"]["y"] == pytest.approx([top, top], rel=1e-4)


def ascend(
    x: Array, steps: int, rate: float, preset: str = "single", beta: float = 0.5, natural: bool = False
) -> Array:
    for _ in range(steps):
        metric = np.array([x[1] ** 2, x[1] ** 2 / 2]) if natural else 1.0
        x = x + rate * metric * gradient(x, preset, beta)
    return x


@pytest.mark.parametrize("position", [1, 12, -1])
def test_climb_stands_where_the_gradient_leads(position: int) -> None:
    key = book("climb")["layout"]["meta"]["controls"][0]["values"][position]
    shown = frame("climb", key)
    x = ascend(np.array([0.0, 1.0]), int(key), 0.1)
    dot = shown["current π<sub>θ</sub>"]
    assert [*dot["x"], *dot["y"]] == pytest.approx(x, rel=1e-4, abs=1e-6)
    assert shown["<i>J</i> now"]["y"][0] == pytest.approx(J(*x, "single", 0.5), rel=1e-4)
    a = np.array(shown["policy π<sub>θ</sub>"]["x"])
    density = np.exp(-((a - x[0]) ** 2) / (2 * x[1] ** 2)) / (x[1] * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(shown["policy π<sub>θ</sub>"]["y"], density, atol=1e-4)


def test_arrows_point_uphill() -> None:
    arrows = frame("climb", "0")["∇J"]
    # Each arrow is tail, tip, left, tip, right, gap; the last point of all is a gap.
    tails = np.array([arrows["x"], arrows["y"]], dtype=float)[:, 0::6]
    tips = np.array([arrows["x"], arrows["y"]], dtype=float)[:, 1::6]
    for x, d in zip(tails.T, (tips - tails).T, strict=True):
        g = gradient(x)
        assert g @ d / np.linalg.norm(g) / np.linalg.norm(d) > 0.99


@pytest.mark.parametrize("key", ["0.005", "0.1", "0.5"])
def test_learning_rates_show_their_own_path(key: str) -> None:
    shown = frame("learning_rates", key)
    x = ascend(np.array([0.0, 1.0]), 60, float(key))
    path, top = shown["path of ∇<i>J</i>"], J(*ascend(x, 400, 0.5), "single", 0.5)
    assert [path["x"][60], path["y"][60]] == pytest.approx(x, abs=1e-3)
    assert shown["gap"]["y"][60] == pytest.approx(top - J(*x, "single", 0.5), rel=0.01, abs=1e-8)


def test_too_large_a_rate_does_not_arrive() -> None:
    assert frame("overshoot", "0.3")["gap"]["y"][-1] < 1e-9
    assert frame("overshoot", "0.6")["gap"]["y"][-1] > 1e-3


def test_basins_hold_the_starts_that_flow_to_their_summits() -> None:
    shown = frame("basins", "double|0.3")
    areas, tops = [shown[name] for name in BASINS], shown["summits of <i>J</i>"]
    rng = np.random.default_rng(0)
    summits = np.array([tops["x"], tops["y"]]).T
    assert len(summits) == 3
    assert all(np.linalg.norm(gradient(s, "double", 0.3)) < 1e-2 for s in summits)
    seen = set()
    for row, column in zip(rng.integers(4, 44, 12), rng.integers(0, 57, 12), strict=True):
        start = np.array([areas[0]["x"][column], areas[0]["y"][row]])
        end = ascend(start, 600, 0.1, "double", 0.3)
        nearest = int(np.argmin(np.linalg.norm(summits - end, axis=1)))
        assert sum(area["z"][row][column] > 0.5 for area in areas) - 1 == nearest, start
        seen.add(nearest)
    assert len(seen) > 1
    assert len(frame("basins", "double|0.5")["summits of <i>J</i>"]["x"]) == 1


@pytest.mark.parametrize(("trace", "natural"), [("path of ∇<i>J</i> now", False), ("natural gradient now", True)])
def test_natural_and_plain_dots(trace: str, natural: bool) -> None:
    keys = book("natural")["layout"]["meta"]["controls"][0]["values"]
    for key in (keys[5], keys[-1]):
        dots = frame("natural", key)[trace]
        for start, x, y in zip([(2.8, 2.4), (-3.0, 0.3)], dots["x"], dots["y"], strict=True):
            assert [x, y] == pytest.approx(ascend(np.array(start), int(key), 0.1, natural=natural), abs=2e-3)


@pytest.mark.parametrize("method", METHODS)
def test_race_shows_runs_that_anyone_can_repeat(method: str) -> None:
    figure, path = book("race"), run(METHODS[method](), Problem(), FAR, 400, seed=0).policy[0]
    line, dot = (trace for trace in figure["data"] if trace["name"] == method)
    assert line["x"] == pytest.approx(path.mean, abs=6e-4)
    assert line["y"] == pytest.approx(path.std, abs=6e-4)
    assert [*dot["x"], *dot["y"]] == pytest.approx([path.mean[-1], path.std[-1]], abs=6e-4)
    assert dot["text"] == [method]
    state = figure["layout"]["meta"]["race"]
    assert (state["mean"], state["std"], state["steps"]) == (FAR.mean, FAR.std, 400)
