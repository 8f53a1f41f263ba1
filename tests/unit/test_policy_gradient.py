import numpy as np
import pytest
from oracles import agrees, expectation
from scipy.optimize import minimize

from rlgeo import GRPO, PG, PPO, RLHF, RLOO, Batch, Gaussian, Problem, State, follow
from rlgeo.methods.rloo import leave_one_out

BATCH = Batch(np.array([-1.0, 0.5, 2.0]), np.array([1.0, 2.0, 6.0]))


def test_advantages():
    state = State(Gaussian(0.0, 1.0))
    assert PG().advantages(state, BATCH).tolist() == [-2, -1, 3]
    assert RLOO().advantages(state, BATCH).tolist() == [-3, -1.5, 4.5]
    rows = np.stack([BATCH.rewards, BATCH.rewards**2])
    assert np.allclose(leave_one_out(rows), [leave_one_out(row) for row in rows], rtol=1e-15)
    others = [np.mean(np.delete(BATCH.rewards, i)) for i in range(3)]
    assert np.allclose(leave_one_out(BATCH.rewards), BATCH.rewards - others, rtol=1e-15)


def test_gradient_by_hand():
    problem, policy = Problem(beta=0.7), Gaussian(0.5, 2.0)
    found = PG().gradient(State(policy), BATCH, problem)
    s_mean, s_std = policy.score(BATCH.actions)
    kl_mean, kl_std = policy.kl_gradient(problem.reference)
    assert np.isclose(found.mean, (-2 * s_mean[0] - s_mean[1] + 3 * s_mean[2]) / 3 - 0.7 * kl_mean, rtol=1e-14)
    assert np.isclose(found.std, (-2 * s_std[0] - s_std[1] + 3 * s_std[2]) / 3 - 0.7 * kl_std, rtol=1e-14)
    assert found.value == 0
    expected = np.mean([-2, -1, 3] * policy.log_prob(BATCH.actions)) - 0.7 * problem.kl(policy)
    assert np.isclose(PG().surrogate(State(policy), BATCH, problem), expected, rtol=1e-14)


def test_expected_gradients_differ_by_their_share_of_the_reward():
    problem, policy = Problem("mixed", beta=0.3), Gaussian([0.3, 2.0], [0.5, 1.4])
    reward = np.array(problem.reward.expectation_gradient(policy))
    price = 0.3 * np.array(policy.kl_gradient(problem.reference))
    assert np.allclose(PG(batch_size=4).expected_gradient(policy, problem), 0.75 * reward - price, rtol=1e-14)
    assert np.allclose(RLOO(batch_size=4).expected_gradient(policy, problem), reward - price, rtol=1e-14)
    assert np.allclose(PPO().expected_gradient(policy, problem), reward - price, rtol=1e-14)
    assert np.allclose(RLHF().expected_gradient(policy, problem), reward - price, rtol=1e-14)


@pytest.mark.parametrize(("batch_size", "mean", "std"), [(16, "0.802", "1.330"), (2, "0.383", "1.486")])
def test_fixed_point_of_a_finite_batch(batch_size, mean, std):
    end = PG(batch_size=batch_size).destination(Problem())
    assert agrees(end.mean, mean)
    assert agrees(end.std, std)
    problem, share = Problem(), (batch_size - 1) / batch_size

    def loss(x):
        policy = Gaussian(x[0], np.exp(x[1]))
        price = expectation(lambda a: policy.log_prob(a) - problem.reference.log_prob(a), policy, 1.0)
        return 0.5 * price - share * expectation(problem.reward, policy, 0.8)

    found = minimize(loss, [0.3, 0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-15})
    assert np.allclose([end.mean, end.std], [found.x[0], np.exp(found.x[1])], atol=1e-6)


@pytest.mark.parametrize("method", [RLHF(), PG(batch_size=3), PPO(), RLOO(batch_size=3)])
@pytest.mark.parametrize(("name", "beta"), [("single", 0.5), ("double", 0.2), ("trap", 0.12)])
def test_destinations_are_where_the_field_vanishes(method, name, beta):
    problem = Problem(name, beta=beta)
    ends = [method.destination(problem), *(method.destination(problem, Gaussian(m, 0.5)) for m in (-2, 2))]
    for end in ends:
        assert np.allclose(method.expected_gradient(end, problem), 0, atol=1e-8)
    values = [problem.at_beta(beta / getattr(method, "reward_share", 1)).objective(end) for end in ends]
    assert values[0] >= max(values) - 1e-12
    if name != "single" and not isinstance(method, PG):
        assert ends[1].mean < 0 < ends[2].mean  # each in its own basin
    again = follow(lambda p: method.expected_gradient(p, problem), Gaussian(2, 0.5))
    assert np.isclose(again.mean, ends[2].mean, atol=1e-6)
    assert method.why_none(problem, Gaussian(2, 0.5)) is None


def test_each_start_has_a_destination_of_its_own():
    problem, method = Problem("double", beta=0.2), PG(batch_size=16)
    left, right = (method.destination(problem, Gaussian(m, 0.5)) for m in (-1.5, 2.0))
    assert left.mean < -1
    assert right.mean > 1
    assert method.destination(problem).mean == pytest.approx(float(right.mean), abs=1e-6)


def test_rloo_goes_where_the_exact_gradient_goes():
    problem = Problem()
    exact, rloo = RLHF().destination(problem), RLOO(batch_size=2).destination(problem)
    assert np.allclose([exact.mean, exact.std], [rloo.mean, rloo.std], atol=1e-9)


@pytest.mark.parametrize("method", [PG(batch_size=5), RLOO(batch_size=5)])
def test_actions_come_from_the_policy(method):
    problem = Problem("double")
    batch = method.draw(State(Gaussian([1.0, 2.0], 0.5)), problem, np.random.default_rng(4))
    noise = np.random.default_rng(4).standard_normal((2, 5))
    assert np.allclose(batch.actions, np.array([[1.0], [2.0]]) + 0.5 * noise)
    assert np.array_equal(batch.rewards, problem.reward(batch.actions))
    assert method.lifetime == 1


def test_diagnostics():
    state = State(Gaussian(0.0, 1.0))
    found = PG().diagnostics(state, BATCH, Problem())
    assert found["mean_reward"] == 3
    assert found["surrogate"] == PG().surrogate(state, BATCH, Problem())


def test_exact_gradient_ignores_its_empty_batch():
    problem, state = Problem("trap"), State(Gaussian([0.0, 1.0], 1.0))
    batch = RLHF().draw(state, problem, None)
    assert batch.actions.shape == batch.rewards.shape == (2, 0)
    assert np.array_equal(RLHF().surrogate(state, batch, problem), problem.objective(state.policy))
    assert np.array_equal(RLHF().gradient(state, batch, problem)[:2], problem.gradient(state.policy))
    assert RLHF().diagnostics(state, batch, problem) == {}


def test_a_method_without_a_destination_says_so():
    class Nowhere(PG):
        def destination(self, problem, start=None):
            return None

    assert Nowhere().why_none(Problem()) == "the expected update does not converge from there"

    class Still(PG):
        def destination(self, problem, start=None):
            return start

    assert Still().why_none(Problem()) == "the expected update does not converge from there"
    assert Still().why_none(Problem(), Gaussian(0, 1)) is None


@pytest.mark.parametrize("base", [PG, GRPO])
def test_a_variant_may_judge_by_its_state(base):
    """Advantages r − V in a method that has none: surrogate, gradient and diagnostics ask for them with the state."""

    class Judged(base):
        def advantages(self, state, batch):
            return batch.rewards - state.value[..., None]

    problem, policy = Problem(beta=0.7), Gaussian(0.5, 2.0)
    state = State(policy, value=2.5)
    weights, (s_mean, s_std) = np.array([-1.5, -0.5, 3.5]), policy.score(BATCH.actions)
    kl_mean, kl_std = policy.kl_gradient(problem.reference)
    found = Judged().gradient(state, BATCH, problem)
    assert np.isclose(found.mean, weights @ s_mean / 3 - 0.7 * kl_mean, rtol=1e-14)
    assert np.isclose(found.std, weights @ s_std / 3 - 0.7 * kl_std, rtol=1e-14)
    surrogate = weights @ (policy.log_prob(BATCH.actions) if base is PG else np.ones(3)) / 3 - 0.7 * problem.kl(policy)
    assert np.isclose(Judged().surrogate(state, BATCH, problem), surrogate, rtol=1e-14)
    assert np.isclose(Judged().diagnostics(state, BATCH, problem)["surrogate"], surrogate, rtol=1e-14)
