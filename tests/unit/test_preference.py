"""One step of the regression behind DPO's destination, against a plain grid over differences and sums of pairs."""

import numpy as np
import pytest

from rlgeo.theory import preference

GRID = np.linspace(-11, 11, 801)
WEIGHT = np.exp(-0.25 * GRID**2) / np.sum(np.exp(-0.25 * GRID**2))  # N(0, 2)
D, S = GRID[:, None], GRID[None]
MASS = WEIGHT[:, None] * WEIGHT


def derivatives(c):
    """Gradient and Hessian of E log 2cosh(h/2), h = c₁d + c₂dS."""
    features = [D + 0 * S, D * S]
    h = c[0] * features[0] + c[1] * features[1]
    slope = [np.sum(MASS * 0.5 * np.tanh(h / 2) * f) for f in features]
    bell = MASS * 0.25 / np.cosh(h / 2) ** 2
    return np.array(slope), np.array([[np.sum(bell * f * g) for g in features] for f in features])


@pytest.mark.parametrize("c", [(0.0, 0.0), (0.4, -0.3), (-1.1, 0.2), (0.7, 0.0)])
@pytest.mark.parametrize("observed", [(0.5, 0.1), (-0.3, 0.4)])
def test_a_newton_step_and_what_it_may_be_trusted_with(c, observed):
    slope, curvature = derivatives(c)
    gap = np.array(observed) - slope
    step = np.linalg.solve(curvature, gap)
    found, _ = preference.newton(c, observed, 0.0)
    assert np.allclose(found, np.array(c) + step / (1 + np.sqrt(gap @ step)), rtol=1e-9, atol=1e-10)
    border = 0.01 * np.linalg.eigvalsh(curvature)[0] * max(1.0, np.hypot(*c))
    assert preference.newton(c, observed, border * (1 - 1e-6))[1]
    assert not preference.newton(c, observed, border * (1 + 1e-6))[1]


def test_a_step_from_the_minimizer_stays_there():
    c = (0.4, -0.3)
    found, sure = preference.newton(c, tuple(derivatives(c)[0]), 1e-9)
    assert sure
    assert np.allclose(found, c, rtol=0, atol=1e-9)


def test_coefficients_of_actions_give_the_same_margin():
    reference = preference.Gaussian(0.7, 1.3)
    c1, c2 = preference.in_actions(reference, np.array(0.4), np.array(-0.3))
    a, b = np.array([0.3, 2.0]), np.array([-1.0, 0.5])
    z, y = (a - 0.7) / 1.3, (b - 0.7) / 1.3
    assert np.allclose(c1 * (a - b) + c2 * (a**2 - b**2), (z - y) * (0.4 - 0.3 * (z + y)), rtol=1e-12)
