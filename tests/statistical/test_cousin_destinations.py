"""Runs of cousins stay at their destinations: |z| < 4, 64 runs, seed 0.

What is tested is that they stay, and a mistake in the destination of .05 would show; see ``hovering``.
"""

import numpy as np
import pytest
from hovering import drift

from rlgeo import Problem, run
from rlgeo.methods import (
    AWR,
    CDPO,
    CISPO,
    GKD,
    IPO,
    KTO,
    MPO,
    RAFT,
    REBEL,
    RPO,
    AStarPO,
    BestOfN,
    DrGRPO,
    EntropyBonus,
    FDivergence,
    MaxRL,
    OnlineDPO,
    PassAtK,
    ReMax,
    SimPO,
    SLiC,
    Tempered,
)
from rlgeo.toy import box

SINGLE = Problem()
V_STAR = float(SINGLE.optimum().objective)


def fresh(kind):
    """The method with new pairs at every step: what its loss on infinitely many pairs is about."""
    return type(kind.__name__, (kind,), {"lifetime": property(lambda self: 1)})


COUSINS = [
    ReMax(0.01, 32),
    DrGRPO(0.01, 8, epochs=1),
    CISPO(0.01, 8, epochs=1),
    EntropyBonus(0.01, 32),
    EntropyBonus(0.01, 32, bonus=0.25),
    FDivergence(0.001, 32),
    MaxRL(0.002, 64),
    PassAtK(0.005, 2),
    PassAtK(0.005, 4),
    PassAtK(0.002, 8),
    PassAtK(0.002, 16),
    Tempered(0.01, 32, temperature=0.6),
    Tempered(0.01, 32, temperature=0.8),
    Tempered(0.005, 64, temperature=1.25),
    BestOfN(0.002, 4),
    BestOfN(0.001, 8),
    AWR(0.005, 32),
    MPO(0.005, 32, anchor=1),
    MPO(0.01, 32, anchor=0.5),
    MPO(0.01, 64, anchor=0.1),
    REBEL(0.02, 32, epochs=1),
    AStarPO(0.01, 32),
    AStarPO(0.005, 32, value_error=-V_STAR),
    AStarPO(0.005, 32, value_error=-2 - V_STAR),
    GKD(0.01, 32, mix=0),
    GKD(0.01, 32, mix=0.1),
    GKD(0.01, 32, mix=0.5),
    GKD(0.01, 32, mix=0.9),
    GKD(0.01, 32, mix=1),
    fresh(IPO)(0.005, 32),
    fresh(IPO)(0.005, 32, label_noise=1),
    fresh(CDPO)(0.02, 32, label_noise=0),
    fresh(RPO)(0.02, 32),
    fresh(RPO)(0.02, 32, likelihood=0.1),
    OnlineDPO(0.02, 32),
    OnlineDPO(0.02, 32, label_noise=1),
    OnlineDPO(0.01, 32, loss="squared"),
    KTO(0.02, 32),
]
SLOW = [
    fresh(IPO)(0.001, 32, beta=0.1),
    fresh(CDPO)(0.03, 32),
    fresh(CDPO)(0.03, 64, loss="debiased", flips=0.1),
    fresh(SLiC)(0.02, 32),
]
"""Those whose expected update returns slowly: twice as many steps."""


@pytest.mark.parametrize(("method", "steps"), [(m, 2000) for m in COUSINS] + [(m, 4000) for m in SLOW], ids=str)
def test_averaged_runs_stay_at_the_destination(method, steps):
    z, resolution = drift(method, SINGLE, method.destination(SINGLE), steps)
    assert np.all(np.abs(z) < 4)
    assert resolution < 0.05


def test_runs_of_raft_narrow_and_runs_of_simpo_widen():
    """64 runs from π_ref, seed 0: RAFT to less than σ_ref/3, half to the box's floor; SimPO to its ceiling."""
    narrow = run(RAFT(0.002, 4), SINGLE, SINGLE.reference, 2000, runs=64, records=False).std[:, -1]
    wide = run(fresh(SimPO)(0.05, 32), SINGLE, SINGLE.reference, 1000, runs=64, records=False).std[:, -1]
    assert np.max(narrow) < SINGLE.reference.std / 3
    assert np.median(narrow) < 1.1 * box.STD[0]
    assert np.min(wide) > 0.95 * box.STD[1]
