import numpy as np
import pytest
from oracles import agrees, gradient

from rlgeo import DPO, DRO, PROJECTIONS, BumpReward, Gaussian, Problem, follow
from rlgeo.theory import basins
from rlgeo.theory.basins import _climb, basin, basin_grid, shares, wilson
from rlgeo.theory.flow import ascend
from rlgeo.theory.projections import forward_kl, least_squares, logistic, reverse_kl


def nudged(policy):
    yield from (Gaussian(policy.mean + d, policy.std) for d in (-0.02, 0.02))
    yield from (Gaussian(policy.mean, policy.std * d) for d in (0.98, 1.02))


@pytest.mark.parametrize("name", ["single", "double", "trap", "mixed"])
def test_each_projection_minimizes_its_own_distance(name):
    problem = Problem(name)
    best, reference = problem.optimum(), problem.reference
    grid = np.linspace(-12, 12, 4001)
    mass = best.density(grid) / np.sum(best.density(grid))
    base = reference.density(grid) / np.sum(reference.density(grid))

    def reverse(p):
        density = p.density(grid) / np.sum(p.density(grid))
        return np.sum(density * (p.log_prob(grid) - best.log_density(grid)))

    def forward(p):
        return -np.sum(mass * p.log_prob(grid))

    def square(p):
        gap = p.log_prob(grid) - best.log_density(grid)
        return np.sum(base * (gap - np.sum(base * gap)) ** 2)

    def logit(p):
        return DPO(beta=0.5, label_noise=1.0).population_loss(p, problem)

    measures = {"reverse KL": reverse, "forward KL": forward, "least squares": square, "logistic": logit}
    assert list(PROJECTIONS) == list(measures)
    for key, distance in measures.items():
        found = PROJECTIONS[key](problem)
        assert all(distance(p) > distance(found) for p in nudged(found)), key
    ends = [PROJECTIONS[key](problem) for key in measures]
    assert len({(round(float(e.mean), 3), round(float(e.std), 3)) for e in ends}) == 4  # all different


def test_projections_are_the_destinations():
    problem = Problem("double", beta=0.7)
    pairs = [
        (least_squares(problem), DRO(beta=0.7).destination(problem)),
        (logistic(problem, 0.5), DPO(beta=1.4, label_noise=0.5).destination(problem)),
        (reverse_kl(problem), problem.optimum().projection()),
    ]
    for a, b in pairs:
        assert np.allclose([a.mean, a.std], [b.mean, b.std], rtol=1e-12)
    assert (forward_kl(problem).mean, forward_kl(problem).std) == (problem.optimum().mean, problem.optimum().std)
    assert agrees(logistic(Problem()).mean, "0.844")
    assert least_squares(Problem(beta=0.05)) is None


def test_where_the_optimum_is_nearly_gaussian_they_agree():
    problem = Problem(BumpReward([40.0], [1.0], [8.0]), Gaussian(0.0, 0.5), 0.6)
    ends = [project(problem) for project in PROJECTIONS.values()]
    assert np.ptp([e.mean for e in ends]) < 5e-3
    assert np.ptp([e.std for e in ends]) < 5e-3


def test_basins_of_two_summits():
    """Which of two summits is reached, judged by the flow; the nearer one in the plane is not always it."""
    problem = Problem("trap", beta=0.15)
    left, right = (follow(problem.gradient, Gaussian(m, 0.6)) for m in (-1.0, 2.0))
    tops = Gaussian([left.mean, right.mean], [left.std, right.std])
    starts = Gaussian([-1.0, -0.2, 0.3, 0.6, -1.5, -1.0, 2.5], [0.3, 0.3, 0.2, 0.5, 3.0, 1.6, 0.05])
    ends = [follow(problem.gradient, starts[i]).mean for i in range(7)]
    expected = [int(np.isclose(end, right.mean, atol=1e-3)) for end in ends]
    found = basin(problem, starts, tops)
    assert found.tolist() == expected
    assert 0 < sum(expected) < 7
    nearest = np.abs(starts.mean[:, None] - tops.mean).argmin(axis=1)
    assert nearest.tolist() != expected
    assert basin(problem, Gaussian(starts.mean.reshape(7, 1), starts.std.reshape(7, 1)), tops).tolist() == [
        [k] for k in expected
    ]
    share, low, high = shares(problem, starts, tops)
    assert np.allclose(share, [1 - sum(expected) / 7, sum(expected) / 7], rtol=1e-12)
    for k in (0, 1):
        assert (low[k], high[k]) == tuple(float(x) for x in wilson(round(7 * share[k]), 7))
    climbed = _climb(problem, starts)
    assert np.allclose(climbed.mean, [(left.mean, right.mean)[k] for k in expected], atol=1e-3)
    assert np.allclose(climbed.std, [(left.std, right.std)[k] for k in expected], atol=1e-3)


@pytest.mark.parametrize(("name", "beta"), [("double", 0.3), ("double", 0.05), ("trap", 0.05), ("mixed", 0.15)])
def test_basins_are_where_the_flow_goes(name, beta):
    problem = Problem(name, beta=beta)
    tops = problem.optimum().summits()
    rng = np.random.default_rng(0)
    means = np.append(tops.mean, rng.uniform(-4, 4, 12))
    starts = Gaussian(means, np.append(tops.std, rng.uniform(0.1, 3, 12)))
    found = basin(problem, starts)
    assert len(set(found.tolist())) > 1
    for i in range(means.size):
        end = follow(problem.gradient, starts[i])
        assert np.isclose(tops.mean[found[i]], end.mean, atol=1e-3)
    share, low, high = shares(problem, starts, tops)
    assert np.allclose(share, [np.mean(found == k) for k in range(tops.shape[0])])
    assert np.all((low < share) | (share == 0))
    assert np.all((share < high) | (share == 1))
    assert np.array_equal(shares(problem, starts)[0], share)


@pytest.mark.parametrize(("name", "beta", "count"), [("double", 0.3, 3), ("trap", 0.1, 2), ("single", 1.0, 1)])
def test_a_chart_holds_the_basin_of_every_cell(name, beta, count):
    """Whether climbed from or filled in; one that filled in too much or looked at borders only would differ."""
    problem = Problem(name, beta=beta)
    means, stds = np.linspace(-4, 4, 33), np.linspace(0.1, 3, 25)
    found = basin_grid(problem, means, stds)
    assert found.shape == (25, 33)
    assert sorted(set(found.flat)) == list(range(count))
    np.testing.assert_array_equal(found, basin(problem, Gaussian(means, stds[:, None])))


def test_a_chart_counts_summits_as_they_are_given():
    problem = Problem("double", beta=0.3)
    tops, means, stds = problem.optimum().summits(), np.linspace(-4, 4, 17), np.linspace(0.1, 3, 13)
    backward = basin_grid(problem, means, stds, tops[::-1])
    np.testing.assert_array_equal(backward, tops.shape[0] - 1 - basin_grid(problem, means, stds))


def test_a_chart_climbs_from_a_part_of_its_cells(monkeypatch):
    climbed = []
    monkeypatch.setattr(basins, "basin", lambda *a: (climbed.append(a[1].shape[0]), basin(*a))[1])
    basin_grid(Problem("double", beta=0.3), np.linspace(-4, 4, 65), np.linspace(0.1, 3, 49))
    assert climbed[0] == 17 * 13
    assert sum(climbed) < 65 * 49 / 4


def test_basins_of_summits_at_one_mean():
    """A spike on a wide reference: two summits that differ in σ alone. The index is into the summits as given."""
    problem = Problem(BumpReward([1.0], [0.0], [0.1]), Gaussian(0.0, 3.0), 0.3)
    narrow, wide = (follow(problem.gradient, Gaussian(0.0, s)) for s in (0.05, 2.5))
    tops = Gaussian([0.0, 0.0], [narrow.std, wide.std])
    starts = Gaussian(np.zeros(3), [0.04, 0.6, 2.9])
    ends = [float(follow(problem.gradient, starts[i]).std) for i in range(3)]
    expected = [int(np.isclose(end, wide.std)) for end in ends]
    assert expected == [0, 1, 1]
    assert basin(problem, starts, tops).tolist() == expected
    assert np.allclose(shares(problem, starts, tops[::-1])[0], [2 / 3, 1 / 3])
    assert shares(problem, starts[:1], tops)[0].tolist() == [1, 0]  # nobody in the last one counts, too


def test_a_step_of_the_climb_is_short_and_does_not_overshoot():
    """1/(bound on the curvature) or .05 in the Fisher metric, whichever is less, along the numerical gradient."""
    weights, beta = [1.5, -0.7], 0.15
    problem = Problem(BumpReward(weights, [2.2, -1.0], [0.9, 0.5]), Gaussian(0.4, 1.3), beta)
    starts = Gaussian(np.repeat([-2.5, -0.9, 0.3, 2.1], 4), np.tile([0.1, 0.5, 1.1, 2.7], 4))
    d_mean, d_std = gradient(problem.objective, starts)
    bound = (beta * (1 + starts.std**2 / 1.3**2) + 1.5 + 0.7) / starts.std**2
    by_length = 0.05 * starts.std / np.hypot(d_mean, np.sqrt(2) * d_std)
    paces = np.minimum(1 / bound, by_length)
    assert 0 < np.sum(paces == by_length) < 16
    moved = _climb(problem, starts, steps=1)
    assert np.allclose(moved.mean, starts.mean + paces * d_mean, rtol=0, atol=1e-8)
    assert np.allclose(moved.std, starts.std + paces * d_std, rtol=0, atol=1e-8)
    assert np.all(problem.objective(moved) > problem.objective(starts))


def test_wilsons_interval():
    """By its defining equation |p̂ − p| = z √(p(1−p)/n), whose solutions the ends are; and by Wilson's known numbers."""
    for successes, trials in ((3, 10), (0, 7), (7, 7), (50, 100)):
        low, high = wilson(successes, trials)
        share = successes / trials
        for p in (low, high):
            if 0 < p < 1:
                assert np.isclose(abs(share - p), 1.96 * np.sqrt(p * (1 - p) / trials), rtol=1e-9)
        assert 0 <= low <= share <= high <= 1
    assert all(wilson(n, n)[1] <= 1 for n in range(1, 60))  # whatever the rounding
    assert np.allclose(wilson(0, 10), [0, 0.2775], atol=5e-5)
    assert np.allclose(wilson(5, 10), [0.2366, 0.7634], atol=5e-5)
    assert np.allclose(wilson(1, 1), [1 / (1 + 1.96**2), 1], rtol=1e-12)
    low, high = wilson(np.array([1, 2]), 4, z=1.0)
    assert low.shape == high.shape == (2,)
    with pytest.raises(ValueError, match="trials=0 is not allowed"):
        wilson(0, 0)
    with pytest.raises(ValueError, match=r"successes=11 is outside \[0, 10\]"):
        wilson(11, 10)


def linear(policy):
    """A spiral into (1, e^.5) in the coordinates (μ, log σ)."""
    x, y = policy.mean - 1, np.log(policy.std) - 0.5
    return -x - 2 * y, policy.std * (2 * x - y)


def test_flow_finds_rest():
    end = follow(linear, Gaussian(-1.0, 3.0))
    assert np.allclose([end.mean, np.log(end.std)], [1, 0.5], atol=1e-8)
    still = follow(linear, Gaussian(1.0, np.exp(0.5)))
    assert np.allclose([still.mean, np.log(still.std)], [1, 0.5], atol=1e-12)


def test_flow_knows_when_there_is_none():
    assert follow(lambda p: (0 * p.mean, -p.std), Gaussian(0.0, 1.0)) is None  # collapses
    assert follow(lambda p: (0 * p.mean, p.std), Gaussian(0.0, 1.0)) is None  # widens
    assert follow(lambda p: (1 + 0 * p.mean, 0 * p.std), Gaussian(0.0, 1.0)) is None  # drifts right
    assert follow(lambda p: (-1 + 0 * p.mean, 0 * p.std), Gaussian(0.0, 1.0)) is None  # and left
    assert follow(lambda p: (0 * p.mean, 0.1 - p.std), Gaussian(0.0, 1.0)).std == pytest.approx(0.1, abs=1e-9)
    assert follow(lambda p: (0 * p.mean, 0.1 - p.std), Gaussian(0.0, 1.0), floor=0.2) is None
    assert follow(lambda p: (0 * p.mean, 0.1999 - p.std), Gaussian(0.0, 1.0), floor=0.2) is None  # though just below
    assert follow(lambda p: (5 - p.mean, 1 - p.std), Gaussian(0.0, 1.0), escape=3) is None

    def circle(p):
        return -np.log(p.std), p.std * p.mean

    assert follow(circle, Gaussian(0.0, 2.0), time=100) is None


def test_flow_stops_where_it_escapes():
    asked = []

    def drift(p):
        asked.append(float(p.mean))
        return 1 + 0 * p.mean, 0 * p.std

    assert follow(drift, Gaussian(0.0, 1.0), escape=10) is None
    assert 10 < max(asked) < 1000  # in the time it has it would come to 1e6


def test_slow_is_not_at_rest():
    """0 repels: a start on it stays, one beside it leaves for ±1, however slowly at first."""

    def repelled(p):
        return p.mean - p.mean**3, -p.std * np.log(p.std)

    assert [round(float(follow(repelled, Gaussian(m, 1.0)).mean), 9) for m in (-1e-6, 0.0, 1e-6)] == [-1, 0, 1]
    assert follow(lambda p: (1e-6 + 0 * p.mean, 0 * p.std), Gaussian(0.0, 1.0), time=10) is None


def test_time_may_pass_when_rest_is_in_sight():
    """In time t a flow at unit rate comes to within e^−t of its rest; from .01 on Newton's method ends it, exactly."""

    def nearing(p):
        return 0 * p.mean, p.std * (1 - p.std)

    def short(time):  # of log σ, where σ̇ = σ(1 − σ) from σ₀ = 2
        return -np.log(1 - 0.5 * np.exp(-time))

    assert short(3.8) > 0.01 > short(4.0)
    assert follow(nearing, Gaussian(0.0, 2.0), time=3.8) is None
    assert abs(follow(nearing, Gaussian(0.0, 2.0), time=4.0).std - 1) < 1e-14


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(("distance", "accuracy"), [(1e-3, {}), (1e-7, {"rtol": 1e-8})])
def test_flow_keeps_to_its_side_of_a_separatrix(side, distance, accuracy):
    """With y = log σ and u = μ − y²/2: u̇ = u − u³, ẏ = −y, so that u = 0 parts what ends at μ = ±1."""

    def parted(p):
        y = np.log(p.std)
        u = p.mean - y**2 / 2
        return u - u**3 - y**2, -p.std * y

    end = follow(parted, Gaussian(0.5 + side * distance, np.e), **accuracy)
    assert np.allclose([end.mean, end.std], [side, 1], atol=1e-8)


def test_ascend_takes_clamped_euler_steps():
    path = ascend(linear, Gaussian([0.0, 3.9], 1.0), 3, 0.5)
    assert path.shape == (2, 4)
    x, s = np.array([0.0, 3.9]), np.array([1.0, 1.0])
    for t in range(4):
        assert np.allclose(path.mean[:, t], x)
        assert np.allclose(path.std[:, t], s)
        d_mean, d_std = linear(Gaussian(x, s))
        x, s = np.clip(x + 0.5 * d_mean, -4, 4), np.clip(s + 0.5 * d_std, 0.03, 3)
    grid = ascend(linear, Gaussian(np.zeros((3, 1)), [1.0, 2.0]), 2, 0.1)
    assert grid.shape == (3, 2, 3)
    assert np.array_equal(grid.std[..., 0], [[1.0, 2.0]] * 3)
    assert ascend(linear, Gaussian(0.5, 1.0), 0, 0.1).mean.tolist() == [0.5]
    with pytest.raises(ValueError, match="steps=-1 is not allowed"):
        ascend(linear, Gaussian(0, 1), -1, 0.1)
    with pytest.raises(ValueError, match="learning_rate=0 is outside"):
        ascend(linear, Gaussian(0, 1), 1, 0)
