"""Where the KL enters: the product rule, table B1's destinations, derivatives, and what cannot overflow."""

import numpy as np
import pytest
import scipy
from hypothesis import given
from oracles import agrees, derivative, expectation, gradient, mild_policies, references

from rlgeo import GRPO, PG, PPO, PRESETS, RLHF, RLOO, Batch, Gaussian, Problem, State, run
from rlgeo.methods import kl_term
from rlgeo.methods.kl_term import KL_TERMS
from rlgeo.theory import divergences
from rlgeo.theory.kl_estimators import SLOPES, VALUES, log_ratio

SAMPLED = [kl for kl in KL_TERMS if kl != "exact"]
IN_REWARD = [kl for kl in KL_TERMS if kl.endswith("reward")]
SINGLE = Problem()

BY_HAND = {
    "k1": lambda p, q: np.log(p / q),
    "k2": lambda p, q: np.log(p / q) ** 2 / 2,
    "k3": lambda p, q: q / p - 1 - np.log(q / p),
    "k3-inverse": lambda p, q: p / q - 1 - np.log(p / q),
}
"""The estimators as functions of the two densities."""


def density(policy):
    """π(a) without rlgeo's."""
    return lambda a: scipy.stats.norm.pdf(a, float(policy.mean), float(policy.std))


def integral(f, policy, reference, reach=14):
    """∫ f(a) da by the trapezoidal rule on a grid that covers both policies."""
    widest, finest = max(policy.std, reference.std), min(policy.std, reference.std)
    a = np.arange(-reach * widest - 8, reach * widest + 8, finest / 16)
    return np.trapezoid(f(a), a)


def exists(kl, policy, reference):
    """Whether E[k s] and E[∇k] exist, with room to integrate."""
    return not kl.startswith("k3-inverse") or float(policy.std) ** 2 < 1.6 * float(reference.std) ** 2


@pytest.mark.parametrize("name", VALUES)
def test_values_and_slopes(name):
    """k by the densities, and ∇k = f(x) s by differences, for an action near and one far out."""
    policy, reference = Gaussian(0.6, 0.8), Gaussian(-0.2, 1.3)
    for action in (-1.7, 0.4, 3.0):
        x = log_ratio(policy, reference, np.array(action))[0]
        p, q = (density(one)(action) for one in (policy, reference))
        assert np.isclose(VALUES[name](x), BY_HAND[name](p, q), rtol=1e-12)
        by_difference = gradient(lambda t, a=action: BY_HAND[name](np.exp(t.log_prob(a)), q), policy)  # noqa: B023
        assert np.allclose(SLOPES[name](x) * np.array(policy.score(action)), by_difference, rtol=1e-7)


@given(mild_policies, references)
def test_divergences(policy, reference):
    """Values by integrals, derivatives by differences."""
    p, q = density(policy), density(reference)
    known = {
        divergences.reverse_kl: lambda a: p(a) * (policy.log_prob(a) - reference.log_prob(a)),
        divergences.forward_kl: lambda a: q(a) * (reference.log_prob(a) - policy.log_prob(a)),
        divergences.half_squared_log_ratio: lambda a: p(a) * (policy.log_prob(a) - reference.log_prob(a)) ** 2 / 2,
    }
    if policy.std**2 < 1.8 * reference.std**2:
        known[divergences.half_chi_squared] = lambda a: (
            0.5 * (np.exp(2 * policy.log_prob(a) - reference.log_prob(a)) - p(a))
        )
    for divergence, integrand in known.items():
        value, *slopes = divergence(policy, reference)
        if divergence is not divergences.half_chi_squared or value < 1e6:
            assert np.isclose(value, integral(integrand, policy, reference, 40), rtol=1e-9, atol=1e-12)
        by_difference = gradient(lambda t, d=divergence: d(t, reference)[0], policy, 0.002)
        scale = np.abs(value) / float(policy.std) + 1
        assert np.allclose(slopes, by_difference, rtol=1e-6, atol=1e-8 * scale)


def test_chi_squared_beyond_its_reach():
    reference = Gaussian(0.5, 1.0)
    for mean, sign in ((1.0, 1), (0.5, 0), (0.0, -1)):
        value, d_mean, d_std = divergences.half_chi_squared(Gaussian(mean, 1.5), reference)
        assert np.isinf(value)
        assert d_std == np.inf
        assert d_mean == (sign * np.inf if sign else 0)
    assert np.isfinite(divergences.half_chi_squared(Gaussian(1.0, 1.414), reference)).all()


@pytest.mark.parametrize("kl", SAMPLED)
@given(mild_policies, references)
def test_expected_terms_are_integrals(kl, policy, reference):
    """E[∇k] as a loss and E[k s] in the reward, by integrals that know only the densities."""
    if not exists(kl, policy, reference):
        return
    estimator, place = kl.rsplit("-", 1)

    def terms(a, i):
        log_p, log_q = policy.log_prob(a), reference.log_prob(a)
        p, q, square, x = np.exp(log_p), np.exp(log_q), np.exp(np.minimum(2 * log_p - log_q, 600)), log_q - log_p
        values = {"k1": -p * x, "k2": p * x**2 / 2, "k3": q - p - p * x, "k3-inverse": square - p + p * x}
        slopes = {"k1": p, "k2": -p * x, "k3": p - q, "k3-inverse": square - p}
        return (slopes if place == "loss" else values)[estimator] * policy.score(a)[i]

    expected = [integral(lambda a, i=i: terms(a, i), policy, reference) for i in (0, 1)]
    found = (kl_term.expected_loss if place == "loss" else kl_term.expected_penalty)(kl, policy, reference)
    other = (kl_term.expected_penalty if place == "loss" else kl_term.expected_loss)(kl, policy, reference)
    scale = 1 + np.max(np.abs(expected))
    if np.isfinite(scale) and scale < 1e6:
        assert np.allclose(found[1:], expected, rtol=1e-6, atol=1e-6 * scale)
    assert np.all(np.array(other[1:]) == 0)


@pytest.mark.parametrize("kl", KL_TERMS)
@pytest.mark.parametrize("method", [PG(batch_size=5), RLOO(batch_size=5), PPO(batch_size=5), GRPO(group_size=5)])
def test_gradient_is_the_derivative(method, kl):
    """Of the surrogate, 40 policies that have moved away from π_old; a wide clip band, so that there is no kink."""
    from dataclasses import replace

    method = replace(method, kl=kl, **({"clip": 50.0} if hasattr(method, "clip") else {}))
    rng = np.random.default_rng(0)
    old = Gaussian(rng.uniform(-1, 2, 40), np.exp(rng.uniform(-0.7, 0.5, 40)))
    state = State(Gaussian(old.mean + 0.1, old.std * 1.1), old, rng.uniform(-0.5, 1, 40))
    batch = method.draw(state, SINGLE, rng)
    found = method.gradient(state, batch, SINGLE)
    for i, name in enumerate(("mean", "std")):

        def at(x, name=name):
            moved = {"mean": state.policy.mean, "std": state.policy.std, name: x}
            return method.surrogate(State(Gaussian(**moved), old, state.value), batch, SINGLE)

        numeric = derivative(at, getattr(state.policy, name), np.exp2(np.round(np.log2(state.policy.std / 64))))
        scale = np.abs(numeric) + 1 / state.policy.std + 1
        assert np.max(np.abs(found[i] - numeric) / scale) < 1e-7


@pytest.mark.parametrize("kl", IN_REWARD)
def test_in_the_reward_means_in_the_rewards(kl):
    """Paid is r − β k at π_old; with those rewards nothing else of the KL is left in the gradient."""
    policy, problem = Gaussian([0.3, 1.0], [0.9, 0.6]), Problem("mixed", Gaussian(0.2, 1.2), 0.4)
    method = PPO(batch_size=6, kl=kl)
    batch = method.draw(State(policy), problem, np.random.default_rng(1))
    p, q = np.exp(policy[:, None].log_prob(batch.actions)), density(problem.reference)(batch.actions)
    by_hand = problem.reward(batch.actions) - 0.4 * BY_HAND[kl.removesuffix("-reward")](p, q)
    assert np.allclose(batch.rewards, by_hand, rtol=1e-12, atol=1e-12)
    state = State(Gaussian(policy.mean + 0.1, policy.std), policy, [0.2, 0.3])
    free = problem.at_beta(1e-300)
    exact = PPO(batch_size=6).gradient(state, Batch(batch.actions, batch.rewards), free)
    assert np.allclose(method.gradient(state, batch, problem), exact, rtol=1e-12)


TABLE = {
    "exact": ((".8813", "1.2870"), 0.3051),
    "k2-loss": ((".8813", "1.2870"), 0.3051),
    "k3-loss": ((".7088", "1.4954"), 0.2972),
    "k3-inverse-loss": (("1.002", "1.122"), 0.3000),
    "k1-reward": ((".8813", "1.2870"), 0.3051),
    "k2-reward": (("1.784", ".4455"), 0.1171),
    "k3-inverse-reward": (("1.596", ".6276"), 0.2146),
}
"""Estimator and place → destination and J there, on *single* with β = .5."""


@pytest.mark.parametrize("kl", KL_TERMS)
def test_destinations(kl):
    for method in (RLOO(kl=kl), PPO(kl=kl)):
        end = method.destination(SINGLE)
        if kl not in TABLE:
            assert end is None
            assert method.why_none(SINGLE).startswith("σ collapses")
            continue
        assert method.why_none(SINGLE) is None
        printed, objective = TABLE[kl]
        assert agrees(end.mean, printed[0])
        assert agrees(end.std, printed[1])
        assert abs(SINGLE.objective(end) - objective) <= 6e-5
        assert np.hypot(*method.expected_gradient(end, SINGLE)) < 1e-9


@pytest.mark.parametrize("kl", [kl for kl in TABLE if kl != "exact"])
def test_destinations_by_quadrature(kl):
    """The root of ∇E[r] − β E[∇k] or of ∇E[r] − β E[k s], from integrals over the densities alone."""
    estimator, place = kl.rsplit("-", 1)
    printed = TABLE[kl][0]

    def field(theta):
        mean, std = theta
        a = mean + std * np.linspace(-13, 13, 6001)
        log_p = scipy.stats.norm.logpdf(a, mean, std)
        p, x = np.exp(log_p), scipy.stats.norm.logpdf(a, 0, 1.5) - log_p
        s = np.stack([(a - mean) / std**2, (a - mean) ** 2 / std**3 - 1 / std])
        slope = {"k1": 1.0, "k2": -x, "k3": 1 - np.exp(x), "k3-inverse": np.exp(-x) - 1}[estimator]
        penalty = BY_HAND[estimator](1.0, np.exp(x)) if place == "reward" else slope
        return np.trapezoid(p * s * (np.exp(-((a - 2) ** 2) / (2 * 0.8**2)) - 0.5 * penalty), a)

    found = scipy.optimize.root(field, [float(x) for x in printed], tol=1e-12)
    assert np.hypot(*found.fun) < 1e-9
    assert agrees(found.x[0], printed[0])
    assert agrees(found.x[1], printed[1])


def test_the_share_multiplies_what_is_in_the_reward():
    """(N − 1)/N of everything: with k1 in the reward PG with pairs has argmax J for its destination."""
    assert PG(batch_size=2, kl="k1-reward").destination(SINGLE).std == RLHF().destination(SINGLE).std
    assert agrees(PG(batch_size=2).destination(SINGLE).std, "1.486")
    assert agrees(PG(batch_size=2, kl="k2-loss").destination(SINGLE).std, "1.486")
    whole, half = (
        np.array(m.expected_gradient(Gaussian(1.0, 0.7), SINGLE))
        for m in (RLOO(kl="k2-reward"), PG(batch_size=2, kl="k2-reward"))
    )
    assert np.allclose(half, whole / 2, rtol=1e-14)


def test_destinations_from_a_start():
    """Outside χ²'s reach there is no expected update; a collapse is one from everywhere."""
    narrow = Problem("single", Gaussian(0, 0.5))
    assert PG(kl="k3-inverse-loss").destination(narrow, Gaussian(0.0, 1.0)) is None
    assert "σ² ≥ 2σ_ref²" in PG(kl="k3-inverse-loss").why_none(narrow, Gaussian(0.0, 1.0))
    for preset in PRESETS:
        assert RLOO(kl="k1-loss").destination(Problem(preset), Gaussian(1.0, 0.5)) is None
    end = RLOO(kl="k3-loss").destination(SINGLE, Gaussian(2.0, 0.3))
    assert np.isclose(end.std, RLOO(kl="k3-loss").destination(SINGLE).std, atol=1e-7)


@pytest.mark.parametrize("kl", KL_TERMS)
@pytest.mark.parametrize("kind", [PG, PPO, GRPO])
def test_nothing_overflows(kind, kl):
    """The narrowest reference that a control offers and the widest policy, and the other way round."""
    for reference, start in ((Gaussian(3.0, 0.3), Gaussian(-4.0, 3.0)), (Gaussian(-3.0, 3.0), Gaussian(4.0, 0.03))):
        path = run(kind(kl=kl), Problem("single", reference, 3.0), start, 40, runs=8)
        assert np.isfinite(path.mean).all()
        assert np.isfinite(path.std).all()


def test_the_force_of_k3_in_the_reward():
    """∂σ at μ = μ_ref, and ∂μ: away from the reference below σ_ref, none at it, toward it above."""
    for std, force in ((1.2, -0.0844), (0.7, -2.007), (0.3, -38.4)):
        _, d_mean, d_std = kl_term.expected_penalty("k3-reward", Gaussian(0.0, std), SINGLE.reference)
        assert abs(-0.5 * d_std - force) <= 5e-4 * abs(force)
        assert d_mean == 0
    away, none, toward = (
        kl_term.expected_penalty("k3-reward", Gaussian(0.7, std), SINGLE.reference)[1] for std in (1.0, 1.5, 2.0)
    )
    assert away < 0 < toward
    assert abs(none) < 1e-15


def test_expectation_of_the_oracle():
    """The oracle integrates what it should: E_π[1] and E_π[a²]."""
    policy = Gaussian(0.3, 0.7)
    assert np.isclose(integral(density(policy), policy, policy), 1, rtol=1e-12)
    assert np.isclose(expectation(np.square, policy, 1.0), 0.3**2 + 0.7**2, rtol=1e-12)


@pytest.mark.parametrize("kl", KL_TERMS)
def test_potentials_have_the_expected_update_as_gradient(kl):
    """By differences, for PG, whose share of the reward part is not 1; and both terms' own values."""
    method, problem = PG(batch_size=3, kl=kl), Problem("double", Gaussian(0.3, 1.4), 0.7)
    policy = Gaussian(0.8, 0.9)
    found = gradient(lambda p: method._potential(p, problem), policy)
    assert np.allclose(found, method.expected_gradient(policy, problem), rtol=1e-7)
    for term in (kl_term.expected_loss, kl_term.expected_penalty):
        value, *slopes = term(kl, policy, problem.reference)
        assert np.allclose(gradient(lambda p, f=term: f(kl, p, problem.reference)[0], policy), slopes, atol=1e-7)
        assert np.all(value == 0) == (np.all(np.array(slopes) == 0))


@pytest.mark.parametrize("kl", IN_REWARD)
def test_the_variance_of_penalized_rewards(kl):
    """Var[r − βk] by the trapezoidal rule, and whether it is infinite: E[e^{2x}] and E[e^{−2x}] by their precisions."""
    problem = Problem("double", Gaussian(0.3, 1.0), 0.7)
    for std in (0.6, 0.8, 1.1, 1.2, 1.4):
        policy = Gaussian(0.5, std)
        infinite = {"k3-reward": std**2 <= 1 / 2, "k3-inverse-reward": std**2 >= 3 / 2}.get(kl, False)
        found = kl_term.penalized_reward_variance(kl, policy, problem)
        assert np.isinf(found) == infinite
        if not infinite:
            # As far as e^{±2x} reaches.
            a = np.linspace(-120, 120, 480_001)
            p = density(policy)(a)
            x = problem.reference.log_prob(a) - policy.log_prob(a)
            k = {"k1": -x, "k2": x**2 / 2, "k3": np.exp(np.minimum(x, 600)) - 1 - x}.get(kl.removesuffix("-reward"))
            k = np.exp(np.minimum(-x, 600)) - 1 + x if k is None else k
            paid = np.where(p > 0, problem.reward(a) - 0.7 * k, 0.0)
            mean = np.trapezoid(p * paid, a)
            by_hand = np.trapezoid(p * (paid - mean) ** 2, a)
            assert np.isclose(found, by_hand, rtol=1e-6), std
    assert np.isclose(
        kl_term.penalized_reward_variance("exact", Gaussian(0.5, 0.8), problem),
        problem.reward.variance(Gaussian(0.5, 0.8)),
    )


def test_the_hyperparameter_itself():
    field = kl_term.kl_term()
    described = field.metadata["parameter"]
    assert field.default == "exact"
    assert (described.symbol, described.meaning) == ("KL", "where and how the KL term enters")
    assert list(described.choices) == list(KL_TERMS)
    assert (described.low, described.high, described.allowed) == (0, 8, "[0, 8]")


@pytest.mark.parametrize("kl", KL_TERMS)
def test_a_grid_of_policies_has_a_loss_each(kl):
    """A policy more than the actions have axes."""
    policies, a = Gaussian([[0.3, 0.5]], [[0.9], [1.2], [0.7]]), np.linspace(-1, 2, 5)
    found = np.broadcast_to(kl_term.loss(kl, policies, SINGLE.reference, a), (3, 2))
    for index in np.ndindex(3, 2):
        assert np.isclose(found[index], kl_term.loss(kl, policies[index], SINGLE.reference, a), rtol=1e-12)
    if kl.endswith("reward"):
        assert np.all(found == 0)


@pytest.mark.parametrize(("mean", "std"), [(0.6, 0.9), (-2.0, 0.05), (0.0, 2.9)])
def test_jensen_shannon(mean, std):
    """½ KL(π_θ‖m) + ½ KL(π_ref‖m) by quadrature, from densities alone."""
    policy, reference = Gaussian(mean, std), Gaussian(0.3, 1.2)

    def half(one):
        def term(a):
            p, q = (density(each)(a) for each in (policy, reference))
            return 0.5 * scipy.special.rel_entr(p if one is policy else q, 0.5 * (p + q))

        ends = (float(one.mean) - 11 * float(one.std), float(one.mean) + 11 * float(one.std))
        return scipy.integrate.quad(term, *ends, points=[mean], epsabs=1e-12, limit=400)[0]

    found = divergences.jensen_shannon(policy, reference)
    assert np.isclose(found, half(policy) + half(reference), atol=2e-6)
    assert 0 < found < np.log(2)
