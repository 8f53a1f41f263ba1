"""Methods and summits on problems far outside of what controls offer, against sampling and SciPy's minimizer."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import few, hostile_problems, numbers
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit, log_expit, ndtri
from scipy.stats import qmc

from rlgeo import DPO, GRPO, BumpReward, Gaussian, Problem, State
from rlgeo.theory import kl_estimators, offline

GROUPS = 60_000
stds = st.floats(np.log(0.03), np.log(3)).map(np.exp)


@cache
def pairs():
    """Scrambled Sobol points of the plane as standard normals, shape (replicates, 2, points)."""
    uniform = [qmc.Sobol(2, rng=np.random.default_rng(seed)).random(2**15).T for seed in range(8)]
    return ndtri(np.clip(uniform, 1e-17, 1 - 1e-16))


def averaged(f, problem):
    """E f(a, b, z_a, z_b) over pairs from π_ref, and its standard error by the replicates."""
    values = []
    for za, zb in pairs():
        a, b = (problem.reference.mean + problem.reference.std * z for z in (za, zb))
        values.append(np.mean(f(a, b, za, zb), axis=-1))
    return np.mean(values, axis=0), np.std(values, axis=0, ddof=1) / np.sqrt(len(values))


def beats(problem, noise, a, b):
    return expit((problem.reward(a) - problem.reward(b)) / noise)


@settings(max_examples=few(25))
@given(hostile_problems(), st.floats(np.log(0.005), np.log(2)).map(np.exp))
def test_coefficients_of_dpo(problem, noise):
    """E[(S(h) − P(a ≻ b)) (d, dS)] = 0, at heights up to 1000 and noise down to .005."""
    m, s = problem.reference.mean, problem.reference.std
    c1, c2 = DPO(label_noise=noise).coefficients(problem)
    linear, quadratic = s * (c1 + 2 * c2 * m), s**2 * c2

    def slope(a, b, za, zb):
        d = za - zb
        surplus = expit(linear * d + quadratic * d * (za + zb)) - beats(problem, noise, a, b)
        return np.stack([surplus * d, surplus * d * (za + zb)])

    found, error = averaged(slope, problem)
    assert np.all(np.abs(found) < 6 * error + 1e-4)  # what is rarer than 1e-4 no sample sees
    assert np.all(error < 2e-3)  # of a slope of order 1


@settings(max_examples=few(12))
@given(hostile_problems(tallest=50), numbers(-4, 4), stds, st.floats(np.log(0.05), np.log(2)).map(np.exp))
def test_loss_of_dpo_and_its_error_rate(problem, mean, std, noise):
    policy, method = Gaussian(mean, std), DPO(beta=0.7, label_noise=noise)

    def losses(a, b, *_):
        ratio = (policy.log_prob(a) - problem.reference.log_prob(a)) - (
            policy.log_prob(b) - problem.reference.log_prob(b)
        )
        p = beats(problem, noise, a, b)
        return np.stack([-p * log_expit(0.7 * ratio) - (1 - p) * log_expit(-0.7 * ratio), np.minimum(p, 1 - p)])

    (loss, wrong), error = averaged(losses, problem)
    assert method.population_loss(policy, problem) == pytest.approx(loss, rel=1e-9, abs=6 * error[0] + 1e-4 * loss)
    assert offline.label_error_rate(problem, noise) == pytest.approx(wrong, abs=6 * error[1] + 1e-4)


@settings(max_examples=few(12))
@given(hostile_problems(tallest=50), st.floats(np.log(0.02), np.log(2)).map(np.exp))
def test_accuracies_are_right_or_refused(problem, noise):
    """Right to 1e-4, or a ValueError where labels jump between neighbors of the grid."""
    border = 2 * problem.reference.std**2 * DPO(label_noise=noise).coefficients(problem)[1]
    beta = float(np.maximum(2 * border, 0.5))
    end = DPO(beta=beta, label_noise=noise).destination(problem)
    try:
        shares = offline.accuracies(problem, noise, beta)
    except ValueError:
        return
    base = problem.reference.log_prob
    scores = {"margin": lambda a: end.log_prob(a) - base(a), "policy": end.log_prob, "reference": base}

    def right(a, b, *_):
        p = beats(problem, noise, a, b)
        return np.stack([np.where(score(a) > score(b), p, 1 - p) for score in scores.values()])

    found, error = averaged(right, problem)
    assert np.all(np.abs(found - [shares[name] for name in scores]) < 6 * error + 1e-4)


def test_accuracies_of_a_jumping_reward_are_refused():
    """A thousand units of reward within a cell: before, 7e-4 off without a word."""
    with pytest.raises(ValueError, match="labels jump within"):
        offline.accuracies(Problem(BumpReward([1000.0, 500], [0, 2], [0.3, 0.2])), 0.2, 50.0)
    with pytest.raises(ValueError, match="labels jump within"):
        offline.accuracies(Problem(BumpReward([1e-3], [0.003], [0.01])), 0.5, 1.0)


@settings(max_examples=few(16))
@given(
    hostile_problems(),
    numbers(-4, 4),
    stds,
    st.sampled_from([2, 3, 4, 8, 16]),
    st.sampled_from([0.0, 1e-4, 0.05]),
)
def test_the_stated_error_of_grpo_covers_sampled_groups(problem, mean, std, size, offset):
    """The mean of 60,000 groups, within 5 errors: its own and the one that rlgeo states."""
    method, policy = GRPO(group_size=size, std_offset=offset), Gaussian(mean, std)
    copies = State(Gaussian(np.full(GROUPS, mean), np.full(GROUPS, std)))
    batch = method.draw(copies, problem, np.random.default_rng(0))
    gradients = np.stack(method.gradient(copies, batch, problem)[:2])
    sampled = np.std(gradients, axis=1) / np.sqrt(GROUPS)
    stated = np.array(method.expected_gradient_error(policy, problem))
    off = np.mean(gradients, axis=1) - np.array(method.expected_gradient(policy, problem))
    assert np.all(np.abs(off) < 5 * np.hypot(sampled, stated) + 1e-12 / std)
    assert np.all(stated * std < 0.02)  # of advantages of order 1


@settings(max_examples=few(25))
@given(hostile_problems(), st.integers(0, 2**32))
def test_no_ascent_ends_above_the_projection_or_beside_the_summits(problem, seed):
    """BFGS in (μ, log σ) from every bump, from the reference and from random places."""
    tops = problem.optimum().summits()
    highest = float(problem.objective(problem.optimum().projection()))

    def loss(x):
        policy = Gaussian(x[0], np.exp(x[1]))
        slope = problem.gradient(policy)
        return -float(problem.objective(policy)), -np.array([slope[0], slope[1] * policy.std])

    rng, reward = np.random.default_rng(seed), problem.reward
    starts = [
        *zip(reward.centers, np.log(reward.widths), strict=True),
        (problem.reference.mean, np.log(problem.reference.std)),
    ]
    starts += [*zip(rng.uniform(-25, 25, 8), rng.uniform(-4, 2.5, 8), strict=True)]
    for start in starts:
        found = minimize(loss, np.array(start, dtype=float), jac=True, method="BFGS", options={"gtol": 1e-9})
        if not np.isfinite(found.fun):
            continue
        assert -found.fun <= highest + 1e-9 * (1 + abs(highest))
        if np.linalg.norm(found.jac) < 1e-7 * (1 + abs(found.fun)) and np.linalg.eigvalsh(found.hess_inv)[0] > 0:
            away = np.abs(tops.mean - found.x[0]) / tops.std + np.abs(np.log(tops.std) - found.x[1])
            assert np.min(away) < 1e-2


@settings(max_examples=few(30))
@given(
    numbers(-4, 4),
    stds,
    numbers(-3, 3),
    st.floats(np.log(0.1), np.log(10)).map(np.exp),
    st.sampled_from(["k1", "k2", "k3"]),
)
def test_kl_losses_by_adaptive_quadrature(mean, std, center, width, loss):
    """Mean and variance of the gradients of k1, k2 and k3, for references from .1 to 10."""
    policy, reference = Gaussian(mean, std), Gaussian(center, width)
    expected = np.array(kl_estimators.expected_gradient(loss, policy, reference))
    variance = np.array(kl_estimators.variance(loss, policy, reference))
    if loss == "k3" and std**2 <= 0.5 * width**2:
        assert np.all(np.isinf(variance)) or (mean == center and std == width)
        return
    if loss == "k3" and std**2 < 0.55 * width**2:
        return  # the second moment is finite, but so wide that no quadrature in doubles finds it
    counts = [policy]
    if loss == "k3":  # E[e^{2x}] comes from a Gaussian of precision 2/σ_ref² − 1/σ²
        precision = 2 / width**2 - 1 / std**2
        counts.append(Gaussian((2 * center / width**2 - mean / std**2) / precision, precision**-0.5))
    low, high = (sign * max(float(sign * p.mean + 14 * p.std) for p in counts) for sign in (-1, 1))
    points = sorted({float(p.mean + k * p.std) for p in counts for k in (-6, -2, 0, 2, 6)})

    def moment(i, power, epsabs):
        def f(a):
            value = kl_estimators.gradient(loss, policy, reference, np.array([a]))[i]
            return float(policy.density(a) * np.ravel(value)[0] ** power)

        return quad(f, low, high, points=points, epsabs=epsabs, epsrel=1e-10, limit=400)[0]

    for i in (0, 1):
        second = moment(i, 2, 1e-300)
        first = moment(i, 1, 1e-9 * np.sqrt(second) + 1e-300)
        assert expected[i] == pytest.approx(first, rel=1e-7, abs=1e-8 * np.sqrt(second))
        assert variance[i] == pytest.approx(second - first**2, rel=1e-6, abs=1e-9 * second)
