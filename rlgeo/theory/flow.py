"""Following an expected update over the half plane of Gaussians: in steps, or to where it converges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.toy.box import STD, clamp
from rlgeo.toy.gaussian import Gaussian

Field = Callable[[Gaussian], tuple[Array, Array]]
"""A vector field over policies: policy → (d_mean, d_std), vectorized over batches."""


def ascend(field: Field, start: Gaussian, steps: int, learning_rate: float) -> Gaussian:
    """θ ← θ + η field(θ), ``steps`` times, clamped to the training box.

    Returns
    -------
    Gaussian
        The path, shape ``(*start.shape, steps + 1)``.

    Raises
    ------
    ValueError
        If ``steps < 0`` or ``learning_rate ≤ 0``.
    """
    eta = check.scalar("learning_rate", learning_rate, check.POSITIVE)
    path = [start]
    for _ in range(check.integer("steps", steps, at_least=0)):
        d_mean, d_std = field(path[-1])
        path.append(clamp(path[-1].mean + eta * d_mean, path[-1].std + eta * d_std))
    means, stds = ([np.broadcast_to(getattr(p, name), start.shape) for p in path] for name in ("mean", "std"))
    return Gaussian(np.stack(means, axis=-1), np.stack(stds, axis=-1))


def _velocity(field: Field, low: float, high: float) -> Callable[[float, Array], Array]:
    """The field in the coordinates (μ, log σ), its σ held in what a solver may try: from ``low``/e to e·``high``."""

    def velocity(_: float, x: Array) -> Array:
        std = np.exp(np.clip(x[1], np.log(low) - 1, np.log(high) + 1))
        d_mean, d_std = field(Gaussian(x[0], std))
        return np.array([float(d_mean), float(d_std) / std])

    return velocity


def flow_at(field: Field, start: Gaussian, times: Array) -> Gaussian:
    """Where the flow θ̇ = field(θ) from ``start`` is at increasing ``times`` from 0, shape ``(len(times),)``.

    Where σ falls to the lower edge of the training box it stays there, whatever the flow would do beyond.
    """

    def above(_: float, x: Array) -> float:
        return float(x[1] - np.log(STD[0]))

    above.terminal = True  # type: ignore[attr-defined]
    velocity, x0 = _velocity(field, STD[0], np.exp(9)), np.array([float(start.mean), np.log(float(start.std))])
    flow = scipy.integrate.solve_ivp(
        velocity, (0.0, float(times[-1])), x0, "LSODA", t_eval=times, events=above, rtol=1e-4, atol=1e-6
    )
    mean, log_std = np.full((2, len(times)), np.stack([flow.y[:, -1]] * len(times), axis=1))
    mean[: flow.t.size], log_std[: flow.t.size] = flow.y
    if flow.status == 1:  # where it was stopped
        mean[flow.t.size :], log_std[flow.t.size :] = flow.y_events[0][0]
    return Gaussian(mean, np.exp(log_std))


def follow(
    field: Field, start: Gaussian, *, time: float = 1e6, floor: float = 1e-6, escape: float = 1e3, rtol: float = 1e-5
) -> Gaussian | None:
    """Where the flow θ̇ = field(θ) from ``start`` converges to, or ``None`` where it does not.

    The flow is integrated with a stiff solver in (μ, log σ), which keeps σ positive, and the end is polished by
    Newton's method. It does not converge if σ collapses below ``floor``, if |μ| or σ exceeds ``escape``, or if ``time``
    passes before it is within .01 of a fixed point. ``rtol``, the solver's relative tolerance, decides into which
    basin a start near a border falls, not how exact the end is.

    Raises
    ------
    ValueError
        If ``start`` is no single policy, or a number is not positive.
    """
    check.instance("start", start, Gaussian, "a Gaussian")
    if start.shape != ():
        raise ValueError(f"start has shape {start.shape}; a single policy is wanted")
    for name, value in {"time": time, "floor": floor, "escape": escape, "rtol": rtol}.items():
        check.scalar(name, value, check.POSITIVE)

    velocity, x0 = _velocity(field, floor, escape), np.array([float(start.mean), np.log(float(start.std))])
    if not np.all(np.isfinite(velocity(0.0, x0))):
        return None
    flow, speed = scipy.integrate.LSODA(velocity, 0.0, x0, time, rtol=rtol, atol=rtol / 100), np.inf
    while flow.status == "running" and speed > rtol / 1000:
        before = flow.y
        flow.step()
        speed = np.linalg.norm(flow.y - before) / flow.step_size
        mean, log_std = flow.y
        if abs(mean) > escape or not np.log(floor) < log_std < np.log(escape):
            return None
    if flow.status == "failed":
        return None
    return _polished(velocity, flow.y, within=1e-2)


def fixed_point(field: Field, near: Gaussian, *, within: float = 1.0) -> Gaussian | None:
    """The zero of a field that Newton's method finds from ``near``, or ``None`` where it finds none.

    Many times as fast as :func:`follow`, for a rest that moves little: whether the flow leads there is not asked. No
    zero counts that is farther away than ``within``, in (μ, log σ).

    Raises
    ------
    ValueError
        If ``near`` is no single policy.
    """
    check.instance("near", near, Gaussian, "a Gaussian")
    if near.shape != ():
        raise ValueError(f"near has shape {near.shape}; a single policy is wanted")
    return _polished(_velocity(field, 1e-6, 1e3), np.array([float(near.mean), np.log(float(near.std))]), within=within)


def _polished(velocity: Callable[[float, Array], Array], x: Array, *, within: float) -> Gaussian | None:
    """The zero that Newton's method finds from ``x`` = (μ, log σ), if it is no farther away than ``within``."""

    def speed(y: Array) -> Array:
        return velocity(0.0, y) if np.all(np.isfinite(y)) else np.full(2, np.nan)

    if not np.all(np.isfinite(speed(x))):
        return None
    polished = scipy.optimize.root(speed, x, tol=1e-13)
    rests = np.linalg.norm(polished.fun) <= 1e-8 and np.linalg.norm(polished.x - x) <= within
    return Gaussian(polished.x[0], np.exp(polished.x[1])) if rests else None
