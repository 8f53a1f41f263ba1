"""Every method's ``gradient`` is the derivative of its ``surrogate`` on frozen random batches."""

from dataclasses import fields

import numpy as np
import pytest
from oracles import derivative

from rlgeo import COUSINS, DPO, DRO, GRPO, PG, PPO, RLHF, Batch, Gaussian, Problem, State
from rlgeo.methods.cispo import CISPO
from rlgeo.methods.dr_grpo import DrGRPO
from rlgeo.methods.reused import Reused
from rlgeo.methods.slic import SLiC

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


def numeric(method, state, batch, problem, h):
    """The surrogate's derivatives in μ and σ; h in units of σ."""
    policy = state.policy

    def at(mean, std):
        return method.surrogate(State(Gaussian(mean, std), state.behavior, state.value), batch, problem)

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
    "method",
    [RLHF(), PG(batch_size=5), DPO(pairs=6, beta=0.7), DRO(batch_size=6, beta=0.7)]
    + [kind() for kind in COUSINS.values() if not issubclass(kind, (Reused, SLiC))],
    ids=str,
)
def test_smooth_surrogates(method, seed):
    state, batch = situation(method, PROBLEM, seed)
    found = method.gradient(state, batch, PROBLEM)
    assert_close(found[:2], numeric(method, state, batch, PROBLEM, 1 / 64), PROBLEM, state.policy)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "method",
    [
        PPO(batch_size=7, clip=0.15),
        GRPO(group_size=7, clip=0.15, std_offset=0.05),
        DrGRPO(group_size=7, clip=0.15),
    ],
)
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
    expected = numeric(method, state, batch, PROBLEM, h)
    found = method.gradient(state, batch, PROBLEM)
    assert_close([f[safe] for f in found[:2]], [e[safe] for e in expected], PROBLEM, state.policy[safe])


@pytest.mark.parametrize(("action", "other", "sign", "bound"), [(1.0, 3.0, 1.0, 1.2), (-1.0, -3.0, -1.0, 0.8)])
@pytest.mark.parametrize("method", [PPO(batch_size=2, clip=0.2), GRPO(group_size=2, clip=0.2)])
def test_one_sided_derivatives_at_a_kink(method, action, other, sign, bound):
    """Where a sample's ratio leaves the band on its profitable side, its share of the derivative drops to zero.

    π_old = N(0, 1) and π_θ = N(μ, 1), so log ρ(a) = aμ − μ²/2 reaches log(1 ± ε) at a known μ. The other sample is
    out of the band on the side where nothing is clipped.
    """
    kink = action - np.sign(action) * np.sqrt(action**2 - 2 * np.log(bound))
    batch, problem = Batch(np.array([action, other]), np.array([sign, -sign])), Problem(beta=1e-12)

    def state(mean):
        return State(Gaussian(mean, 1.0), Gaussian(0.0, 1.0))

    assert np.isclose(method.ratios(state(kink), batch)[0], bound, rtol=1e-14)
    size = np.abs(method.advantages(state(kink), batch)[0])
    for mean, share in ((kink - 2e-3, 1.0), (kink + 2e-3, 0.0)):
        ratio = np.exp(batch.actions * mean - mean**2 / 2)
        by_hand = 0.5 * size * np.sum(np.array([share, 1.0]) * batch.rewards * ratio * (batch.actions - mean))
        numeric = derivative(lambda m: method.surrogate(state(m), batch, problem), mean, 1e-3)
        assert np.isclose(numeric, by_hand, rtol=1e-7)
        assert np.isclose(method.gradient(state(mean), batch, problem).mean, by_hand, rtol=1e-9)
    left, right = (method.surrogate(state(kink + h), batch, problem) for h in (-1e-9, 1e-9))
    assert np.isclose(left, right, atol=1e-8)  # a kink, not a jump


class Held(PPO):
    """PPO whose advantages are those of a given V."""

    def contributions(self, state, batch):
        return super().contributions(State(state.policy, state.behavior, held["value"]), batch)


held = {}


@pytest.mark.parametrize("method", [Held(batch_size=7), DRO(batch_size=7, beta=0.7)])
def test_gradient_of_the_baseline(method):
    """In V the advantages count as constants."""
    state, batch = situation(method, PROBLEM, 0)
    held["value"] = state.value
    expected = derivative(
        lambda v: method.surrogate(State(state.policy, state.behavior, v), batch, PROBLEM), state.value, 0.125
    )
    found = method.gradient(state, batch, PROBLEM).value
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-9)


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


@pytest.mark.parametrize(
    "method",
    [RLHF(), PG(batch_size=5), PPO(batch_size=5), GRPO(group_size=5), DPO(pairs=5), DRO()]
    + [kind() for kind in COUSINS.values()],
    ids=str,
)
def test_a_grid_of_policies_with_a_batch_each(method):
    """Whatever the shape of the batch of policies, each entry is what one policy alone would get."""
    rng = np.random.default_rng(2)
    old = Gaussian(rng.uniform(-1, 2, (2, 3)), rng.uniform(0.5, 2, (2, 3)))
    state = State(Gaussian(old.mean + 0.2, old.std * 1.1), old, rng.uniform(-1, 1, (2, 3)))
    batch = method.draw(state, PROBLEM, rng)
    many = method.gradient(state, batch, PROBLEM), method.surrogate(state, batch, PROBLEM)
    records = method.diagnostics(state, batch, PROBLEM)
    moved = method.step(state, batch, PROBLEM)
    for index in np.ndindex(2, 3):
        alone = State(state.policy[index], old[index], state.value[index])
        data = type(batch)(**{f.name: getattr(batch, f.name)[index] for f in fields(batch)})
        for found, expected in zip(many[0], method.gradient(alone, data, PROBLEM), strict=True):
            assert np.isclose(np.broadcast_to(found, (2, 3))[index], expected, rtol=1e-12)
        assert np.isclose(many[1][index], method.surrogate(alone, data, PROBLEM), rtol=1e-12)
        one = method.diagnostics(alone, data, PROBLEM)
        assert records.keys() == one.keys()
        assert all(np.isclose(records[name][index], one[name], rtol=1e-12, atol=1e-15) for name in one)
        after = method.step(alone, data, PROBLEM)
        assert np.isclose(moved.policy[index].mean, after.policy.mean, rtol=1e-12)
        assert np.isclose(np.broadcast_to(moved.value, (2, 3))[index], after.value, rtol=1e-12)


def test_a_capped_ratio_away_from_the_cap():
    """Both kinds are there; F has no kink at c, but its curvature jumps."""
    method = CISPO(group_size=7, cap=1.1)
    state, batch = situation(method, PROBLEM, 0)
    ratio, h = method.ratios(state, batch), 2e-3
    assert 0.1 < np.mean(ratio > 1.1) < 0.6
    z = np.abs(batch.actions - state.policy.mean[:, None]) / state.policy.std[:, None]
    safe = np.all(np.abs(np.log(ratio / 1.1)) > 2 * h * (1 + z**2), axis=1)
    assert np.sum(safe) > RUNS // 2
    expected = numeric(method, state, batch, PROBLEM, h)
    found = method.gradient(state, batch, PROBLEM)
    assert_close([f[safe] for f in found[:2]], [e[safe] for e in expected], PROBLEM, state.policy[safe])
    assert np.max(np.abs(found.mean - expected[0])) < 1e-3  # at the cap, too


def test_a_hinge_away_from_its_kink():
    """SLiC with few pairs, where no margin passes 1 between θ − h and θ + h."""
    method = SLiC(pairs=3, beta=0.7)
    state, batch = situation(method, PROBLEM, 0)
    h, policy = 2e-3, state.policy
    corners = [Gaussian(policy.mean + i * h * policy.std, policy.std * (1 + j * h)) for i in (-2, 2) for j in (-2, 2)]
    active = np.array([method.margins(State(corner), batch, PROBLEM) < 1 for corner in corners])
    safe = np.all(active == active[0], axis=(0, 2))
    assert np.sum(safe) > RUNS // 2
    assert 0.1 < np.mean(active) < 0.9
    expected = numeric(method, state, batch, PROBLEM, h)
    found = method.gradient(state, batch, PROBLEM)
    assert_close([f[safe] for f in found[:2]], [e[safe] for e in expected], PROBLEM, policy[safe])
