import numpy as np
import pytest
from hypothesis import given
from oracles import expectation, gradient, mild_policies, numbers, policies, references
from scipy import stats

from rlgeo import Gaussian
from rlgeo.toy.gaussian import one_by_one


@given(policies, numbers(-8, 8))
def test_log_prob_is_scipys(policy, action):
    expected = stats.norm(policy.mean, policy.std).logpdf(action)
    assert np.isclose(policy.log_prob(action), expected, rtol=1e-12, atol=1e-12)
    assert np.isclose(policy.density(action), np.exp(expected), rtol=1e-9, atol=0)


@given(policies, numbers(-4, 4))
def test_score_is_the_derivative_of_log_prob(policy, action):
    numeric = gradient(lambda p: p.log_prob(action), policy)
    scale = np.hypot(*numeric) + 1 / policy.std
    assert np.allclose(policy.score(action), numeric, rtol=1e-7, atol=1e-9 * scale)


@given(policies)
def test_score_has_mean_zero_and_the_fisher_metric_as_covariance(policy):
    s_mean, s_std = (lambda a, i=i: policy.score(a)[i] for i in (0, 1))
    assert abs(expectation(s_mean, policy, 1.0)) < 1e-10 / policy.std
    assert abs(expectation(s_std, policy, 1.0)) < 1e-10 / policy.std
    assert np.isclose(expectation(lambda a: s_mean(a) ** 2, policy, 1.0), 1 / policy.std**2, rtol=1e-10)
    assert np.isclose(expectation(lambda a: s_std(a) ** 2, policy, 1.0), 2 / policy.std**2, rtol=1e-10)
    assert np.allclose(policy.natural(1 / policy.std**2, 2 / policy.std**2), 1.0, rtol=1e-12)


@given(policies, references)
def test_kl_is_the_mean_log_ratio(policy, other):
    numeric = expectation(lambda a: policy.log_prob(a) - other.log_prob(a), policy, 1.0)
    assert np.isclose(policy.kl(other), numeric, rtol=1e-10, atol=1e-10)
    assert policy.kl(policy) == 0


@given(policies, references)
def test_kl_gradient_is_its_derivative(policy, other):
    numeric = gradient(lambda p: p.kl(other), policy)
    assert np.allclose(policy.kl_gradient(other), numeric, rtol=1e-7, atol=1e-7 * np.hypot(*numeric) + 1e-9)


@given(mild_policies)
def test_samples_are_mean_plus_std_times_noise(policy):
    drawn = policy.sample(np.random.default_rng(3), 5)
    noise = np.random.default_rng(3).standard_normal(5)
    assert np.allclose((drawn - policy.mean) / policy.std, noise, rtol=1e-9, atol=1e-9)


def test_one_policy_is_sampled_for_many():
    drawn = Gaussian(2.0, 0.5).sample(np.random.default_rng(3), 5, (4, 3))
    assert np.array_equal(drawn, 2.0 + 0.5 * np.random.default_rng(3).standard_normal((4, 3, 5)))


def test_policies_are_taken_one_by_one():
    batch = Gaussian(np.arange(6.0).reshape(3, 2), [1.0, 2.0])
    found = one_by_one(lambda one: [one.mean, one.std, float(one.mean + one.std)], batch, 3)
    assert np.array_equal(found, [batch.mean, batch.std + 0 * batch.mean, batch.mean + batch.std])
    assert one_by_one(lambda one: 2 * one.mean, batch).tolist() == [[0, 2], [4, 6], [8, 10]]
    assert one_by_one(lambda one: np.ones((2, 4)), Gaussian(0.0, 1.0), 2, 4).shape == (2, 4)


def test_a_batch_broadcasts_like_numpy():
    batch = Gaussian(np.zeros((4, 1)), [1.0, 2.0, 3.0])
    assert batch.shape == (4, 3)
    assert batch[..., None].log_prob(np.zeros((4, 3, 7))).shape == (4, 3, 7)
    assert batch.sample(np.random.default_rng(0), 6).shape == (4, 3, 6)
    assert batch[1, 2].std == 3
    assert batch[:, 1].shape == (4,)
    assert np.array_equal(batch[..., None].std[..., 0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [
        (0, 0, r"std=0 is outside \(0, inf\)"),
        (0, -1, r"std=-1 is outside \(0, inf\)"),
        (np.nan, 1, r"mean=nan is outside \(-inf, inf\)"),
        (np.inf, 1, r"mean=inf is outside"),
        (0, np.inf, r"std=inf is outside \(0, inf\)"),
        (0, [1.0, np.nan], r"std=nan is outside"),
        ("x", 1, "mean='x' is not a number"),
        ([1, 2, 3], [1, 2], r"mean of shape \(3,\) and std of shape \(2,\) do not broadcast"),
    ],
)
def test_bad_policies_are_refused(mean, std, message):
    with pytest.raises(ValueError, match=message):
        Gaussian(mean, std)


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_bad_sample_sizes_are_refused(n):
    with pytest.raises(ValueError, match=r"n=.* is not allowed: n must be a whole number in \[1, inf\)"):
        Gaussian(0, 1).sample(np.random.default_rng(0), n)


def test_printing():
    assert str(Gaussian(0.88130575, 1.28697277)) == "N(0.8813, 1.287²)"
    assert str(Gaussian(-1e-14, 2)) == "N(0, 2²)"  # a rounded zero has no sign
    assert str(Gaussian(2.5e-12, 2)) == "N(2e-12, 2²)"
    assert str(Gaussian([0.0, 1.0], 2)) == repr(Gaussian([0.0, 1.0], 2))
