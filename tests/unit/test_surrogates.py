"""Every method's ``gradient`` is the derivative of its ``surrogate`` on frozen random batches."""

import numpy as np
import pytest
from oracles import derivative

from rlgeo import DPO, DRO, GRPO, PG, PPO, RLHF, RLOO, Gaussian, Problem, State

RUNS = 40


def situation(method, problem, seed, spread=0.15):
    """States whose policies have moved away from π_old, with a batch that π_old drew."""
    rng = np.random.default_rng(seed)
    old = Gaussian(rng.uniform(-2, 2, RUNS), np.exp(rng.uniform(-1.5, 0.7, RUNS)))
    value = rng.uniform(-0.5, 1, RUNS)
    batch = method.draw(State(old, old, value), problem, rng)
    policy = Gaussian(
        old.mean + spread * old.std * rng.normal(size=RUNS), old.std * np.exp(spread * rng.normal(size=RUNS))
    )
    return State(policy, old, value), batch


def numeric(method, state, batch, problem, h, **frozen):
    """The surrogate's derivatives in μ and σ; h in units of σ."""
    policy = state.policy

    def at(mean, std):
        return method.surrogate(State(Gaussian(mean, std), state.behavior, state.value), batch, problem, **frozen)

    step = np.exp2(np.round(np.log2(h * policy.std)))
    return (
        derivative(lambda m: at(m, policy.std), policy.mean, step),
        derivative(lambda s: at(policy.mean, s), policy.std, step),
    )


def assert_close(found, expected, problem, policy):
    for f, e in zip(found, expected, strict=True):
        scale = np.abs(e) + problem.beta / policy.std + 1
        assert np.max(np.abs(f - e) / scale) < 1e-7


PROBLEM = Problem("mixed", Gaussian(0.7, 1.3), 0.35)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "method", [RLHF(), PG(batch_size=5), RLOO(batch_size=5), DPO(pairs=6, beta=0.7), DRO(batch_size=6, beta=0.7)]
)
def test_smooth_surrogates(method, seed):
    state, batch = situation(method, PROBLEM, seed)
    found = method.gradient(state, batch, PROBLEM)
    assert_close(found[:2], numeric(method, state, batch, PROBLEM, 1 / 64), PROBLEM, state.policy)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", [PPO(batch_size=7, clip=0.15), GRPO(group_size=7, clip=0.15, std_offset=0.05)])
def test_clipped_surrogates_away_from_their_kinks(method, seed):
    state, batch = situation(method, PROBLEM, seed)
    ratio, clipped = method.ratios(state, batch), method.clipped(state, batch)
    assert 0.05 < np.mean(clipped) < 0.6  # both kinds are there
    h = 2e-3
    # θ ± h moves log ρ by less than this; samples nearer to a kink are left out.
    z = np.abs(batch.actions - state.policy.mean[:, None]) / state.policy.std[:, None]
    moved = 2 * h * (1 + z**2)
    safe = np.all(np.abs(np.log(ratio / 1.15)) > moved, axis=1) & np.all(np.abs(np.log(ratio / 0.85)) > moved, axis=1)
    assert np.sum(safe) > RUNS // 2
    frozen = {"advantages": method.advantages(state, batch)} if isinstance(method, PPO) else {}
    expected = numeric(method, state, batch, PROBLEM, h, **frozen)
    found = method.gradient(state, batch, PROBLEM)
    assert_close([f[safe] for f in found[:2]], [e[safe] for e in expected], PROBLEM, state.policy[safe])


@pytest.mark.parametrize("method", [PPO(batch_size=7), DRO(batch_size=7, beta=0.7)])
def test_gradient_of_the_baseline(method):
    state, batch = situation(method, PROBLEM, 0)
    frozen = {"advantages": method.advantages(state, batch)} if isinstance(method, PPO) else {}
    expected = derivative(
        lambda v: method.surrogate(State(state.policy, state.behavior, v), batch, PROBLEM, **frozen), state.value, 0.125
    )
    found = method.gradient(state, batch, PROBLEM).value
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_ppo_surrogate_holds_its_own_advantages_unless_given():
    method = PPO(batch_size=7)
    state, batch = situation(method, PROBLEM, 0)
    given = method.surrogate(state, batch, PROBLEM, advantages=method.advantages(state, batch))
    assert np.array_equal(method.surrogate(state, batch, PROBLEM), given)


@pytest.mark.parametrize("method", [RLHF(), PG(), PPO(), GRPO(), DPO(), DRO()])
def test_a_grid_of_policies_meets_one_batch(method):
    rng = np.random.default_rng(1)
    batch = method.draw(State(Gaussian(0.0, 1.0)), PROBLEM, rng)
    grid = Gaussian(np.linspace(-1, 2, 4), np.linspace(0.5, 2, 3)[:, None])
    surface = method.surrogate(State(grid, Gaussian(0.0, 1.0)), batch, PROBLEM)
    assert surface.shape == (3, 4)
    one = method.surrogate(State(Gaussian(grid.mean[2], grid.std[1, 0]), Gaussian(0.0, 1.0)), batch, PROBLEM)
    assert np.isclose(surface[1, 2], one, rtol=1e-12)
    assert all(np.shape(g) == (3, 4) for g in method.gradient(State(grid, Gaussian(0.0, 1.0)), batch, PROBLEM)[:2])
