"""Training runs: a method, a problem, a start, a number of steps."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from rlgeo.arguments import check
from rlgeo.methods.base import Method
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import START, Problem
from rlgeo.toy.state import State, Trajectory
from rlgeo.training.streams import Streams


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
    """Train ``runs`` policies side by side.

    A batch serves ``method.lifetime`` steps; when a new one is drawn, π_old is refreshed. Run ``i`` depends on
    the inputs, the seed and ``i`` alone.

    Parameters
    ----------
    method
        An instance from METHODS.
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
    steps, runs = check.integer("steps", steps, at_least=0), check.integer("runs", runs, at_least=1)
    if start.shape not in ((), (runs,)):
        raise ValueError(f"start has shape {start.shape}: one policy or {runs} (one for each run) are wanted")
    # Streams quacks like a Generator as far as a method's draw is concerned.
    # A single run gets a silent companion, because NumPy adds up one row in another order than many.
    rows = max(runs, 2)
    rng = cast(np.random.Generator, Streams(seed, method.name, rows))
    policy = Gaussian(np.broadcast_to(start.mean, rows), np.broadcast_to(start.std, rows))
    state, batch = State(policy, value=np.zeros(rows)), None
    path, kept = [policy], list[dict[str, Any]]()
    for t in range(steps):
        if batch is None or (np.isfinite(method.lifetime) and t % method.lifetime == 0):
            state = State(state.policy, behavior=state.policy, value=state.value)
            batch = method.draw(state, problem, rng)
        gradient = method.gradient(state, batch, problem)
        if records:
            norm = np.hypot(gradient.mean, gradient.std)
            kept.append({**method.diagnostics(state, batch, problem), "gradient_norm": norm})
        state = method.move(state, gradient)
        path.append(state.policy)
    mean, std = (np.stack([getattr(p, name)[:runs] for p in path], axis=-1) for name in ("mean", "std"))
    measured = {name: np.stack([r[name][:runs] for r in kept], axis=-1) for name in (kept[0] if kept else ())}
    return Trajectory(mean, std, problem.objective(Gaussian(mean, std)), measured)
