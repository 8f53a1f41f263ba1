"""Problems far outside of what controls offer, against SciPy's adaptive quadrature, which shares no code with rlgeo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import few, hostile_problems, numbers
from scipy.integrate import quad, quad_vec
from scipy.special import expit

from rlgeo import DPO, DRO, BumpReward, Gaussian, Problem
from rlgeo.theory import estimators


def integral(problem, f, low, high, center, width):
    """∫ f between many points: SciPy halves the intervals between them as it needs."""
    reward = problem.reward
    scaled = np.append(
        reward.widths[:, None] * np.sinh(np.linspace(-4, 4, 17)) / 3, width * np.linspace(-8, 8, 17)[None], 0
    )
    points = np.append(reward.centers, center)[:, None] + scaled
    points = np.unique(points[(points > low) & (points < high)])
    result, _ = quad_vec(f, low, high, points=points, epsabs=0, epsrel=1e-10, limit=1500)
    return result


@settings(max_examples=few(40))
@given(hostile_problems())
def test_optimum(problem):
    reward, reference, beta = problem.reward, problem.reference, problem.beta

    def log(a):
        return reference.log_prob(a) + reward(a) / beta

    edges = np.append(reward.centers, reference.mean)[:, None] + np.append(reward.widths, reference.std)[:, None] * [
        -16,
        16,
    ]
    grid = np.unique(np.concatenate([np.linspace(*edge, 4001) for edge in edges]))
    peak, at = np.max(log(grid)), grid[np.argmax(log(grid))]
    near = grid[log(grid) > peak - 45]
    low, high = near[0] - 0.01, near[-1] + 0.01
    values = integral(
        problem,
        lambda a: np.exp(log(a) - peak) * np.array([1, a - at, (a - at) ** 2, reward(a)]),
        low,
        high,
        at,
        (high - low) / 16,
    )
    mean = values[1] / values[0]
    best = problem.optimum()
    error = 1e-9 + 10 * best.error
    assert best.log_partition == pytest.approx(peak + np.log(values[0]), rel=1e-9, abs=error)
    assert best.mean == pytest.approx(at + mean, rel=1e-8, abs=1e-8 * best.std + error * best.std)
    assert best.std == pytest.approx(np.sqrt(values[2] / values[0] - mean**2), rel=1e-7 + error)
    assert best.expected_reward == pytest.approx(
        values[3] / values[0], rel=1e-8, abs=(1e-10 + error) * np.sum(np.abs(reward.weights))
    )


@settings(max_examples=few(20))
@given(hostile_problems(), numbers(-4, 4), st.sampled_from([0.03, 0.3, 3.0, 10.0]))
def test_moments_of_the_reward_and_variances_of_estimators(problem, mean, std):
    policy, reward, size = Gaussian(mean, std), problem.reward, 5
    level = reward(np.array(mean))

    def moments(a):
        r, (s, t) = reward(a) - level, policy.score(a)
        return policy.density(a) * np.array([r, r**2, r * s, r * t, r**2 * s**2, r**2 * t**2, r * s**2, r * t**2])

    first, second, *rest = integral(problem, moments, mean - 13 * std, mean + 13 * std, mean, std)
    scale = np.max(np.abs(reward(mean + std * np.linspace(-6, 6, 999)) - level)) + 1e-300
    rounding = 1e-13 * np.sum(np.abs(reward.weights))
    assert reward.expectation(policy) == pytest.approx(level + first, rel=1e-9, abs=1e-10 * scale + rounding)
    assert reward.variance(policy) == pytest.approx(second - first**2, rel=1e-8, abs=1e-9 * scale**2 + rounding * scale)
    found = estimators.variance(policy, problem, size, "leave-one-out")
    for i, fisher in enumerate((1 / std**2, 2 / std**2)):
        g = rest[i]
        m22 = rest[2 + i] - 2 * first * rest[4 + i] + first**2 * fisher
        expected = (m22 - g**2 * (size - 2) / (size - 1) + (second - first**2) * fisher / (size - 1)) / size
        assert found[i] == pytest.approx(expected, rel=1e-7, abs=(1e-9 * scale**2 + rounding * scale) * fisher)


@settings(max_examples=few(20))
@given(hostile_problems())
def test_coefficients_of_dro(problem):
    reference, reward = problem.reference, problem.reward
    m, s = reference.mean, reference.std

    def moments(a):
        z = (a - m) / s
        return reference.density(a) * reward(a) * np.array([z, (z**2 - 1) / 2])

    linear, quadratic = integral(problem, moments, m - 13 * s, m + 13 * s, m, s)
    _, c1, c2 = DRO().coefficients(problem)
    scale = 1e-9 * np.sum(np.abs(reward.weights))
    assert c2 * s**2 == pytest.approx(quadratic, rel=1e-8, abs=scale)
    assert (c1 + 2 * c2 * m) * s == pytest.approx(linear, rel=1e-8, abs=scale)


@settings(max_examples=few(20))
@given(hostile_problems(tallest=5), st.sampled_from([0.3, 1.0, 2.0]))
def test_coefficients_of_dpo_are_where_its_slope_vanishes(problem, noise):
    """E[(σ(h) − P(a ≻ b)) (d, dS)] over the plane, by SciPy in one action and an even grid in the other."""
    m, s, reward = problem.reference.mean, problem.reference.std, problem.reward
    c1, c2 = DPO(label_noise=noise).coefficients(problem)
    finest = min(float(np.min(reward.widths) / s), 1.0)
    z = np.linspace(-8, 8, int(16 / min(0.15, finest / 3)))
    weight = np.exp(-0.5 * z**2) / np.sum(np.exp(-0.5 * z**2))
    a = m + s * z
    r, h, slope = reward(a), c1 * a + c2 * a**2, np.zeros(2)
    for rows in np.array_split(np.arange(z.size), 1 + z.size**2 // 2_000_000):
        surprise = expit(h[rows, None] - h) - expit((r[rows, None] - r) / noise)
        surprise *= weight[rows, None] * weight
        slope += [np.sum(surprise * (z[rows, None] ** k - z**k)) for k in (1, 2)]
    assert np.all(np.abs(slope) < 1e-8)


@pytest.mark.parametrize(
    ("reward", "noise", "expected"),
    [  # all but parabolas: c is that of r/ν, up to the bump's fourth order
        (BumpReward([480.0], [1.0], [40.0]), 0.005, (59.98, -29.99)),
        (BumpReward([4000.0], [1.0], [20.0]), 0.1, (99.9, -49.95)),
        (BumpReward([480.0], [1.0], [40.0]), 0.01, (29.99, -14.995)),
    ],
)
def test_dpo_has_a_destination_whatever_the_noise(reward, noise, expected):
    problem, method = Problem(reward), DPO(label_noise=noise)
    assert np.allclose(method.coefficients(problem), expected, rtol=1e-3)
    end = method.destination(problem)
    assert end.mean == pytest.approx(1, abs=0.01)
    assert 1 / end.std**2 == pytest.approx(1 / 1.5**2 - 4 * expected[1], rel=1e-3)


@pytest.mark.parametrize("beta", [1e-4, 1e-6, 1e-8])
def test_small_prices(beta):
    """Laplace's method on *single*: log Z = w/β + log(π_ref(c) s √(2πβ/w)) + O(β)."""
    best = Problem(beta=beta).optimum()
    laplace = 1 / beta + Gaussian(0, 1.5).log_prob(2.0) + np.log(0.8 * np.sqrt(2 * np.pi * beta))
    assert best.log_partition == pytest.approx(laplace, abs=2 * beta + 1e-15 / beta + best.error)
    assert best.std == pytest.approx(0.8 * np.sqrt(beta), rel=1e-3)
    assert best.error < 1e-7


def test_narrow_bumps_under_a_wide_reference():
    """By SciPy: log E e^{r/β} and E[r (z² − 1)]/2, where grids of fixed spacing were wrong by several percent."""
    problem = Problem(BumpReward([1.0], [0.03], [0.05]), Gaussian(0.0, 10.0), 0.04)

    def tilted(a):
        return problem.reference.density(a) * np.expm1(problem.reward(a) / 0.04)

    excess = quad(tilted, -1, 1, points=[0.03, 0.0, 0.06], epsabs=0, epsrel=1e-12, limit=500)[0]
    assert problem.optimum().log_partition == pytest.approx(np.log1p(excess), rel=1e-12)


@pytest.mark.parametrize("reference", [Gaussian(0, 100), Gaussian(30, 1), Gaussian(-500, 0.1)])
def test_far_and_wide_references(reference):
    best = Problem(reference=reference).optimum()
    assert best.projection().mean == pytest.approx(float(best.mean), abs=3 * float(reference.std))
    assert np.isfinite([best.log_partition, best.std]).all()


def test_what_is_narrower_than_floating_point_numbers_is_refused():
    with pytest.raises(ArithmeticError, match="narrower than floating-point numbers"):
        _ = Problem(beta=1e-40).optimum().log_partition
