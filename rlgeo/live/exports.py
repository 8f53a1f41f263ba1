"""What the browser gets: the problem's functions, and of every method its rules and per-sample terms."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import rlgeo
from rlgeo.live.graph import Graph
from rlgeo.live.noise import Given, Requests
from rlgeo.live.structure import BUILD, flatten, like, number, symbols
from rlgeo.live.traced import Untraceable
from rlgeo.methods import COUSINS, METHODS
from rlgeo.methods.base import Method
from rlgeo.theory import natural, pairs, preference
from rlgeo.toy.box import clamp
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.optimum import Optimum
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward

PACKAGE = Path(rlgeo.__file__).parent
FIELD = "expected_gradient"
"""The mean of the sampled gradient, a formula in some methods and an integral in others (``Method.by_quadrature``)."""
INTEGRAL = {
    "finest": ["policy", "problem"],
    "expected_gradient_on": ["policy", "problem", "nodes", "weights", "others"],
    "expected_gradient_from": ["policy", "problem", "observed"],
}
"""The expected update where it is an integral: over nodes that the browser makes, or of labels that it sums up once."""
FORMULAS = {FIELD, "closed_form"}
"""What says where a method ends; ``destination`` itself may search and is not for the browser."""
WHOLES = {"gradient", "step", "diagnostics"}
"""What a batch gives as a whole; its other functions have a number for every sample."""
PARTS = {"surrogate", "reward_surrogate", "reward_gradient"}
"""What ``diagnostics`` and ``gradient`` are made of; the browser gets the wholes."""


@dataclass(frozen=True)
class Export:
    """One traced function.

    Parameters
    ----------
    owner
        ``"core"`` or a method's name.
    name
        The function's name.
    arguments
        Names of what it takes: ``"problem"``, ``"state"``, ``"batch"``, …
    outputs
        Nested dicts and lists of traced arrays.
    source
        The Python function, for its docstring and its place.
    call
        The same function on concrete arguments: nested dicts in, nested dicts out.
    """

    owner: str
    name: str
    arguments: tuple[str, ...]
    outputs: Any
    source: Callable[..., Any]
    call: Callable[[dict[str, Any]], Any]


def reward(reward: BumpReward, actions: Any) -> Any:
    return reward(actions)


def landscape(problem: Problem, means: Any, stds: Any) -> Any:
    return problem.landscape(means, stds)


def optimum(problem: Problem, actions: Any) -> Any:
    best = problem.optimum()
    return {
        "density": best.density(actions),
        "log_partition": best.log_partition,
        "mean": best.mean,
        "std": best.std,
        "objective": best.objective,
    }


def preference_end(problem: Problem, margin: Any, beta: Any) -> Any:
    c1, c2 = preference.in_actions(problem.reference, *margin)
    return natural.tilted(problem.reference, c1 / beta, c2 / beta)


CORE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "reward": (reward, BumpReward.__call__),
    "log_prob": (lambda policy, actions: policy.log_prob(actions), Gaussian.log_prob),
    "density": (lambda policy, actions: policy.density(actions), Gaussian.density),
    "expected_reward": (lambda problem, policy: problem.expected_reward(policy), Problem.expected_reward),
    "kl": (lambda problem, policy: problem.kl(policy), Problem.kl),
    "objective": (lambda problem, policy: problem.objective(policy), Problem.objective),
    "gradient": (lambda problem, policy: problem.gradient(policy), Problem.gradient),
    "landscape": (landscape, Problem.landscape),
    "optimum": (optimum, Optimum),
    "clamp": (lambda policy: clamp(policy.mean, policy.std), clamp),
    "label_moments": (pairs.moments, pairs.moments),
    "preference_newton": (
        lambda margin, observed, error: preference.newton(margin, observed, error),
        preference.newton,
    ),
    "preference_end": (preference_end, natural.tilted),
}
"""Name → (what is traced, what documents it)."""


def exports(graph: Graph) -> Iterator[Export]:
    """Everything the browser gets, core first, then METHODS and COUSINS in their order."""
    known = symbols(graph)
    for name, (function, source) in CORE.items():
        arguments = {p: known[p] for p in inspect.signature(function).parameters}
        yield traced("core", name, source, arguments, partial(on_objects, function))
    for method in (METHODS | COUSINS).values():
        yield from method_exports(graph, known, method)


def method_exports(graph: Graph, known: dict[str, Any], method: type[Method]) -> Iterator[Export]:
    """``lifetime``, ``noise``, ``draw`` and every public function of the state or the batch."""
    known = known | {"method": {name: number(graph, f"method.{name}") for name in method.parameters()}}

    def draw(given: dict[str, Any]) -> Any:
        objects = build({k: v for k, v in given.items() if k not in ("noise", "method")})
        return made(method, given["method"]).draw(rng=given["noise"], **objects)

    requests = Requests(graph)
    base = {name: known[name] for name in ("state", "problem", "method")}
    drawn = traced(method.name, "draw", method.draw, base | {"noise": requests}, draw)
    shapes = {name: list(shape) for name, shape in requests.shapes.items()}
    yield Export(method.name, "noise", ("method",), shapes, method.draw, lambda given: shapes)
    yield replace(drawn, call=lambda given: flatten(draw(given | {"noise": Given(given["noise"])})))
    container = type(draw(base | {"noise": Requests(graph)}))
    known = known | {"batch": like(graph, "batch", drawn.outputs)}

    lifetime = inspect.getattr_static(method, "lifetime").fget
    yield traced(
        method.name, "lifetime", lifetime, {"method": known["method"]}, lambda g: made(method, g["method"]).lifetime
    )
    for name, function in rules(method):
        wanted = required(function)

        def call(given: dict[str, Any], name: str = function.__name__, wanted: list[str] = wanted) -> Any:
            objects = build({k: v for k, v in given.items() if k not in ("batch", "method")})
            if "batch" in wanted:
                objects["batch"] = container(**given["batch"])
            return getattr(made(method, given["method"]), name)(**objects)

        yield traced(method.name, name, function, {k: known[k] for k in (*wanted, "method")}, call)


def rules(method: type[Method]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """A method's public functions of the state and the batch, and its formulas for the expected path."""
    for name, function in inspect.getmembers(method, inspect.isfunction):
        integral = name in FORMULAS and method.by_quadrature
        if integral and name == FIELD and not method.parts:
            yield "integral", function
        if name.startswith("_") or name in ("draw", "destination") or name in PARTS or integral:
            continue
        wanted = set(required(function))
        if name in INTEGRAL:
            if name in method.parts and INTEGRAL[name] == required(function):
                yield name, function
            continue
        if name in FORMULAS or (wanted <= {"state", "batch", "problem"} and wanted & {"state", "batch"}):
            yield name, function


def terms(method: type[Method]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """A method's functions that have a number for every sample of a batch."""
    return (
        (name, function) for name, function in rules(method) if "batch" in required(function) and name not in WHOLES
    )


def made(method: type[Method], given: dict[str, Any]) -> Method:
    """The method with these hyperparameters, symbolic or numbers; a choice is given by its number."""
    described = method.parameters()
    return method(**{name: described[name].decoded(value) for name, value in given.items()})


@cache
def required(function: Callable[..., Any]) -> list[str]:
    """The parameters that must be given, without ``self``."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return [p.name for p in parameters if p.default is p.empty]


def on_objects(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    return function(**build(given))


def build(given: dict[str, Any]) -> dict[str, Any]:
    """Objects of ``rlgeo`` from nested dicts, symbolic or concrete."""
    return {name: BUILD[name](value) if name in BUILD else value for name, value in given.items()}


def traced(
    owner: str, name: str, source: Callable[..., Any], arguments: dict[str, Any], call: Callable[[dict[str, Any]], Any]
) -> Export:
    """The export, or an error that names the function, the file and the line that the browser could not repeat."""
    try:
        outputs = flatten(call(arguments))
    except Exception as error:
        raise Untraceable(f"{owner}.{name} cannot run in the browser.\n  {place(error)}\n  {error}") from error
    return Export(owner, name, tuple(arguments), outputs, source, lambda given: flatten(call(given)))


def place(error: BaseException) -> str:
    """File, line, function and text of the innermost frame outside NumPy, SciPy and the tracer."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not {"live", "numpy", "scipy"} & set(Path(f.filename).parts[-3:-1])]
    own = [f for f in own if "site-packages" not in f.filename] or list(frames)
    path = Path(own[-1].filename)
    shown = path.relative_to(PACKAGE.parent) if PACKAGE.parent in path.parents else path
    return f"{shown}:{own[-1].lineno}, in {own[-1].name}: {own[-1].line}"
