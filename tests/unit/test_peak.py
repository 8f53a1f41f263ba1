"""GRPO's flow on a parabola: the closed form against integration, the pull against sampling."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from rlgeo import GRPO, RLHF, Gaussian, Problem, State, collapse_threshold
from rlgeo.theory import peak


def test_quadratic_is_a_parabola_where_it_matters():
    reward = peak.quadratic(curvature=3.0, center=1.0)
    a = np.linspace(-1, 3, 9)
    # The next term of the exponential is κx⁴/(8s²) = 3.75e-3 at the ends.
    np.testing.assert_allclose(reward(a) - reward(1.0), -1.5 * (a - 1) ** 2, atol=3.8e-3)


def test_the_default_parabola():
    a = np.array([1.0, 3.0])
    beyond = peak.quadratic()(a) - peak.quadratic()(0.0) + a**2 / 2
    np.testing.assert_allclose(beyond, a**4 / (8 * 40**2), rtol=0.01)  # the exponential's next term


@pytest.mark.parametrize(("beta", "c"), [(0.5, 1.0667), (1.6, 1.0667), (0.5, 0.45), (1.0, 1.0)])
def test_flow_in_closed_form(beta, c):
    problem = Problem(peak.quadratic(), Gaussian(0.0, 1.3), beta)
    end = min(0.95 * float(peak.collapse_time(problem, c, 0.9)), 4.0)
    flow = solve_ivp(
        lambda t, s: (beta - c) / s - beta * s / 1.3**2, (0, end), [0.9], rtol=1e-10, atol=1e-12, dense_output=True
    )
    times = np.linspace(0, end, 7)
    np.testing.assert_allclose(peak.std_over_time(problem, c, 0.9, times), flow.sol(times)[0], rtol=1e-7)


@pytest.mark.parametrize(("beta", "c", "std"), [(0.5, 1.0667, 1.0), (0.8, 1.0, 0.6), (1.3, 1.4142, 2.0)])
def test_collapse_time(beta, c, std):
    problem = Problem(peak.quadratic(), Gaussian(0.0, 1.2), beta)
    time = float(peak.collapse_time(problem, c, std))
    before, after = peak.std_over_time(problem, c, std, time * np.array([1 - 1e-9, 1 + 1e-9]))
    assert 0 < before < 1e-3
    assert after == 0
    # σ̇ integrated down to a small σ arrives there when the closed form says.
    flow = solve_ivp(lambda s, _: 1 / ((beta - c) / s - beta * s / 1.2**2), (std, 1e-3), [0.0], rtol=1e-10, atol=1e-12)
    assert flow.y[0, -1] == pytest.approx(time, rel=1e-4)


def test_no_collapse_in_finite_time_from_the_threshold_on():
    problem = Problem(peak.quadratic(), beta=0.5)
    for c in (0.5, 0.3):
        assert np.isinf(peak.collapse_time(problem, c, 1.0))
        assert np.isinf(peak.collapse_time(problem, c, np.array([0.5, 1.0]))).tolist() == [True, True]
    assert peak.collapse_time(problem, 1.0, np.array([0.5, 1.0])).shape == (2,)


@pytest.mark.parametrize("size", [2, 8, 64])
def test_pull_is_the_threshold_whatever_the_curvature(size):
    """20,000 groups each, seed = G: |z| < 4."""
    rule = GRPO(group_size=size, std_offset=0)
    for curvature, std in ((0.2, 1.0), (5.0, 0.05)):
        problem = Problem(peak.quadratic(curvature))
        rng = np.random.default_rng(size)
        pull, error = peak.sampled_narrowing_rate(rule, Gaussian(0.0, std), problem, 20_000, rng)
        assert abs(pull - collapse_threshold(size)) < 4 * error
        assert error < 0.01


def test_sampled_pull_of_four_batches_by_hand():
    rule, problem, policy = GRPO(group_size=3), Problem("trap", beta=0.7), Gaussian(0.4, 0.9)
    copies = State(Gaussian(np.full(4, 0.4), np.full(4, 0.9)))
    steps = rule.gradient(copies, rule.draw(copies, problem, np.random.default_rng(2)), problem).std
    pulls = -0.9 * (steps + 0.7 * (0.9 / 1.5**2 - 1 / 0.9))
    pull, error = peak.sampled_narrowing_rate(rule, policy, problem, 4, np.random.default_rng(2))
    assert pull == pytest.approx(np.sum(pulls) / 4, rel=1e-12)
    assert error == pytest.approx(np.sqrt(np.sum((pulls - pull) ** 2) / 3 / 4), rel=1e-12)


def test_pull_in_the_limit_and_of_the_exact_gradient():
    problem, policy = Problem(peak.quadratic(2.0)), Gaussian(0.0, 0.3)
    limit = GRPO(group_size=np.inf, std_offset=0)
    assert peak.narrowing_rate(limit, policy, problem) == pytest.approx(np.sqrt(2), rel=1e-3)
    # Without the division it is κσ², which fades.
    assert peak.narrowing_rate(RLHF(), policy, problem) == pytest.approx(2 * 0.3**2, rel=1e-3)
