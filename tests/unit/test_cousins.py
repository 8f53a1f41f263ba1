"""Where cousins end, by oracles that share no code with them, and why some end nowhere."""

import numpy as np
import pytest
import scipy
from oracles import agrees, derivative

from rlgeo import COUSINS, GRPO, METHODS, PG, PRESETS, RLOO, Batch, BumpReward, Gaussian, Problem, State
from rlgeo.methods.a_star_po import AStarPO
from rlgeo.methods.awr import AWR
from rlgeo.methods.best_of_n import BestOfN
from rlgeo.methods.cdpo import CDPO
from rlgeo.methods.cispo import CISPO
from rlgeo.methods.dr_grpo import DrGRPO
from rlgeo.methods.entropy_bonus import EntropyBonus
from rlgeo.methods.f_divergence import DIVERGENCES, FDivergence
from rlgeo.methods.gkd import GKD
from rlgeo.methods.ipo import IPO
from rlgeo.methods.kto import KTO
from rlgeo.methods.max_rl import MaxRL
from rlgeo.methods.mpo import MPO
from rlgeo.methods.online_dpo import OnlineDPO
from rlgeo.methods.pass_at_k import PassAtK
from rlgeo.methods.penalized import Penalized
from rlgeo.methods.raft import RAFT
from rlgeo.methods.rebel import REBEL
from rlgeo.methods.remax import ReMax
from rlgeo.methods.rpo import RPO
from rlgeo.methods.simpo import SimPO
from rlgeo.methods.slic import SLiC
from rlgeo.methods.tempered import Tempered
from rlgeo.theory import best_of, natural, pairs, preference, ranks
from rlgeo.theory.self_normalized import mean_score

SINGLE = Problem()
TABLE = [
    (RLOO(batch_size=2, kl="k1-reward"), (".8813", "1.2870"), 0.3051),
    (ReMax(), (".8813", "1.2870"), 0.3051),
    (DrGRPO(group_size=8), (".7307", "1.3661"), 0.3030),
    (CISPO(), (".7307", "1.3661"), 0.3030),
    (EntropyBonus(), (".7284", "1.4736"), None),
    (EntropyBonus(bonus=0.25), (".5828", "1.6941"), None),
    (FDivergence(), ("1.963", ".2069"), -0.2061),
    (FDivergence(divergence="reverse-kl"), (".8813", "1.2870"), 0.3051),
    (FDivergence(divergence="forward-kl"), (".7088", "1.4954"), 0.2972),
    (FDivergence(divergence="half-chi-squared"), ("1.002", "1.122"), 0.3000),
    (GRPO(group_size=np.inf, std_offset=0, kl="k1-reward"), (".8813", "1.2870"), 0.3051),
    (MaxRL(batch_size=np.inf), ("1.590", ".7224"), 0.2362),
    (PassAtK(group_size=2), (".9502", "1.2608"), None),
    (PassAtK(group_size=4), (".7740", "1.3719"), None),
    (PassAtK(group_size=8), (".5330", "1.4765"), None),
    (PassAtK(group_size=16), (".3049", "1.5256"), None),
    (Tempered(temperature=0.6), (".6692", "1.4793"), None),
    (Tempered(temperature=0.8), (".7711", "1.3947"), None),
    (Tempered(temperature=1.25), ("1.107", "1.073"), None),
    (AWR(), (".8792", "1.4084"), 0.3010),
    (MPO(anchor=1, batch_size=np.inf), (".8792", "1.4084"), 0.3010),
    (MPO(anchor=0.5, batch_size=np.inf), (".8640", "1.3510"), None),
    (MPO(anchor=0.1, batch_size=np.inf), (".8747", "1.3004"), None),
    (MPO(anchor=0.01, batch_size=np.inf), (".8806", "1.2883"), None),
    (REBEL(), (".8813", "1.2870"), 0.3051),
    (AStarPO(), (".8813", "1.2870"), 0.3051),
    (AStarPO(value_error=-2.0), (".8813", "1.2870"), 0.3051),
    (GKD(mix=0), (".8792", "1.4084"), 0.3010),
    (GKD(mix=0.1), (".8786", "1.395"), None),
    (GKD(mix=0.5), (".8765", "1.349"), None),
    (GKD(mix=0.9), (".8791", "1.301"), None),
    (GKD(mix=1), (".8813", "1.2870"), 0.3051),
    (IPO(), (".3298", "1.5445"), 0.2775),
    (IPO(label_noise=0), (".7187", "1.4253"), None),
    (IPO(label_noise=1), (".1810", "1.5255"), None),
    (IPO(beta=0.1), ("2.173", "1.773"), None),
    (CDPO(), ("1.3537", "1.6942"), 0.1907),
    (CDPO(smoothing=0, flips=0.1), ("1.3537", "1.6942"), 0.1907),
    (CDPO(label_noise=0), ("1.9361", ".9777"), None),
    (CDPO(loss="debiased", flips=0.1), ("1.9649", "1.7907"), None),
    (SLiC(), ("2.573", "1.784"), None),
    (RPO(), (".4155", "1.506"), 0.2855),
    (RPO(likelihood=0.1), (".8510", "1.507"), None),
    (KTO(), ("1.793", ".4420"), 0.1133),
    (OnlineDPO(), ("1.8017", ".4791"), 0.1319),
    (OnlineDPO(label_noise=1), (".8895", "1.2742"), 0.3051),
    (OnlineDPO(loss="squared"), (".3210", "1.4957"), None),
    (BestOfN(group_size=4), ("1.365", ".8639"), None),
    (BestOfN(group_size=8), ("1.720", ".5768"), None),
]
"""Method → destination on *single* with β = .5, and J there where it is known."""


@pytest.mark.parametrize(("method", "printed", "objective"), TABLE, ids=str)
def test_destinations(method, printed, objective):
    end = method.destination(SINGLE)
    assert method.why_none(SINGLE) is None
    assert agrees(end.mean, printed[0])
    assert agrees(end.std, printed[1])
    assert np.hypot(*method.expected_gradient(end, SINGLE)) < 1e-9
    assert objective is None or abs(SINGLE.objective(end) - objective) <= 6e-5


def nodes(mean, std, count=1201):
    """Actions, their probabilities and their scores, by the trapezoidal rule."""
    a = mean + std * np.linspace(-9, 9, count)
    p = scipy.stats.norm.pdf(a, mean, std) * (a[1] - a[0])
    return a, p, np.stack([(a - mean) / std**2, (a - mean) ** 2 / std**3 - 1 / std])


def reward(a):
    return np.exp(-((a - 2) ** 2) / (2 * 0.8**2))


def kl_gradient(mean, std):
    return np.array([mean / 1.5**2, std / 1.5**2 - 1 / std])


@pytest.mark.parametrize("k", [2, 3])
def test_pass_at_k_over_all_pairs_and_triples(k):
    mean, std = 0.7, 1.1
    a, p, s = nodes(mean, std, 241)
    best = np.maximum(reward(a)[:, None], reward(a))
    if k == 2:
        # E max has kinks where two rewards are equal: so the oracle is right to the square of its spacing.
        by_hand = 2 * np.sum(s[:, :, None] * p[:, None] * p * best, axis=(1, 2))
    else:
        triple = np.maximum(best[:, :, None], reward(a))
        by_hand = 3 * np.sum(s[:, :, None] * p[:, None] * p * (triple @ p), axis=(1, 2))
    found = PassAtK(group_size=k).expected_gradient(Gaussian(mean, std), SINGLE)
    assert np.allclose(found, by_hand - 0.5 * kl_gradient(mean, std), atol=2e-4)


@pytest.mark.parametrize("size", [2, 3])
def test_max_rl_over_all_pairs_and_triples(size):
    mean, std = 0.7, 1.1
    a, p, s = nodes(mean, std, 241)
    total = reward(a)[:, None] + reward(a)
    pairs, triples = (reward(a)[:, None] / total) @ p, np.array([(r / (r + total)) @ p @ p for r in reward(a)])
    share = {2: pairs, 3: triples}[size]
    found = MaxRL(batch_size=size).expected_gradient(Gaussian(mean, std), SINGLE)
    assert np.allclose(found, size * s @ (p * share) - 0.5 * kl_gradient(mean, std), atol=1e-6)


def test_max_rl_climbs_the_logarithm():
    policy = Gaussian(0.7, 1.1)
    slopes = [
        derivative(lambda m: np.log(SINGLE.expected_reward(Gaussian(m, 1.1))), 0.7, 2**-6),
        derivative(lambda s: np.log(SINGLE.expected_reward(Gaussian(0.7, s))), 1.1, 2**-6),
    ]
    found = MaxRL(batch_size=np.inf).expected_reward_gradient(policy, SINGLE)
    assert np.allclose(found, slopes, rtol=1e-9)


@pytest.mark.parametrize(("p", "size"), [(0.01, 8), (0.3, 2), (0.7, 5)])
def test_a_right_or_wrong_reward_in_a_finite_batch(p, size):
    """Scores 1/p and −1/(1 − p): the mean is (1 − (1 − p)^N)/p. Without a right action nothing is done.

    That takes (1 − p)^{N−1} off it, which leaves Σ_{k=1}^{N−1} (1 − p)^{k−1}, 6.7935 for p = .01 and N = 8.
    """
    found = mean_score(np.array([1.0, 0.0]), np.array([[1 / p, -1 / (1 - p)]]), np.array([p, 1 - p]), size)
    assert np.allclose(found, (1 - (1 - p) ** size) / p, rtol=1e-10)
    assert np.allclose(found - (1 - p) ** (size - 1), np.sum((1 - p) ** np.arange(size - 1)), rtol=1e-9)
    if (p, size) == (0.01, 8):
        assert abs(found[0] - (1 - p) ** (size - 1) - 6.7935) < 5e-5


@pytest.mark.parametrize("size", [2, 3])
def test_mpo_over_all_pairs_and_triples(size):
    """E[Σ w s/Σ w] for finite batches, and E[w s]/E[w] for infinite ones."""
    mean, std = 0.7, 1.1
    a, p, s = nodes(mean, std, 241)
    policy, reference = scipy.stats.norm.pdf(a, mean, std), scipy.stats.norm.pdf(a, 0, 1.5)
    weight = (reference / policy * np.exp(reward(a) / 0.5)) ** 0.3
    pairs = weight[:, None] + weight
    share = (weight[:, None] / pairs) @ p if size == 2 else np.array([(w / (w + pairs)) @ p @ p for w in weight])
    found = MPO(anchor=0.3, batch_size=size).expected_gradient(Gaussian(mean, std), SINGLE)
    assert np.allclose(found, size * s @ (p * share), atol=1e-6)
    found = MPO(anchor=0.3, batch_size=np.inf).expected_gradient(Gaussian(mean, std), SINGLE)
    assert np.allclose(found, s @ (p * weight) / (p @ weight), atol=1e-9)


def test_advantages_of_max_rl():
    method, state = MaxRL(), State(Gaussian(np.zeros(3), np.ones(3)))
    rewards = np.array([[1.0, 3.0], [0.0, 0.0], [-1.0, 0.5]])
    found = method.advantages(state, Batch(np.zeros((3, 2)), rewards))
    assert np.array_equal(found, [[-0.5, 0.5], [0, 0], [0, 0]])


def test_max_rl_needs_rewards_above_zero():
    assert MaxRL().destination(Problem("mixed")) is None
    reason = "some rewards are negative, so the mean reward that MaxRL divides by may be zero"
    assert MaxRL().why_none(Problem("mixed")) == reason
    assert MaxRL()._reason(SINGLE, None) == PG()._reason(SINGLE, None)
    shifted = MaxRL(batch_size=np.inf).destination(Problem(BumpReward([1.0, 1.0], [2.0, 0.0], [0.8, 1e3])))
    assert shifted.std > 1.1  # the same reward plus 1: another answer


def test_advantages_of_pass_at_k():
    method, state = PassAtK(group_size=3), State(Gaussian(np.zeros(3), np.ones(3)))
    rewards = np.array([[1.0, 3.0, 2.5], [2.0, 2.0, 1.0], [0.0, 0.0, 0.0]])
    found = method.advantages(state, Batch(np.zeros((3, 3)), rewards))
    assert np.allclose(found, [[0, 1.5, 0], [0, 0, 0], [0, 0, 0]])


def test_remax_looks_at_the_mean_action():
    """Near a peak no advantage is positive; the paid baseline is what μ earns after the KL term, too."""
    policy = Gaussian(np.array([2.0, 0.3]), np.array([0.4, 1.2]))
    for kl in ("exact", "k1-reward"):
        method = ReMax(batch_size=5, kl=kl)
        batch = method.draw(State(policy), SINGLE, np.random.default_rng(0))
        at_mean = [reward(m) - 0.5 * (np.log(1.5 / s) + 0.5 * m**2 / 1.5**2) for m, s in ((2.0, 0.4), (0.3, 1.2))]
        expected = reward(policy.mean) if kl == "exact" else at_mean
        assert np.allclose(method.advantages(State(policy), batch), batch.rewards - np.reshape(expected, (2, 1)))
    exact = ReMax(batch_size=5)
    assert np.max(exact.advantages(State(policy), exact.draw(State(policy), SINGLE, np.random.default_rng(1)))[0]) <= 0


def test_what_the_best_of_n_are():
    """Divergence, reward and moments of N = 4 and 8 by sampling's own formula: P(best ≤ v) = F(v)^N, F by sorting."""
    a, p, _ = nodes(0.0, 1.5, 4001)
    order = np.argsort(reward(a))
    cumulative = np.cumsum(p[order])
    for count, objective in ((4, 0.6016), (8, 0.7921), (16, 0.9167)):
        chosen = np.diff(np.concatenate([[0.0], cumulative**count]))
        assert abs(best_of.expectation(reward, SINGLE.reference, SINGLE, count) - objective) <= 6e-5
        assert abs(chosen @ reward(a)[order] - objective) < 1e-3
        end = best_of.refit(SINGLE.reference, SINGLE, count)
        assert abs(chosen @ a[order] - end.mean) < 2e-3
        nats = np.sum(scipy.special.rel_entr(chosen, p[order]))
        assert abs(nats - best_of.divergence(count)) < 2e-3
    assert abs(best_of.divergence(4) - 0.6363) <= 5e-5


def test_refitting_shrinks():
    """c_N from order statistics of |ξ|, the travel from those of ξ, by adaptive quadrature."""
    normal = scipy.stats.norm
    for count, factor, far in ((2, 0.3634, 3.236), (4, 0.1207, 3.445), (8, 0.0368, 3.656), (16, 0.0104, 3.865)):
        nearest = scipy.integrate.quad(
            lambda x, n=count: x**2 * 2 * n * normal.pdf(x) * (2 * normal.sf(x)) ** (n - 1), 0, 10, epsabs=1e-12
        )[0]
        assert abs(best_of.shrinking(count) - nearest) < 1e-6
        assert abs(nearest - factor) <= 5e-5
        first, second = (
            scipy.integrate.quad(lambda x, n=count, m=m: x**m * n * normal.pdf(x) * normal.cdf(x) ** (n - 1), -9, 9)[0]
            for m in (1, 2)
        )
        assert np.isclose(best_of.travel(count), first / (1 - np.sqrt(second - first**2)), rtol=1e-8)
        assert abs(best_of.travel(count) - far) <= 6e-4
    peak = Problem(BumpReward([1.0], [0.0], [500.0]))
    assert np.isclose(best_of.refit(Gaussian(0.0, 0.7), peak, 4).std, 0.7 * np.sqrt(best_of.shrinking(4)), rtol=1e-6)
    slope = Problem(BumpReward([1.0], [500.0], [100.0]))
    assert np.isclose(best_of.refit(Gaussian(0.0, 0.7), slope, 4).mean, 0.7 * 1.02937, rtol=1e-4)


@pytest.mark.parametrize("preset", ["single", "mixed"])
def test_raft_ends_nowhere(preset):
    assert RAFT().destination(Problem(preset), Gaussian(1.0, 0.5)) is None
    assert "c_N = 0.1207" in RAFT().why_none(Problem(preset), Gaussian(1.0, 0.5))


def test_ranks_on_two_hills():
    """F from a reward that rises and falls twice, against sampling without randomness."""
    xi, weight = ranks.nodes(4001)
    earned = PRESETS["double"](0.2 + 1.5 * xi)
    found = ranks.share_below(xi, earned)
    by_hand = np.array([weight @ (earned < level) for level in earned[::200]])
    assert np.max(np.abs(found[::200] - by_hand)) < 2e-3
    assert np.isclose(weight @ found, 0.5, atol=1e-5)  # the mean rank of anything
    assert np.isclose(
        2 * weight @ ranks.lead(xi, earned, 1), weight @ np.abs(earned[:, None] - earned) @ weight, atol=1e-6
    )


def test_the_expected_updates_at_many_policies_are_those_of_each():
    policies = Gaussian(np.array([0.3, 1.5]), np.array([1.2, 0.4]))
    for kind in COUSINS.values():
        both = np.array(np.broadcast_arrays(*kind().expected_gradient(policies, SINGLE)))
        for i in range(2):
            assert np.allclose(both[:, i], kind().expected_gradient(policies[i], SINGLE), rtol=1e-12)


@pytest.mark.parametrize(
    "kind", [kind for name, kind in (METHODS | COUSINS).items() if name not in ("GRPO", "RAFT", "OnlineDPO")]
)
def test_no_expected_update_at_a_destination(kind):
    """Whatever a method overrides: where it is said to end, its own field vanishes."""
    for problem in (SINGLE, Problem("double", Gaussian(-0.3, 1.2), 0.7)):
        end = kind().destination(problem)
        assert (end is None) == (kind().why_none(problem) is not None)
        assert end is None or np.hypot(*kind().expected_gradient(end, problem)) < 1e-8


def test_a_field_of_its_own_has_a_destination_of_its_own():
    """Overriding ``expected_reward_gradient`` alone is enough."""

    class Half(PG):
        def expected_reward_gradient(self, policy, problem):
            return tuple(0.5 * g for g in problem.reward.expectation_gradient(policy))

    assert Half.destination is Penalized.destination
    end = Half().destination(SINGLE)
    assert np.isclose(end.std, SINGLE.at_beta(1.0).optimum().projection().std, rtol=1e-7)


def test_natural_steps_are_least_squares():
    """Weighted regression of η (r − β log π/π_ref) on (1, a, a²) under the policy, whatever η."""
    policy, problem = Gaussian(0.7, 1.1), Problem("double", Gaussian(0.4, 1.3), 0.6)
    a = 0.7 + 1.1 * np.linspace(-9, 9, 2001)
    root = np.sqrt(scipy.stats.norm.pdf(a, 0.7, 1.1))
    gain = problem.reward(a) - 0.6 * (scipy.stats.norm.logpdf(a, 0.7, 1.1) - scipy.stats.norm.logpdf(a, 0.4, 1.3))
    _, c1, c2 = np.linalg.lstsq(root[:, None] * a[:, None] ** np.arange(3), root * gain, rcond=None)[0]
    for length in (0.1, 0.7):
        precision = 1 / 1.1**2 - 2 * length * c2
        found = natural.step(policy, problem, length)
        assert np.isclose(found.std, precision**-0.5, rtol=1e-9)
        assert np.isclose(found.mean, (0.7 / 1.1**2 + length * c1) / precision, rtol=1e-8)
    assert natural.step(Gaussian(0.0, 1.0), Problem("single", beta=0.1), 300.0) is None


def test_natural_steps_of_any_length_end_at_the_summit():
    """From π_ref; with η = 1/β each is DRO on the policy's own actions, and the first is DRO."""
    for length in (0.1, 0.5, 1, 2):
        policy, path = SINGLE.reference, []
        for _ in range(1000):
            policy = natural.step(policy, SINGLE, length)
            path.append((float(policy.mean), float(policy.std)))
        assert agrees(policy.mean, ".8813")
        assert agrees(policy.std, "1.2870")
    printed = ((".854", "1.618"), (".638", "1.316"), (".873", "1.402"))
    assert all(agrees(x, y) for step, want in zip(path, printed, strict=False) for x, y in zip(step, want, strict=True))
    assert np.allclose(path[0], [float(x) for x in METHODS["DRO"]().closed_form(SINGLE)])


@pytest.mark.parametrize("mix", [0.0, 0.3, 1.0])
def test_gkd_descends_its_divergence(mix):
    """−β/(γ(1 − γ)) JSD_γ, at the ends −β KL, by differences of integrals over a grid."""
    a = np.linspace(-14, 14, 8001)
    log_best = reward(a) / 0.5 + scipy.stats.norm.logpdf(a, 0, 1.5)
    log_best -= np.log(np.trapezoid(np.exp(log_best), a))

    def height(mean, std):
        log_p = scipy.stats.norm.logpdf(a, mean, std)
        if mix in (0, 1):
            one, other = (log_best, log_p) if mix == 0 else (log_p, log_best)
            return -0.5 * np.trapezoid(np.exp(one) * (one - other), a)
        log_m = np.logaddexp(np.log(mix) + log_best, np.log(1 - mix) + log_p)
        terms = mix * np.exp(log_best) * (log_best - log_m) + (1 - mix) * np.exp(log_p) * (log_p - log_m)
        return -0.5 / (mix * (1 - mix)) * np.trapezoid(terms, a)

    found = GKD(mix=mix).expected_gradient(Gaussian(0.6, 1.1), SINGLE)
    assert np.isclose(found[0], derivative(lambda m: height(m, 1.1), 0.6, 2**-6), rtol=1e-7)
    assert np.isclose(found[1], derivative(lambda s: height(0.6, s), 1.1, 2**-6), rtol=1e-7)


def test_what_weights_are():
    """π*/π_ref, the normalized tilt, and log u, from densities alone."""
    policy, a = Gaussian(0.4, 0.9), np.array([[-1.0, 0.3, 2.2]])
    best, batch = SINGLE.optimum().density(a), Batch(a, reward(a))
    state = State(Gaussian([0.4], [0.9]))
    p, q = (scipy.stats.norm.pdf(a, m, s) for m, s in ((0.4, 0.9), (0.0, 1.5)))
    assert np.allclose(AWR().weights(state, batch, SINGLE), best / q, rtol=1e-12)
    tilt = (q * np.exp(reward(a) / 0.5) / p) ** 0.3
    assert np.allclose(MPO(anchor=0.3).weights(state, batch, SINGLE), tilt / np.mean(tilt), rtol=1e-12)
    for mix, gain in ((0.0, best / p - 1), (0.3, np.log(1 + 0.3 * (best / p - 1)) / 0.3), (1.0, np.log(best / p))):
        others = (np.sum(gain) - gain) / 2
        assert np.allclose(GKD(mix=mix).weights(state, batch, SINGLE), 0.5 * (gain - others), rtol=1e-10)
    assert policy.shape == ()


def test_rebel_fits_the_natural_step():
    """Many steps of least squares on one large batch arrive where the exact natural step does."""
    method = REBEL(learning_rate=0.2, batch_size=200_000, epochs=400, scale=0.5)
    start = Gaussian([0.0], [1.2])
    state = State(start, start)
    batch = method.draw(state, SINGLE, np.random.default_rng(0))
    for _ in range(60):
        state = method.step(state, batch, SINGLE)
    end = natural.step(start[0], SINGLE, 0.5)
    assert abs(state.policy.mean[0] - end.mean) < 0.02
    assert abs(state.policy.std[0] - end.std) < 0.02


def test_a_star_value_only_makes_noise():
    """Var of one δ ∂μ log π at the rest for V = V*, 0 and −2: .0863, .1402 and 3.292."""
    end = AStarPO().destination(SINGLE)
    a, p, s = nodes(float(end.mean), float(end.std), 4001)
    state = State(end)
    for value, variance in ((None, 0.0863), (0.0, 0.1402), (-2.0, 3.292)):
        error = 0.0 if value is None else value - SINGLE.optimum().objective
        delta = AStarPO(value_error=error).residuals(state, Batch(a, reward(a)), SINGLE)
        assert abs(p @ (delta * s[0]) ** 2 - variance) <= 6e-4 * max(1, variance)
        assert np.allclose(s @ (p * delta), 0, atol=1e-9)


def all_pairs(policy, source, beta, slope, referenced=True, noise=0.5):
    """β E[g(h) (s_w − s_l)] over a grid of pairs from the source, from densities alone."""
    a, p, _ = nodes(*source, 401)
    mean, std = policy
    s = np.stack([(a - mean) / std**2, (a - mean) ** 2 / std**3 - 1 / std])
    score = scipy.stats.norm.logpdf(a, mean, std) - (scipy.stats.norm.logpdf(a, 0, 1.5) if referenced else 0)
    chance = 1 / (1 + np.exp(-(reward(a)[:, None] - reward(a)) / noise))
    weight = 2 * beta * p[:, None] * p * chance * slope(beta * (score[:, None] - score))
    return s @ (np.sum(weight, axis=1) - np.sum(weight, axis=0))


def logistic(x):
    return 1 / (1 + np.exp(-x))


REF, HERE = (0.0, 1.5), (0.6, 1.2)
PAIRWISE = [
    (IPO(beta=0.4), REF, 0.4, lambda h: 2 * (1 / 0.8 - h / 0.4) / 0.4, True),
    (SLiC(beta=0.9), REF, 0.9, lambda h: 1.0 * (h < 1), True),
    (SimPO(beta=1.5, target=0.7), REF, 1.5, lambda h: logistic(0.7 - h), False),
    (CDPO(smoothing=0.2), REF, 0.5, lambda h: 0.8 * logistic(-h) - 0.2 * logistic(h), True),
    (CDPO(loss="debiased", smoothing=0.2), REF, 0.5, lambda h: (0.8 * logistic(-h) + 0.2 * logistic(h)) / 0.6, True),
    (OnlineDPO(), HERE, 0.5, lambda h: logistic(-h), True),
    (OnlineDPO(loss="squared"), HERE, 0.5, lambda h: 2 * (1 / 1.0 - h / 0.5) / 0.5, True),
]


@pytest.mark.parametrize(
    ("method", "source", "beta", "slope", "referenced"), PAIRWISE, ids=[str(method) for method, *_ in PAIRWISE]
)
def test_pairwise_fields_over_all_pairs(method, source, beta, slope, referenced):
    found = method.expected_gradient(Gaussian(*HERE), SINGLE)
    tolerance = 3e-3 if isinstance(method, SLiC) else 1e-6  # the oracle cuts cells where h = 1
    assert np.allclose(found, all_pairs(HERE, source, beta, slope, referenced), atol=tolerance)


def test_the_loss_over_all_pairs_of_the_policy():
    a, p, _ = nodes(*HERE, 401)
    score = scipy.stats.norm.logpdf(a, *HERE) - scipy.stats.norm.logpdf(a, *REF)
    chance = logistic((reward(a)[:, None] - reward(a)) / 0.5)
    h = 0.5 * (score[:, None] - score)
    for kind, loss in (("logistic", np.log1p(np.exp(-h))), ("squared", (h - 0.5) ** 2 / 0.25)):
        found = OnlineDPO(loss=kind).population_loss(Gaussian([HERE[0]], [HERE[1]]), SINGLE)
        assert found.shape == (1,)
        assert np.isclose(found[0], np.sum(2 * p[:, None] * p * chance * loss), atol=1e-6)


@pytest.mark.parametrize("method", [REBEL(), AStarPO()])
def test_regressions_end_at_the_summit_of_their_start(method):
    problem = Problem("double", beta=0.1)
    left, right = (problem.optimum().summits()[i] for i in (0, 1))
    for start, top in ((left, left), (right, right), (None, right)):
        end = method.destination(problem, start)
        assert np.allclose([end.mean, end.std], [top.mean, top.std], atol=1e-6)


def test_raft_says_why_it_ends_nowhere():
    assert RAFT(group_size=2).why_none(SINGLE) == (
        "nothing holds σ: near a reward peak the best of N are closer together than all N, and there every refit "
        f"multiplies σ² by c_N = {1 - 2 / np.pi:.4f}"
    )


def test_the_likelihood_term_and_the_saturating_value_over_all_pairs():
    a, p, _ = nodes(*REF, 401)
    s = np.stack([(a - 0.6) / 1.2**2, (a - 0.6) ** 2 / 1.2**3 - 1 / 1.2])
    wins = 2 * logistic((reward(a)[:, None] - reward(a)) / 0.5) @ p
    pair = all_pairs(HERE, REF, 0.5, lambda h: logistic(-h))
    found = RPO(likelihood=0.3).expected_gradient(Gaussian(*HERE), SINGLE)
    assert np.allclose(found, pair + 0.3 * s @ (p * wins), atol=1e-6)
    x = scipy.stats.norm.logpdf(a, *HERE) - scipy.stats.norm.logpdf(a, *REF)
    z0 = np.log(1.5 / 1.2) + (1.2**2 + 0.6**2) / (2 * 1.5**2) - 0.5
    bell = 1 / (4 * np.cosh(0.25 * (x - z0)) ** 2)
    found = KTO().expected_gradient(Gaussian(*HERE), SINGLE)
    assert np.allclose(found, 0.5 * s @ (p * (wins - 1) * bell), atol=1e-6)


def test_ipo_and_cdpo_where_labels_are_certain():
    """On *single* b beats a where it is nearer to the peak, so W(a) is a difference of two normal distributions."""

    def win_rate(a):
        return 1 - np.diff(scipy.stats.norm.cdf([2 - abs(a - 2), 2 + abs(a - 2)], scale=1.5))[0]

    first, second = (
        scipy.integrate.quad(
            lambda z, n=n: 2 * win_rate(1.5 * z) * z**n * scipy.stats.norm.pdf(z), -9, 9, points=[4 / 3], epsabs=1e-12
        )[0]
        for n in (1, 2)
    )
    precision = 1 - (second - 1) / 2 / 0.5
    end = IPO(label_noise=0).destination(SINGLE)
    assert np.isclose(end.std, 1.5 * precision**-0.5, rtol=1e-7)
    assert np.isclose(end.mean, 1.5 * first / 2 / 0.5 / precision, rtol=1e-7)
    assert METHODS["DPO"](label_noise=0).destination(SINGLE) is None
    smoothed = CDPO(label_noise=0).destination(SINGLE)
    observed = 0.8 * np.array([first, second - 1])
    assert np.allclose(preference.ascent(smoothed, SINGLE.reference, 0.5, observed), 0, atol=1e-8)


@pytest.mark.parametrize(
    ("preset", "precision"), [("single", -0.0622), ("double", -0.0435), ("trap", -0.0484), ("mixed", -0.1108)]
)
def test_simpo_ends_nowhere(preset, precision):
    problem = Problem(preset)
    assert SimPO().destination(problem) is None
    assert abs(SimPO().precision(problem) - precision) < 1e-4
    assert SimPO().why_none(problem) == (
        "the best score has no maximum: without a reference the fitted parabola opens upward, with the precision "
        f"{SimPO().precision(problem):.4f}, so the policy widens without end"
    )
    assert np.all(np.isnan(SimPO().closed_form(problem)))


def test_simpo_ends_at_its_closed_form():
    """On a peak at 0.2, where the parabola opens downward: there the expected update is zero."""
    problem = Problem(BumpReward([1.0], [0.2], [0.8]))
    mean, std = SimPO().closed_form(problem)
    assert np.allclose(SimPO().expected_gradient(Gaussian(mean, std), problem), 0, atol=1e-9)
    assert np.isclose(std**-2, SimPO().precision(problem), rtol=1e-12)
    assert mean > 0.1


def test_slic_ends_where_its_loss_is_least():
    end = SLiC().destination(SINGLE)
    around = Gaussian(end.mean + 0.05 * np.array([0, 1, -1, 0, 0]), end.std + 0.05 * np.array([0, 0, 0, 1, -1]))
    losses = SLiC().population_loss(around, SINGLE)
    assert np.all(losses[1:] > losses[0])


def test_a_lead_shifts_the_comparison():
    """With a straight score of slope 2 a lead of two widths is one cell."""
    actions, width, _ = pairs.grid(SINGLE, 65)
    found = pairs.ahead(lambda a: 2 * a, actions, width, lead=2 * float(width))
    assert np.allclose(found, np.tri(65, k=-1) - 0.5 * np.eye(65, k=-1))


def test_an_entropy_bonus_is_another_reference():
    """Directly: the highest of E[r] − β KL + α H over a grid of policies around the destination is there."""
    policy = Gaussian(0.4, 1.7)
    slope = derivative(lambda s: SINGLE.objective(Gaussian(0.4, s)) + 0.3 * np.log(s), 1.7, 2**-6)
    assert np.isclose(EntropyBonus(bonus=0.3).expected_gradient(policy, SINGLE)[1], slope, rtol=1e-8)
    end = EntropyBonus(bonus=0.3).destination(Problem("double"))
    around = Gaussian(end.mean + np.array([0, 0.01, -0.01, 0, 0]), end.std + np.array([0, 0, 0, 0.01, -0.01]))
    heights = Problem("double").objective(around) + 0.3 * np.log(around.std)
    assert np.all(heights[1:] < heights[0])
    assert EntropyBonus(bonus=0).destination(SINGLE).std == SINGLE.optimum().projection().std


@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_penalties_are_the_divergences(divergence):
    """∇(E[r] − β D) by differences of integrals over a grid, D = E_ref[f(u)] with f as defined."""
    f = {
        "jensen-shannon": lambda u: 0.5 * u * np.log(2 * u / (1 + u)) + 0.5 * np.log(2 / (1 + u)),
        "reverse-kl": lambda u: u * np.log(u),
        "forward-kl": lambda u: -np.log(u),
        "half-chi-squared": lambda u: 0.5 * (u - 1) ** 2,
    }[divergence]
    a = np.linspace(-12, 14, 8001)
    reference = scipy.stats.norm.pdf(a, 0, 1.5)

    def height(mean, std):
        policy = scipy.stats.norm.pdf(a, mean, std)
        return np.trapezoid(policy * reward(a) - 0.5 * reference * f(policy / reference), a)

    found = FDivergence(divergence=divergence).expected_gradient(Gaussian(0.6, 1.3), SINGLE)
    assert np.isclose(found[0], derivative(lambda m: height(m, 1.3), 0.6, 2**-6), rtol=1e-7)
    assert np.isclose(found[1], derivative(lambda s: height(0.6, s), 1.3, 2**-6), rtol=1e-7)


def test_a_penalty_that_is_not_there():
    """χ² where it is infinite; nothing holds the width where a bounded penalty costs next to nothing."""
    chi = FDivergence(divergence="half-chi-squared")
    assert chi.destination(SINGLE, Gaussian(0.0, 2.2)) is None
    assert "σ² ≥ 2σ_ref²" in chi.why_none(SINGLE, Gaussian(0.0, 2.2))
    bounded = Problem(BumpReward([1.0], [2.0], [0.2]), beta=0.05)
    assert FDivergence().destination(bounded) is None
    assert "log 2" in FDivergence().why_none(bounded)
    assert FDivergence(divergence="reverse-kl").destination(bounded) is not None


def test_a_stop_gradient_clip_is_a_logarithm():
    """min(ρ, c) Â ∇log π by hand against the derivative of Â F(ρ), at ratios on both sides of c; F rises forever."""
    old, actions = Gaussian([0.0], [1.0]), np.array([[-1.3, -0.2, 0.4, 1.1, 2.5]])
    batch, free = Batch(actions, np.array([[0.3, -1.0, 0.7, 2.0, -0.4]])), Problem(beta=1e-12)
    method = CISPO(cap=1.3)

    def by_hand(mean, std):
        rho = scipy.stats.norm.pdf(actions, mean, std) / scipy.stats.norm.pdf(actions)
        advantage = batch.rewards - np.mean(batch.rewards)
        score = np.stack([(actions - mean) / std**2, (actions - mean) ** 2 / std**3 - 1 / std])
        return rho[0], np.mean(np.minimum(rho, 1.3) * advantage * score, axis=(1, 2))

    rho, expected = by_hand(0.3, 0.8)
    assert 0 < np.sum(rho > 1.3) < 5
    state = State(Gaussian([0.3], [0.8]), old)
    assert np.allclose(np.ravel(method.gradient(state, batch, free)[:2]), expected, rtol=1e-9)

    def surrogate(mean, std):
        return method.surrogate(State(Gaussian([mean], [std]), old), batch, free)[0]

    assert np.isclose(derivative(lambda m: surrogate(m, 0.8), 0.3, 2**-8), expected[0], rtol=1e-8)
    assert np.isclose(derivative(lambda s: surrogate(0.3, s), 0.8, 2**-8), expected[1], rtol=1e-8)
    # At ρ = e c a term is 2c Â, where PPO's has stayed at c Â: log ρ = 3μ − μ²/2 for a = 3.
    far = State(Gaussian(3 - np.sqrt(9 - 2 * (1 + np.log(1.3))), 1.0), Gaussian(0.0, 1.0))
    terms = method.contributions(far, Batch(np.array([3.0, 3.0]), np.array([1.0, 0.0])))
    assert np.allclose(terms, [1.3, -1.3], rtol=1e-12)
