"""A method over a grid of hyperparameters, on any executor, with every finished point kept on disk."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import START, Problem
from rlgeo.toy.state import Trajectory
from rlgeo.training.loop import run

Measure = Callable[[Trajectory], Mapping[str, Array]]


@dataclass(frozen=True, eq=False)
class Point:
    """One point of the grid: its hyperparameters, and what was measured there."""

    settings: dict[str, Any]
    results: dict[str, Array]


def final(trajectory: Trajectory) -> dict[str, Array]:
    """``mean``, ``std`` and ``objective`` at the end of every run, shape ``(runs,)``."""
    return {name: getattr(trajectory, name)[:, -1] for name in ("mean", "std", "objective")}


def report(done: int, total: int) -> None:
    """A counter on one line of a terminal; silent elsewhere."""
    if sys.stderr.isatty():
        print(f"\rsweep: {done} of {total} points", end="\n" if done == total else "", file=sys.stderr, flush=True)


def sweep(
    method: Method | type[Method],
    problem: Problem,
    grid: Mapping[str, Sequence[Any]],
    executor: Executor | None = None,
    *,
    start: Gaussian = START,
    steps: int = 100,
    runs: int = 1,
    seed: int = 0,
    measure: Measure = final,
    folder: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = report,
) -> list[Point]:
    """Run ``method`` at every combination of the values in ``grid``.

    Parameters
    ----------
    method
        What is not in the grid is taken from here; a class stands for its defaults.
    grid
        Hyperparameter name → values.
    executor
        Any ``concurrent.futures`` executor (process pool, ``dask.distributed``'s ``client.get_executor()``, …);
        without one, points are computed here, one after the other. The results are the same. In a worker process
        Ctrl-C then ends points only: between them, and after the sweep, the process that owns the pool gets it alone.
    measure
        What is kept of a trajectory, name → array; a top-level function if the executor has other processes.
    folder
        Where finished points are kept. Each is written the moment it is done and atomically, so a crash or Ctrl-C
        loses none, and the same call goes on where it stopped. A file is used again only for the same inputs,
        ``measure`` and source code of ``rlgeo``.
    progress
        Called with (points done, points in all).

    Returns
    -------
    list of Point
        In the order of ``itertools.product`` over the grid.

    Raises
    ------
    ValueError
        For an unknown hyperparameter, an empty list of values or a value out of range, before anything is run.
    """
    points = _points(method() if isinstance(method, type) else method, grid)
    # Wrong inputs are reported now rather than by the first worker.
    check.integer("steps", steps, at_least=0), check.integer("runs", runs, at_least=1)
    results: dict[int, dict[str, Array]] = {}
    files = [_file(folder, point, problem, start, steps, runs, seed, measure) for _, point in points]
    for i, file in enumerate(files):
        if (kept := _load(file)) is not None:
            results[i] = kept

    def finish(i: int, result: dict[str, Array]) -> None:
        _save(files[i], result)
        results[i] = result
        if progress:
            progress(len(results), len(points))

    if progress:
        progress(len(results), len(points))
    missing = [i for i in range(len(points)) if i not in results]
    arguments = (problem, start, steps, runs, seed, measure)
    if executor is None:
        for i in missing:
            finish(i, _compute(points[i][1], *arguments))
    else:
        futures = {executor.submit(_compute, points[i][1], *arguments): i for i in missing}
        _gather(futures, finish)
    return [Point(settings, results[i]) for i, (settings, _) in enumerate(points)]


def _points(method: Method, grid: Mapping[str, Sequence[Any]]) -> list[tuple[dict[str, Any], Method]]:
    for name, values in grid.items():
        if name not in method.parameters():
            known = ", ".join(method.parameters())
            raise ValueError(f"grid names {name!r}, which {method.name} does not have: it must be one of {known}")
        if len(values) == 0:
            raise ValueError(f"grid[{name!r}] is empty: at least one value is wanted")
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    return [(settings, replace(method, **settings)) for settings in combinations]  # type: ignore[type-var]


def _compute(
    method: Method, problem: Problem, start: Gaussian, steps: int, runs: int, seed: int, measure: Measure
) -> dict[str, Array]:
    with _interruptible():
        # `final` asks for no diagnostics, so none are measured.
        trajectory = run(method, problem, start, steps, runs=runs, seed=seed, records=measure is not final)
        return {name: np.asarray(value) for name, value in measure(trajectory).items()}


@contextmanager
def _interruptible() -> Iterator[None]:
    """In a worker process, let Ctrl-C end a point and nothing else.

    A worker that is interrupted while it hands over a result can keep the lock of its pool; then all wait for ever.
    """
    if multiprocessing.parent_process() is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _gather(futures: dict[Future[dict[str, Array]], int], finish: Callable[[int, dict[str, Array]], None]) -> None:
    """Finish points as they come; whatever ends this early, keep what is done and cancel the rest."""
    open_futures = dict(futures)
    try:
        for future in as_completed(futures):
            finish(open_futures.pop(future), future.result())
    finally:
        for future, i in open_futures.items():
            if not future.cancel() and future.done() and not future.cancelled() and future.exception() is None:
                finish(i, future.result())


@cache
def _sources() -> str:
    """A digest of the mathematics, so that results of an edited formula are not mistaken for old ones."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *package.glob("methods/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _text(measure: Measure) -> str:
    """The source of a measure, or its name where the source is not at hand."""
    try:
        return inspect.getsource(measure)
    except (OSError, TypeError):
        return repr(getattr(measure, "__qualname__", type(measure).__qualname__))


def _file(
    folder: str | os.PathLike[str] | None,
    method: Method,
    problem: Problem,
    start: Gaussian,
    steps: int,
    runs: int,
    seed: int,
    measure: Measure,
) -> Path | None:
    """Where a point is kept: its name is a digest of everything that its result depends on."""
    if folder is None:
        return None
    arrays = (
        *(problem.reward.weights, problem.reward.centers, problem.reward.widths),
        *(problem.reference.mean, problem.reference.std, problem.beta, start.mean, start.std),
    )
    identity = [
        *(_sources(), method.name, _text(measure), steps, runs, seed),
        {name: getattr(method, name) for name in method.parameters()},
        [np.asarray(a).tolist() for a in arrays],
    ]
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return Path(folder) / f"{method.name.lower()}-{digest[:24]}.npz"


def _save(file: Path | None, result: dict[str, Array]) -> None:
    """Write beside the place and rename: the file is there whole or not at all."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            np.savez(stream, **result)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _load(file: Path | None) -> dict[str, Array] | None:
    """A kept point; ``None`` if there is none or the file is damaged."""
    if file is None or not file.exists():
        return None
    with (
        suppress(OSError, ValueError, EOFError, zipfile.BadZipFile),
        file.open("rb") as stream,
        np.load(stream) as kept,
    ):
        return {name: kept[name] for name in kept.files}
    return None
