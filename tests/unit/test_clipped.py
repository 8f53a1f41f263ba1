"""The clip: which side, which sign, which direction of the ratio."""

import numpy as np
import pytest
from scipy import stats

from rlgeo import GRPO, PPO, Batch, Gaussian, Problem, State
from rlgeo.methods import clipped

EPS = 0.2
FAR = Problem(beta=1e-12)
"""Where the KL term is nothing."""


@pytest.mark.parametrize(
    ("ratio", "advantage", "is_clipped"),
    [
        (1.3, 1.0, True),  # a good action already likelier by more than ε
        (1.1, 1.0, False),
        (0.7, 1.0, False),  # a good action made unlikely: pull it back
        (0.7, -1.0, True),  # a bad action already unlikelier by more than ε
        (0.9, -1.0, False),
        (1.3, -1.0, False),  # a bad action made likely: push it away
        (1.3, 0.0, False),
        (0.7, 0.0, False),
        (1 + EPS, 1.0, False),  # at the kink itself the sample still counts
        (1 - EPS, -1.0, False),
    ],
)
def test_the_clip_is_one_sided(ratio, advantage, is_clipped):
    r, a = np.array([ratio]), np.array([advantage])
    assert clipped.is_clipped(r, a, EPS).tolist() == [is_clipped]
    # d/dρ of the contribution, from the inside.
    h = 1e-6
    slope = (clipped.clipped_surrogate(r + h, a, EPS) - clipped.clipped_surrogate(r - h, a, EPS)) / (2 * h)
    if ratio not in (1 + EPS, 1 - EPS):
        assert np.allclose(slope, 0 if is_clipped else advantage, atol=1e-9)
    expected = min(ratio * advantage, min(max(ratio, 1 - EPS), 1 + EPS) * advantage)
    assert np.allclose(clipped.clipped_surrogate(r, a, EPS), expected, rtol=1e-15)


def test_ratio_is_new_over_old():
    new, old, actions = Gaussian(0.4, 0.9), Gaussian(-0.3, 1.2), np.array([-1.0, 0.0, 2.0])
    found = PPO().ratios(State(new, old), Batch(actions, actions))
    expected = stats.norm(0.4, 0.9).pdf(actions) / stats.norm(-0.3, 1.2).pdf(actions)
    assert np.allclose(found, expected, rtol=1e-12)
    assert np.array_equal(PPO().ratios(State(new), Batch(actions, actions)), np.ones(3))


@pytest.mark.parametrize(
    ("shift", "rewards", "moves"),
    [(0.1, [1, 0], True), (0.5, [1, 0], False), (0.5, [0, 1], True), (-0.5, [0, 1], False)],
)
def test_the_gradient_is_exactly_zero_where_all_samples_are_clipped(shift, rewards, moves):
    """Two samples, left and right of π_old; PPO's V between their rewards."""
    actions = np.array([1.0, -1.0])
    state = State(Gaussian(shift, 1.0), Gaussian(0.0, 1.0), 0.5)
    batch = Batch(actions, np.array(rewards, float))
    d_mean, d_std, _ = PPO(clip=EPS).reward_gradient(state, batch, FAR)
    assert (bool(d_mean), bool(d_std)) == (moves, moves)
    assert np.all(PPO(clip=EPS).clipped(state, batch)) == (not moves)


def test_an_unclipped_gradient_is_the_mean_over_all_samples():
    """By hand: N counts clipped samples too, and ρ multiplies the score."""
    state = State(Gaussian(0.5, 1.0), Gaussian(0.0, 1.0))
    actions, advantages = np.array([1.5, -0.2, 0.3]), np.array([1.0, 2.0, -3.0])
    ratio = np.exp(-0.5 * (actions - 0.5) ** 2 + 0.5 * actions**2)
    assert clipped.is_clipped(ratio, advantages, EPS).tolist() == [True, False, False]
    kept = np.array([0.0, 1.0, 1.0])
    d_mean, d_std, _ = PPO(clip=EPS).reward_gradient(state, Batch(actions, advantages), FAR)  # V = 0: Â = r
    z = actions - 0.5
    assert np.isclose(d_mean, np.sum(kept * ratio * advantages * z) / 3, rtol=1e-12)
    assert np.isclose(d_std, np.sum(kept * ratio * advantages * (z**2 - 1)) / 3, rtol=1e-12)


@pytest.mark.parametrize("method", [PPO(clip=0.2), GRPO(clip=0.2)])
def test_diagnostics(method):
    state = State(Gaussian([0.5, 0.0], 1.0), Gaussian([0.0, 0.0], 1.0), [0.1, 0.2])
    batch = Batch(np.array([[1.5, -0.2, 0.3]] * 2), np.array([[1.0, 2.0, -3.0]] * 2))
    found = method.diagnostics(state, batch, FAR)
    ratio = method.ratios(state, batch)
    assert np.allclose(found["ratio_min"], [ratio[0].min(), 1], rtol=1e-14)
    assert np.allclose(found["ratio_max"], [ratio[0].max(), 1], rtol=1e-14)
    assert found["clip_fraction"].tolist() == [method.clipped(state, batch)[0].mean(), 0]
    assert found["clip_fraction"][0] > 0
    assert np.allclose(found["mean_reward"], 0, atol=1e-15)
    assert np.array_equal(found["surrogate"], method.surrogate(state, batch, FAR))
    if isinstance(method, PPO):
        assert found["value"].tolist() == [0.1, 0.2]
    else:
        assert np.allclose(found["reward_std"], np.std([1, 2, -3], ddof=1), rtol=1e-14)


def test_surrogate_is_the_mean_contribution_less_the_price():
    problem = Problem("single", beta=0.3)
    state = State(Gaussian(0.5, 0.8), Gaussian(0.0, 1.0), 0.4)
    batch = Batch(np.array([1.5, -0.2, 0.3]), np.array([1.0, 2.0, -3.0]))
    for method in (PPO(), GRPO()):
        expected = np.mean(method.contributions(state, batch)) - 0.3 * problem.kl(state.policy)
        if isinstance(method, PPO):
            expected -= 0.5 * np.mean((batch.rewards - 0.4) ** 2)
        assert np.isclose(method.surrogate(state, batch, problem), expected, rtol=1e-14)


def test_ppo_advantages_and_baseline():
    state = State(Gaussian([0.0, 1.0], 1.0), value=[0.25, 1.0])
    batch = Batch(np.zeros((2, 3)), np.array([[1.0, 2.0, 3.0]] * 2))
    assert PPO().advantages(state, batch).tolist() == [[0.75, 1.75, 2.75], [0, 1, 2]]
    assert PPO().gradient(state, batch, FAR).value.tolist() == [1.75, 1]
    moved = PPO(value_learning_rate=0.2).step(state, batch, FAR)
    assert np.allclose(moved.value, [0.25 + 0.2 * 1.75, 1.2], rtol=1e-14)


@pytest.mark.parametrize("method", [PPO(batch_size=3), GRPO(group_size=3)])
def test_actions_come_from_the_frozen_policy(method):
    state = State(Gaussian([5.0], 0.1), Gaussian([-1.0], 2.0))
    batch = method.draw(state, FAR, np.random.default_rng(1))
    assert np.allclose(batch.actions, -1 + 2 * np.random.default_rng(1).standard_normal((1, 3)))
    assert np.array_equal(batch.rewards, FAR.reward(batch.actions))
