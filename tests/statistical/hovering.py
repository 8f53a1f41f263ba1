"""Runs that start where a method is said to rest: how far they drift, and how small a mistake would show in it."""

import numpy as np

from rlgeo import Gaussian, run

RUNS = 64


def averages(method, problem, start, steps):
    """Mean μ and σ of 64 runs over their last two thirds, seed 0, and the standard errors."""
    path = run(method, problem, start, steps, runs=RUNS, records=False)
    each = np.stack([np.mean(x[:, steps // 3 :], axis=1) for x in (path.mean, path.std)])
    return np.mean(each, axis=1), np.std(each, axis=1, ddof=1) / np.sqrt(RUNS)


def drift(method, problem, end, steps):
    """z of the averages of runs from ``end``, and the smallest mistake in ``end`` that fails |z| < 4.

    Where the true rest lies a small distance from ``end``, runs approach it as e^{−ληt}, λ the slowest rate at which
    the expected update returns: their average drifts by the distance times the mean of 1 − e^{−ληt}. The step is so
    short that its own bias, of order η, is below the errors.
    """
    found, error = averages(method, problem, end, steps)
    times = method.learning_rate * np.arange(steps // 3, steps + 1)
    approach = np.mean(1 - np.exp(-slowest(method, problem, end) * times))
    return (found - [end.mean, end.std]) / error, 4 * np.max(error) / approach


def slowest(method, problem, end, h=1e-3):
    """λ, by differences."""

    def field(mean, std):
        return np.array(method.expected_gradient(Gaussian(end.mean + mean, end.std + std), problem), float)

    columns = [(field(*(h * e)) - field(*(-h * e))) / (2 * h) for e in np.eye(2)]
    return -np.max(np.linalg.eigvals(np.stack(columns, axis=1)).real)
