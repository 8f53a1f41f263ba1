"""What is said once about every number, and the checks made from it."""

import inspect

import numpy as np
import pytest

import rlgeo
from rlgeo import COUSINS, DPO, DRO, EXPERIMENT, GRPO, METHODS, PG, PPO, RLHF
from rlgeo.arguments.check import Interval
from rlgeo.arguments.parameters import Parameter

TABLE = {
    "RLHF": {"learning_rate": (0.1, 0.005, 0.5)},
    "PG": {"learning_rate": (0.05, 0.005, 0.3), "batch_size": (16, 2, 128)},
    "PPO": {
        "learning_rate": (0.05, 0.005, 0.3),
        "batch_size": (16, 2, 128),
        "clip": (0.2, 0.02, 0.5),
        "epochs": (4, 1, 16),
        "value_learning_rate": (0.2, 0.005, 1),
    },
    "GRPO": {
        "learning_rate": (0.03, 0.005, 0.3),
        "group_size": (8, 2, 64),
        "clip": (0.2, 0.02, 0.5),
        "epochs": (4, 1, 16),
        "std_offset": (1e-4, 0, 0.2),
    },
    "DPO": {
        "learning_rate": (0.05, 0.005, 0.5),
        "pairs": (32, 4, 256),
        "beta": (0.5, 0.05, 3),
        "label_noise": (0.5, 0, 2),
    },
    "DRO": {
        "learning_rate": (0.05, 0.005, 0.5),
        "batch_size": (32, 4, 256),
        "beta": (0.5, 0.05, 3),
        "value_learning_rate": (0.1, 0.005, 1),
    },
}
"""Default, lowest and highest value of a control."""


def test_methods_and_hyperparameters_are_the_books():
    found = {
        name: {key: (getattr(method(), key), p.low, p.high) for key, p in method.parameters().items()}
        for name, method in METHODS.items()
    }
    for name in ("PG", "PPO", "GRPO"):
        assert found[name].pop("kl") == ("exact", 0, 8)
    assert found | TABLE == found  # there may be more
    assert list(METHODS)[:6] == ["RLHF", "PG", "PPO", "GRPO", "DPO", "DRO"]
    assert not METHODS.keys() & COUSINS.keys()
    assert all(METHODS[m.name] is m for m in (RLHF, PG, PPO, GRPO, DPO, DRO))


EACH = METHODS | COUSINS
ALL = [(name, key, p) for name, m in EACH.items() for key, p in m.parameters().items()]
EVERY = [(name, key, p) for name, key, p in ALL if not p.choices]
CHOICES = [(name, key, p) for name, key, p in ALL if p.choices]


@pytest.mark.parametrize(("method", "key", "parameter"), EVERY)
def test_metadata_are_sound(method, key, parameter):
    default = getattr(EACH[method](), key)
    assert parameter.low <= default <= parameter.high
    assert 0 < parameter.step <= parameter.high - parameter.low
    allowed = Interval.parse(parameter.allowed)
    assert allowed.contains(np.array([parameter.low, parameter.high]))
    assert parameter.meaning
    assert not parameter.meaning.endswith(".")
    assert "\n" not in parameter.meaning
    assert parameter.symbol
    assert parameter.integer == isinstance(default, int)
    assert parameter.samples == (key in ("batch_size", "group_size", "pairs"))
    assert not parameter.log or parameter.low > 0
    assert parameter.integer == (key in ("batch_size", "group_size", "pairs", "epochs"))


@pytest.mark.parametrize(("method", "key", "parameter"), EVERY)
def test_values_out_of_range_are_refused_by_name(method, key, parameter):
    allowed = Interval.parse(parameter.allowed)
    below = allowed.low - 1 if allowed.closed_low else allowed.low
    for bad in (below, np.nan):
        with pytest.raises(ValueError, match=rf"{key}={bad:g} is outside .*{key} must lie in") as error:
            EACH[method](**{key: bad})
        assert str(allowed) in str(error.value)
    for bad in ("many", [1, 2]):
        with pytest.raises(ValueError, match=key):
            EACH[method](**{key: bad})
    if parameter.integer:
        with pytest.raises(ValueError, match=rf"{key}=2.5 is not a whole number: {key} must lie in"):
            EACH[method](**{key: 2.5})
        assert isinstance(getattr(EACH[method](**{key: 6.0}), key), int)
    EACH[method](**{key: parameter.low})
    EACH[method](**{key: parameter.high})


@pytest.mark.parametrize(("method", "key", "parameter"), CHOICES)
def test_choices_are_sound(method, key, parameter):
    """One of the names, and in the browser its number; every name is told with its meaning, and no other is taken."""
    assert getattr(EACH[method](), key) in parameter.choices
    assert (parameter.low, parameter.high, parameter.step) == (0, len(parameter.choices) - 1, 1)
    assert parameter.integer
    assert all(meaning and not meaning.endswith(".") for meaning in parameter.choices.values())
    for number, name in enumerate(parameter.choices):
        assert getattr(EACH[method](**{key: name}), key) == name
        assert (parameter.code(name), parameter.decoded(number)) == (number, name)
    for bad in ("many", 0, 1.5, None, ["exact"], True):
        with pytest.raises(
            ValueError, match=rf"{key}=.* is unknown: {key} must be one of {next(iter(parameter.choices))}, "
        ):
            EACH[method](**{key: bad})


def test_there_is_a_choice():
    assert {name for name, key, _ in CHOICES if key == "kl"} >= {"PG", "RLOO", "PPO", "GRPO"}
    assert "kl" not in RLHF.parameters()


def test_only_the_group_may_be_infinite():
    assert GRPO(group_size=np.inf).group_size == np.inf
    for method, key in ((PG, "batch_size"), (PPO, "batch_size"), (PPO, "epochs"), (DPO, "pairs"), (DRO, "beta")):
        with pytest.raises(ValueError, match=f"{key}=inf is outside"):
            method(**{key: np.inf})


def test_lifetimes():
    assert [m().lifetime for m in (RLHF, PG, PPO, GRPO, DPO, DRO)] == [1, 1, 4, 4, np.inf, np.inf]
    assert PPO(epochs=7).lifetime == 7
    assert GRPO(epochs=9).lifetime == 9


@pytest.mark.parametrize("text", ["[0, 1]", "(0, 1)", "[0, inf)", "(-inf, inf)", "(0, 1]"])
def test_intervals(text):
    interval = Interval.parse(text)
    assert str(interval) == text
    assert interval.contains(0.0) == (text[0] == "[" or "-inf" in text)
    assert interval.contains(1.0) == (text[-1] == "]" or "inf" in text)
    assert interval.contains(0.5)
    assert not interval.contains(np.nan)
    assert not interval.contains(np.array([0.5, np.nan]))
    assert not interval.contains(-np.inf)


@pytest.mark.parametrize("text", ["0, 1", "[0; 1]", "", "{0, 1}"])
def test_bad_intervals_are_refused(text):
    with pytest.raises(ValueError, match="is not of the form"):
        Interval.parse(text)


def test_experiment_metadata():
    assert list(EXPERIMENT) == ["reference_mean", "reference_std", "beta", "mean", "std"]
    assert all(isinstance(p, Parameter) for p in EXPERIMENT.values())
    assert EXPERIMENT["beta"].check("beta", 0.5) == 0.5
    with pytest.raises(ValueError, match="std=0 is outside"):
        EXPERIMENT["std"].check("std", 0)


def test_everything_public_is_documented_and_listed():
    assert sorted(rlgeo.__all__) == sorted(set(rlgeo.__all__))
    for name in rlgeo.__all__:
        thing = getattr(rlgeo, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, name
        if inspect.isclass(thing):
            for key, member in vars(thing).items():
                if inspect.isfunction(member) and key.isidentifier() and not key.startswith(("_", "x")):
                    assert member.__doc__, f"{name}.{key}"
