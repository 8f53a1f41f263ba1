"""What is passed in: wrong types are named like wrong values, and objects own their numbers."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

import rlgeo
from rlgeo import GRPO, METHODS, PG, PRESETS, BumpReward, Gaussian, Problem, State, compare, follow, run
from rlgeo.training.sweep import sweep


class Series:
    """What pandas has: an array inside, arithmetic by labels outside."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values.astype(dtype)

    def __array_ufunc__(self, *_, **__):
        raise AssertionError("computed by labels")


MASKED = np.ma.masked_array([1.0, 2.0], [False, True])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Problem(None), "reward=None is not allowed: reward must be a BumpReward or the name of a preset"),
        (lambda: Problem(BumpReward), "reward=the class BumpReward is not allowed"),
        (lambda: Problem("single", 1.5), r"reference=1.5 is not allowed: reference must be a Gaussian"),
        (lambda: Problem("singel"), "preset='singel' is unknown"),
        (lambda: run(PG, Problem()), r"method=the class PG is not allowed: method must be an instance"),
        (lambda: run(PG(), "single"), "problem='single' is not allowed: problem must be a Problem"),
        (lambda: run(PG(), Problem(), 0.5), "start=0.5 is not allowed: start must be a Gaussian"),
        (lambda: run(PG(), Problem(), steps=2.5), "steps=2.5 is not allowed"),
        (lambda: run(PG(), Problem(), steps=True), "steps=True is not allowed"),
        (
            lambda: compare(Problem(), methods=METHODS),
            "methods=the class RLHF is not allowed: methods must be",
        ),
        (lambda: compare(Problem(), methods=[PG]), "methods=the class PG is not allowed"),
        (lambda: compare(Problem(), methods=["PG"]), "methods='PG' is not allowed"),
        (lambda: compare(Problem(), methods="PG"), "methods='P' is not allowed"),
        (lambda: compare(Problem(), methods=PG()), "methods=PG("),
        (lambda: compare(Problem(), methods={}), "methods={} is empty"),
        (lambda: sweep(PG(), Problem(), Gaussian(0, 1)), "grid=Gaussian("),
        (lambda: Problem().objective(0.5), "policy=0.5 is not allowed: policy must be a Gaussian"),
        (lambda: Problem().gradient(0.5), "policy=0.5 is not allowed: policy must be a Gaussian"),
        (lambda: Problem().kl(0.5), "policy=0.5 is not allowed: policy must be a Gaussian"),
        (lambda: Problem().expected_reward(0.5), "policy=0.5 is not allowed: policy must be a Gaussian"),
        (lambda: Gaussian(0, 1).kl(Problem()), "other=Problem("),
        (lambda: Problem("double", beta=1e-300).optimum().projection(), "beta=1e-300 is too small"),
        (lambda: Gaussian(True, 1), "mean=True is not a number"),
        (lambda: PG(batch_size=True), "batch_size=True is not a number"),
        (lambda: follow(Problem().gradient, Gaussian(0, 1), time=-1), "time=-1 is outside (0, inf)"),
        (
            lambda: follow(Problem().gradient, Gaussian([0, 1], 1)),
            "start has shape (2,); a single policy",
        ),
        (lambda: Gaussian("0", 1), "mean='0' is not a number"),
        (lambda: Gaussian([0, "1"], 1), "is not a number or an array of numbers"),
        (lambda: Gaussian(MASKED, 1), "is not a number or an array of numbers"),
        (lambda: Gaussian(Fraction(1, 2), 1), "is not a number or an array of numbers"),
        (lambda: Gaussian([[0, 1], [2]], 1), "is not a number or an array of numbers"),
        (lambda: Gaussian(0, 1j), "std=1j is not a number"),
        (lambda: GRPO(group_size="8"), "group_size='8' is not a number"),
        (lambda: BumpReward([1], [2], None), "widths=None is not a number"),
        (lambda: State(Gaussian(0, 1), value="much"), "value='much' is not a number"),
    ],
)
def test_wrong_types_are_named_like_wrong_values(call, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        call()
    assert message in str(raised.value)


def test_what_can_be_made_an_array_is_one():
    policy = Gaussian(Series([0.0, 1.0]), np.float32(2))
    assert type(policy.mean) is type(policy.std) is np.ndarray
    assert policy.mean.tolist() == [0, 1]
    assert PG(batch_size=np.int64(4)).batch_size == 4
    assert run(PG(), Problem(), steps=np.int32(2), runs=np.int64(3)).mean.shape == (3, 3)


@pytest.mark.parametrize(
    "array",
    [
        PRESETS["single"].weights,
        PRESETS["mixed"].centers,
        Problem().reference.mean,
        Gaussian([0.0, 1.0], 2).std,
        State(Gaussian(0, 1), value=[1.0]).value,
    ],
)
def test_nobody_can_write_into_a_frozen_object(array):
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 7


def test_what_was_passed_in_stays_its_owners():
    means, weights = np.array([0.0, 1.0]), np.array([1.0])
    policy, reward = Gaussian(means, 1), BumpReward(weights, [2], [0.8])
    means[0] = weights[0] = 9
    assert policy.mean.tolist() == [0, 1]
    assert reward.weights.tolist() == [1]


SCRIPT = """
import numpy as np
from rlgeo import PPO, Gaussian, Problem, compare, run

problem = Problem("double", reference=Gaussian(0, 1.5), beta=0.5)
trained = run(PPO(batch_size=16), problem, Gaussian(0, 1), 3, runs=2)
reveal_type(trained.objective)
reveal_type(problem.optimum().objective)
reveal_type(problem.landscape([0, 1], np.linspace(0.1, 1, 3)))
reveal_type(Gaussian([0, 1], 1).log_prob(0.5))
reveal_type(compare(problem)["PPO"].final)
reveal_type(PPO().destination(problem))
"""


def test_a_users_script_knows_its_types(tmp_path):
    """``mypy --strict`` on a script, as somebody who installed the package runs it."""
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    array = "numpy.ndarray[tuple[Any, ...], numpy.dtype[numpy.float64]]"
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed type" in line]
    policy = "rlgeo.toy.gaussian.Gaussian"
    assert revealed == [array, "float", array, array, policy, f"{policy} | None"]


def taking_a_problem():
    """Every public function and method of the methods, the theory and the training with a parameter ``problem``."""
    for package in (rlgeo.methods, rlgeo.theory, rlgeo.training):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for owner in (module, *(c for c in vars(module).values() if inspect.isclass(c))):
                for name, function in vars(owner).items():
                    own = inspect.isfunction(function) and function.__module__ == info.name
                    if own and not name.startswith(("_", "x")) and "problem" in inspect.signature(function).parameters:
                        yield function


def test_a_name_is_no_problem():
    """Whatever else is passed."""
    functions = set(taking_a_problem())
    assert len(functions) > 120
    wanted = r"^problem='double' is not allowed: problem must be a Problem, for example Problem\(\"double\"\)$"
    for function in functions - {rlgeo.training.loop.steps}:  # a generator: nothing is looked at before its first step
        parameters = inspect.signature(function).parameters
        others = {name: None for name, parameter in parameters.items() if parameter.default is parameter.empty}
        others |= {name: GRPO() for name in others if name in ("self", "method")}
        with pytest.raises(ValueError, match=wanted):
            function(**others | {"problem": "double"})


def test_tables_of_functions_ask_for_a_problem_too():
    for project in rlgeo.PROJECTIONS.values():
        with pytest.raises(ValueError, match=r"problem='double' is not allowed: .*, for example Problem\(\"double\"\)"):
            project("double")
    with pytest.raises(ValueError, match="problem=the class Problem is not allowed"):
        GRPO().destination(Problem)
    with pytest.raises(TypeError, match="problem"):
        GRPO().destination()
