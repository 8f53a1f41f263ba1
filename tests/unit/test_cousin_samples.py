"""What cousins make of a batch – losses, advantages, flipped labels, diagnostics –, by hand from densities alone."""

import numpy as np
import pytest
import scipy
from oracles import derivative

from rlgeo import Batch, Gaussian, Preferences, Problem, State
from rlgeo.methods import (
    CDPO,
    IPO,
    KTO,
    MPO,
    RAFT,
    REBEL,
    RPO,
    AStarPO,
    BestOfN,
    DrGRPO,
    MaxRL,
    OnlineDPO,
    PassAtK,
    SimPO,
    SLiC,
)

PROBLEM = Problem("double", Gaussian(0.3, 1.4), 0.6)
MEANS, STDS = np.array([[0.2, -1.0, 1.5]]), np.array([[0.8, 1.1, 0.6], [1.3, 0.5, 0.9]])
OLD = Gaussian(MEANS + 0.3 + 0 * STDS, 1.2 * STDS)
STATE = State(Gaussian(MEANS + 0 * STDS, STDS), OLD)
RNG = np.random.default_rng(4)
FIRST, SECOND = RNG.normal(0.3, 1.4, (2, 2, 3, 5))


def log_prob(actions, mean, std):
    return scipy.stats.norm.logpdf(actions, np.expand_dims(mean, -1), np.expand_dims(std, -1))


def log_ratio(actions):
    return log_prob(actions, MEANS, STDS) - scipy.stats.norm.logpdf(actions, 0.3, 1.4)


def softplus(x):
    return np.log1p(np.exp(x))


LOSSES = [
    (IPO(beta=0.4), 0.4, lambda h: (h / 0.4 - 1 / 0.8) ** 2),
    (SLiC(beta=0.9), 0.9, lambda h: np.where(h < 1, 1 - h, 0)),
    (CDPO(smoothing=0.2), 0.5, lambda h: 0.8 * softplus(-h) + 0.2 * softplus(h)),
    (CDPO(loss="debiased", smoothing=0.2, beta=0.7), 0.7, lambda h: (0.8 * softplus(-h) - 0.2 * softplus(h)) / 0.6),
    (OnlineDPO(beta=0.7), 0.7, lambda h: softplus(-h)),
    (OnlineDPO(beta=0.4, loss="squared"), 0.4, lambda h: (h - 0.5) ** 2 / 0.16),
    (SimPO(beta=1.5, target=0.7), 1.5, lambda h: softplus(0.7 - h)),
]


@pytest.mark.parametrize(("method", "beta", "loss"), LOSSES, ids=[str(method) for method, *_ in LOSSES])
def test_losses_of_pairs(method, beta, loss):
    batch = Preferences(FIRST, SECOND)
    log_ratios = [log_prob(a, MEANS, STDS) if isinstance(method, SimPO) else log_ratio(a) for a in (FIRST, SECOND)]
    margins = beta * (log_ratios[0] - log_ratios[1])
    by_hand = np.mean(loss(margins), axis=-1)
    assert np.allclose(method.surrogate(STATE, batch, PROBLEM), -by_hand, rtol=1e-12)
    found = method.diagnostics(STATE, batch, PROBLEM)
    assert found.keys() == {"loss", "accuracy_margin"}
    assert np.allclose(found["loss"], by_hand, rtol=1e-12)
    assert np.array_equal(found["accuracy_margin"], np.mean(margins > 0, axis=-1))
    assert 0 < np.mean(margins > 0) < 1


@pytest.mark.parametrize(
    "method",
    [CDPO(loss="debiased", smoothing=0.3), IPO(beta=0.4), OnlineDPO(beta=0.4, loss="squared"), RPO(likelihood=0.4)],
)
def test_gradients_of_the_other_losses(method):
    batch = Preferences(FIRST, SECOND)
    found = method.gradient(STATE, batch, PROBLEM)

    def height(mean, std):
        return method.surrogate(State(Gaussian(mean, std), OLD), batch, PROBLEM)

    policy = STATE.policy
    assert np.allclose(found.mean, derivative(lambda m: height(m, policy.std), policy.mean, 2.0**-7), rtol=1e-7)
    assert np.allclose(found.std, derivative(lambda s: height(policy.mean, s), policy.std, 2.0**-7), rtol=1e-7)


def test_two_equal_actions_have_no_margin():
    """A margin of 0 does not count as ordered."""
    batch = Preferences(np.array([1.0, 0.5]), np.array([1.0, 0.5]))
    for method in (IPO(), SimPO()):
        assert method.diagnostics(State(Gaussian(0, 1)), batch, PROBLEM)["accuracy_margin"] == 0


def test_value_of_good_and_bad_actions():
    """KTO's loss is 1 less the mean of both values, with the reference point of the policy that drew."""
    kl = np.log(1.4 / OLD.std) + (OLD.std**2 + (OLD.mean - 0.3) ** 2) / (2 * 1.4**2) - 0.5
    good, bad = (0.5 * (log_ratio(a) - kl[..., None]) for a in (FIRST, SECOND))
    value = 0.5 * np.mean(scipy.special.expit(good) + scipy.special.expit(-bad), axis=-1)
    batch = Preferences(FIRST, SECOND)
    assert np.allclose(KTO().surrogate(STATE, batch, PROBLEM), value, rtol=1e-12)
    found = KTO().diagnostics(STATE, batch, PROBLEM)
    assert list(found) == ["loss"]
    assert np.allclose(found["loss"], 1 - value, rtol=1e-12)


def test_a_share_of_the_labels_is_flipped():
    def drawn(flips):
        return CDPO(pairs=400, flips=flips).draw(STATE, PROBLEM, np.random.default_rng(7))

    right, some, never = drawn(0.0), drawn(0.3), np.random.default_rng(7)
    never.standard_normal((2, 2, 3, 400)), never.random((2, 3, 400))
    flipped = never.random((2, 3, 400)) < 0.3
    assert 0.25 < np.mean(flipped) < 0.35
    assert np.array_equal(some.winners, np.where(flipped, right.losers, right.winners))
    assert np.array_equal(some.losers, np.where(flipped, right.winners, right.losers))


def test_residuals_of_regressions():
    """REBEL's loss on log π_θ/π_old − η_R x, A*-PO's on r − V − β log π_θ/π_ref."""
    rewards = np.random.default_rng(5).normal(size=FIRST.shape)
    batch = Batch(FIRST, rewards)
    delta = log_prob(FIRST, MEANS, STDS) - log_prob(FIRST, OLD.mean, OLD.std) - 0.7 * rewards
    delta = delta - np.mean(delta, axis=-1, keepdims=True)
    loss = np.mean(delta**2, axis=-1) / 2
    method = REBEL(scale=0.7)
    assert np.allclose(method.surrogate(STATE, batch, PROBLEM), -loss, rtol=1e-12)
    found = method.diagnostics(STATE, batch, PROBLEM)
    assert list(found) == ["loss"]
    assert np.allclose(found["loss"], loss, rtol=1e-12)
    delta = rewards - PROBLEM.optimum().objective - 0.2 - 0.6 * log_ratio(FIRST)
    method = AStarPO(value_error=0.2)
    assert np.allclose(method.surrogate(STATE, batch, PROBLEM), -np.mean(delta**2, axis=-1) / 1.2, rtol=1e-12)
    found = method.diagnostics(STATE, batch, PROBLEM)
    assert list(found) == ["loss"]
    assert np.allclose(found["loss"], np.mean(delta**2, axis=-1) / 2, rtol=1e-12)


def test_rebel_takes_the_kl_term_off_its_rewards():
    batch = REBEL(batch_size=6).draw(STATE, PROBLEM, np.random.default_rng(2))
    actions = OLD.mean[..., None] + OLD.std[..., None] * np.random.default_rng(2).standard_normal((2, 3, 6))
    assert np.allclose(batch.actions, actions, rtol=1e-14)
    kl = log_prob(actions, OLD.mean, OLD.std) - scipy.stats.norm.logpdf(actions, 0.3, 1.4)
    assert np.allclose(batch.rewards, PROBLEM.reward(actions) - 0.6 * kl, rtol=1e-12)


def test_advantages_in_units_of_the_mean_reward():
    rewards = np.array([[[0.2, 0.4, 0.6], [-1.0, 0.5, 0.5]], [[-1.0, -2.0, 0.0], [3.0, 4.0, 8.0]]])
    expected = [[[-0.5, 0, 0.5], [0, 0, 0]], [[0, 0, 0], [-0.4, -0.2, 0.6]]]
    assert np.allclose(MaxRL().advantages(STATE, Batch(rewards, rewards)), expected, atol=1e-15)


def test_only_the_best_leads():
    """Its lead over the second, k times; nothing where two are the best."""
    rewards = np.array([[[1.0, 4.0, 2.0], [5.0, 5.0, 0.0]], [[-3.0, -1.0, -2.5], [0.5, 0.25, 0.0]]])
    expected = [[[0, 6.0, 0], [0, 0, 0]], [[0, 4.5, 0], [0.75, 0, 0]]]
    assert np.allclose(PassAtK(group_size=3).advantages(STATE, Batch(rewards, rewards)), expected, atol=1e-15)


@pytest.mark.parametrize("method", [BestOfN(), RAFT()])
def test_the_best_share_the_weight(method):
    rewards = np.array([[[1.0, 4.0, 2.0], [5.0, 5.0, 0.0]], [[-3.0, -1.0, -2.5], [0.5, 0.5, 0.5]]])
    expected = [[[0, 3, 0], [1.5, 1.5, 0]], [[0, 3, 0], [1, 1, 1]]]
    assert np.allclose(method.weights(STATE, Batch(rewards, rewards), PROBLEM), expected, atol=1e-15)


def test_advantages_without_division():
    rewards = np.array([[[0.2, 0.4, 0.6], [-1.0, 0.5, 0.8]], [[-1.0, -2.0, 0.0], [3.0, 4.0, 8.0]]])
    expected = [[[-0.2, 0, 0.2], [-1.1, 0.4, 0.7]], [[0, -1, 1], [-2, -1, 3]]]
    assert np.allclose(DrGRPO().advantages(STATE, Batch(rewards, rewards)), expected, atol=1e-15)


def test_weights_of_rewards_that_overflow():
    """MPO's weights are a softmax: what all rewards of a batch share does not matter, however large it is."""
    state = State(Gaussian([[0.3], [0.3]], 1.4))  # the reference itself, so that rewards alone count
    rewards = np.array([[[0.0, 0.6, 1.2]], [[6000.0, 6000.6, 6001.2]]])
    found = MPO(anchor=0.5).weights(state, Batch(np.zeros((2, 1, 3)), rewards), PROBLEM)
    assert np.allclose(found, 3 * scipy.special.softmax([0.0, 0.5, 1.0]), rtol=1e-10)
