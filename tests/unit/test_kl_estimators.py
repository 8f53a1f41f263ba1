"""KL estimators as losses: gradients against finite differences, their means and variances against quadrature."""

import numpy as np
import pytest
from hypothesis import given
from oracles import expectation, gradient, numbers, policies

from rlgeo import RLOO, Gaussian, Problem
from rlgeo.theory import kl_estimators
from rlgeo.theory.flow import follow
from rlgeo.toy.problem import START

REFERENCE = Gaussian(0.3, 1.5)
LOSSES = ("k1", "k2", "k3")
wide = numbers(1.2, 3)


@pytest.mark.parametrize("loss", LOSSES)
@given(policy=policies)
def test_gradient_is_the_derivative_of_the_value_with_actions_fixed(loss, policy):
    actions = policy.mean + policy.std * np.array([-1.7, -0.4, 0.2, 1.1])
    exact = np.stack(kl_estimators.gradient(loss, policy, REFERENCE, actions))
    numeric = np.stack(
        [
            np.ravel(gradient(lambda p, a=a: kl_estimators.value(loss, p, REFERENCE, np.array([a]))[0], policy, 2**-8))
            for a in actions
        ],
        axis=-1,
    )
    scale = np.abs(exact).max() + np.abs(kl_estimators.value(loss, policy, REFERENCE, actions)).max() / policy.std
    np.testing.assert_allclose(numeric, exact, rtol=1e-6, atol=1e-8 * scale)


def test_expected_gradients_are_nothing_reverse_and_forward():
    policy = Gaussian(0.9, 1.3)
    for loss in LOSSES:
        means = [
            expectation(lambda a, i=i, loss=loss: kl_estimators.gradient(loss, policy, REFERENCE, a)[i], policy, 1.0)
            for i in (0, 1)
        ]
        np.testing.assert_allclose(kl_estimators.expected_gradient(loss, policy, REFERENCE), means, atol=1e-9)
    reverse = gradient(lambda p: p.kl(REFERENCE), policy)
    forward = gradient(lambda p: REFERENCE.kl(p), policy)
    np.testing.assert_allclose(kl_estimators.expected_gradient("k1", policy, REFERENCE), 0)
    np.testing.assert_allclose(kl_estimators.expected_gradient("k2", policy, REFERENCE), reverse, rtol=1e-7)
    np.testing.assert_allclose(kl_estimators.expected_gradient("k3", policy, REFERENCE), forward, rtol=1e-7)


@pytest.mark.parametrize("loss", kl_estimators.VALUES)
@given(mean=numbers(-2, 2), std=wide)
def test_variance_against_quadrature(loss, mean, std):
    policy = Gaussian(mean, std)
    if (loss == "k3" and std < 1.35) or (loss == "k3-inverse" and std > 1.7):
        return  # integrable, but the tail reaches beyond the oracle's 12 σ, or not integrable
    for i, exact in enumerate(kl_estimators.variance(loss, policy, REFERENCE)):
        first = kl_estimators.expected_gradient(loss, policy, REFERENCE)[i]
        second = expectation(lambda a, i=i: kl_estimators.gradient(loss, policy, REFERENCE, a)[i] ** 2, policy, 1.0)
        np.testing.assert_allclose(exact, second - first**2, rtol=1e-6, atol=1e-12)


def test_k3_has_infinite_variance_exactly_up_to_the_limit():
    limit = 1.5 / np.sqrt(2)
    d_mean, d_std = kl_estimators.variance(
        "k3", Gaussian(1.0, limit * np.array([0.5, 1 - 1e-9, 1 + 1e-2, 1.5])), REFERENCE
    )
    np.testing.assert_array_equal(np.isinf(d_mean), [True, True, False, False])
    np.testing.assert_array_equal(np.isinf(d_std), [True, True, False, False])
    upper = 1.5 * np.sqrt([1.5 * 0.99, 1.5 * (1 + 1e-9), 2.5])
    for part in kl_estimators.variance("k3-inverse", Gaussian(1.0, upper), REFERENCE):
        np.testing.assert_array_equal(np.isinf(part), [False, True, True])
    assert np.all(np.isfinite(kl_estimators.variance("k2", Gaussian(1.0, 0.1), REFERENCE)))


def test_k3_at_its_limit_and_beyond_all_numbers():
    """No warning on the edge, where the precision is a rounding error of either sign or zero; nor on overflow."""
    for std in np.linspace(0.3, 3, 100):
        reference = Gaussian(0.3, std)
        edge = kl_estimators.variance("k3", Gaussian(1.0, std / np.sqrt(2)), reference)
        assert np.all(np.array(edge) > 1e6)
    assert np.all(np.isinf(kl_estimators.variance("k3", Gaussian(200.0, 1.1), REFERENCE)))


def test_numbers_k1_and_k3_estimate_the_kl_and_k2_does_not():
    policy = Gaussian(1.0, 1.4)
    means = {
        loss: expectation(lambda a, loss=loss: kl_estimators.value(loss, policy, REFERENCE, a), policy, 1.0)
        for loss in LOSSES
    }
    assert means["k1"] == pytest.approx(float(policy.kl(REFERENCE)), rel=1e-10)
    assert means["k3"] == pytest.approx(float(policy.kl(REFERENCE)), rel=1e-10)
    assert abs(means["k2"] - float(policy.kl(REFERENCE))) > 1e-3


@pytest.mark.parametrize("loss", LOSSES)
def test_penalized_fields_by_quadrature(loss):
    """E[r s] − β E[∇loss], both expectations by the trapezoidal rule."""
    problem, policy = Problem("mixed", Gaussian(-0.4, 1.2), 0.7), Gaussian(0.6, 1.3)
    found = RLOO(kl=f"{loss}-loss").expected_gradient(policy, problem)
    for i in (0, 1):
        gain = expectation(lambda a, i=i: problem.reward(a) * policy.score(a)[i], policy, 0.6)
        price = expectation(lambda a, i=i: kl_estimators.gradient(loss, policy, problem.reference, a)[i], policy, 1.0)
        assert found[i] == pytest.approx(gain - 0.7 * price, abs=1e-9)


def test_penalized_fields_rest_where_they_should():
    problem = Problem()
    ends = [follow(lambda p, m=RLOO(kl=f"{k}-loss"): m.expected_gradient(p, problem), START) for k in LOSSES]  # noqa: B008
    nowhere, reverse, forward = ends
    top = problem.optimum().projection()
    assert float(reverse.mean) == pytest.approx(float(top.mean), abs=1e-6)
    assert nowhere is None
    assert float(forward.std) > float(top.std) + 0.1


def test_unknown_loss():
    with pytest.raises(ValueError, match="name='k4' is unknown: it must be one of k1, k2, k3, k3-inverse"):
        kl_estimators.value("k4", START, REFERENCE, np.zeros(1))


@pytest.mark.parametrize("loss", ["k1", "k2"])
def test_only_k3_overflows(loss):
    """Far from a narrow policy e^x is beyond all numbers, and only k3 contains it."""
    policy, reference, action = Gaussian(-3.5, 0.03), Gaussian(1.5, 1.0), np.array([-8.0])
    assert np.isfinite(kl_estimators.value(loss, policy, reference, action)).all()
    assert np.isfinite(kl_estimators.gradient(loss, policy, reference, action)).all()
