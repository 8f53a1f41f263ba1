"""What figures of cousins are computed from: densities of the best of N, log-ratios of pairs, rests found nearby."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from rlgeo import DPO, BumpReward, Gaussian, Problem
from rlgeo.methods import IPO, RAFT, PassAtK
from rlgeo.theory import best_of, preference
from rlgeo.theory.flow import fixed_point

SINGLE = Problem()
DOUBLE = Problem("double", Gaussian(0.5, 1.2), 0.4)


@pytest.mark.parametrize("problem", [SINGLE, DOUBLE])
@pytest.mark.parametrize(
    ("policy", "noise"), [(Gaussian(0.8, 1.1), 0.5), (Gaussian(-0.4, 2.0), 1.0), (Gaussian(1.9, 1.7), 0.3)]
)
def test_log_ratios_are_means_over_labeled_pairs(problem, policy, noise):
    mean, std = float(problem.reference.mean), float(problem.reference.std)

    def pull(b, a, sign):
        wins = expit(sign * (problem.reward(a) - problem.reward(b)) / noise)
        ratio = norm.logpdf(a, policy.mean, policy.std) - norm.logpdf(a, mean, std)
        return 2 * norm.pdf(a, mean, std) * norm.pdf(b, mean, std) * wins * ratio

    low, high = mean - 8 * std, mean + 8 * std
    nodes = np.linspace(low, high, 401)
    grid = (nodes[1] - nodes[0]) ** 2 * np.ones((401, 401))
    for sign, found in zip((1, -1), preference.log_ratios(policy, problem, noise), strict=True):
        expected = np.sum(grid * pull(nodes[:, None], nodes, sign))
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("policy", "winners", "losers"),
    [
        (DPO().destination(SINGLE), -0.4309, -0.8291),
        (DPO(label_noise=1.0).destination(SINGLE), -0.0373, -0.2452),
        (IPO().destination(SINGLE), 0.0210, -0.0683),
    ],
)
def test_log_ratios_of_rests_on_pairs_with_the_same_labels(policy, winners, losers):
    found = preference.log_ratios(policy, SINGLE, 0.5)
    assert np.array(found) == pytest.approx([winners, losers], abs=6e-5)
    assert np.mean(found) == pytest.approx(-float(SINGLE.reference.kl(policy)), abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5, 16])
def test_the_density_of_the_best_of_n_on_one_bump(count):
    """On one bump at 2 an action earns less than a if it is farther from 2."""
    policy, a = Gaussian(0.7, 1.3), np.linspace(-3, 4, 57)
    far = np.abs(a - 2)
    share = norm.cdf(2 - far, 0.7, 1.3) + norm.sf(2 + far, 0.7, 1.3)
    expected = count * share ** (count - 1) * norm.pdf(a, 0.7, 1.3)
    np.testing.assert_allclose(best_of.density(a, policy, SINGLE, count), expected, atol=2e-5)


@pytest.mark.parametrize("preset", ["double", "mixed"])
def test_the_density_of_the_best_of_n_has_its_mass_and_its_mean(preset):
    problem, a = Problem(preset), np.linspace(-12, 12, 8001)
    density = best_of.density(a, problem.reference, problem, 6) * (a[1] - a[0])
    assert np.sum(density) == pytest.approx(1, abs=1e-4)
    assert density @ a == pytest.approx(best_of.expectation(lambda x: x, problem.reference, problem, 6), abs=3e-4)


@pytest.mark.parametrize("nats", [0.05, 0.6363, 2.0])
def test_the_optimum_at_a_divergence(nats):
    problem = best_of.at_divergence(SINGLE, nats)

    def weight(a):
        return norm.pdf(a, 0, 1.5) * np.exp(SINGLE.reward(a) / problem.beta)

    total = quad(weight, -12, 12, points=[2], limit=200)[0]
    gained = quad(lambda a: weight(a) * SINGLE.reward(a), -12, 12, points=[2], limit=200)[0] / total
    assert gained / problem.beta - np.log(total) == pytest.approx(nats, abs=1e-7)
    with pytest.raises(ValueError, match="nats=50 is not the divergence"):
        best_of.at_divergence(SINGLE, 50.0)


def test_a_fixed_point_is_found_from_nearby_and_not_from_far():
    def field(policy):
        return 1 - policy.mean, policy.std * (0.5 - np.log(policy.std))

    found = fixed_point(field, Gaussian(0.6, 1.5))
    assert (float(found.mean), float(found.std)) == pytest.approx((1, np.exp(0.5)), rel=1e-9)
    assert fixed_point(field, Gaussian(-3.0, 1.5)) is None
    assert fixed_point(field, Gaussian(-3.0, 1.5), within=5.0) is not None
    assert fixed_point(lambda policy: (1 + policy.mean**2, 0.0), Gaussian(0.0, 1.0)) is None
    assert fixed_point(lambda policy: (np.array(np.nan), np.array(np.nan)), Gaussian(0.0, 1.0)) is None
    with pytest.raises(ValueError, match="near has shape"):
        fixed_point(field, Gaussian([0.0, 1.0], 1.0))


def test_a_fixed_point_is_where_the_update_leads():
    method, near = PassAtK(), SINGLE.optimum().projection()
    end = method.destination(SINGLE)
    found = fixed_point(lambda policy: method.expected_gradient(policy, SINGLE), near)
    assert (float(found.mean), float(found.std)) == pytest.approx((float(end.mean), float(end.std)), abs=1e-7)


def test_raft_rests_between_two_equal_bumps_and_nowhere_on_one_side_of_them():
    """Halfway between two bumps the best of N lie on both: a refit keeps the mean and finds its width again."""
    problem = Problem(BumpReward([1, 1], [-2, 2], [0.5, 0.5]))
    end = RAFT().destination(problem, Gaussian(0.0, 1.0))
    rng = np.random.default_rng(0)
    actions = end.std * rng.standard_normal((400_000, 4))
    best = np.take_along_axis(actions, np.argmax(problem.reward(actions), axis=1)[:, None], axis=1)
    assert np.sqrt(np.mean(best**2)) == pytest.approx(float(end.std), abs=4e-3)
    assert RAFT().destination(problem, Gaussian(0.3, 1.0)) is None
