"""Runs with the KL term in every cell hover around its destination: |z| < 4, 64 runs, seed 0.

Each run's average over its last 2000 steps is one number; a run starts at the destination's printed place, so what is
tested is that it stays. The step is so short that its own bias, of order η, is below the errors.
"""

import numpy as np
import pytest

from rlgeo import GRPO, PG, RLOO, Gaussian, Problem, run

SINGLE = Problem()
CELLS = [
    (RLOO(0.01, 32, kl="k2-loss"), (0.8813, 1.2870)),
    (RLOO(0.01, 32, kl="k3-loss"), (0.7088, 1.4954)),
    (RLOO(0.01, 32, kl="k3-inverse-loss"), (1.0021, 1.1220)),
    (RLOO(0.01, 32, kl="k1-reward"), (0.8813, 1.2870)),
    (RLOO(0.002, 32, kl="k2-reward"), (1.7836, 0.4455)),
    (RLOO(0.005, 64, kl="k3-inverse-reward"), (1.5955, 0.6276)),
    (PG(0.01, 2, kl="k1-reward"), (0.8813, 1.2870)),
    (GRPO(0.005, 8, epochs=1, kl="k1-reward"), (0.9825, 1.2335)),
    (GRPO(0.005, 64, epochs=1, kl="k1-reward"), (0.8955, 1.2795)),
]


@pytest.mark.parametrize(("method", "place"), CELLS, ids=str)
def test_averaged_runs_stay_at_the_destination(method, place):
    path = run(method, SINGLE, Gaussian(*place), 3000, runs=64, records=False)
    for found, expected in ((path.mean, place[0]), (path.std, place[1])):
        each = np.mean(found[:, 1000:], axis=1)
        error = np.std(each, ddof=1) / 8

        assert abs(np.mean(each) - expected) < 4 * error
        assert error < 0.005
