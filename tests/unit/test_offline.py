"""What data of the reference can teach: labels, fits to finitely many pairs, destinations and existence."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from rlgeo import DPO, DRO, PRESETS, Gaussian, Preferences, Problem, State, run
from rlgeo.theory import labels, offline, preference
from rlgeo.training.streams import Streams


def test_label_probability():
    assert offline.label_probability(0.7, 0.5) == pytest.approx(1 / (1 + np.exp(-1.4)))
    np.testing.assert_array_equal(offline.label_probability([-2.0, 0.0, 0.1], 0.0), [0, 0.5, 1])
    assert offline.label_probability(-900.0, 0.5) == 0.0  # no overflow warning


def test_accuracies_against_sampled_labels():
    problem, n = Problem(PRESETS["double"], Gaussian(0.4, 1.2)), 200_000
    method = DPO(label_noise=0.3, beta=1.5, pairs=n)
    end = method.destination(problem)
    pairs = method.draw(State(end), problem, np.random.default_rng(3))
    base = [problem.reference.log_prob(a) for a in (pairs.winners, pairs.losers)]
    own = [end.log_prob(a) for a in (pairs.winners, pairs.losers)]
    sampled = {
        "margin": np.mean(own[0] - base[0] > own[1] - base[1]),
        "policy": np.mean(own[0] > own[1]),
        "reference": np.mean(base[0] > base[1]),
    }
    for name, share in offline.accuracies(problem, 0.3, 1.5).items():
        assert abs(share - sampled[name]) < 4 * np.sqrt(0.25 / n), name
    nowhere = offline.accuracies(Problem("single"), 0.5, 0.05)
    assert list(nowhere) == list(sampled)
    assert np.all(np.isnan(list(nowhere.values())))


@pytest.mark.parametrize("noise", [0.0, 0.3, 2.0])
def test_label_error_rate_against_sampled_labels(noise):
    problem = Problem(PRESETS["double"], Gaussian(0.4, 1.2))
    n = 200_000
    method = DPO(label_noise=noise, pairs=n)
    state = State(Gaussian(np.zeros(1), np.ones(1)))
    pairs = method.draw(state, problem, Streams(5, "labels", 1))
    wrong = np.mean(problem.reward(pairs.winners) < problem.reward(pairs.losers))
    expected = offline.label_error_rate(problem, noise)
    assert abs(wrong - expected) <= 4 * np.sqrt(expected * (1 - expected) / n)


def test_noise_too_small_to_divide_by_is_none():
    problem, actions = Problem("double"), np.array([-1.0, 0.0, 1.7])
    for noise in (5e-324, 1e-300):
        wins = labels.win_rate(problem, noise, actions)
        assert np.allclose(wins, labels.win_rate(problem, 0.0, actions), rtol=0, atol=1e-11)
        assert np.allclose(preference.moments(problem, noise), preference.moments(problem, 0.0), rtol=0, atol=1e-8)
        assert offline.label_error_rate(problem, noise) < 1e-15


@pytest.mark.parametrize("name", PRESETS)
def test_implied_reward_is_the_fit_in_units_of_reward_and_centered(name):
    problem = Problem(PRESETS[name], Gaussian(-0.3, 1.1))
    c1, c2 = DPO(label_noise=0.8).coefficients(problem)
    actions = np.array([-1.0, 0.0, 2.5])
    implied = offline.implied_reward(actions, problem, 0.8)
    np.testing.assert_allclose(np.diff(implied), 0.8 * np.diff(c1 * actions + c2 * actions**2), rtol=1e-9)
    mean = quad(lambda a: norm.pdf(a, -0.3, 1.1) * offline.implied_reward(a, problem, 0.8), -10, 10)[0]
    assert mean == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", PRESETS)
def test_destinations_by_beta(name):
    problem = Problem(PRESETS[name])
    betas = np.array([0.05, 0.3, 0.5, 2.0])
    mean, std = offline.destinations_by_beta(problem, 0.5, betas)
    for i, beta in enumerate(betas):
        end = DPO(beta=beta, label_noise=0.5).destination(problem)
        if end is None:
            assert np.isnan(mean[i])
            assert np.isnan(std[i])
        else:
            np.testing.assert_allclose([mean[i], std[i]], [end.mean, end.std], rtol=1e-10)


def test_what_is_remembered_belongs_to_its_problem_and_noise():
    def fit(name, noise, reference=(0.0, 1.5)):
        return tuple(map(float, preference.coefficients(Problem(PRESETS[name], Gaussian(*reference)), noise)))

    settings = [
        ("single", 0.5),
        ("single", 1.0),
        ("trap", 0.5),
        ("trap", 1.0),
        ("single", 0.5, (0.1, 1.5)),
        ("single", 0.5, (0.0, 1.4)),
    ]
    kept = [fit(*setting) for setting in settings]
    assert len(set(kept)) == len(settings)
    for setting, found in zip(reversed(settings), reversed(kept), strict=True):
        preference._minimizer.cache_clear()
        assert fit(*setting) == found


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("reference", [Gaussian(0.0, 1.5), Gaussian(-1.2, 0.6), Gaussian(3.0, 1.0)])
def test_smallest_beta_is_where_dro_begins_to_have_a_destination(name, reference):
    reward = PRESETS[name]
    least = float(offline.smallest_beta(reward, reference))
    step = 1e-4  # E[r″] by the second difference of E[r] in the mean
    means = Gaussian(reference.mean + step * np.array([-1, 0, 1]), reference.std)
    curvature = np.diff(reward.expectation(means), 2)[0] / step**2
    assert least == pytest.approx(reference.std**2 * curvature, abs=1e-6)
    if least > 0.01:
        problem = Problem(reward, reference)
        assert DRO(beta=least * 1.001).destination(problem) is not None
        assert DRO(beta=least * 0.999).destination(problem) is None
    else:
        assert DRO(beta=0.05).destination(Problem(reward, reference)) is not None


def test_fit_is_the_minimizer_of_dpos_loss_on_the_same_pairs():
    problem, method = Problem(PRESETS["double"], Gaussian(0.5, 1.3)), DPO(label_noise=1.0, pairs=60, beta=0.7)
    drawn = method.draw(State(Gaussian(np.zeros(1), np.ones(1))), problem, Streams(3, "fit", 1))
    pairs = Preferences(drawn.winners[0], drawn.losers[0])
    fit = offline.fit(pairs, problem, method.beta)

    def loss(x):
        return float(-method.surrogate(State(Gaussian(x[0], np.exp(x[1]))), pairs, problem))

    found = minimize(loss, [0.3, 0.1], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    np.testing.assert_allclose([fit.mean, fit.std], [found.x[0], np.exp(found.x[1])], rtol=1e-5)
    np.testing.assert_allclose(method.gradient(State(fit), pairs, problem)[:2], 0, atol=1e-8)
    tied = offline.fit(Preferences(np.append(pairs.winners, 1), np.append(pairs.losers, 1)), problem, method.beta)
    np.testing.assert_allclose([tied.mean, tied.std], [fit.mean, fit.std], rtol=1e-6)


def test_no_fit_where_a_parabola_orders_all_pairs():
    problem, method = Problem(PRESETS["single"]), DPO(label_noise=0.0, pairs=40)
    drawn = method.draw(State(Gaussian(np.zeros(1), np.ones(1))), problem, Streams(0, "separable", 1))
    assert offline.fit(Preferences(drawn.winners[0], drawn.losers[0]), problem, 0.5) is None


@pytest.mark.parametrize(
    ("winners", "losers"), [([0.005], [-0.005]), ([3.0], [-3.0]), ([3.0, 1.0], [-3.0, 1.0]), ([3, 1, 0.5], [-3, 1, -1])]
)
def test_no_fit_to_few_pairs(winners, losers):
    """Far apart, a moderate coefficient is already certain; close together, none ever is; a tie tells nothing."""
    assert offline.fit(Preferences(np.array(winners), np.array(losers)), Problem(), 0.5) is None


def test_training_on_pairs_ends_at_their_fit():
    problem, method = Problem(), DPO(label_noise=1.0, pairs=32, learning_rate=0.4)
    drawn = method.draw(State(Gaussian(np.zeros(1), np.ones(1))), problem, Streams(0, "DPO", 1))
    fit = offline.fit(Preferences(drawn.winners[0], drawn.losers[0]), problem, method.beta)
    end = run(method, problem, steps=3000).final[0]
    np.testing.assert_allclose([end.mean, end.std], [fit.mean, fit.std], atol=2e-3)
