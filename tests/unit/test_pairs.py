"""Pairs on a grid against adaptive integrals and against counting."""

import numpy as np
import pytest

from rlgeo import PRESETS, Gaussian, Problem
from rlgeo.theory import pairs, preference


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("noise", "error"), [(0.05, 1e-9), (0.5, 1e-9), (0.0, 2e-6)])
def test_moments_against_adaptive_integrals(name, noise, error):
    for reference in (Gaussian(0.0, 1.5), Gaussian(-1.0, 0.8)):
        problem = Problem(PRESETS[name], reference)
        first, second, said = pairs.moments(problem, noise)
        assert np.allclose([first, second], preference.moments(problem, noise), rtol=0, atol=error)
        assert said == (1e-6 if noise == 0 else 1e-9)


def test_masses_are_those_of_the_reference():
    actions, width, mass = pairs.grid(Problem("single", Gaussian(0.7, 1.2)), 201)
    assert np.allclose(np.diff(actions), width, rtol=1e-12)
    assert [actions[0], actions[-1]] == pytest.approx([0.7 - 8.5 * 1.2, 0.7 + 8.5 * 1.2])
    assert np.sum(mass) == pytest.approx(1, abs=1e-12)
    assert np.sum(mass * actions) == pytest.approx(0.7, abs=1e-12)
    assert np.sum(mass * (actions - 0.7) ** 2) == pytest.approx(1.44, abs=1e-12)


@pytest.mark.parametrize("slope", [1.0, -3.0, 1e-9])
def test_a_straight_score_orders_cells_as_they_stand(slope):
    actions = np.arange(5.0)
    share = pairs.ahead(lambda a: slope * a, actions, 1.0)
    assert np.allclose(share, np.heaviside(np.sign(slope) * (actions[:, None] - actions), 0.5), atol=1e-12)


def test_shares_against_counting():
    """Two cells, on which a score rises at different speeds: 2000 × 2000 points."""

    def score(a):
        return np.where(a < 0.5, 1.7 * a, 1.0 + 0.6 * (a - 1.0))

    points = np.linspace(-0.5, 0.5, 2001)[:-1] + 0.5 / 2000
    inside = [score(points * 0.9999), score(1.0 + points * 0.9999)]
    share = pairs.ahead(score, np.array([0.0, 1.0]), 0.9999)
    for i in (0, 1):
        for j in (0, 1):
            assert share[i, j] == pytest.approx(np.mean(inside[i][:, None] > inside[j]), abs=6e-4)
    assert share[0, 1] + share[1, 0] == pytest.approx(1, abs=1e-12)
    assert 0.01 < share[0, 1] < 0.4


def test_ties_are_even():
    assert np.all(pairs.ahead(np.zeros_like, np.arange(3.0), 1.0) == 0.5)
