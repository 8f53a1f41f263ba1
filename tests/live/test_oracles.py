"""The browser's numbers against oracles that share no code with `rlgeo`: densities, quadrature, differences."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import parity
import pytest
from scipy.integrate import quad
from scipy.stats import norm

BUMPS = [(0.6, -1.0, 0.5), (1.5, 2.2, 0.9)]
BETA, MEAN, STD, V = 0.35, 0.4, 0.8, 0.2
REFERENCE, OLD = (-0.3, 1.4), (0.1, 0.9)
ACTIONS = np.array([-1.1, -0.2, 0.3, 0.9, 1.6, 2.4])
LOSERS = np.array([0.2, -1.3, 1.1, -0.4, 2.0, 0.6])
GIVEN: dict[str, Any] = {
    "policy": {"mean": MEAN, "std": STD},
    "actions": ACTIONS,
    "problem": {
        "reward": dict(zip(("weights", "centers", "widths"), np.array(BUMPS).T, strict=True)),
        "reference": dict(zip(("mean", "std"), REFERENCE, strict=True)),
        "beta": BETA,
    },
    "state": {
        "policy": {"mean": MEAN, "std": STD},
        "behavior": dict(zip(("mean", "std"), OLD, strict=True)),
        "value": V,
    },
}


def log_normal(a: float, mean: float, std: float) -> float:
    return -0.5 * ((a - mean) / std) ** 2 - math.log(std * math.sqrt(2 * math.pi))


def normal(a: float, mean: float, std: float) -> float:
    return math.exp(log_normal(a, mean, std))


def log_ratio(a: float, mean: float, std: float) -> float:
    return log_normal(a, mean, std) - log_normal(a, *REFERENCE)


def reward(a: float) -> float:
    return sum(w * math.exp(-0.5 * ((a - c) / s) ** 2) for w, c, s in BUMPS)


REWARDS = np.array([reward(a) for a in ACTIONS])


def integral(f: Callable[[float], float]) -> float:
    return float(quad(f, -12, 12, points=[-1, 0.4, 2.2], epsabs=1e-12, epsrel=1e-12, limit=400)[0])


def kl(mean: float, std: float) -> float:
    return integral(lambda a: normal(a, mean, std) * log_ratio(a, mean, std))


def objective(mean: float, std: float) -> float:
    return integral(lambda a: normal(a, mean, std) * reward(a)) - BETA * kl(mean, std)


def clipped(advantages: list[float], clip: float) -> Callable[[float, float], float]:
    def gain(mean: float, std: float) -> float:
        ratios = [normal(a, mean, std) / normal(a, *OLD) for a in ACTIONS]
        least = [min(x * A, min(max(x, 1 - clip), 1 + clip) * A) for x, A in zip(ratios, advantages, strict=True)]
        return statistics.fmean(least) - BETA * kl(mean, std)

    return gain


def dpo(mean: float, std: float) -> float:
    def implied(a: float) -> float:
        return 0.7 * log_ratio(a, mean, std)

    gaps = [implied(w) - implied(loser) for w, loser in zip(ACTIONS, LOSERS, strict=True)]
    return -statistics.fmean(math.log1p(math.exp(-gap)) for gap in gaps)


def dro(mean: float, std: float) -> float:
    gaps = [r - V - 0.7 * log_ratio(a, mean, std) for r, a in zip(REWARDS, ACTIONS, strict=True)]
    return -0.5 * statistics.fmean(gap**2 for gap in gaps)


CENTERED = [r - statistics.fmean(REWARDS) for r in REWARDS]
SURROGATES: dict[str, tuple[dict[str, float], Callable[[float, float], float], float]] = {
    # hyperparameters, the surrogate with its advantages held fixed, and what it has besides
    "RLHF": ({}, objective, 0.0),
    "PG": (
        {},
        lambda m, s: (
            statistics.fmean(A * log_normal(a, m, s) for A, a in zip(CENTERED, ACTIONS, strict=True)) - BETA * kl(m, s)
        ),
        0.0,
    ),
    "PPO": (
        {"clip": 0.25},
        clipped([r - V for r in REWARDS], 0.25),
        -statistics.fmean((r - V) ** 2 for r in REWARDS) / 2,
    ),
    "GRPO": ({"clip": 0.25}, clipped([d / (statistics.stdev(REWARDS) + 0.1) for d in CENTERED], 0.25), 0.0),
    "DPO": ({}, dpo, 0.0),
    "DRO": ({}, dro, 0.0),
}
METHOD = {
    "beta": 0.7,
    "std_offset": 0.1,
    "learning_rate": 0.1,
    "kl": 0,
    "value_learning_rate": 0.1,
    "epochs": 4,
    "label_noise": 0.5,
}


def slope(f: Callable[[float, float], float]) -> tuple[float, float]:
    h = 1e-4
    return tuple(
        (
            8 * (f(MEAN + h * m, STD + h * s) - f(MEAN - h * m, STD - h * s))
            - f(MEAN + 2 * h * m, STD + 2 * h * s)
            + f(MEAN - 2 * h * m, STD - 2 * h * s)
        )
        / (12 * h)
        for m, s in ((1, 0), (0, 1))
    )  # type: ignore[return-value]


@pytest.fixture(scope="module")
def browser(layout: Path, node: str) -> dict[tuple[str, str], Any]:
    """What JavaScript makes of these numbers."""
    batches = {name: {"actions": ACTIONS, "rewards": REWARDS} for name in SURROGATES}
    batches["DPO"] = {"winners": ACTIONS, "losers": LOSERS}
    asked = [("core", name, GIVEN) for name in ("reward", "log_prob", "kl", "objective", "gradient", "optimum")]
    asked[0] = ("core", "reward", {"reward": GIVEN["problem"]["reward"], "actions": ACTIONS})
    for name, (hyper, _, _) in SURROGATES.items():
        whole = GIVEN | {"batch": batches[name], "method": METHOD | {"clip": 0.2} | hyper}
        asked += [(name, part, whole) for part in ("diagnostics", "gradient")]
    answers = parity.node(layout, [[owner, name, parity.pack(given)] for owner, name, given in asked], node)
    return {(owner, name): answer for (owner, name, _), answer in zip(asked, answers, strict=True)}


def test_reward_density_and_objective(browser: dict[tuple[str, str], Any]) -> None:
    assert browser["core", "reward"] == pytest.approx(REWARDS, rel=1e-12)
    assert browser["core", "log_prob"] == pytest.approx(norm(MEAN, STD).logpdf(ACTIONS), rel=1e-12)
    assert browser["core", "kl"] == pytest.approx(kl(MEAN, STD), abs=1e-10)
    assert browser["core", "objective"] == pytest.approx(objective(MEAN, STD), abs=1e-10)
    assert [float(x) for x in browser["core", "gradient"].values()] == pytest.approx(slope(objective), abs=1e-7)


def test_the_optimum(browser: dict[tuple[str, str], Any]) -> None:
    def tilted(a: float) -> float:
        return normal(a, *REFERENCE) * math.exp(reward(a) / BETA)

    Z = integral(tilted)
    mean = integral(lambda a: a * tilted(a)) / Z
    found = browser["core", "optimum"]
    assert found["objective"] == pytest.approx(BETA * math.log(Z), abs=1e-9)
    assert found["mean"] == pytest.approx(mean, abs=1e-9)
    assert found["std"] == pytest.approx(math.sqrt(integral(lambda a: (a - mean) ** 2 * tilted(a)) / Z), abs=1e-9)
    assert found["density"] == pytest.approx([tilted(a) / Z for a in ACTIONS], rel=1e-9)


@pytest.mark.parametrize("method", SURROGATES)
def test_surrogates_and_their_slopes(method: str, browser: dict[tuple[str, str], Any]) -> None:
    _, surrogate, rest = SURROGATES[method]
    said = {"surrogate": browser["core", "objective"]} | browser[method, "diagnostics"]  # RLHF climbs J itself
    climbed = -said["loss"] if "loss" in said else said["surrogate"]
    assert climbed == pytest.approx(surrogate(MEAN, STD) + rest, abs=1e-9)
    gradient = browser[method, "gradient"]
    assert [float(gradient["mean"]), float(gradient["std"])] == pytest.approx(slope(surrogate), abs=1e-7)
    if method in ("PPO", "DRO"):
        gaps = [
            r - V - (0.7 * log_ratio(a, MEAN, STD) if method == "DRO" else 0)
            for r, a in zip(REWARDS, ACTIONS, strict=True)
        ]
        assert float(np.squeeze(gradient["value"])) == pytest.approx(statistics.fmean(gaps), rel=1e-9)
