import numpy as np
import pytest
from hypothesis import example, given
from oracles import agrees, betas, expectation, gradient, numbers, policies, problems
from scipy.ndimage import maximum_filter
from scipy.optimize import minimize

from rlgeo import EXPERIMENT, PRESETS, START, BumpReward, Gaussian, Problem, follow
from rlgeo.theory.curvature import hessian
from rlgeo.toy.box import clamp


@given(problems, policies)
def test_objective_is_reward_minus_price(problem, policy):
    finest = np.min(problem.reward.widths)

    def gain(a):
        return problem.reward(a) - problem.beta * (policy.log_prob(a) - problem.reference.log_prob(a))

    numeric = expectation(gain, policy, finest)
    assert np.isclose(problem.objective(policy), numeric, rtol=1e-10, atol=1e-10)


@given(problems, policies)
def test_gradient_against_differences(problem, policy):
    numeric = gradient(problem.objective, policy)
    scale = problem.beta * np.hypot(*policy.kl_gradient(problem.reference)) + np.hypot(*numeric)
    assert np.allclose(problem.gradient(policy), numeric, rtol=1e-7, atol=1e-8 * scale + 1e-10)


def partition(problem):
    """(nodes, log Z, π* × spacing), on a grid of its own."""
    reference, bound = problem.reference, np.sum(np.abs(problem.reward.weights))
    reach = reference.std * np.sqrt(2 * (45 + 2 * bound / problem.beta)) + 1
    nodes = np.linspace(reference.mean - reach, reference.mean + reach, 40_001)
    log = -0.5 * ((nodes - reference.mean) / reference.std) ** 2 + problem.reward(nodes) / problem.beta
    peak = np.max(log)
    mass = np.exp(log - peak)
    spacing = nodes[1] - nodes[0]
    log_z = peak + np.log(np.sum(mass) * spacing) - np.log(reference.std) - 0.5 * np.log(2 * np.pi)
    return nodes, log_z, mass / np.sum(mass)


@example(Problem(BumpReward([3.0], [4.0], [0.5]), Gaussian(0.0, 0.3), 0.03))  # all of π* is 13 σ_ref away
@given(problems)
def test_optimum_against_another_grid(problem):
    nodes, log_z, mass = partition(problem)
    best, mean = problem.optimum(), np.sum(mass * nodes)
    std = np.sqrt(np.sum(mass * (nodes - mean) ** 2))
    assert np.isclose(best.log_partition, log_z, rtol=1e-10, atol=1e-10)
    assert np.isclose(best.objective, problem.beta * log_z, rtol=1e-10, atol=1e-10)
    assert np.allclose([best.mean, best.std], [mean, std], rtol=1e-9, atol=1e-9)
    assert np.allclose([best.moment_match().mean, best.moment_match().std], [mean, std], rtol=1e-9, atol=1e-9)
    assert np.isclose(best.expected_reward, np.sum(mass * problem.reward(nodes)), rtol=1e-9, atol=1e-9)
    kl = np.sum(mass * (best.log_density(nodes) - problem.reference.log_prob(nodes)))
    assert np.isclose(best.kl_to_reference, kl, rtol=1e-8, atol=1e-8)
    some = nodes[::4000]
    expected = problem.reference.log_prob(some) + problem.reward(some) / problem.beta - log_z
    assert np.allclose(np.log(np.maximum(best.density(some), 1e-300)), np.maximum(expected, np.log(1e-300)), atol=1e-8)


@given(problems, policies)
def test_objective_is_a_reverse_kl(problem, policy):
    """J(θ) = β log Z − β KL(π_θ‖π*)."""
    best = problem.optimum()
    _, log_z, _ = partition(problem)
    finest = np.min(problem.reward.widths)

    def log_ratio(a):
        return policy.log_prob(a) - (problem.reference.log_prob(a) + problem.reward(a) / problem.beta - log_z)

    kl = expectation(log_ratio, policy, finest)
    assert kl > -1e-10
    scale = 1 + problem.beta * kl
    assert abs(problem.objective(policy) - problem.beta * (log_z - kl)) < 1e-10 * scale
    assert abs(problem.objective(policy) - (best.objective - problem.beta * best.kl_from(policy))) < 1e-10 * scale


@given(problems)
def test_no_policy_exceeds_the_ceiling_and_the_projection_is_stationary(problem):
    best = problem.optimum()
    tops = best.summits()
    ceiling = best.objective + 1e-9
    assert np.all(problem.objective(tops) <= ceiling)
    assert np.all(np.abs(np.stack(problem.gradient(tops))) < 1e-6 * (1 + 1 / tops.std))
    highest = problem.objective(best.projection())
    assert np.all(highest >= problem.objective(tops))
    grid = problem.landscape(np.linspace(-4, 4, 41), np.geomspace(0.03, 3, 31))
    assert np.max(grid) <= highest + 1e-9
    assert np.all(np.diff(tops.mean) > -1e-12)


@pytest.mark.parametrize(
    ("name", "ceiling", "mean", "std", "peak_mean", "peak_std", "peak"),
    [
        ("single", "0.36663", "0.8792", "1.4084", "0.881", "1.287", "0.3051"),
        ("double", "0.76618", "0.4888", "1.5747", "0.359", "1.522", "0.6244"),
        ("trap", "0.71480", "1.0786", "1.3983", "1.013", "1.306", "0.5966"),
        ("mixed", "0.42724", "1.2866", "1.1525", "1.448", "0.847", "0.3799"),
    ],
)
def test_table_of_optima(name, ceiling, mean, std, peak_mean, peak_std, peak):
    problem = Problem(PRESETS[name])
    best, top = problem.optimum(), problem.optimum().projection()
    assert agrees(best.objective, ceiling)
    assert agrees(best.mean, mean)
    assert agrees(best.std, std)
    assert agrees(top.mean, peak_mean)
    assert agrees(top.std, peak_std)
    assert agrees(problem.objective(top), peak)


BOWL = BumpReward([-1.0], [0.0], [3.0])
"""Wide and below zero, so that J is, too."""


@pytest.mark.parametrize(
    ("reward", "reference", "beta", "count"),
    [
        *(("double", (0.0, 1.5), beta, count) for beta, count in ((0.3, 3), (0.4, 2), (0.5, 1))),  # they merge
        *(("trap", (0.0, 1.5), beta, count) for beta, count in ((0.15, 2), (0.5, 1))),
        (BumpReward([-1.0], [0.0], [0.5]), (0.0, 1.0), 0.2, 3),  # on both sides of a pit, and across
        (BumpReward([1.0, 1.0], [-0.4, 0.4], [0.2, 0.2]), (0.0, 1.0), 0.1, 3),  # closer than 1
        (BumpReward([1.0], [0.0], [0.1]), (0.0, 3.0), 0.3, 2),  # one above the other, where μ = 0
        *((BOWL, (mean, 0.4), 0.5, 1) for mean in (-3.9, 3.9)),  # in the outermost cells of the box
        *((BOWL, (0.3, std), 9.0, 1) for std in (0.0305, 2.9)),
        (BumpReward([-1.0], [0.0], [1.0]), (0.0, 3.0), 0.5, 1),  # beyond it, at σ = 3.66
    ],
)
def test_summits_against_a_fine_map(reward, reference, beta, count):
    """Its local maxima, each climbed by a method that needs no gradient."""
    problem = Problem(reward, Gaussian(*reference), beta)
    means, stds = np.linspace(-4, 4, 401), np.geomspace(0.03, 3, 301)
    J = problem.landscape(means, stds)

    def loss(x):
        return -float(problem.objective(Gaussian(x[0], np.exp(x[1]))))

    expected = [
        minimize(loss, [means[i], np.log(stds[j])], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-14}).x
        for j, i in zip(*np.nonzero(maximum_filter(J, 3) == J), strict=True)
    ]
    tops = problem.optimum().summits()
    assert tops.shape == (len(expected),) == (count,)
    assert np.all(np.diff(tops.mean) > -1e-9)
    found = sorted(zip(np.round(tops.mean, 5) + 0.0, np.log(tops.std), strict=True))
    assert np.allclose(found, sorted((np.round(m, 5) + 0.0, s) for m, s in expected), atol=2e-5)


@pytest.mark.parametrize(
    ("problem", "mean", "std"),
    [
        (Problem(BumpReward([1, 1.6], [0, 8], [0.8, 0.8]), Gaussian(0, 3), 0.1), 7.961, 0.210),
        (Problem("single", Gaussian(0, 1.5), 1e-6), 2.0, 0.8e-3),
        (Problem("single", Gaussian(0, 100), 0.5), 0.0323, 99.19),
        (Problem("single", Gaussian(30, 1), 0.5), 30.0, 1.0),
    ],
)
def test_the_projection_is_found_wherever_it_lies(problem, mean, std):
    """Beyond the box that training stays in; and climbing from anywhere leads no higher."""
    best = problem.optimum().projection()
    assert np.allclose([best.mean, best.std], [mean, std], rtol=0.05)
    starts = Gaussian(
        np.append(problem.reward.centers, problem.reference.mean)[:, None], [0.3, 1.0, problem.reference.std]
    )
    ends = [follow(problem.gradient, start) for start in (starts[i] for i in np.ndindex(starts.shape))]
    highest = max(float(problem.objective(end)) for end in ends if end is not None)
    assert problem.objective(best) >= highest - 1e-12


def test_no_summit_is_missed_among_many_bumps():
    """Climbing from every local maximum of a map of 801 × 401 leads to one of them, over four rewards of 30 bumps."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        reward = BumpReward(rng.normal(size=30), rng.uniform(-4, 4, 30), rng.uniform(0.05, 0.5, 30))
        problem = Problem(reward, Gaussian(0.0, 1.5), 0.05)
        tops = problem.optimum().summits()
        means, stds = np.linspace(-5, 5, 801), np.geomspace(0.01, 4, 401)
        J = problem.landscape(means, stds)
        rows, columns = np.nonzero((maximum_filter(J, 3) == J)[1:-1, 1:-1])
        for row, column in zip(rows + 1, columns + 1, strict=True):
            end = follow(problem.gradient, Gaussian(means[column], stds[row]), rtol=1e-8)
            assert np.min(np.hypot(tops.mean - end.mean, tops.std - end.std)) < 1e-6
        assert np.all(np.linalg.eigvalsh(hessian(problem, tops)) < 0)
        assert np.max(J) <= np.max(problem.objective(tops)) + 1e-12


def test_landscape_is_indexed_std_then_mean():
    problem = Problem("double")
    means, stds = np.array([-1.0, 0.5, 2.0]), np.array([0.4, 1.7])
    J = problem.landscape(means, stds)
    assert J.shape == (2, 3)
    assert J[1, 2] == problem.objective(Gaussian(2.0, 1.7))
    assert J[0, 1] == problem.objective(Gaussian(0.5, 0.4))


def test_defaults():
    problem = Problem()
    assert problem.reward is PRESETS["single"]
    assert (problem.reference.mean, problem.reference.std, problem.beta) == (0, 1.5, 0.5)
    assert (START.mean, START.std) == (0, 1)
    ranges = {name: (p.low, p.high) for name, p in EXPERIMENT.items()}
    assert ranges == {
        "reference_mean": (-3, 3),
        "reference_std": (0.3, 3),
        "beta": (0.05, 3),
        "mean": (-4, 4),
        "std": (0.03, 3),
    }
    assert Problem("trap").reward is PRESETS["trap"]


@given(betas)
def test_at_beta_changes_beta_only(beta):
    problem = Problem("mixed", Gaussian(1, 0.7), 0.3)
    other = problem.at_beta(beta)
    assert (other.beta, other.reward, other.reference) == (beta, problem.reward, problem.reference)


@given(numbers(-10, 10), numbers(-5, 10))
def test_clamp(mean, std):
    clamped = clamp(mean, std)
    assert (clamped.mean, clamped.std) == (min(max(mean, -4), 4), min(max(std, 0.03), 3))


@pytest.mark.parametrize(("mean", "std"), [(-9.0, 0.01), (9.0, 9.0), (-4.0, 3.0), (0.5, 0.5)])
def test_corners_of_the_box(mean, std):
    clamped = clamp(mean, std)
    assert (clamped.mean, clamped.std) == (min(max(mean, -4), 4), min(max(std, 0.03), 3))


def test_beta_is_kept_as_a_number():
    for beta in (1, np.float32(0.5), np.array(2.0)):
        assert type(Problem(beta=beta).beta) is float
        assert Problem(beta=beta).beta == beta


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beta": 0}, r"beta=0 is outside \(0, inf\)"),
        ({"beta": -0.5}, r"beta=-0.5 is outside"),
        ({"beta": np.nan}, "beta=nan is outside"),
        ({"beta": np.inf}, "beta=inf is outside"),
        ({"beta": [0.5, 1]}, r"beta has shape \(2,\); one number in \(0, inf\) is wanted"),
        ({"beta": "high"}, "beta='high' is not a number"),
        ({"reward": "triple"}, "preset='triple' is unknown"),
        ({"reference": Gaussian([0, 1], 1)}, r"reference is a batch of shape \(2,\); a single policy is wanted"),
    ],
)
def test_bad_problems_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Problem(**arguments)


@pytest.mark.parametrize(
    ("means", "stds", "message"), [([0, np.nan], [1], "means=nan"), ([0], [1, 0], r"stds=0 is outside \(0, inf\)")]
)
def test_bad_landscapes_are_refused(means, stds, message):
    with pytest.raises(ValueError, match=message):
        Problem().landscape(means, stds)


def test_far_and_narrow_bumps_stay_finite():
    problem = Problem(BumpReward([1.5, -1.0], [6.0, -6.0], [0.2, 0.2]), Gaussian(-3, 0.3), 0.05)
    best = problem.optimum()
    assert np.all(np.isfinite([best.log_partition, best.mean, best.std, best.expected_reward]))
    assert np.all(np.isfinite(problem.landscape(np.linspace(-4, 4, 9), [0.03, 3])))


def test_kl_from_takes_batches():
    best = Problem("double").optimum()
    batch = Gaussian(np.array([[-1.0], [0.5]]), [0.4, 1.0, 2.0])
    found = best.kl_from(batch)
    assert found.shape == (2, 3)
    assert found[1, 2] == best.kl_from(Gaussian(0.5, 2.0))
