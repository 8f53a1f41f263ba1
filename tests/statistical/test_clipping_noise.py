"""Clipping alone, on rewards that say nothing: which side of the band is clipped decides whether σ falls or rises.

Coin-flip rewards of ±½, β = 0, N = 16, K = 4 updates of η = 0.2 on each of 40,000 batches of N(0, 1), seed 0.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from rlgeo import PPO, Batch, Gaussian, Problem, State
from rlgeo.methods.clipped import is_clipped

RUNS, EVER = 40_000, 1e9
FREE = Problem(beta=1e-300)


@dataclass(frozen=True)
class Sided(PPO):
    """PPO with a half-width below 1 and another above: a sample is clipped on the side of its advantage alone."""

    low: float = EVER
    high: float = EVER

    def _score_weights(self, ratio, advantages):
        return np.where(
            is_clipped(ratio, advantages, np.where(advantages > 0, self.high, self.low)), 0, ratio * advantages
        )


def narrowing(method):
    """Mean of Δ log σ over one batch, and its standard error."""
    rng, old = np.random.default_rng(0), Gaussian(np.zeros(RUNS), np.ones(RUNS))
    actions = old.sample(rng, 16, (RUNS,))
    state, batch = State(old, old), Batch(actions, rng.integers(0, 2, actions.shape) - 0.5)
    for _ in range(4):
        state = method.step(state, batch, FREE)
    change = np.log(state.policy.std)
    return np.mean(change), np.std(change) / np.sqrt(RUNS)


def by_hand(low, high):
    """The same from densities and the surrogate's one-sided bounds alone, with other random numbers."""
    rng = np.random.default_rng(1)
    a, good = rng.standard_normal((RUNS, 16)), rng.random((RUNS, 16)) < 0.5
    mean, std = np.zeros((RUNS, 1)), np.ones((RUNS, 1))
    for _ in range(4):
        z = (a - mean) / std
        rho = np.exp(-0.5 * z**2 + 0.5 * a**2) / std
        pull = np.where(good, 0.5 * rho * (rho < 1 + high), -0.5 * rho * (rho > 1 - low))
        mean = mean + 0.2 * np.mean(pull * z / std, axis=1, keepdims=True)
        std = np.clip(std + 0.2 * np.mean(pull * (z**2 - 1) / std, axis=1, keepdims=True), 0.03, 3)
    return np.mean(np.log(std)), np.std(np.log(std)) / np.sqrt(RUNS)


@pytest.mark.parametrize(
    ("low", "high", "sign"), [(0.2, EVER, 1), (EVER, 0.2, -1), (0.2, 0.2, -1), (0.2, 0.28, -1), (EVER, EVER, 0)]
)
def test_the_side_of_the_clip_decides(low, high, sign):
    """Low alone widens, high alone narrows, and so does a band, though less than high alone."""
    found, error = narrowing(Sided(learning_rate=0.2, low=low, high=high))
    other, others_error = by_hand(low, high)
    assert abs(found - other) < 4 * np.hypot(error, others_error)
    assert not sign or sign * found > 10 * error
    if low == high == 0.2:
        assert np.isclose(narrowing(PPO(learning_rate=0.2, clip=0.2))[0], found, rtol=1e-12)


def test_clip_higher_narrows_less():
    band, higher = (narrowing(Sided(learning_rate=0.2, low=0.2, high=high)) for high in (0.2, 0.28))
    assert higher[0] - band[0] > 4 * np.hypot(higher[1], band[1])
