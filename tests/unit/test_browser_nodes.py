"""What the browser runs of the integrals, in Python: numbers that call themselves symbolic take the traced branches.

Fixed nodes there, adaptive ones here; a choice by its number there, by its name here.
"""

import numpy as np
import pytest

from rlgeo import COUSINS, GRPO, PG, PPO, PRESETS, RLOO, Gaussian, Problem, State
from rlgeo.theory.quadrature import normal_nodes, normal_points


class Symbolic(np.ndarray):
    """An array of which :func:`rlgeo.arguments.check.is_duck` says that its values are not known yet."""

    symbolic = True


def symbolic(value):
    return np.asarray(value, float).view(Symbolic)


RANKED = {"BestOfN", "PassAtK", "RAFT"}
INTEGRALS = [kind for kind in COUSINS.values() if kind.by_quadrature]
CHOICES = [
    (kind, name, choice)
    for kind in (PG, RLOO, PPO, GRPO, *COUSINS.values())
    for name, parameter in kind.parameters().items()
    for choice in parameter.choices
]


def with_numbers(kind, **given):
    """The method with all of its hyperparameters symbolic, choices by their numbers."""
    method = kind(**given)
    codes = {name: parameter.code(getattr(method, name)) for name, parameter in kind.parameters().items()}
    return method, kind(**{name: symbolic(code) for name, code in codes.items()})


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", INTEGRALS)
def test_fixed_nodes_agree_with_adaptive_ones(kind, preset):
    tolerance = 4e-3 if kind.name in RANKED else 1e-4 if kind.name == "SLiC" else 1e-6
    problem = Problem(preset, Gaussian(0.3, 1.4), 0.7)
    method, traced = with_numbers(kind)
    for mean, std in ((0.7, 0.9), (-0.4, 1.6)):
        found = traced.expected_gradient(Gaussian(symbolic(mean), symbolic(std)), problem)
        expected = method.expected_gradient(Gaussian(mean, std), problem)
        assert np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.parametrize(("kind", "name", "choice"), CHOICES)
def test_choices_by_their_numbers(kind, name, choice):
    """Surrogate and gradient on one batch."""
    problem, rng = Problem("double", Gaussian(0.3, 1.4), 0.7), np.random.default_rng(0)
    old = Gaussian([0.2, 0.9], [1.1, 0.8])
    state = State(Gaussian(old.mean + 0.1, old.std), old, 0.2)
    method, traced = with_numbers(kind, **{name: choice})
    batch = method.draw(state, problem, rng)
    assert np.allclose(traced.surrogate(state, batch, problem), method.surrogate(state, batch, problem), rtol=1e-12)
    pairs = zip(traced.gradient(state, batch, problem), method.gradient(state, batch, problem), strict=True)
    assert all(np.allclose(found, expected, rtol=1e-12) for found, expected in pairs)


@pytest.mark.parametrize("kl", ["exact", "k1-reward", "k2-loss"])
def test_grpo_on_given_nodes(kl):
    """What the browser is given to integrate with gives what Python finds with its own nodes."""
    method, policy, problem = GRPO(group_size=8, kl=kl), Gaussian(0.7, 0.9), Problem("double", Gaussian(0.3, 1.4), 0.7)
    spacing = float(method.finest(policy, problem))
    assert spacing == 0.5 * min(1, float(np.min(problem.reward.widths)) / 0.9)
    nodes, weights = normal_nodes(spacing)
    found = method.expected_gradient_on(policy, problem, nodes, weights, normal_points(7, 8, 256))
    assert np.allclose(found, method.expected_gradient(policy, problem), rtol=1e-10)
