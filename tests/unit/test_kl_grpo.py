"""GRPO with the KL term in the reward: table B2's destinations, and no collapse on a parabola."""

import numpy as np
import pytest
import scipy

from rlgeo import GRPO, RLHF, RLOO, START, Gaussian, Problem, collapse_threshold, follow, run
from rlgeo.theory import peak
from rlgeo.theory.flow import flow_at
from rlgeo.toy import box

SINGLE = Problem()
CURVATURE = 1 / 0.64
PARABOLA = Problem(peak.quadratic(CURVATURE))


@pytest.mark.parametrize("size", [2, 8])
def test_the_sign_turns_at_the_best_gaussian(size):
    """κ = 1/.64: between .50 and .566, and with σ the speed is c_G on either side."""
    assert np.isclose(peak.best_std(PARABOLA, CURVATURE), 0.5293, atol=5e-5)
    method = GRPO(group_size=size, std_offset=0, kl="k1-reward")
    speeds = [std * method.expected_gradient(Gaussian(0.0, std), PARABOLA)[1] for std in (0.1, 0.5, 0.566, 1.4)]
    assert np.allclose(np.array(speeds) * [1, 1, -1, -1], collapse_threshold(size), rtol=5e-3)


@pytest.mark.parametrize("beta", [0.1, 0.5, 2.0])
def test_width_over_time(beta):
    """The closed form solves σ̇ = ± c/σ and stays at argmax J; against the flow of the expected update at G = ∞."""
    problem = PARABOLA.at_beta(beta)
    best = RLHF().destination(problem, Gaussian(0.0, 1.0))
    assert np.isclose(peak.best_std(problem, CURVATURE), best.std, rtol=2e-3)  # the bump of width 40 for the parabola
    method, shares = GRPO(group_size=np.inf, std_offset=0, kl="k1-reward"), np.linspace(0, 0.9, 4)
    for start in (0.15, 1.4):
        times = shares * abs(start**2 - peak.best_std(problem, CURVATURE) ** 2) / np.sqrt(8)  # of all the time it takes
        closed = peak.std_with_kl_in_reward(problem, CURVATURE, np.sqrt(2), start, times)
        flow = flow_at(lambda p: method.expected_gradient(p, problem), Gaussian(0.0, start), times)
        assert np.allclose(flow.std, closed, rtol=5e-3)
    late = peak.std_with_kl_in_reward(problem, CURVATURE, 1.0, np.array([0.1, 1.4]), 50.0)
    assert np.allclose(late, peak.best_std(problem, CURVATURE), rtol=1e-14)


def test_the_limit_is_the_climb_of_J():
    """G = ∞: parallel to ∇J, so its destination is argmax J."""
    method = GRPO(group_size=np.inf, kl="k1-reward")
    for policy in (START, Gaussian(2.0, 0.2), Gaussian(-1.0, 2.0)):
        ours, exact = np.array(method.expected_gradient(policy, SINGLE)), np.array(SINGLE.gradient(policy))
        assert abs(ours[0] * exact[1] - ours[1] * exact[0]) < 1e-12 * np.hypot(*ours) * np.hypot(*exact)
        assert ours @ exact > 0
    end, best = method.destination(SINGLE), RLHF().destination(SINGLE)
    assert np.allclose([end.mean, end.std], [best.mean, best.std], atol=1e-6)


@pytest.mark.parametrize(
    ("size", "mean", "std"), [(4, 1.086, 1.161), (8, 0.9825, 1.234), (16, 0.9335, 1.261), (64, 0.8955, 1.280)]
)
def test_the_expected_update_vanishes_at_the_destination(size, mean, std):
    """At the table's places, to the field's own error and what their last digits stand for."""
    method, policy = GRPO(group_size=size, std_offset=0, kl="k1-reward"), Gaussian(mean, std)
    field, error = (np.array(f(policy, SINGLE)) for f in (method.expected_gradient, method.expected_gradient_error))
    near = np.array(method.expected_gradient(Gaussian(mean + 0.002, std + 0.002), SINGLE))
    assert np.all(np.abs(field) < 4 * error + np.abs(near - field) + 1e-3)
    far = np.array(method.expected_gradient(Gaussian(mean + 0.3, std - 0.3), SINGLE))
    assert np.hypot(*far) > 20 * np.hypot(*field)


@pytest.mark.parametrize(
    ("size", "mean", "std"), [(4, 1.086, 1.161), (8, 0.9825, 1.234), (16, 0.9335, 1.261), (64, 0.8955, 1.2795)]
)
def test_finite_groups_have_their_destinations(size, mean, std):
    end = GRPO(group_size=size, std_offset=0, kl="k1-reward").destination(SINGLE)
    assert abs(end.mean - mean) < 2e-3
    assert abs(end.std - std) < 2e-3


def test_pairs_with_the_kl_as_a_loss():
    """c_2 = .4502 lies below β = .5: pairs have a destination, larger groups have none."""
    end = GRPO(group_size=2, std_offset=0).destination(SINGLE)
    assert abs(end.mean - 1.2193) < 1e-4
    assert abs(end.std - 1.0446) < 1e-4
    field = pairs(0.5, in_reward=False)
    assert np.allclose(field([end.mean, end.std]), 0, atol=2e-5)
    assert GRPO(group_size=8, std_offset=0).destination(SINGLE) is None


def pairs(beta, n=200_001, in_reward=True):
    """The field for G = 2 and δ = 0 by sorting: Â = ± 1/√2, P(x(a) > x) from the ranks; k1 in the reward, or −β∇KL."""
    xi, d = np.linspace(-9, 9, n, retstep=True)
    weight = scipy.stats.norm.pdf(xi) * d

    def field(theta):
        mean, std = theta
        a = mean + std * xi
        paid = np.exp(-((a - 2) ** 2) / (2 * 0.8**2))
        kl = scipy.stats.norm.logpdf(a, mean, std) - scipy.stats.norm.logpdf(a, 0, 1.5)
        paid -= beta * kl * in_reward
        order = np.argsort(paid)
        below = np.empty(n)
        below[order] = np.cumsum(weight[order]) - 0.5 * weight[order]
        advantage = (2 * below - 1) / np.sqrt(2) * 0.5 * weight
        reward_part = np.array([np.sum(advantage * xi), np.sum(advantage * (xi**2 - 1))]) * 2 / std
        return reward_part - beta * np.array([mean / 1.5**2, std / 1.5**2 - 1 / std]) * (not in_reward)

    return field


def test_pairs():
    """G = 2: the destination by sorting, at the end of a valley so flat that runs stop on the way."""
    field = pairs(0.5)
    method, policy = GRPO(group_size=2, std_offset=0, kl="k1-reward"), Gaussian(0.7, 0.9)
    assert np.allclose(field([0.7, 0.9]), method.expected_gradient(policy, SINGLE), atol=5e-5)
    rest = scipy.optimize.root(field, [1.27, 0.99], tol=1e-9).x
    assert abs(rest[0] - 1.2681) < 1e-3
    assert abs(rest[1] - 0.9944) < 1e-3
    end = method.destination(SINGLE)
    assert abs(end.mean - rest[0]) < 5e-4
    assert abs(end.std - rest[1]) < 5e-4
    assert np.all(np.array(method.expected_gradient_error(end, SINGLE)) < 1e-4)


def test_the_course_stops_at_the_box():
    """k3 in the reward falls to its edge and stays; k1 comes to rest where destination says."""
    times = np.array([0.0, 1.0, 50.0, 400.0])
    falls, rests = (
        flow_at(lambda p, m=RLOO(kl=kl): m.expected_gradient(p, SINGLE), START, times)  # noqa: B008
        for kl in ("k3-reward", "k1-reward")
    )
    assert np.allclose(falls.std[-2:], box.STD[0], rtol=1e-3)
    assert falls.mean[-1] == falls.mean[-2]
    end = follow(SINGLE.gradient, START)
    assert np.allclose([rests.mean[-1], rests.std[-1]], [end.mean, end.std], atol=1e-3)
    assert (rests.mean[0], rests.std[0]) == (0, 1)


def test_sampled_groups_do_not_collapse():
    """β = .1, far below every threshold: 64 runs end within a tenth of the best width; in the loss they collapse."""
    problem = PARABOLA.at_beta(0.1)
    best = peak.best_std(problem, CURVATURE)
    ends = {
        kl: run(GRPO(0.003, epochs=1, std_offset=0, kl=kl), problem, Gaussian(0.0, 0.6), 400, runs=64).std[:, -1]
        for kl in ("k1-reward", "exact")
    }
    assert np.all(np.abs(ends["k1-reward"] / best - 1) < 0.1)
    assert np.median(ends["exact"]) < best / 2


@pytest.mark.parametrize("offset", [0.05, 0.2])
def test_pairs_with_an_offset(offset):
    """G = 2 and δ > 0, k1 in the reward and as a loss, over all pairs of a grid."""
    mean, std = 0.7, 0.9
    xi, d = np.linspace(-9, 9, 1201, retstep=True)
    mass, a = scipy.stats.norm.pdf(xi) * d, mean + std * xi
    earned = np.exp(-((a - 2) ** 2) / (2 * 0.8**2))
    paid = earned - 0.5 * (scipy.stats.norm.logpdf(a, mean, std) - scipy.stats.norm.logpdf(a, 0, 1.5))
    kl = 0.5 * np.array([mean / 1.5**2, std / 1.5**2 - 1 / std])
    for rewards, loss, place in ((paid, 0 * kl, "k1-reward"), (earned, kl, "exact")):
        gap = rewards[:, None] - rewards
        advantage = 0.5 * gap / (np.abs(gap) / np.sqrt(2) + offset) @ mass
        by_hand = [np.sum(mass * advantage * s) / std for s in (xi, xi**2 - 1)] - loss
        method = GRPO(group_size=2, std_offset=offset, kl=place)
        policy = Gaussian(mean, std)
        found, error = (f(policy, SINGLE) for f in (method.expected_gradient, method.expected_gradient_error))
        assert np.allclose(found, by_hand, atol=2e-4)
        errors = 1 if place == "k1-reward" else 4  # an integral's bound, or quasi-Monte Carlo's standard error
        assert np.all(np.abs(np.subtract(found, by_hand)) < errors * np.array(error) + 2e-6)


def test_reasons_name_the_threshold():
    """k2 as a loss is the exact KL in the mean: the same threshold; other cells have their own reasons."""
    problem = SINGLE.at_beta(0.3)
    exact, k2 = (GRPO(kl=kl).why_none(problem) for kl in ("exact", "k2-loss"))
    assert exact == k2
    assert "below c_G = 1.067 (G = 8)" in exact
    assert GRPO(kl="k1-loss").why_none(problem) == RLOO(kl="k1-loss").why_none(problem)
