import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import agrees, betas, gradient, numbers, rewards
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from rlgeo import DPO, DRO, PRESETS, BumpReward, Gaussian, Preferences, Problem, State, follow
from rlgeo.theory import labels, preference

wide_policies = st.builds(Gaussian, numbers(-2, 2), numbers(0.6, 3))
smooth_problems = rewards().map(lambda r: Problem(r, Gaussian(0.3, 1.2), 0.4))


def plane(problem, policy, beta, noise, count=401):
    """Everything DPO needs over pairs (a, b) on a plain grid: weights, P(a ≻ b), h, scores."""
    xi = np.linspace(-8, 8, count)
    weight = np.exp(-0.5 * xi**2) / np.sum(np.exp(-0.5 * xi**2))
    a = problem.reference.mean + problem.reference.std * xi
    r, u = problem.reward(a), policy.log_prob(a) - problem.reference.log_prob(a)
    gap = r[:, None] - r
    prefers = expit(gap / noise) if noise > 0 else np.where(gap > 0, 1.0, np.where(gap < 0, 0.0, 0.5))
    return weight[:, None] * weight, prefers, beta * (u[:, None] - u), policy.score(a)


@settings(max_examples=8)
@given(smooth_problems, wide_policies, numbers(0.05, 1), numbers(0.2, 2))
def test_expected_gradient_and_loss_against_the_plane(problem, policy, beta, noise):
    mass, prefers, h, scores = plane(problem, policy, beta, noise)
    method = DPO(beta=beta, label_noise=noise)
    loss = np.sum(mass * (prefers * np.logaddexp(0, -h) + (1 - prefers) * np.logaddexp(0, h)))
    assert np.isclose(method.population_loss(policy, problem), loss, rtol=1e-8, atol=1e-8)
    found = method.expected_gradient(policy, problem)
    for f, s in zip(found, scores, strict=True):
        pairs = prefers * expit(-h) * (s[:, None] - s) + (1 - prefers) * expit(h) * (s - s[:, None])
        assert np.isclose(f, beta * np.sum(mass * pairs), rtol=1e-7, atol=1e-7 * (1 + loss) / policy.std)


@settings(max_examples=8)
@given(smooth_problems, betas, numbers(0.0, 2))
def test_expected_gradient_descends_the_population_loss(problem, beta, noise):
    method, policy = DPO(beta=beta, label_noise=noise), Gaussian([0.5, -1.0], [0.8, 1.5])
    numeric = np.array(gradient(lambda p: -method.population_loss(p, problem), policy))
    found = np.array(method.expected_gradient(policy, problem))
    assert np.allclose(found, numeric, rtol=1e-7, atol=1e-7 * (1 + np.max(np.abs(numeric))))


@pytest.mark.parametrize(("std", "beta"), [(0.3, 1.0), (0.1, 0.5), (0.03, 3.0)])
def test_narrow_policies_against_the_plane(std, beta):
    """h is steep here, and quadrature loses digits."""
    problem, policy = Problem("single"), Gaussian(1.0, std)
    mass, prefers, h, scores = plane(problem, policy, beta, 0.5, 1201)
    found = np.array(DPO(beta=beta).expected_gradient(policy, problem))
    expected = np.array([beta * np.sum(mass * (prefers - expit(h)) * (s[:, None] - s)) for s in scores])
    assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_sharp_labels_against_the_plane(noise):
    problem, policy = Problem("double"), Gaussian(0.5, 1.2)
    mass, prefers, h, scores = plane(problem, policy, 0.5, noise, 1601)
    found = DPO(label_noise=noise).expected_gradient(policy, problem)
    expected = [0.5 * np.sum(mass * (prefers - expit(h)) * (s[:, None] - s)) for s in scores]
    assert np.allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("top", [0.0, 0.7])
def test_at_the_reference_the_field_is_the_mean_score_of_the_winners(top):
    """h = 0 there, and at ν = 0 who is nearer to the top wins: E[s(winner)] = 2 E[P(|b − top| > |a − top|) s(a)]."""
    problem = Problem(BumpReward([1.0], [top], [1.0]), Gaussian(0.0, 1.0))
    found = DPO(beta=0.7, label_noise=0).expected_gradient(problem.reference, problem)
    for i, score in enumerate((lambda a: a, lambda a: a**2 - 1)):

        def won(a, score=score):
            return 2 * (norm.sf(top + abs(a - top)) + norm.cdf(top - abs(a - top))) * score(a) * norm.pdf(a)

        assert np.isclose(found[i], 0.7 * quad(won, -9, 9, points=[top])[0], rtol=0, atol=4e-6)
    if top == 0:
        assert np.isclose(found[1], -0.7 * 2 / np.pi, rtol=0, atol=4e-6)


def test_chance_to_win():
    """r decreases away from 0, so |a| decides; equal rewards are a coin flip."""
    problem = Problem(BumpReward([1.0], [0.0], [1.0]), Gaussian(0.0, 1.0))
    at = np.array([0.0, 0.5, 2.0])
    expected = 2 * norm.sf(at)
    assert np.allclose(labels.win_rate(problem, 0.0, at), expected, atol=1e-6)
    assert np.allclose(labels.win_rate(problem, 1e-3, at), expected, atol=2e-2)
    for noise in (0.0, 0.4):
        folded = labels.win_rate(problem, noise, np.array([[0.0, 0.5], [1.0, 2.0], [3.0, -1.0]]))
        assert folded.shape == (3, 2)
        assert np.allclose(folded[1], labels.win_rate(problem, noise, np.array([1.0, 2.0])), rtol=1e-13)
    flat = Problem(BumpReward([1.0], [400.0], [0.5]))
    for noise in (0.0, 0.5):
        assert np.allclose(labels.win_rate(flat, noise, at), 0.5, atol=1e-12)
    assert np.allclose(labels.error_rate(flat, 0.5, at), 0.5, atol=1e-12)


@pytest.mark.parametrize("name", PRESETS)
def test_sharp_labels_by_their_ties(name):
    """At ν = 0 an action wins wherever r is lower; E S(−|r(a) − r(b)|/ν) → 2ν log 2 Σ π_ref(b)/|r′(b)| over ties b."""
    problem, actions, noise = Problem(name, Gaussian(0.3, 1.2)), np.array([-2.3, -0.7, 0.4, 1.7]), 1e-11
    reward, density = problem.reward, norm(0.3, 1.2)
    grid = np.linspace(*density.interval(1 - 1e-15), 2001)
    for action in actions:
        gap = reward(grid) - reward(action)
        brackets = np.flatnonzero(np.diff(np.sign(gap)))
        ties = [brentq(lambda b: reward(b) - reward(action), *grid[i : i + 2], xtol=1e-15) for i in brackets]  # noqa: B023
        below = np.diff(density.cdf([-np.inf, *ties, np.inf]))[int(gap[0] > 0) :: 2]
        assert labels.win_rate(problem, 0.0, action) == pytest.approx(np.sum(below), rel=0, abs=3e-12)
        slopes = [reward.expectation_gradient(Gaussian(tie, 1e-9))[0] for tie in ties]
        wrong = 2 * noise * np.log(2) * np.sum(density.pdf(ties) / np.abs(slopes))
        assert labels.error_rate(problem, noise, action) == pytest.approx(wrong, rel=1e-6)


@pytest.mark.parametrize(
    ("noise", "mean", "std", "objective"), [(0.5, "1.965", "1.791", "-0.039"), (1.0, "0.844", "1.622", "0.278")]
)
def test_destinations_on_one_bump(noise, mean, std, objective):
    problem = Problem()
    end = DPO(label_noise=noise).destination(problem)
    assert agrees(end.mean, mean)
    assert agrees(end.std, std)
    assert agrees(problem.objective(end), objective)
    assert agrees(problem.objective(problem.reference), "0.236")


def regression(problem, beta, noise):
    """The destination by Newton's method on Gauss–Legendre nodes, a grid and a solver that rlgeo does not use."""
    x, w = np.polynomial.legendre.leggauss(400)
    mean, std = problem.reference.mean, problem.reference.std
    a, weight = mean + 8 * std * x, 8 * w * np.exp(-32 * x**2) / np.sqrt(2 * np.pi)
    mass = weight[:, None] * weight
    target = expit((problem.reward(a)[:, None] - problem.reward(a)) / noise)
    features, c = [a[:, None] - a, (a**2)[:, None] - a**2], np.zeros(2)
    for _ in range(12):
        chance = expit(c[0] * features[0] + c[1] * features[1])
        slope = [np.sum(mass * (chance - target) * f) for f in features]
        curvature = [[np.sum(mass * chance * (1 - chance) * f * g) for f in features] for g in features]
        c -= np.linalg.solve(curvature, slope)
    precision = 1 / std**2 - 2 * c[1] / beta
    return (mean / std**2 + c[0] / beta) / precision, precision**-0.5


@pytest.mark.parametrize("noise", [0.5, 1.0])
@pytest.mark.parametrize("name", ["single", "double", "trap", "mixed"])
def test_destinations_of_the_presets_by_another_regression(name, noise):
    problem = Problem(name)
    end = DPO(label_noise=noise).destination(problem)
    assert np.allclose([end.mean, end.std], regression(problem, 0.5, noise), rtol=1e-8)


@pytest.mark.parametrize("name", ["single", "double", "trap", "mixed"])
@pytest.mark.parametrize(("beta", "noise"), [(0.5, 0.5), (0.5, 1.0), (1.5, 0.2)])
def test_destination_is_where_the_field_vanishes(name, beta, noise):
    problem, method = Problem(name), DPO(beta=beta, label_noise=noise)
    end = method.destination(problem)
    assert np.allclose(method.expected_gradient(end, problem), 0, atol=1e-9)
    assert method.why_none(problem) is None


def test_the_flow_goes_to_the_destination():
    problem, method = Problem("trap"), DPO(label_noise=1.0)
    end = method.destination(problem)
    flown = follow(lambda p: method.expected_gradient(p, problem), Gaussian(0.0, 1.0))
    assert np.allclose([flown.mean, flown.std], [end.mean, end.std], atol=1e-6)


def test_the_best_margin_does_not_depend_on_beta():
    problem = Problem("trap")
    c1, c2 = DPO(beta=0.5).coefficients(problem)
    preference._minimizer.cache_clear()
    assert np.allclose(DPO(beta=2.0).coefficients(problem), [c1, c2], rtol=1e-12)
    for beta in (0.5, 2.0):
        end, reference = DPO(beta=beta).destination(problem), problem.reference
        assert np.isclose(1 / end.std**2, 1 / reference.std**2 - 2 * c2 / beta, rtol=1e-12)
        assert np.isclose(end.mean / end.std**2, reference.mean / reference.std**2 + c1 / beta, rtol=1e-12)


def test_noisy_labels_make_it_least_squares():
    """ν ĉ(ν) → DRO's coefficients as ν → ∞."""
    problem = Problem("mixed", Gaussian(0.4, 1.3))
    _, *limit = DRO().coefficients(problem)
    found = 200 * np.array(DPO(label_noise=200).coefficients(problem))
    assert np.allclose(found, limit, rtol=1e-3)


def test_a_parabolic_reward_is_recovered_only_at_the_matched_temperature():
    """A wide bump is a parabola within the reference: π* is Gaussian there, and DPO finds it iff ν β_D = β."""
    problem = Problem(BumpReward([40.0], [1.0], [8.0]), Gaussian(0.0, 0.5), 0.6)
    best = problem.optimum().moment_match()
    matched = DPO(label_noise=0.4, beta=1.5).destination(problem)
    assert np.allclose([matched.mean, matched.std], [best.mean, best.std], atol=5e-3)
    other = DPO(label_noise=0.4, beta=0.75).destination(problem)
    assert abs(other.mean - best.mean) > 0.05


def test_separable_labels_have_no_minimum():
    method, problem = DPO(label_noise=0), Problem("single")
    assert np.all(np.isnan(method.coefficients(problem)))
    assert method.destination(problem) is None
    assert (
        method.why_none(problem)
        == "a parabola orders all actions just as the labels do, so the policy sharpens without end"
    )


def test_too_steep_a_margin_has_no_policy():
    method, problem = DPO(label_noise=0.05), Problem("mixed")
    assert method.destination(problem) is None
    _, c2 = method.coefficients(problem)
    assert f"c₂ = {c2:.3g} is not below β_D/(2σ_ref²) = 0.111" in method.why_none(problem)
    assert 2 * c2 / 0.5 > 1 / 1.5**2


def test_margins_loss_and_gradient_by_hand():
    problem, policy, method = Problem("double"), Gaussian(0.4, 0.9), DPO(beta=0.7)
    batch = Preferences(np.array([1.0, -0.5]), np.array([0.2, 2.0]))

    def log_ratio(a):
        return policy.log_prob(a) - problem.reference.log_prob(a)

    h = 0.7 * (log_ratio(batch.winners) - log_ratio(batch.losers))
    state = State(policy)
    assert np.allclose(method.margins(state, batch, problem), h, rtol=1e-13)
    assert np.isclose(method.surrogate(state, batch, problem), np.mean(np.log(expit(h))), rtol=1e-13)
    found = method.gradient(state, batch, problem)
    won, lost = policy.score(batch.winners), policy.score(batch.losers)
    for i in (0, 1):
        assert np.isclose(found[i], 0.7 * np.mean(expit(-h) * (won[i] - lost[i])), rtol=1e-13)
    records = method.diagnostics(state, batch, problem)
    assert np.isclose(records["loss"], -np.mean(np.log(expit(h))), rtol=1e-13)


def test_accuracy_three_ways():
    """Four pairs on which h, π_θ and π_ref disagree."""
    problem, policy = Problem("double", Gaussian(0.0, 1.5)), Gaussian(2.0, 1.0)
    winners, losers = np.array([2.0, 3.5, 0.0, 5.0]), np.array([0.0, 1.5, 2.0, 1.0])
    state, batch = State(policy), Preferences(winners, losers)
    found = DPO().diagnostics(state, batch, problem)
    by_policy = policy.log_prob(winners) > policy.log_prob(losers)
    by_reference = problem.reference.log_prob(winners) > problem.reference.log_prob(losers)
    by_margin = DPO().margins(state, batch, problem) > 0
    assert [by_policy.tolist(), by_reference.tolist(), by_margin.tolist()] == [
        [True, False, False, False],
        [False, False, True, False],
        [True, True, False, True],
    ]
    assert (found["accuracy_policy"], found["accuracy_reference"], found["accuracy_margin"]) == (0.25, 0.25, 0.75)
    many = DPO().diagnostics(State(Gaussian(np.zeros(3), 1.0)), batch, problem)
    assert all(v.shape == (3,) for v in many.values())


class Given:
    """Noise given in advance, as a generator."""

    def __init__(self, normals, uniforms):
        self.normals, self.uniforms = list(normals), list(uniforms)

    def standard_normal(self, shape):
        return np.broadcast_to(self.normals.pop(0), shape)

    def random(self, shape):
        return np.broadcast_to(self.uniforms.pop(0), shape)


@pytest.mark.parametrize("noise", [0.0, 0.1, 2.0])
@pytest.mark.parametrize(("first", "second"), [(2.0, 0.0), (0.0, 2.0)])
def test_label_direction(noise, first, second):
    """The higher reward wins when the uniform number is on its side, whichever of the two is drawn first."""
    problem = Problem("single", Gaussian(0, 1))  # the bump is at 2
    p = expit((problem.reward(first) - problem.reward(second)) / noise) if noise else float(first > second)
    for uniform in (0.0, 0.01, 0.3, 0.7, 0.99, 1 - 2**-53):
        batch = DPO(pairs=1, label_noise=noise).draw(
            State(Gaussian(0, 1)), problem, Given([np.array([first]), np.array([second])], [np.array([uniform])])
        )
        won = first if uniform < p or (noise == 0 and first > second) else second
        assert (batch.winners[0], batch.losers[0]) == (won, first + second - won)


def test_pairs_come_from_the_reference_once():
    problem, method = Problem("mixed", Gaussian(0.5, 0.7)), DPO(pairs=300, label_noise=0)
    batch = method.draw(State(Gaussian([3.0, -3.0], 0.1)), problem, np.random.default_rng(2))
    noise = np.random.default_rng(2).standard_normal((2, 2, 300))
    drawn = np.sort(0.5 + 0.7 * noise, axis=0)
    assert np.allclose(np.sort([batch.winners, batch.losers], axis=0), drawn)
    assert np.all(problem.reward(batch.winners) >= problem.reward(batch.losers))
    assert method.lifetime == np.inf


def test_accuracies_of_several_policies_and_of_ties():
    """Row by row; a pair that is not told apart does not count as ordered."""
    problem, method = Problem("double", Gaussian(0.0, 1.5)), DPO(beta=0.1)
    state = State(Gaussian([2.0, -1.0], [1.0, 0.5]))
    batch = Preferences(
        np.array([[2.0, 3.5, 0.0, 1.0], [0.5, -1.2, 0.3, 1.0]]), np.array([[0.0, 1.5, 2.0, 1.0], [-1.0, 2.0, 0.2, 1.0]])
    )
    found = method.diagnostics(state, batch, problem)
    for i in (0, 1):
        policy, won, lost = state.policy[i], batch.winners[i], batch.losers[i]
        by_policy = policy.log_prob(won) - policy.log_prob(lost)
        by_reference = problem.reference.log_prob(won) - problem.reference.log_prob(lost)
        assert found["accuracy_policy"][i] == np.mean(by_policy > 0)
        assert found["accuracy_reference"][i] == np.mean(by_reference > 0)
        assert found["accuracy_margin"][i] == np.mean(by_policy > by_reference)
    assert found["accuracy_policy"].tolist() == [0.25, 0.25]
    assert found["accuracy_reference"].tolist() == [0.25, 0.5]
    near = Preferences(np.array([0.1, 0.2]), np.array([0.2, 0.1]))  # log-ratios of far less than 1
    assert DPO().diagnostics(State(Gaussian(0.0, 1.0)), near, problem)["accuracy_policy"] == 0.5
    shared = method.diagnostics(state, Preferences(batch.winners[0], batch.losers[0]), problem)
    assert all(value.shape == (2,) for value in shared.values())
