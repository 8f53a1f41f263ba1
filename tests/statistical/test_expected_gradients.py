"""Sampled gradients average to ``expected_gradient``: |z| < 4 with N and the seed stated.

Every test draws ``RUNS`` independent batches at one policy, seed 0 … 2.
"""

import numpy as np
import pytest

from rlgeo import DPO, DRO, GRPO, PG, PPO, RLOO, Gaussian, Problem, State
from rlgeo.methods.a_star_po import AStarPO
from rlgeo.methods.awr import AWR
from rlgeo.methods.best_of_n import BestOfN
from rlgeo.methods.cdpo import CDPO
from rlgeo.methods.cispo import CISPO
from rlgeo.methods.dr_grpo import DrGRPO
from rlgeo.methods.entropy_bonus import EntropyBonus
from rlgeo.methods.f_divergence import FDivergence
from rlgeo.methods.gkd import GKD
from rlgeo.methods.ipo import IPO
from rlgeo.methods.kto import KTO
from rlgeo.methods.max_rl import MaxRL
from rlgeo.methods.mpo import MPO
from rlgeo.methods.online_dpo import OnlineDPO
from rlgeo.methods.pass_at_k import PassAtK
from rlgeo.methods.raft import RAFT
from rlgeo.methods.rebel import REBEL
from rlgeo.methods.remax import ReMax
from rlgeo.methods.rpo import RPO
from rlgeo.methods.simpo import SimPO
from rlgeo.methods.slic import SLiC
from rlgeo.methods.tempered import Tempered

RUNS = 40_000
SITUATIONS = [
    (Problem("single"), Gaussian(0.0, 1.0)),
    (Problem("mixed", Gaussian(0.5, 1.2), 0.2), Gaussian(1.4, 0.5)),
    (Problem("double", Gaussian(-0.5, 2.0), 1.5), Gaussian(0.4, 1.8)),
]
METHODS = [
    PG(batch_size=2),
    PG(batch_size=16),
    RLOO(batch_size=2),
    RLOO(batch_size=5),
    PPO(batch_size=3),
    GRPO(group_size=2),
    GRPO(group_size=2, std_offset=0.2),
    GRPO(group_size=8),
    GRPO(group_size=8, std_offset=0),
    GRPO(group_size=64),
    DPO(pairs=4),
    DPO(pairs=4, label_noise=0, beta=0.2),
    DPO(pairs=8, label_noise=2, beta=1.5),
    DRO(batch_size=4),
    DRO(batch_size=9, beta=1.5),
    PG(batch_size=4, kl="k1-loss"),
    PG(batch_size=2, kl="k1-reward"),
    PG(batch_size=4, kl="k2-reward"),
    RLOO(batch_size=4, kl="k2-loss"),
    PPO(batch_size=3, kl="k1-reward"),
    PPO(batch_size=3, kl="k2-reward"),
    GRPO(group_size=2, kl="k1-reward"),
    GRPO(group_size=8, kl="k1-reward"),
    GRPO(group_size=8, kl="k2-reward"),
    GRPO(group_size=4, kl="k3-reward"),
    GRPO(group_size=4, kl="k3-inverse-reward"),
    GRPO(group_size=8, kl="k2-loss"),
    ReMax(batch_size=3),
    ReMax(batch_size=3, kl="k1-reward"),
    DrGRPO(group_size=3),
    CISPO(group_size=3),
    CISPO(group_size=3, kl="k2-reward"),
    EntropyBonus(batch_size=3, bonus=0.3),
    FDivergence(batch_size=3),
    FDivergence(batch_size=4, divergence="reverse-kl"),
    PassAtK(group_size=2),
    PassAtK(group_size=5),
    Tempered(batch_size=3, temperature=0.6),
    BestOfN(group_size=4),
    RAFT(group_size=4),
    MaxRL(batch_size=2),
    MaxRL(batch_size=9),
    AWR(batch_size=4),
    MPO(batch_size=2, anchor=1),
    MPO(batch_size=7, anchor=0.3),
    REBEL(batch_size=3),
    AStarPO(batch_size=2, value_error=0.4),
    GKD(batch_size=3, mix=0.4),
    GKD(batch_size=3, mix=1),
    IPO(pairs=4),
    SLiC(pairs=4, beta=0.9),
    SimPO(pairs=4),
    CDPO(pairs=4, flips=0.2),
    CDPO(pairs=4, loss="debiased", smoothing=0.3),
    RPO(pairs=4, likelihood=0.4),
    OnlineDPO(pairs=4),
    OnlineDPO(pairs=4, loss="squared"),
    KTO(pairs=4),
]


def sampled(method, problem, policy, value, seed):
    """Gradients of RUNS independent batches, shape (2, RUNS), with π_old = π_θ."""
    batch = Gaussian(np.broadcast_to(policy.mean, RUNS), np.broadcast_to(policy.std, RUNS))
    state = State(batch, batch, np.broadcast_to(value, RUNS))
    data = method.draw(state, problem, np.random.default_rng(seed))
    return np.stack(method.gradient(state, data, problem)[:2])


def deviations(method, problem, policy, value, seed):
    """How many standard errors the sampled mean lies from ``expected_gradient``, in μ and in σ."""
    gradients = sampled(method, problem, policy, value, seed)
    variance = np.var(gradients, axis=1, ddof=1) / RUNS
    if isinstance(method, GRPO):
        variance += np.array(method.expected_gradient_error(policy, problem)) ** 2
    return (np.mean(gradients, axis=1) - np.array(method.expected_gradient(policy, problem))) / np.sqrt(variance)


@pytest.mark.parametrize("situation", range(3))
@pytest.mark.parametrize("method", METHODS, ids=str)
def test_mean_gradient(method, situation):
    problem, policy = SITUATIONS[situation]
    if isinstance(method, MaxRL) and min(problem.reward.weights) < 0:
        assert np.all(np.isnan(method.expected_gradient(policy, problem)))
        return
    # PPO's V may be anything that does not know the batch; DRO's field is at V∞(θ).
    value = method.settled_value(policy, problem) if isinstance(method, DRO) else 0.37
    assert np.all(np.abs(deviations(method, problem, policy, value, situation)) < 4)


@pytest.mark.parametrize("kl", ["k3-loss", "k3-reward", "k3-inverse-loss", "k3-inverse-reward"])
def test_mean_gradient_where_the_variance_is_finite(kl):
    """eˣ has a variance for σ² > σ_ref²/2, e⁻ˣ for σ² < 3σ_ref²/2, and its square 4 and 5/4 times: σ between."""
    problem, policy = Problem("mixed", Gaussian(0.5, 1.2), 0.8), Gaussian(0.9, 1.15)
    methods = [RLOO(batch_size=4, kl=kl), PPO(batch_size=3, kl=kl), GRPO(group_size=3, kl=kl)]
    if kl.endswith("loss"):
        methods.append(FDivergence(divergence={"k3-loss": "forward-kl", "k3-inverse-loss": "half-chi-squared"}[kl]))
    for method in methods:
        assert np.all(np.abs(deviations(method, problem, policy, 0.37, 3)) < 4)


@pytest.mark.parametrize("kl", ["k1-reward", "k2-reward", "k3-reward", "k3-inverse-reward"])
def test_the_limit_of_grpo_with_the_kl_in_the_reward(kl):
    """G = ∞: ∇E[r − βk]/Std against 2 g(2G) − g(G), G = 128 and 256, 10,000 groups each, seed 0 and 1."""
    problem, policy = Problem("single", Gaussian(0.3, 1.2), 0.5), Gaussian(0.7, 1.1)
    batch = Gaussian(np.full(10_000, 0.7), np.full(10_000, 1.1))
    means, variances = [], []
    for seed, size in enumerate((128, 256)):
        method = GRPO(group_size=size, std_offset=0, kl=kl)
        data = method.draw(State(batch), problem, np.random.default_rng(seed))
        gradients = np.stack(method.gradient(State(batch), data, problem)[:2])
        means.append(np.mean(gradients, axis=1))
        variances.append(np.var(gradients, axis=1, ddof=1) / 10_000)
    limit = np.array(GRPO(group_size=np.inf, std_offset=0, kl=kl).expected_gradient(policy, problem))
    assert np.all(np.abs(2 * means[1] - means[0] - limit) < 4 * np.sqrt(4 * variances[1] + variances[0]))


@pytest.mark.parametrize("size", [2, 16])
def test_the_in_batch_mean_is_short_by_exactly_its_share(size):
    """The factor itself, from the ratio of means: (N − 1)/N for PG and 1 for RLOO, seed 0."""
    problem, policy = Problem("single", beta=1e-9), Gaussian(0.6, 0.9)
    exact = problem.reward.expectation_gradient(policy)[0]
    for method, share in ((PG(batch_size=size), (size - 1) / size), (RLOO(batch_size=size), 1.0)):
        estimates = sampled(method, problem, policy, 0.0, 0)[0] / exact
        assert abs(np.mean(estimates) - share) < 4 * np.std(estimates) / np.sqrt(RUNS)
    # The two claims are told apart by this many runs.
    assert np.std(estimates) / np.sqrt(RUNS) < (1 / size) / 8


def test_grpo_does_not_converge_to_the_exact_gradient():
    """At G = 64 the mean step is far from ∇J and near ∇E[r]/std − β∇KL, seed 0."""
    problem, policy = SITUATIONS[0]
    gradients = sampled(GRPO(group_size=64, std_offset=0), problem, policy, 0.0, 0)
    mean, error = np.mean(gradients, axis=1), np.std(gradients, axis=1) / np.sqrt(RUNS)
    assert np.all(np.abs(mean - np.array(problem.gradient(policy))) > 50 * error)
    limit = np.array(GRPO(group_size=np.inf, std_offset=0).expected_gradient(policy, problem))
    assert np.all(np.abs(mean - limit) < 0.05 * np.abs(limit))


def test_the_limit_of_grpo_against_sampled_groups():
    """2 g(2G) − g(G) has lost its 1/G: G = 256 and 512, 10,000 groups each, seed 0 and 1, at |z| < 4."""
    problem, policy = SITUATIONS[1]
    batch = Gaussian(np.full(10_000, policy.mean), np.full(10_000, policy.std))
    means, variances = [], []
    for seed, size in enumerate((256, 512)):
        method = GRPO(group_size=size, std_offset=0)
        data = method.draw(State(batch), problem, np.random.default_rng(seed))
        gradients = np.stack(method.gradient(State(batch), data, problem)[:2])
        means.append(np.mean(gradients, axis=1))
        variances.append(np.var(gradients, axis=1, ddof=1) / 10_000)
    limit = np.array(GRPO(group_size=np.inf, std_offset=0).expected_gradient(policy, problem))
    error = np.sqrt(4 * variances[1] + variances[0])
    assert np.all(np.abs(2 * means[1] - means[0] - limit) < 4 * error)
    assert np.all(error < 0.01 * np.abs(limit))


def test_dro_baseline_settles_at_its_limit():
    """V ← V + η_V mean(δ) at a frozen policy, fresh data: the mean step vanishes at V∞, seed 0."""
    problem, policy, method = *SITUATIONS[1], DRO(batch_size=8, beta=0.7)
    batch = Gaussian(np.full(RUNS, policy.mean), np.full(RUNS, policy.std))
    state = State(batch, value=np.full(RUNS, method.settled_value(policy, problem)))
    steps = method.gradient(state, method.draw(state, problem, np.random.default_rng(0)), problem).value
    assert abs(np.mean(steps)) < 4 * np.std(steps) / np.sqrt(RUNS)


@pytest.mark.parametrize("noise", [0.0, 0.3, 2.0])
def test_labels_follow_bradley_and_terry(noise):
    """The winning rate of the higher reward against its model, 200,000 pairs, seed 0."""
    problem, method = Problem("double"), DPO(pairs=200_000, label_noise=noise)
    batch = method.draw(State(Gaussian(0.0, 1.0)), problem, np.random.default_rng(0))
    gap = problem.reward(batch.winners) - problem.reward(batch.losers)
    chance = 1 / (1 + np.exp(-np.abs(gap) / noise)) if noise else np.ones(gap.shape)
    surplus = (gap > 0) - chance
    variance = np.sum(chance * (1 - chance))
    assert abs(np.sum(surplus)) <= 4 * np.sqrt(variance)


def test_streams_are_standard():
    """Kolmogorov–Smirnov on the numbers that runs are made of, 20,000 each, seed 0."""
    from scipy import stats

    from rlgeo.training.streams import Streams

    streams = Streams(0, "PG", 4)
    assert stats.kstest(streams.standard_normal((4, 5000)).ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(streams.random((4, 5000)).ravel(), "uniform").pvalue > 1e-3
    normals = Streams(0, "PG", 2).standard_normal((2, 20_000))
    assert abs(np.corrcoef(normals)[0, 1]) < 4 / np.sqrt(20_000)


@pytest.mark.parametrize("group_size", [2, 8])
def test_collapse_happens_on_one_side_of_the_threshold(group_size):
    """Small steps from near a quadratic peak: σ falls where β < c_G and rises where β > c_G; 64 runs, seed 0."""
    from rlgeo import BumpReward, collapse_threshold, run

    threshold = collapse_threshold(group_size)
    for factor, falls in ((0.5, True), (1.8, False)):
        problem = Problem(BumpReward([1.0], [0.5], [2.0]), beta=factor * threshold)
        method = GRPO(group_size=group_size, std_offset=0, epochs=1, learning_rate=0.005)
        path = run(method, problem, Gaussian(0.5, 0.3), 10, runs=64)
        change = np.log(path.std[:, -1] / 0.3)
        z = np.mean(change) / (np.std(change) / 8)
        assert z < -4 if falls else z > 4
