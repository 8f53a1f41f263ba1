import numpy as np
import pytest
from hypothesis import given
from oracles import agrees, betas, expectation, gradient, mild_policies, problems, references, rewards

from rlgeo import DRO, PRESETS, Batch, BumpReward, Gaussian, Problem, State
from rlgeo.theory.natural import gaussian, tilted


def residual(problem, policy, beta, value):
    return lambda a: problem.reward(a) - value - beta * (policy.log_prob(a) - problem.reference.log_prob(a))


@given(problems, mild_policies, betas)
def test_settled_value_makes_the_mean_residual_zero(problem, policy, beta):
    value, finest = DRO(beta=beta).settled_value(policy, problem), np.min(problem.reward.widths)
    numeric = expectation(residual(problem, policy, beta, 0.0), problem.reference, finest)
    assert np.isclose(value, numeric, rtol=1e-10, atol=1e-10)


@given(problems, mild_policies, betas)
def test_population_loss_and_its_gradient(problem, policy, beta):
    """Closed forms against quadrature and against differences of each other."""
    method, finest = DRO(beta=beta), np.min(problem.reward.widths)
    delta = residual(problem, policy, beta, method.settled_value(policy, problem))
    loss = 0.5 * expectation(lambda a: delta(a) ** 2, problem.reference, finest)
    assert np.isclose(method.population_loss(policy, problem), loss, rtol=1e-9, atol=1e-9)
    found = method.expected_gradient(policy, problem)
    for i in (0, 1):
        score = expectation(lambda a, i=i: delta(a) * policy.score(a)[i], problem.reference, finest)
        assert np.isclose(found[i], beta * score, rtol=1e-9, atol=1e-9 * (1 + loss) / policy.std**2)
    numeric = gradient(lambda p: -method.population_loss(p, problem), policy)
    assert np.allclose(found, numeric, rtol=1e-7, atol=1e-8 * (np.hypot(*numeric) + loss / policy.std))


@given(rewards(), references)
def test_coefficients_are_the_weighted_regression(reward, reference):
    xi = np.linspace(-9, 9, 4001)
    weight = np.exp(-0.25 * xi**2)  # the square root of the normal density, for least squares
    actions = reference.mean + reference.std * xi
    design = np.stack([np.ones_like(xi), xi, xi**2], axis=1)
    b0, b1, b2 = np.linalg.lstsq(weight[:, None] * design, weight * reward(actions), rcond=None)[0]
    m, s = reference.mean, reference.std
    expected = [b0 - b1 * m / s + b2 * m**2 / s**2, b1 / s - 2 * b2 * m / s**2, b2 / s**2]
    assert np.allclose(DRO().coefficients(Problem(reward, reference)), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "mean", "std"),
    [
        ("single", "0.854", "1.618"),
        ("double", "0.380", "1.594"),
        ("trap", "0.982", "1.610"),
        ("mixed", "1.757", "1.693"),
    ],
)
def test_destinations_of_the_presets(name, mean, std):
    end = DRO().destination(Problem(PRESETS[name]))
    assert agrees(end.mean, mean)
    assert agrees(end.std, std)


@given(problems, betas)
def test_destination_is_the_minimum_or_does_not_exist(problem, beta):
    method = DRO(beta=beta)
    _, c1, c2 = method.coefficients(problem)
    reference = problem.reference
    precision = 1 / reference.std**2 - 2 * c2 / beta
    end = method.destination(problem)
    assert (end is None) == (precision <= 0)
    assert (end is None) == (method.why_none(problem) is not None)
    assert np.isnan(method.closed_form(problem)[1]) == (end is None)
    if end is None:
        assert f"c₂ = {c2:.3g} is not below β_R/(2σ_ref²) = {beta / (2 * reference.std**2):.3g}" in method.why_none(
            problem
        )
        return
    assert np.isclose(1 / end.std**2, precision, rtol=1e-9)
    assert np.isclose(end.mean / end.std**2, reference.mean / reference.std**2 + c1 / beta, rtol=1e-9, atol=1e-9)
    scale = 1 + beta / end.std**2
    assert np.allclose(method.expected_gradient(end, problem), 0, atol=1e-9 * scale)
    for near in (Gaussian(end.mean + 0.01 * end.std, end.std), Gaussian(end.mean, 1.01 * end.std)):
        assert method.population_loss(near, problem) > method.population_loss(end, problem)


@given(problems, betas)
def test_destination_is_one_natural_gradient_step(problem, beta):
    """Of length 1/β_R from π_ref, in natural parameters (μ/σ², −1/(2σ²)); their metric is the moments' covariance."""
    end = DRO(beta=beta).destination(problem)
    if end is None:
        return
    reference = problem.reference
    xi = np.linspace(-9, 9, 4001)
    weight = np.exp(-0.5 * xi**2) / np.sum(np.exp(-0.5 * xi**2))
    a = reference.mean + reference.std * xi
    moments = np.stack([a, a**2])
    centered = moments - (moments @ weight)[:, None]
    slope = centered @ (weight * problem.reward(a))  # ∂E[r]/∂η
    step = np.linalg.solve(centered * weight @ centered.T, slope) / beta
    start = np.array([reference.mean / reference.std**2, -0.5 / reference.std**2])
    found = np.array([end.mean / end.std**2, -0.5 / end.std**2])
    assert np.allclose(found, start + step, rtol=1e-7, atol=1e-7)


def test_why_there_is_no_destination():
    """c₂ by second differences of E[r] in the mean; the bound β_R/(2σ_ref²) in the sentence."""
    problem = Problem(BumpReward([4.0], [2.2], [0.8]), Gaussian(0.0, 0.7), 0.5)
    means = Gaussian(1e-3 * np.array([-1, 0, 1]), 0.7)
    c2 = 0.5 * np.diff(problem.reward.expectation(means), 2)[0] / 1e-6
    assert c2 > 0.3 / (2 * 0.7**2)
    reason = DRO(beta=0.3).why_none(problem)
    assert reason == (
        f"the fitted parabola opens upwards too steeply: c₂ = {c2:.3g} is not below "
        f"β_R/(2σ_ref²) = {0.3 / 0.98:.3g}, so the policy widens without end"
    )
    assert DRO(beta=3.0).why_none(problem) is None


def test_settled_value_is_not_bounded_by_log_partition():
    problem, method = Problem(), DRO()
    assert agrees(method.settled_value(Gaussian(1, 0.5), problem), "2.69")
    best = problem.optimum()
    assert agrees(best.objective, "0.367")
    # At π* itself, which is not Gaussian, the mean residual vanishes for V = β log Z.
    mean = expectation(
        lambda a: problem.reward(a) - 0.5 * (best.log_density(a) - problem.reference.log_prob(a)),
        problem.reference,
        0.8,
    )
    assert np.isclose(mean, best.objective, rtol=1e-10)


def test_matched_data_and_policy_give_zero_residuals():
    """A reward that is a parabola in disguise: r = β_R log π/π_ref + V."""
    policy, reference = Gaussian(0.6, 1.1), Gaussian(-0.2, 1.4)
    actions = np.linspace(-2, 2, 5)
    rewards = 0.7 * (policy.log_prob(actions) - reference.log_prob(actions)) + 0.3
    problem, method = Problem(reference=reference), DRO(beta=0.7)
    state = State(policy, value=0.3)
    assert np.allclose(method.residuals(state, Batch(actions, rewards), problem), 0, atol=1e-14)
    higher = Batch(actions, rewards + 1)
    assert np.allclose(method.residuals(state, higher, problem), 1, atol=1e-14)
    assert np.allclose(method.surrogate(state, higher, problem), -0.5, atol=1e-14)
    assert np.allclose(method.gradient(state, higher, problem).value, 1, atol=1e-14)
    expected = 0.7 * np.mean(policy.score(actions), axis=-1)
    assert np.allclose(method.gradient(state, higher, problem)[:2], expected, rtol=1e-12)


def test_data_come_from_the_reference_once():
    problem, method = Problem("mixed", Gaussian(0.5, 0.7)), DRO(batch_size=4)
    batch = method.draw(State(Gaussian([3.0, -3.0], 0.1)), problem, np.random.default_rng(2))
    assert np.allclose(batch.actions, 0.5 + 0.7 * np.random.default_rng(2).standard_normal((2, 4)))
    assert np.array_equal(batch.rewards, problem.reward(batch.actions))
    assert method.lifetime == np.inf


def test_diagnostics_split_the_loss():
    problem, method = Problem("mixed"), DRO(batch_size=9)
    state = State(Gaussian([0.3, 1.0], [0.5, 1.2]), value=[0.1, -0.4])
    batch = method.draw(state, problem, np.random.default_rng(0))
    found = method.diagnostics(state, batch, problem)
    delta = method.residuals(state, batch, problem)
    assert found["value"].tolist() == [0.1, -0.4]
    assert np.allclose(found["bias"], 0.5 * delta.mean(axis=1) ** 2, rtol=1e-14)
    assert np.allclose(found["spread"], 0.5 * delta.var(axis=1), rtol=1e-14)
    assert np.allclose(found["loss"], -method.surrogate(state, batch, problem), rtol=1e-12)
    assert np.array_equal(found["settled_value"], method.settled_value(state.policy, problem))


def test_tilting_a_gaussian():
    reference = Gaussian(0.4, 1.2)
    mean, std = tilted(reference, 0.3, -0.2)
    a = np.array([-1.0, 0.0, 2.0])
    log = Gaussian(mean, std).log_prob(a) - reference.log_prob(a) - 0.3 * a + 0.2 * a**2
    assert np.allclose(log, log[0], atol=1e-13)
    assert np.all(np.isnan(tilted(reference, 0.3, 1.0)))
    assert np.all(np.isnan(tilted(reference, 0.3, 0.5 / 1.2**2)))  # precision 0: no Gaussian either
    assert gaussian(*tilted(reference, 0.3, 1.0)) is None
    assert gaussian(0.1, 2.0).std == 2
    assert DRO(beta=0.05).destination(Problem(BumpReward([1], [4], [0.8]))) is None
