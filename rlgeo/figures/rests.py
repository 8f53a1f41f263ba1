"""Chapter 12: where methods and their cousins rest, found fast enough for a figure with many of them."""

from functools import cache
from typing import Any

import numpy as np

from rlgeo import COUSINS, METHODS, Gaussian, Method, Problem
from rlgeo.methods import OnlineDPO
from rlgeo.theory.flow import fixed_point

ALL = METHODS | COUSINS
OFFLINE = {"DPO", "DRO", "IPO", "cDPO", "SLiC", "RPO", "OnlineDPO", "KTO"}
"""Methods with a KL coefficient of their own, which is set to the problem's β."""
EXACT: dict[str, dict[str, Any]] = {
    "GRPO": {"group_size": np.inf},
    "MaxRL": {"batch_size": np.inf},
    "MPO": {"batch_size": np.inf},
}
"""Methods whose batches are taken as infinite."""
BY_NEWTON = {"MaxRL", "PassAtK", "MPO", "GKD", "RPO", "OnlineDPO"}
"""Methods that rest near a best Gaussian, or near the one of OnlineDPO's labels."""


@cache
def problem_of(preset: str, beta: float) -> Problem:
    return Problem(preset, beta=beta)


def rest(name: str, preset: str, beta: float) -> Gaussian | None:
    """The destination of a method with its own coefficient equal to β, and otherwise with its default settings."""
    return _rest(name, preset, 0.5 if name in ("BestOfN", "RAFT") else beta)  # these two know no β


@cache
def _rest(name: str, preset: str, beta: float) -> Gaussian | None:
    method = ALL[name](**{"beta": beta} if name in OFFLINE else {}, **EXACT.get(name, {}))
    problem = problem_of(preset, beta)
    if name not in BY_NEWTON:
        return method.destination(problem)
    # OnlineDPO's label noise ν is to β_D what the scale of a reward is to β.
    scales = [1.0, method.label_noise] if isinstance(method, OnlineDPO) else [1.0]
    return found(method, problem, *(problem_of(preset, beta * scale).optimum().projection() for scale in scales))


def found(method: Method, problem: Problem, *near: Gaussian) -> Gaussian | None:
    """The rest near the first policy from which Newton's method finds one, else wherever the expected update leads."""
    for policy in near:
        there = fixed_point(lambda p: method.expected_gradient(p, problem), policy, within=2.0)
        if there is not None:
            return there
    return method.destination(problem)
