"""KL losses, baselines and curvature against quadrature, differences and definitions."""

import numpy as np
import pytest
from hypothesis import given
from oracles import betas, expectation, gradient, mild_policies, references, rewards

from rlgeo import PG, Gaussian, Problem
from rlgeo.theory import estimators, kl_estimators
from rlgeo.theory.curvature import hessian

LOSSES = ("k1", "k2", "k3")


@given(mild_policies, references)
def test_expected_gradients_of_kl_losses(policy, reference):
    """k1: nothing. k2: the reverse KL's gradient. k3: the forward KL's."""
    k1, k2, k3 = (np.array(kl_estimators.expected_gradient(k, policy, reference)) for k in LOSSES)
    assert np.all(k1 == 0)
    reverse = np.array(gradient(lambda p: p.kl(reference), policy))
    forward = np.array(gradient(reference.kl, policy))
    assert np.allclose(k2, reverse, rtol=1e-7, atol=1e-7 * (1 + np.linalg.norm(reverse)))
    assert np.allclose(k3, forward, rtol=1e-7, atol=1e-7 * (1 + np.linalg.norm(forward)))


@pytest.mark.parametrize("loss", LOSSES)
def test_kl_loss_gradients_by_quadrature_and_by_differences(loss):
    policy, reference = Gaussian(0.7, 1.4), Gaussian(-0.2, 1.5)
    found = kl_estimators.expected_gradient(loss, policy, reference)
    for i in (0, 1):
        numeric = expectation(lambda a, i=i: kl_estimators.gradient(loss, policy, reference, a)[i], policy, 1.0)
        assert np.isclose(found[i], numeric, rtol=1e-9, atol=1e-9)
    action = 1.3  # held fixed while θ moves
    numeric = gradient(lambda p: kl_estimators.value(loss, p, reference, np.array([action]))[..., 0], policy)
    assert np.allclose(
        np.ravel(kl_estimators.gradient(loss, policy, reference, np.array([action]))), numeric, rtol=1e-7
    )


def test_kl_loss_values():
    policy, reference, a = Gaussian(0.7, 1.4), Gaussian(-0.2, 1.5), np.array([-1.0, 0.0, 2.5])
    x = reference.log_prob(a) - policy.log_prob(a)
    assert np.allclose(kl_estimators.value("k1", policy, reference, a), -x, rtol=1e-14)
    assert np.allclose(kl_estimators.value("k2", policy, reference, a), x**2 / 2, rtol=1e-14)
    assert np.allclose(kl_estimators.value("k3", policy, reference, a), np.exp(x) - 1 - x, rtol=1e-12)
    for loss in ("k1", "k3"):  # both estimate the KL without bias
        mean = expectation(lambda a, k=loss: kl_estimators.value(k, policy, reference, a), policy, 1.0)
        assert np.isclose(mean, policy.kl(reference), rtol=1e-9)
    with pytest.raises(ValueError, match="name='k4' is unknown"):
        kl_estimators.value("k4", policy, reference, a)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("std", [1.2, 2.5])
def test_variance_of_kl_losses_against_quadrature(loss, std):
    policy, reference = Gaussian(0.4, std), Gaussian(-0.2, 1.5)
    # Under the weight e^{2x} the integrand spreads wider than π_θ: integrate on a grid of its own.
    a = np.linspace(-40, 40, 40_001)
    density = policy.density(a) * (a[1] - a[0])
    for i, found in enumerate(kl_estimators.variance(loss, policy, reference)):
        terms = kl_estimators.gradient(loss, policy, reference, a)[i]
        finite = np.where(density > 0, terms, 0.0)
        numeric = np.sum(density * finite**2) - np.sum(density * finite) ** 2
        assert np.isclose(found, numeric, rtol=1e-6)


def test_k3_has_infinite_variance_exactly_below_half_the_reference():
    reference = Gaussian(0.3, 1.5)
    edge = 1.5 / np.sqrt(2)
    stds = np.array([0.3, edge * 0.999, edge * 1.001, 2.0])
    d_mean, d_std = kl_estimators.variance("k3", Gaussian(0.0, stds), reference)
    assert np.isinf(d_mean).tolist() == np.isinf(d_std).tolist() == [True, True, False, False]
    assert np.all(np.isfinite(kl_estimators.variance("k2", Gaussian(0.0, stds), reference)))


def test_advantages_of_a_batch_of_batches():
    problem, policy = Problem("double"), Gaussian(np.array([[0.0], [1.0]]), [0.5, 1.0, 2.0])
    drawn = problem.reward(policy.sample(np.random.default_rng(0), 5))
    found = {b: estimators.advantages(drawn, b, problem, policy) for b in ("none", "mean", "leave-one-out", "expected")}
    assert np.array_equal(found["none"], drawn)
    for index in np.ndindex(2, 3):
        row, others = drawn[index], [np.mean(np.delete(drawn[index], i)) for i in range(5)]
        assert np.allclose(found["mean"][index], row - np.sum(row) / 5, atol=1e-14)
        assert np.allclose(found["leave-one-out"][index], row - others, atol=1e-14)
        mean = expectation(problem.reward, policy[index], 0.7)
        assert np.allclose(found["expected"][index], row - mean, atol=1e-10)
    with pytest.raises(ValueError, match=r"^baseline='optimal' differs between μ and σ, so it gives no single advan"):
        estimators.advantages(drawn, "optimal", problem, policy)
    with pytest.raises(
        ValueError, match="baseline='best' is unknown: it must be one of none, mean, leave-one-out, exp"
    ):
        estimators.advantages(drawn, "best", problem, policy)


def test_the_in_batch_mean_is_the_default_and_n_may_be_many():
    problem, policy, sizes = Problem("double"), Gaussian(0.5, 1.1), [2, 5, 16]
    many = np.array(estimators.variance(policy, problem, sizes))
    assert np.array_equal(many, [[estimators.variance(policy, problem, n, "mean")[i] for n in sizes] for i in (0, 1)])
    with pytest.raises(ValueError, match=r"^batch_size=1 is outside \[2, inf\)"):
        estimators.variance(policy, problem, [4, 1])


@given(rewards(), mild_policies)
def test_bias_of_the_in_batch_mean(reward, policy):
    """E[(r₁ − r̄) s₁] by quadrature over the first action; the others enter through E[r] only."""
    finest, n = np.min(reward.widths), 5
    mean = reward.expectation(policy)
    for i, closed in enumerate(reward.expectation_gradient(policy)):
        numeric = expectation(
            lambda a, i=i: (reward(a) - reward(a) / n - (n - 1) / n * mean) * policy.score(a)[i], policy, finest
        )
        assert abs(numeric - PG(batch_size=n).reward_share * closed) < 1e-9 / policy.std


@pytest.mark.parametrize("baseline", estimators.BASELINES)
def test_variances_of_baselines_against_sampling(baseline):
    """N = 4, 200,000 batches, seed 0."""
    problem, policy, n, batches = Problem("double"), Gaussian(0.5, 1.1), 4, 200_000
    actions = policy.sample(np.random.default_rng(0), n * batches).reshape(batches, n)
    rewards = problem.reward(actions)
    exact = estimators.variance(policy, problem, n, baseline)
    for i, score in enumerate(policy.score(actions)):
        if baseline == "optimal":
            fisher = (1, 2)[i] / policy.std**2
            constant = expectation(lambda a, i=i: problem.reward(a) * policy.score(a)[i] ** 2, policy, 0.7) / fisher
            advantage = rewards - constant
        else:
            advantage = estimators.advantages(rewards, baseline, problem, policy)
        estimate = np.mean(advantage * score, axis=1)
        squares = (estimate - np.mean(estimate)) ** 2
        z = (np.mean(squares) - exact[i]) / (np.std(squares) / np.sqrt(batches))
        assert abs(z) < 4
    with pytest.raises(ValueError, match="baseline='best' is unknown"):
        estimators.variance(policy, problem, n, "best")


@given(rewards(), mild_policies, betas)
def test_hessian_is_the_jacobian_of_the_gradient(reward, policy, beta):
    problem = Problem(reward, Gaussian(0.2, 1.1), beta)
    found = hessian(problem, policy)
    rows = [gradient(lambda p, i=i: problem.gradient(p)[i], policy) for i in (0, 1)]
    assert np.allclose(found, rows, rtol=1e-6, atol=1e-6 * (1 + np.max(np.abs(rows))))
    assert found.shape == (2, 2)
