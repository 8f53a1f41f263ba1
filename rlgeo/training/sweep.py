"""A method over a grid of hyperparameters, in as many processes as joblib is told, with finished points on disk."""

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.arguments.guard import is_problem
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import START, Problem
from rlgeo.toy.state import Trajectory
from rlgeo.training.identity import digests
from rlgeo.training.loop import run


class Point(NamedTuple):
    """One point of the grid: its hyperparameters, and what was measured there."""

    settings: dict[str, Any]
    results: dict[str, Array]


def final(trajectory: Trajectory) -> dict[str, Array]:
    """``mean``, ``std`` and ``objective`` at the end of every run, shape ``(runs,)``."""
    return {name: getattr(trajectory, name)[:, -1] for name in ("mean", "std", "objective")}


def sweep(
    method: Method | type[Method],
    problem: Problem,
    grid: Mapping[str, Sequence[Any]],
    *,
    start: Gaussian = START,
    steps: int = 100,
    runs: int = 1,
    seed: int = 0,
    measure: Callable[[Trajectory], Mapping[str, Array]] = final,
    records: bool = False,
    folder: str | os.PathLike[str] | None = None,
) -> list[Point]:
    """Run ``method`` at every combination of the values in ``grid``.

    Inside ``with joblib.parallel_config(n_jobs=4):`` the points are shared out among four processes, with ``"dask"`` as
    its first argument over a cluster; ``verbose`` shows progress. The results are the same.

    Parameters
    ----------
    method
        What is not in the grid is taken from here; a class stands for its defaults.
    grid
        Hyperparameter name → values.
    measure
        What is kept of a trajectory, name → array.
    records
        Whether trajectories carry the diagnostics of every step, for a measure that wants them.
    folder
        Where finished points are kept. Each is written, whole or not at all, the moment it is done, and the same call
        goes on where it was stopped. A point is used again only if all inputs are the same, and every source file of
        rlgeo and of whatever else is loaded and not installed. They are pickles: use no folder that you do not trust.

    Returns
    -------
    list of Point
        In the order of ``itertools.product`` over the grid.

    Raises
    ------
    ImportError
        If joblib is not installed.
    ValueError
        Before anything is run: for an unknown hyperparameter, no values, a value out of range, a folder that cannot be
        used, or one for results of a function or class without a file, as a notebook's.
    """
    try:
        from joblib import Memory, Parallel, delayed
    except ImportError:
        raise ImportError("sweep needs joblib, which is not installed: pip install 'rlgeo[sweep]'") from None
    is_problem(problem)
    points = _points(method() if isinstance(method, type) else method, grid)
    steps, runs = check.integer("steps", steps, at_least=0), check.integer("runs", runs, at_least=1)
    common = (problem, start, steps, runs, check.integer("seed", seed, at_least=0), measure, records)
    if folder is None:
        tasks = [delayed(_compute)("", (point, *common)) for point in points]
    else:
        keys = digests([(point, *common) for point in points])
        try:
            stored = Memory(os.fspath(folder), verbose=0).cache(_compute, ignore=["inputs"])
            stored.check_call_in_cache(keys[0], ())
        except (OSError, ValueError) as error:
            raise ValueError(f"folder={os.fspath(folder)!r} cannot be used: {error}") from None
        tasks = [delayed(_recall)(stored, key, (point, *common)) for key, point in zip(keys, points, strict=True)]
    found = zip(points, Parallel()(tasks), strict=True)
    return [Point({name: getattr(point, name) for name in grid}, results) for point, (_, results) in found]


def _points(method: Method, grid: Mapping[str, Sequence[Any]]) -> list[Method]:
    check.instance("method", method, Method, "a method, for example GRPO")
    check.instance("grid", grid, Mapping, "hyperparameter name → values, for example {'group_size': [2, 8]}")
    for name, values in grid.items():
        if name not in method.parameters():
            known = f"it must be one of {', '.join(method.parameters())}"
            raise ValueError(f"grid names {name!r}, which {method.name} does not have: {known}")
        if np.ndim(values) != 1 or len(values) == 0:
            raise ValueError(f"grid[{name!r}]={values!r} is not a list of one or more values")
    combinations = itertools.product(*grid.values())
    return [replace(method, **dict(zip(grid, values, strict=True))) for values in combinations]  # type: ignore[type-var]


def _compute(key: str, inputs: tuple[Any, ...]) -> tuple[str, dict[str, Array]]:
    """What is measured at one point, with the key of its inputs, by which joblib stores it."""
    method, problem, start, steps, runs, seed, measure, records = inputs
    trajectory = run(method, problem, start, steps, runs=runs, seed=seed, records=records)
    return key, {name: np.asarray(value) for name, value in measure(trajectory).items()}


def _recall(stored: Any, key: str, inputs: tuple[Any, ...]) -> Any:
    """A stored point; a new one where there is none, or where its file is torn or another's."""
    if stored.check_call_in_cache(key, inputs):
        with suppress(Exception):  # whatever a torn file may raise
            owner, results = stored.call_and_shelve(key, inputs).get()
            if owner == key:
                return owner, results
    return stored.call(key, inputs)[0]
