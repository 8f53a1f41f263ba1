"""The forces on σ on top of a peak: the exact gradient's balance, GRPO's balance only above its threshold."""

import numpy as np
import pytest

from rlgeo import Problem, collapse_threshold
from rlgeo.figures.frames import still
from rlgeo.figures.peak_forces import BALANCE, EXACT, GROUP, PUSH, peak_forces
from rlgeo.figures.renderer import compact

FIGURE = peak_forces()


def shown(beta, size):
    traces = {trace["name"]: trace for trace in still(compact(FIGURE), f"{beta:g}|{size}")["data"]}
    return {name: (np.array(t["x"], dtype=float), np.array(t["y"], dtype=float)) for name, t in traces.items()}


@pytest.mark.parametrize("beta", [0.1, 0.5, 1.6])
def test_the_exact_gradient_balances_where_the_dot_is(beta):
    traces = shown(beta, 8)
    (std,), (force,) = traces[BALANCE]
    push = beta * (1 / std - std / Problem().reference.std ** 2)
    assert push == pytest.approx(std, rel=1e-3)
    assert force == pytest.approx(std, rel=1e-3)
    std, pull = traces[EXACT]
    np.testing.assert_allclose(pull, std, rtol=3e-3)  # the bump of width 40 that stands for the parabola


@pytest.mark.parametrize(("beta", "size"), [(0.1, 2), (0.5, 2), (0.5, 8), (1.0, 8), (1.2, 8), (1.6, 64)])
def test_group_normalized_pull_stays_above_the_push_exactly_below_the_threshold(beta, size):
    traces = shown(beta, size)
    (_, push), (_, pull) = traces[PUSH], traces[GROUP]
    assert np.all(pull > push) == (beta < collapse_threshold(size))


def test_alt_text_and_print_frame():
    assert len(FIGURE.layout.meta["alt"]) > 80
    assert FIGURE.layout.meta["print_frame"] in [frame.name for frame in FIGURE.frames]
