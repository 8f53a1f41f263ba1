import numpy as np
import pytest
from hypothesis import given
from oracles import expectation, gradient, numbers, policies, rewards

from rlgeo import PRESETS, BumpReward, Gaussian, preset


@given(rewards(), numbers(-8, 8))
def test_reward_is_the_sum_of_its_bumps(reward, action):
    terms = [
        w * np.exp(-((action - c) ** 2) / (2 * s**2))
        for w, c, s in zip(reward.weights, reward.centers, reward.widths, strict=True)
    ]
    assert np.isclose(reward(action), sum(terms), rtol=1e-12, atol=1e-14)


@given(rewards(), policies)
def test_expectation_against_quadrature(reward, policy):
    numeric = expectation(reward, policy, np.min(reward.widths))
    assert abs(reward.expectation(policy) - numeric) < 1e-10


@given(rewards(), policies)
def test_expectation_gradient_against_differences(reward, policy):
    numeric = gradient(reward.expectation, policy)
    assert np.allclose(reward.expectation_gradient(policy), numeric, rtol=1e-7, atol=1e-7 * np.hypot(*numeric) + 1e-10)


@given(rewards(), policies)
def test_expectation_gradient_against_the_score_identity(reward, policy):
    """∇E[r] = E[r ∇log π], by quadrature."""
    finest = np.min(reward.widths)
    for i, closed in enumerate(reward.expectation_gradient(policy)):
        numeric = expectation(lambda a, i=i: reward(a) * policy.score(a)[i], policy, finest)
        assert abs(closed - numeric) < 1e-10 / policy.std


@given(rewards(), policies)
def test_variance_against_quadrature(reward, policy):
    finest = np.min(reward.widths) / 2
    mean = expectation(reward, policy, finest)
    numeric = expectation(lambda a: (reward(a) - mean) ** 2, policy, finest)
    assert abs(reward.variance(policy) - numeric) < 1e-10


@pytest.mark.parametrize("std", [1e-3, 1e-6])
def test_variance_of_a_narrow_policy_does_not_cancel(std):
    """Near c the bump is κ(1 − x²/2 + …), x = (a − c)/s: Var = κ²(σ² x̄² + σ⁴/2s⁴), here at x̄ = 0 and at .025."""
    flat = BumpReward([1600.0], [0.0], [40.0])
    for mean in (0.0, 1.0):
        slope, curvature = -flat(mean) * mean / 40**2, flat(mean) * ((mean / 40) ** 2 - 1) / 40**2
        expected = slope**2 * std**2 + curvature**2 * std**4 / 2
        np.testing.assert_allclose(flat.variance(Gaussian(mean, std)), expected, rtol=1e-6)


def test_variance_of_what_hardly_ever_happens():
    """Two equal bumps 60 σ away: E[r²] by completing the square, and E[r]² is nothing beside it."""
    reward, policy = BumpReward([0.7, 0.7], [30.0, 30.0], [0.5, 0.5]), Gaussian(0.0, 0.5)
    second = 1.4**2 * np.exp(-(30**2) / (0.5**2 + 2 * 0.5**2)) / np.sqrt(1 + 2 * 0.5**2 / 0.5**2)
    np.testing.assert_allclose(reward.variance(Gaussian(0.0, 0.5)), second, rtol=1e-12)
    assert policy.std == 0.5


@given(rewards(), policies)
def test_expectation_hessian_against_differences(reward, policy):
    found = reward.expectation_hessian(policy)
    rows = [gradient(lambda p, i=i: reward.expectation_gradient(p)[i], policy) for i in (0, 1)]
    expected = [rows[0][0], rows[0][1], rows[1][1]]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7 * (np.max(np.abs(rows)) + 1))


def test_a_batch_gives_one_number_per_policy():
    batch = Gaussian(np.zeros((4, 1)), [1.0, 2.0, 3.0])
    reward = PRESETS["double"]
    assert reward.expectation(batch).shape == (4, 3)
    assert reward.variance(batch).shape == (4, 3)
    assert all(g.shape == (4, 3) for g in reward.expectation_gradient(batch))
    assert reward(np.zeros((2, 5))).shape == (2, 5)


def test_presets_are_the_books():
    listed = {
        name: list(zip(r.weights.tolist(), r.centers.tolist(), r.widths.tolist(), strict=True))
        for name, r in PRESETS.items()
    }
    assert listed == {
        "single": [(1, 2, 0.8)],
        "double": [(1, -1.5, 0.7), (1.4, 2, 0.8)],
        "trap": [(0.6, -1, 0.5), (1.5, 2.2, 0.9)],
        "mixed": [(1.2, 2, 0.8), (-0.8, -1.5, 0.6)],
    }
    assert preset("trap") is PRESETS["trap"]


@pytest.mark.parametrize(
    ("bumps", "message"),
    [
        (([], [], []), r"one length K >= 1, but their shapes are \(0,\), \(0,\) and \(0,\)"),
        (([1, 2], [0], [1]), r"one length K >= 1, but their shapes are \(2,\), \(1,\) and \(1,\)"),
        (([1], [0, 1], [1]), r"their shapes are \(1,\), \(2,\) and \(1,\)"),
        (([1], [0], [1, 1]), "one length"),
        ((1.0, 0.0, 1.0), "one length"),
        (([[1]], [[0]], [[1]]), "one length"),
        (([1], [0], [0]), r"widths=0 is outside \(0, inf\)"),
        (([1], [0], [-1]), r"widths=-1 is outside"),
        (([np.nan], [0], [1]), r"weights=nan is outside \(-inf, inf\)"),
        (([1], [np.inf], [1]), r"centers=inf is outside"),
    ],
)
def test_bad_bumps_are_refused(bumps, message):
    with pytest.raises(ValueError, match=message):
        BumpReward(*bumps)


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(ValueError, match="preset='triple' is unknown: it must be one of single, double, trap, mixed"):
        preset("triple")


def test_bad_actions_are_refused():
    with pytest.raises(ValueError, match="actions=nan is outside"):
        PRESETS["single"]([0.0, np.nan])


class Duck(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array without being one, as the tracer's do, but computes at once."""

    __iter__ = None  # how many there are is not known
    symbolic = True

    def __init__(self, value):
        self.value = np.asarray(value, float)

    def __getitem__(self, index):
        return Duck(self.value[index])

    def __array_ufunc__(self, ufunc, method, *inputs, **more):
        return Duck(getattr(ufunc, method)(*(getattr(x, "value", x) for x in inputs), **more))

    def __array_function__(self, function, types, arguments, more):
        return Duck(function(*(getattr(x, "value", x) for x in arguments), **more))


def test_bumps_that_are_not_known_yet():
    """The same numbers from stand-ins for weights, centers and widths, of any shape of actions."""
    plain = PRESETS["mixed"]
    traced = BumpReward(Duck(plain.weights), Duck(plain.centers), Duck(plain.widths))
    for actions in (0.7, np.linspace(-3, 3, 5), np.linspace(-3, 3, 6).reshape(2, 3)):
        found = traced(actions).value
        assert found.shape == np.shape(actions)
        np.testing.assert_allclose(found, plain(actions), rtol=1e-14)
    policy = Gaussian(np.array([0.3, 1.0]), 0.8)
    np.testing.assert_allclose(traced.expectation(policy).value, plain.expectation(policy), rtol=1e-14)
