"""Independent ways to the numbers that rlgeo computes in closed form."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from rlgeo import BumpReward, Gaussian, Problem


def derivative(f, x, h):
    """f′(x) by central differences at h, h/2, h/4, h/8, extrapolated (Richardson): the error is O(h⁸)."""
    row = [(f(x + h / 2**k) - f(x - h / 2**k)) / (2 * h / 2**k) for k in range(4)]
    for order in (4, 16, 64):
        row = [(order * fine - coarse) / (order - 1) for coarse, fine in pairwise(row)]
    return row[0]


def gradient(f, policy, relative=0.02):
    """(∂μ, ∂σ) of f(Gaussian) at one policy, or at each of a batch, numerically; the step is in units of σ."""
    # Steps are powers of two where possible, so that θ ± h is exact.
    h = np.exp2(np.round(np.log2(relative * policy.std)))
    return (
        derivative(lambda m: f(Gaussian(m, policy.std)), policy.mean, h),
        derivative(lambda s: f(Gaussian(policy.mean, s)), policy.std, h),
    )


def expectation(f, policy, finest):
    """E_π[f] by the trapezoidal rule, for one policy and an f without structure finer than ``finest``."""
    spacing = min(float(policy.std), finest) / 4
    count = int(np.ceil(12 * policy.std / spacing))
    nodes = policy.mean + spacing * np.arange(-count, count + 1)
    weight = np.exp(-0.5 * ((nodes - policy.mean) / policy.std) ** 2)
    return np.sum(weight * f(nodes)) / np.sum(weight)


def agrees(value, printed):
    """Whether ``value`` rounds to the printed decimal string (half a unit in its last digit)."""
    places = len(printed.split(".")[1])
    return abs(float(value) - float(printed)) <= 0.5 * 10.0**-places * (1 + 1e-9)


def numbers(low, high):
    return st.floats(low, high, allow_nan=False, width=64)


@st.composite
def rewards(draw):
    """One to three bumps, weights of either sign, centers out to ±6."""
    count = draw(st.integers(1, 3))
    signs = st.sampled_from([-1.0, 1.0])
    return BumpReward(
        [draw(signs) * draw(numbers(0.1, 2)) for _ in range(count)],
        [draw(numbers(-6, 6)) for _ in range(count)],
        [draw(numbers(0.2, 2)) for _ in range(count)],
    )


def few(count):
    """``count`` examples, or a handful where mutmut runs the tests: enough to kill a mutant."""
    return 4 if "MUTANT_UNDER_TEST" in os.environ else count


@st.composite
def hostile_problems(draw, tallest=1e3):
    """1 to 30 bumps: |c| ≤ 20, widths .05–50, heights to ``tallest``; σ_ref .1–10, β .05–50."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.sampled_from([1, 2, 3, 30]))

    def spread(low, high, *size):
        return np.exp(rng.uniform(np.log(low), np.log(high), *size))

    weights = rng.choice([-1, 1], count) * spread(0.01, tallest, count)
    reward = BumpReward(weights, rng.uniform(-20, 20, count), spread(0.05, 50, count))
    return Problem(reward, Gaussian(rng.uniform(-3, 3), spread(0.1, 10)), spread(0.05, 50))


policies = st.builds(Gaussian, numbers(-4, 4), numbers(0.03, 3))
references = st.builds(Gaussian, numbers(-3, 3), numbers(0.3, 3))
betas = numbers(0.05, 3)
problems = st.builds(Problem, rewards(), references, betas)
mild_policies = st.builds(Gaussian, numbers(-3, 3), numbers(0.3, 3))
"""Away from σ = .03, for what is integrated on a grid as wide as the reference."""
