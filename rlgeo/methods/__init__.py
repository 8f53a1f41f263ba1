"""One method, one file; METHODS lists the six that the book compares, COUSINS the others."""

from rlgeo.methods.a_star_po import AStarPO
from rlgeo.methods.awr import AWR
from rlgeo.methods.base import Method
from rlgeo.methods.best_of_n import BestOfN
from rlgeo.methods.cdpo import CDPO
from rlgeo.methods.cispo import CISPO
from rlgeo.methods.dpo import DPO
from rlgeo.methods.dr_grpo import DrGRPO
from rlgeo.methods.dro import DRO
from rlgeo.methods.entropy_bonus import EntropyBonus
from rlgeo.methods.f_divergence import FDivergence
from rlgeo.methods.gkd import GKD
from rlgeo.methods.grpo import GRPO
from rlgeo.methods.ipo import IPO
from rlgeo.methods.kto import KTO
from rlgeo.methods.max_rl import MaxRL
from rlgeo.methods.mpo import MPO
from rlgeo.methods.online_dpo import OnlineDPO
from rlgeo.methods.pass_at_k import PassAtK
from rlgeo.methods.pg import PG
from rlgeo.methods.ppo import PPO
from rlgeo.methods.raft import RAFT
from rlgeo.methods.rebel import REBEL
from rlgeo.methods.remax import ReMax
from rlgeo.methods.rlhf import RLHF
from rlgeo.methods.rloo import RLOO
from rlgeo.methods.rpo import RPO
from rlgeo.methods.simpo import SimPO
from rlgeo.methods.slic import SLiC
from rlgeo.methods.tempered import Tempered

METHODS: dict[str, type[Method]] = {method.name: method for method in (RLHF, PG, PPO, GRPO, DPO, DRO)}
"""Name → class, in the book's order: what is compared unless methods are named."""
COUSINS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        RLOO,
        ReMax,
        DrGRPO,
        CISPO,
        EntropyBonus,
        FDivergence,
        MaxRL,
        PassAtK,
        Tempered,
        BestOfN,
        RAFT,
        AWR,
        MPO,
        REBEL,
        AStarPO,
        GKD,
        IPO,
        CDPO,
        SLiC,
        SimPO,
        RPO,
        OnlineDPO,
        KTO,
    )
}
"""Name → class of further methods. Tables, the lab and the tests take theirs from ``METHODS | COUSINS``."""

__all__ = [
    "AWR",
    "CDPO",
    "CISPO",
    "COUSINS",
    "DPO",
    "DRO",
    "GKD",
    "GRPO",
    "IPO",
    "KTO",
    "METHODS",
    "MPO",
    "PG",
    "PPO",
    "RAFT",
    "REBEL",
    "RLHF",
    "RLOO",
    "RPO",
    "AStarPO",
    "BestOfN",
    "DrGRPO",
    "EntropyBonus",
    "FDivergence",
    "MaxRL",
    "Method",
    "OnlineDPO",
    "PassAtK",
    "ReMax",
    "SLiC",
    "SimPO",
    "Tempered",
]
