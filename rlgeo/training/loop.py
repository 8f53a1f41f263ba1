"""The training loop: a method, a problem, a start, a number of steps."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, cast

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.arguments.guard import is_problem
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import START, Problem
from rlgeo.toy.state import Gradient, State, Trajectory
from rlgeo.training.streams import BLOCK, Streams

CHUNK = 64 * BLOCK
"""Runs that are trained at once: so many fill the processor's cache, and more would have to go through memory."""


class Step(NamedTuple):
    """What a step is made of: the state before it, the batch it uses, and its gradient."""

    state: State
    batch: Any
    gradient: Gradient


def steps(method: Method, problem: Problem, state: State, rng: np.random.Generator) -> Iterator[Step]:
    """Train without end, and yield every step before it is taken.

    A batch serves ``method.lifetime`` steps; when a new one is drawn, π_old is refreshed.

    Parameters
    ----------
    method, problem
        What trains, and on what.
    state
        Where training starts: one policy or a batch of them, and V.
    rng
        Anything with ``standard_normal(shape)`` and ``random(shape)``.
    """
    batch, age = None, np.inf
    while True:
        if batch is None or (np.isfinite(method.lifetime) and age >= method.lifetime):
            state = State(state.policy, behavior=state.policy, value=state.value)
            batch, age = method.draw(state, problem, rng), 0
        gradient = method.gradient(state, batch, problem)
        yield Step(state, batch, gradient)
        state, age = method.move(state, gradient), age + 1


def run(
    method: Method,
    problem: Problem,
    start: Gaussian = START,
    steps: int = 100,
    *,
    runs: int = 1,
    seed: int = 0,
    records: bool = True,
) -> Trajectory:
    """Train ``runs`` policies side by side. Run ``i`` depends on the inputs, the seed and ``i`` alone.

    Parameters
    ----------
    method
        An instance, for example ``GRPO(group_size=16)``.
    problem
        What is optimized.
    start
        θ₀; one policy for all runs, or a batch of shape ``(runs,)``.
    steps
        Updates per run, ≥ 0.
    runs
        Independent runs, ≥ 1; one NumPy program, not a loop.
    seed
        Any whole number ≥ 0.
    records
        Whether to keep the diagnostics of every step.

    Returns
    -------
    Trajectory
        With arrays of shape ``(runs, steps + 1)``; its ``records`` are the method's ``diagnostics`` and
        ``gradient_norm``, the length of the step divided by η (before clamping).

    Raises
    ------
    ValueError
        Naming the argument that is out of range.
    """
    check.instance("method", method, Method, "an instance, for example GRPO()")
    is_problem(problem)
    check.instance("start", start, Gaussian, "a Gaussian")
    steps, runs = check.integer("steps", steps, at_least=0), check.integer("runs", runs, at_least=1)
    if start.shape not in ((), (runs,)):
        raise ValueError(f"start has shape {start.shape}, runs={runs}: start must be one policy, or one for each run")
    mean, std, objective = (np.empty((runs, steps + 1)) for _ in range(3))
    measured: dict[str, Array] = {}
    for first in range(0, runs, CHUNK):
        some = slice(first, min(first + CHUNK, runs))
        rows = some.stop - first
        starts = start if start.shape == () else start[some]
        path, kept = _train(method, problem, starts, steps, rows, _streams(seed, method, rows, first), records)
        mean[some], std[some] = path.mean[:, :rows].T, path.std[:, :rows].T
        objective[some] = problem.objective(path)[:, :rows].T
        for name in kept[0] if kept else ():
            column = measured.setdefault(name, np.empty((runs, steps)))
            column[some] = np.stack([record[name][:rows] for record in kept], axis=-1)
    return Trajectory(mean, std, objective, measured)


def _streams(seed: int, method: Method, rows: int, first: int) -> np.random.Generator:
    """Streams for whole blocks of runs; they quack like a Generator as far as a method's draw is concerned."""
    return cast(np.random.Generator, Streams(seed, method.name, _whole(rows), first))


def _whole(rows: int) -> int:
    """``rows`` rounded up to whole blocks. NumPy adds up a few rows in another order than many."""
    return -(-rows // BLOCK) * BLOCK


def _train(
    method: Method, problem: Problem, start: Gaussian, count: int, rows: int, rng: np.random.Generator, records: bool
) -> tuple[Gaussian, list[dict[str, Array]]]:
    """The path of one chunk, shape ``(count + 1, rows in whole blocks)``, and its records step by step."""
    spare = _whole(rows) - rows
    mean, std = (np.pad(np.broadcast_to(x, rows), (0, spare), mode="edge") for x in (start.mean, start.std))
    state, path, kept = State(Gaussian(mean, std), value=np.zeros(mean.shape)), list[Gaussian](), list[dict[str, Any]]()
    for now, batch, gradient in islice(steps(method, problem, state, rng), count):
        if records:
            norm = np.hypot(gradient.mean, gradient.std)
            kept.append({**method.diagnostics(now, batch, problem), "gradient_norm": norm})
        path.append(now.policy)
        end = now, gradient
    path.append(method.move(*end).policy if count else state.policy)
    return Gaussian(np.stack([p.mean for p in path]), np.stack([p.std for p in path])), kept
