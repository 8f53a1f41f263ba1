"""The geometry of alignment algorithms: one Gaussian policy, one action, one reward landscape."""

from rlgeo.arguments.guard import guard
from rlgeo.methods import COUSINS, METHODS
from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.dro import DRO
from rlgeo.methods.grpo import GRPO
from rlgeo.methods.pg import PG
from rlgeo.methods.ppo import PPO
from rlgeo.methods.rlhf import RLHF
from rlgeo.methods.rloo import RLOO
from rlgeo.theory.collapse import collapse_threshold
from rlgeo.theory.flow import ascend, follow
from rlgeo.theory.projections import PROJECTIONS
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.optimum import Optimum
from rlgeo.toy.problem import EXPERIMENT, START, Problem
from rlgeo.toy.reward import PRESETS, BumpReward, preset
from rlgeo.toy.state import Batch, Gradient, Preferences, State, Trajectory
from rlgeo.training.comparison import compare
from rlgeo.training.loop import run
from rlgeo.training.sweep import sweep

__version__ = "0.1.0"

guard("rlgeo.methods", "rlgeo.theory")

__all__ = [
    "COUSINS",
    "DPO",
    "DRO",
    "EXPERIMENT",
    "GRPO",
    "METHODS",
    "PG",
    "PPO",
    "PRESETS",
    "PROJECTIONS",
    "RLHF",
    "RLOO",
    "START",
    "Batch",
    "BumpReward",
    "Gaussian",
    "Gradient",
    "Method",
    "Optimum",
    "Preferences",
    "Problem",
    "State",
    "Trajectory",
    "ascend",
    "collapse_threshold",
    "compare",
    "follow",
    "preset",
    "run",
    "sweep",
]
