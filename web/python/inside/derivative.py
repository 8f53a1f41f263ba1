"""Whether a method's ``gradient`` is still the derivative of its ``surrogate``, by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np

STATES = 24
STEP = 2.0**-17
"""Of the policy's σ: central differences are then right to about ten digits."""
TOLERANCE = 1e-4
AXES = ("mean", "std")


def warnings() -> list[dict[str, Any]]:
    """Of every method whose gradient differs at more than a few random states: one state's two numbers.

    A few states may lie at a kink of the surrogate, where there is no derivative.
    """
    from rlgeo import METHODS, Problem

    found = (of_method(method(), Problem()) for method in METHODS.values())
    return [warning for warning in found if warning]


def of_method(method: Any, problem: Any) -> dict[str, Any] | None:
    """``method``, ``axis``, and ``gradient`` beside ``difference`` where they differ most typically."""
    state, batch = situation(method, problem)
    gradient = method.gradient(state, batch, problem)
    for axis in AXES:
        claimed = np.broadcast_to(np.asarray(getattr(gradient, axis), float), STATES)
        measured = difference(method, state, batch, problem, axis)
        apart = np.abs(claimed - measured) / (np.abs(measured) + 1)
        wrong = ~(apart < TOLERANCE)
        if np.sum(wrong) > STATES // 4:
            i = int(np.flatnonzero(wrong)[np.argsort(apart[wrong])[np.sum(wrong) // 2]])
            numbers = {"gradient": float(claimed[i]), "difference": float(measured[i])}
            return {"method": method.name, "axis": axis, **numbers}
    return None


def situation(method: Any, problem: Any) -> tuple[Any, Any]:
    """Policies that have moved away from π_old, and a batch that π_old drew."""
    from rlgeo import Gaussian, State

    rng = np.random.default_rng(0)
    old = Gaussian(rng.uniform(-2, 2, STATES), np.exp(rng.uniform(-1, 0.7, STATES)))
    value = rng.uniform(-0.5, 1, STATES)
    batch = method.draw(State(old, old, value), problem, rng)
    policy = Gaussian(
        old.mean + 0.1 * old.std * rng.normal(size=STATES), old.std * np.exp(0.1 * rng.normal(size=STATES))
    )
    return State(policy, old, value), batch


def difference(method: Any, state: Any, batch: Any, problem: Any, axis: str) -> Any:
    """(surrogate(θ + h) − surrogate(θ − h))/2h along one axis."""
    from rlgeo import Gaussian, State

    mean, std = state.policy.mean, state.policy.std
    h = np.exp2(np.round(np.log2(STEP * std)))

    def at(shift: Any) -> Any:
        policy = Gaussian(mean + shift, std) if axis == "mean" else Gaussian(mean, std + shift)
        return method.surrogate(State(policy, state.behavior, state.value), batch, problem)

    return (at(h) - at(-h)) / (2 * h)
