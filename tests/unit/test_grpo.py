import numpy as np
import pytest
from oracles import agrees

from rlgeo import GRPO, PRESETS, RLHF, Batch, BumpReward, Gaussian, Problem, State, collapse_threshold
from rlgeo.methods.grpo import normalized
from rlgeo.theory import collapse
from rlgeo.theory.quadrature import normal_points


def test_advantages_use_the_unbiased_variance():
    rewards = np.array([[1.0, 2.0, 6.0], [0.0, 0.0, 3.0]])
    for offset in (0.0, 0.1):
        expected = [(r - np.mean(r)) / (np.sqrt(np.sum((r - np.mean(r)) ** 2) / 2) + offset) for r in rewards]
        found = GRPO(std_offset=offset).advantages(State(Gaussian(0, 1)), Batch(rewards, rewards))
        assert np.allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3, 1e-300, -7.7, 1e8])
@pytest.mark.parametrize("size", [2, 3, 7, 64])
def test_equal_rewards_have_no_advantage(level, size):
    assert np.array_equal(normalized(np.full((2, size), level), 0.0), np.zeros((2, size)))
    assert np.array_equal(normalized(np.full(size, level), 0.2), np.zeros(size))


def test_two_rewards_are_one_standard_deviation_apart_whatever_their_distance():
    for gap in (1e-9, 1.0, 1e9):
        assert np.allclose(normalized(np.array([0.0, gap])), [-np.sqrt(0.5), np.sqrt(0.5)], rtol=1e-12)


def transform_quadrature(policy, problem, size):
    """E[1/G Σ Â_i s_i] at δ = 0 with no sampling at all.

    1/√Q = π^{−1/2} ∫ t^{−1/2} e^{−tQ} dt for Q = Σ(r_i − r̄)², and e^{−tQ} = √(tG/π) ∫ Π e^{−t(r_i − m)²} dm.
    """
    xi = np.linspace(-8, 8, 201)
    weight = np.exp(-0.5 * xi**2) / np.sum(np.exp(-0.5 * xi**2))
    rewards = problem.reward(policy.mean + policy.std * xi)
    log_t = np.linspace(-24, 13, 93)
    total = np.zeros(2)
    for t in np.exp(log_t):
        width = 1 / np.sqrt(t)
        m = np.linspace(rewards.min() - 6 * width, rewards.max() + 6 * width, 600)
        near = np.exp(-t * (rewards - m[:, None]) ** 2) * weight
        b0, b1 = near @ np.ones_like(xi), near @ rewards
        for i, s in enumerate((xi, xi**2 - 1)):
            a0, a1 = near @ s, near @ (rewards * s)
            inner = (1 - 1 / size) * (a1 * b0 ** (size - 1) - a0 * b1 * b0 ** (size - 2))
            total[i] += np.sqrt(t * size / np.pi) * np.sum(inner) * (m[1] - m[0]) * np.sqrt(t)
    return total * (log_t[1] - log_t[0]) * np.sqrt((size - 1) / np.pi) / policy.std


@pytest.mark.parametrize("size", [4, 8, 64])
def test_expected_gradient_against_a_quadrature_over_laplace_transforms(size):
    # A wide bump: with rewards bunched at 0 the integral in m would need a far finer grid.
    problem, policy = Problem(BumpReward([1.3], [2.0], [2.0])), Gaussian(1.2, 0.8)
    method = GRPO(group_size=size, std_offset=0)
    expected = transform_quadrature(policy, problem, size) - 0.5 * np.array(policy.kl_gradient(problem.reference))
    error = np.array(method.expected_gradient_error(policy, problem))
    assert np.all(error < 5e-3)
    assert np.all(np.abs(method.expected_gradient(policy, problem) - expected) < 4 * error)


def test_expected_gradient_of_pairs_against_a_plane_integral():
    """At G = 2 the advantages are ±1/√2: sign(r₁ − r₂) by quadrature over the plane."""
    problem, policy = Problem("double", beta=0.4), Gaussian(0.8, 0.8)
    method = GRPO(group_size=2, std_offset=0)
    xi = np.linspace(-7, 7, 1401)
    weight = np.exp(-0.5 * xi**2) / np.sum(np.exp(-0.5 * xi**2))
    rewards = problem.reward(policy.mean + policy.std * xi)
    sign = np.sign(rewards[:, None] - rewards)
    expected = [
        weight @ (sign * (s[:, None] - s)) @ weight / (2 * np.sqrt(2) * policy.std) - 0.4 * k
        for s, k in zip((xi, xi**2 - 1), policy.kl_gradient(problem.reference), strict=True)
    ]
    error = np.array(method.expected_gradient_error(policy, problem))
    assert np.all(error < 3e-3)
    assert np.all(np.abs(np.subtract(method.expected_gradient(policy, problem), expected)) < 4 * error + 1e-3)


@pytest.mark.parametrize("offset", [0.0, 0.1])
def test_limit_of_large_groups(offset):
    """∇E[r]/(Std r + δ) − β∇KL, not ∇J; and finite groups approach it like 1/G."""
    problem, policy = Problem("mixed", beta=0.3), Gaussian([1.0, 0.5], [0.8, 1.3])
    limit = np.array(GRPO(group_size=np.inf, std_offset=offset).expected_gradient(policy, problem))
    reward = np.array(problem.reward.expectation_gradient(policy))
    price = 0.3 * np.array(policy.kl_gradient(problem.reference))
    std = np.sqrt(problem.reward.variance(policy))
    assert np.allclose(limit, reward / (std + offset) - price, rtol=1e-12)
    assert np.max(np.abs(limit - problem.gradient(policy))) > 0.1
    distances = [
        np.max(np.abs(GRPO(group_size=size, std_offset=offset).expected_gradient(policy, problem) - limit))
        for size in (8, 64, 512)
    ]
    assert distances[0] > 4 * distances[1] > 12 * distances[2]
    assert np.all(np.array(GRPO(group_size=np.inf).expected_gradient_error(policy, problem)) == 0)


def test_a_flat_reward_leaves_the_kl_term():
    problem, policy = Problem(BumpReward([1.0], [400.0], [0.5])), Gaussian([0.0, 1.0], 1.0)
    kl = -0.5 * np.stack(np.broadcast_arrays(*policy.kl_gradient(problem.reference)))
    for size in (2, 8, np.inf):
        assert np.allclose(GRPO(group_size=size, std_offset=0).expected_gradient(policy, problem), kl, rtol=1e-12)


def test_collapse_thresholds():
    assert agrees(collapse_threshold(2), "0.450")
    assert agrees(collapse_threshold(4), "0.82")
    assert agrees(collapse_threshold(8), "1.067")
    assert agrees(collapse_threshold(16), "1.219")
    assert agrees(collapse_threshold(64), "1.358")
    assert collapse_threshold(2) == pytest.approx(np.sqrt(2) / np.pi, rel=1e-15)
    assert collapse_threshold(np.inf) == pytest.approx(np.sqrt(2), rel=1e-15)
    assert 1000 * (np.sqrt(2) - collapse_threshold(1000)) == pytest.approx(2.75 * np.sqrt(2), rel=0.02)  # c_∞ − O(1/G)
    assert GRPO(group_size=4).collapse_threshold() == collapse_threshold(4)


@pytest.mark.parametrize("size", [3, 4, 8, 16, 64])
def test_collapse_threshold_against_quasi_monte_carlo(size):
    replicates = np.mean(np.std(normal_points(size, 8, 2**13) ** 2, axis=-1, ddof=1), axis=-1) * (size - 1) / size
    error = np.std(replicates, ddof=1) / np.sqrt(8)
    assert error < 3e-4
    assert abs(collapse_threshold(size) - np.mean(replicates)) < 4 * error


@pytest.mark.parametrize(
    ("size", "expected"),
    [(3, 0.68498363), (4, 0.82172554), (8, 1.06673575), (16, 1.21894142), (64, 1.35819639), (1000, 1.41035169)],
)
def test_collapse_threshold_to_six_digits(size, expected):
    """The values to which finer and wider grids of the same integral converge."""
    assert collapse_threshold(size) == pytest.approx(expected, abs=3e-7)


@pytest.mark.parametrize("t", [1e-8, 1e-3, 0.3, 1.0, 40.0, 1e4])
def test_bessel_form_of_the_transform(t):
    """E e^{−t(ξ² − m)²} against quadrature, on both sides of m = 1/(4t), where the argument changes sign."""
    xi = np.linspace(-9, 9, 200_001)
    weight = np.exp(-0.5 * xi**2) / np.sum(np.exp(-0.5 * xi**2))
    for m in (-2 / np.sqrt(t), -0.1, 0.25 / t, 0.2499 / t, 0.2501 / t, 0.3, 1.0, 3.0, 20.0):
        if abs(m) > 1e4:
            continue
        numeric = np.sum(weight * np.exp(-t * (xi**2 - m) ** 2))
        assert collapse._spread(np.array(t), np.array(m)) == pytest.approx(numeric, rel=2e-7, abs=1e-14)


@pytest.mark.parametrize("m", [1.0, 3.0, 20.0])
def test_transform_of_a_sharp_kernel(m):
    """As t grows, e^{−t(ξ² − m)²} closes in on ξ = ±√m: Laplace's method, with an error of the order 1/t."""
    expected = np.exp(-m / 2) / np.sqrt(2 * m * 1e8)
    assert collapse._spread(np.array(1e8), np.array(m)) == pytest.approx(expected, rel=1e-6)


def test_a_field_over_a_grid_is_that_of_its_policies():
    method, problem, grid = GRPO(group_size=4), Problem("double"), Gaussian(np.zeros((3, 1)), [0.5, 1.0])
    for function in (method.expected_gradient, method.expected_gradient_error):
        field, one = function(grid, problem), function(Gaussian(0.0, 1.0), problem)
        assert np.shape(field) == (2, 3, 2)
        assert np.allclose([f[2, 1] for f in field], one, rtol=1e-12)
    assert np.shape(GRPO(group_size=np.inf).expected_gradient_error(grid, problem)) == (2, 3, 2)


RARE = [  # what decides Std_θ(r) is sampled hardly ever, or everything is
    (BumpReward([2.067], [1.972], [0.265]), Gaussian(-2.1978, 0.8269), 8, 0.0),
    (PRESETS["single"], Gaussian(-4.0, 1.0), 8, 1e-4),
    (PRESETS["single"], Gaussian(-4.0, 1.0), 2, 0.0),
    (BumpReward([1.0], [3.5], [0.1]), Gaussian(0.0, 1.0), 16, 0.1),
    (BumpReward([1.5, -0.7, 0.4], [-3.0, 0.2, 5.0], [0.3, 0.1, 1.5]), Gaussian(1.0, 2.5), 8, 0.0),
    (PRESETS["mixed"], Gaussian(3.9, 0.03), 32, 0.0),
]


@pytest.mark.parametrize(("reward", "policy", "size", "offset"), RARE)
def test_the_stated_error_covers_the_truth(reward, policy, size, offset):
    """Against 400,000 sampled groups (60,000 of G > 8), seed = G: |z| < 4, and the error is small."""
    method, problem, rng = GRPO(group_size=size, std_offset=offset), Problem(reward), np.random.default_rng(size)
    sums = []
    for _ in range(8 if size <= 8 else 2):
        xi = rng.standard_normal((50_000 if size <= 8 else 30_000, size))
        advantages = normalized(reward(policy.mean + policy.std * xi), offset)
        sums.append([np.mean(advantages * s, axis=-1) / policy.std for s in (xi, xi**2 - 1)])
    sampled = np.concatenate(sums, axis=-1)
    truth, noise = np.mean(sampled, axis=-1), np.std(sampled, axis=-1) / np.sqrt(sampled.shape[-1])
    found = np.array(method.expected_reward_gradient(policy, problem))
    error = np.array(method.expected_gradient_error(policy, problem))
    assert np.all(np.abs(found - truth) < 4 * np.hypot(error, noise))
    assert np.all(error < 0.03 * np.linalg.norm(found))


def test_thresholds_of_huge_groups():
    """The expansion against the integral where both are good, and at once where the integral would need gigabytes."""
    expected = (
        np.sqrt(2)
        * (1 - 1 / 5000)
        * np.mean(np.sqrt(np.random.default_rng(0).normal(1, np.sqrt(14 / 5000), 10**6).clip(0)))
    )
    assert collapse_threshold(5000) == pytest.approx(expected, abs=2e-4)
    assert collapse_threshold(4999) == pytest.approx(collapse_threshold(5001), abs=5e-7)
    assert collapse_threshold(10**9) == pytest.approx(np.sqrt(2) * (1 - 2.75e-9), rel=1e-15)


@pytest.mark.parametrize("size", [1, 0, -3, np.nan])
def test_a_group_needs_two(size):
    with pytest.raises(ValueError, match=r"group_size=.* is outside \[2, inf\]"):
        collapse_threshold(size)


@pytest.mark.parametrize("size", [2, 8, np.inf])
@pytest.mark.parametrize("curvature", [0.1, 5.0])
def test_near_a_peak_the_std_moves_at_the_rate_of_the_threshold(size, curvature):
    """σ̇ = (β − c_G)/σ, whatever the reward's scale and curvature."""
    width = 2.0
    problem = Problem(BumpReward([curvature * width**2], [0.5], [width]), beta=0.7)
    policy, method = Gaussian(0.5, 0.02), GRPO(group_size=size, std_offset=0)
    _, d_std = method.expected_gradient(policy, problem)
    error = method.expected_gradient_error(policy, problem)[1] * policy.std
    assert abs(d_std * policy.std - (0.7 - collapse_threshold(size))) < 4 * error + 1e-3


def test_it_collapses_below_the_threshold_only():
    default = GRPO()
    problem = Problem()
    assert default.destination(problem) is None
    reason = default.why_none(problem)
    assert "σ collapses: β = 0.5 is below c_G = 1.067 (G = 8)" in reason
    assert "δ = 0.0001" in reason
    assert "0.03" in reason
    rest = GRPO(group_size=2).destination(problem)
    assert rest.std > 0.5
    assert GRPO(group_size=2).why_none(problem) is None
    assert GRPO(group_size=np.inf).destination(problem.at_beta(1.5)).std > 1


@pytest.mark.parametrize(("size", "offset", "beta"), [(8, 0.1, 0.5), (np.inf, 0.1, 0.5), (4, 1e-4, 1.2)])
def test_destination_is_where_the_field_vanishes(size, offset, beta):
    problem, method = Problem("trap", beta=beta), GRPO(group_size=size, std_offset=offset)
    end = method.destination(problem)
    assert np.allclose(method.expected_gradient(end, problem), 0, atol=1e-7)
    assert np.allclose(
        [end.mean, end.std], [(e := method.destination(problem, Gaussian(1.5, 1.0))).mean, e.std], atol=1e-6
    )


def test_the_std_changes_the_price():
    """With δ = 0 and G = ∞ the destination is a stationary point of J at the price β Std_θ(r)."""
    problem, method = Problem("single", beta=1.5), GRPO(group_size=np.inf, std_offset=0)
    end = method.destination(problem)
    effective = problem.at_beta(1.5 * np.sqrt(problem.reward.variance(end)))
    assert np.allclose(effective.gradient(end), 0, atol=1e-8)
    exact = RLHF().destination(problem)
    assert abs(end.mean - exact.mean) > 0.3


def test_no_escape_is_reported_as_such():
    """Above the threshold, without a destination: the reason does not speak of a collapse."""
    method = GRPO(group_size=2)
    far = Gaussian(0.0, 0.02)  # the start itself is below the box
    for beta in (1.0, collapse_threshold(2)):
        problem = Problem(beta=beta)
        assert method.destination(problem, far) is None
        assert method.why_none(problem, far) == (
            f"the expected update does not converge from there, though β = {beta:.3g} ≥ c_G = 0.4502"
        )


def test_an_infinite_group_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"group_size=inf is not allowed: group_size must be a whole number in \[2"):
        GRPO(group_size=np.inf).draw(State(Gaussian(0, 1)), Problem(), np.random.default_rng(0))
