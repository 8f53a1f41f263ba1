"""Runs of cousins hover around their destinations: |z| < 4, 64 runs, seed 0.

Each run's average over its steps is one number; a run starts at the destination, so what is tested is that it stays.
The step is so short that its own bias, of order η, is below the errors.
"""

import numpy as np
import pytest

from rlgeo import Problem, run
from rlgeo.methods.a_star_po import AStarPO
from rlgeo.methods.awr import AWR
from rlgeo.methods.best_of_n import BestOfN
from rlgeo.methods.cdpo import CDPO
from rlgeo.methods.dr_grpo import DrGRPO
from rlgeo.methods.gkd import GKD
from rlgeo.methods.ipo import IPO
from rlgeo.methods.kto import KTO
from rlgeo.methods.max_rl import MaxRL
from rlgeo.methods.mpo import MPO
from rlgeo.methods.online_dpo import OnlineDPO
from rlgeo.methods.pass_at_k import PassAtK
from rlgeo.methods.rebel import REBEL
from rlgeo.methods.remax import ReMax
from rlgeo.methods.rpo import RPO
from rlgeo.methods.slic import SLiC
from rlgeo.methods.tempered import Tempered

SINGLE = Problem()


def fresh(kind):
    """The method with new pairs at every step: what its loss on infinitely many pairs is about."""
    return type(kind.__name__, (kind,), {"lifetime": property(lambda self: 1)})


COUSINS = [
    ReMax(0.01, 32),
    DrGRPO(0.01, 8, epochs=1),
    MaxRL(0.002, 64),
    PassAtK(0.005, 2),
    PassAtK(0.002, 8),
    Tempered(0.01, 32, temperature=0.6),
    Tempered(0.005, 64, temperature=1.25),
    BestOfN(0.002, 4),
    AWR(0.005, 32),
    MPO(0.005, 32, anchor=1),
    MPO(0.01, 32, anchor=0.5),
    REBEL(0.02, 32, epochs=1),
    AStarPO(0.01, 32),
    AStarPO(0.005, 32, value_error=-0.37),
    GKD(0.01, 32, mix=0),
    GKD(0.01, 32, mix=0.5),
    fresh(IPO)(0.005, 32),
    fresh(CDPO)(0.03, 32),
    fresh(CDPO)(0.03, 64, loss="debiased", flips=0.1),
    fresh(SLiC)(0.02, 32),
    fresh(RPO)(0.02, 32),
    OnlineDPO(0.02, 32),
    OnlineDPO(0.01, 32, loss="squared"),
    KTO(0.02, 32),
]


def deviations(method, steps=3000):
    """Errors and z of the average μ and σ of 64 runs, of which the first third does not count."""
    end = method.destination(SINGLE)
    path = run(method, SINGLE, end, steps, runs=64, records=False)
    each = np.stack([np.mean(x[:, steps // 3 :], axis=1) for x in (path.mean - end.mean, path.std - end.std)])
    error = np.std(each, axis=1, ddof=1) / 8
    return error, np.mean(each, axis=1) / error


@pytest.mark.parametrize("method", COUSINS, ids=str)
def test_averaged_runs_stay_at_the_destination(method):
    error, z = deviations(method)
    assert np.all(np.abs(z) < 4)
    assert np.all(error < 0.005)
