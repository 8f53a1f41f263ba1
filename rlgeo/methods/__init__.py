"""One method, one file; METHODS lists those that the book compares."""

from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.dro import DRO
from rlgeo.methods.grpo import GRPO
from rlgeo.methods.pg import PG
from rlgeo.methods.ppo import PPO
from rlgeo.methods.rlhf import RLHF
from rlgeo.methods.rloo import RLOO

METHODS: dict[str, type[Method]] = {method.name: method for method in (RLHF, PG, PPO, GRPO, DPO, DRO)}
"""Name → class, in the book's order. Tables, the lab and the tests take their methods from here."""

__all__ = ["DPO", "DRO", "GRPO", "METHODS", "PG", "PPO", "RLHF", "RLOO", "Method"]
