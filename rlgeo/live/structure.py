"""Between the objects of ``rlgeo`` and nested dictionaries, which both languages have."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from rlgeo.live.graph import Graph
from rlgeo.live.traced import Traced
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.reward import BumpReward
from rlgeo.toy.state import State


def flatten(value: Any) -> Any:
    """Dataclasses, named tuples and dicts as dicts; plain tuples as lists; arrays and numbers stay."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: flatten(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: flatten(entry) for name, entry in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): flatten(entry) for name, entry in value.items()}
    return [flatten(entry) for entry in value] if isinstance(value, (tuple, list)) else value


def to_reward(entries: Any) -> BumpReward:
    return BumpReward(**entries)


def to_policy(entries: Any) -> Gaussian:
    return Gaussian(**entries)


def to_problem(entries: Any) -> Problem:
    return Problem(to_reward(entries["reward"]), to_policy(entries["reference"]), entries["beta"])


def to_state(entries: Any) -> State:
    return State(to_policy(entries["policy"]), to_policy(entries["behavior"]), entries["value"])


def same(value: Any) -> Any:
    return value


BUILD = {"reward": to_reward, "policy": to_policy, "problem": to_problem, "state": to_state}
"""Argument name → how to make the object from nested dicts; other arguments are arrays."""


def array(graph: Graph, path: str, rank: int) -> Traced:
    """An array input of this rank; its dimensions are its own lengths."""
    shape = tuple(
        Traced(graph, graph.add("length", options=(("path", path), ("axis", axis)), number=True))
        for axis in range(-rank, 0)
    )
    return Traced(graph, graph.add("input", options=(("path", path),), shape=shape))


def number(graph: Graph, path: str) -> Traced:
    """An input that is one number whatever is batched, such as a hyperparameter."""
    return Traced(graph, graph.add("input", options=(("path", path),), number=True))


def like(graph: Graph, path: str, value: Any) -> Any:
    """Inputs called ``path.name…`` in the structure and of the ranks of ``value``."""
    if isinstance(value, dict):
        return {name: like(graph, f"{path}.{name}", entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [like(graph, f"{path}.{i}", entry) for i, entry in enumerate(value)]
    return array(graph, path, len(value.shape) if isinstance(value, Traced) else np.ndim(value))


def symbols(graph: Graph) -> dict[str, Any]:
    """One symbolic argument of every kind that the core's functions and the methods take."""

    def policy(path: str) -> dict[str, Traced]:
        return {"mean": array(graph, f"{path}.mean", 0), "std": array(graph, f"{path}.std", 0)}

    def reward(path: str) -> dict[str, Traced]:
        return {name: array(graph, f"{path}.{name}", 1) for name in ("weights", "centers", "widths")}

    reference = {"mean": number(graph, "problem.reference.mean"), "std": number(graph, "problem.reference.std")}
    return {
        "reward": reward("reward"),
        "policy": policy("policy"),
        "problem": {"reward": reward("problem.reward"), "reference": reference, "beta": number(graph, "problem.beta")},
        "state": {
            "policy": policy("state.policy"),
            "behavior": policy("state.behavior"),
            "value": array(graph, "state.value", 0),
        },
        "actions": array(graph, "actions", 1),
        "means": array(graph, "means", 1),
        "stds": array(graph, "stds", 1),
        **{name: number(graph, name) for name in ("beta", "label_noise", "error")},
        **{name: [array(graph, f"{name}.{i}", 0) for i in (0, 1)] for name in ("observed", "margin")},
        "nodes": array(graph, "nodes", 1),
        "weights": array(graph, "weights", 1),
        "others": array(graph, "others", 3),
    }
