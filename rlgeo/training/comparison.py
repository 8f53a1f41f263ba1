"""Several methods from one start."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from rlgeo.arguments import check
from rlgeo.methods import METHODS
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import START, Problem
from rlgeo.toy.state import Trajectory
from rlgeo.training.loop import run


def compare(
    problem: Problem,
    start: Gaussian = START,
    steps: int = 100,
    *,
    methods: Iterable[Method] | Mapping[str, Method] | None = None,
    budget: float = 1.0,
    runs: int = 1,
    seed: int = 0,
    records: bool = True,
) -> dict[str, Trajectory]:
    """Train every method from ``start``, side by side.

    A run depends on its own method, inputs, seed and number alone: other methods and more runs change nothing.

    Parameters
    ----------
    problem, start, steps, runs, seed, records
        As for :func:`rlgeo.run`.
    methods
        Instances, or label → instance; by default all of METHODS with their defaults.
    budget
        Factor on every sample count, for example 1/8 … 8; see :func:`budgeted`.

    Returns
    -------
    dict
        Label (by default the method's name) → Trajectory.

    Raises
    ------
    ValueError
        If two methods share a label, or naming the argument that is out of range.
    """
    if methods is None:
        methods = [method() for method in METHODS.values()]
    check.instance("methods", methods, Iterable, "instances, for example [PG(), GRPO()]")
    listed = list(methods.values() if isinstance(methods, Mapping) else methods)
    if not listed:
        raise ValueError(f"methods={methods!r} is empty: methods must be instances, for example [PG(), GRPO()]")
    for method in listed:
        check.instance("methods", method, Method, "instances, for example [PG(), GRPO()]")
    if not isinstance(methods, Mapping):
        names = [method.name for method in listed]
        if len(set(names)) < len(names):
            raise ValueError(f"methods={names} repeats a name: give a mapping label → method instead")
        methods = dict(zip(names, listed, strict=True))
    return {
        label: run(budgeted(method, budget), problem, start, steps, runs=runs, seed=seed, records=records)
        for label, method in methods.items()
    }


def budgeted(method: Method, budget: float) -> Method:
    """The method with its sample count times ``budget``, rounded, and not below what the method admits.

    Raises
    ------
    ValueError
        If ``budget`` is not a positive number.
    """
    factor = check.scalar("budget", budget, check.POSITIVE)
    counts = {
        name: max(round(getattr(method, name) * factor), int(check.Interval.parse(parameter.allowed).low))
        for name, parameter in method.parameters().items()
        if parameter.samples
    }
    return replace(method, **counts)  # type: ignore[type-var]


def cost(method: Method, steps: int) -> int:
    """Samples that ``steps`` updates use up: rewards asked for, or labels in DPO; 0 for exact gradients."""
    steps = check.integer("steps", steps, at_least=0)
    batches = min(steps, 1) if np.isinf(method.lifetime) else -(-steps // int(method.lifetime))
    per_batch = sum(int(getattr(method, name)) for name, p in method.parameters().items() if p.samples)
    return batches * per_batch
