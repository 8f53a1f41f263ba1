"""The geometry of alignment algorithms: one Gaussian policy, one action, one reward landscape."""

from rlgeo.collapse import collapse_threshold
from rlgeo.comparison import compare
from rlgeo.flow import ascend, follow
from rlgeo.gaussian import Gaussian
from rlgeo.methods import METHODS
from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.dro import DRO
from rlgeo.methods.grpo import GRPO
from rlgeo.methods.pg import PG
from rlgeo.methods.ppo import PPO
from rlgeo.methods.rlhf import RLHF
from rlgeo.optimum import Optimum
from rlgeo.problem import EXPERIMENT, START, Problem
from rlgeo.projections import PROJECTIONS
from rlgeo.reward import PRESETS, BumpReward, preset
from rlgeo.rloo import RLOO
from rlgeo.state import Batch, Gradient, Preferences, State, Trajectory
from rlgeo.sweeping import sweep
from rlgeo.training import run

__version__ = "0.1.0"

__all__ = [
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
