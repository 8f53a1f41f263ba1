"""One method, one file; METHODS lists the six that the book compares, COUSINS the others."""

from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.dro import DRO
from rlgeo.methods.grpo import GRPO
from rlgeo.methods.pg import PG
from rlgeo.methods.ppo import PPO
from rlgeo.methods.rlhf import RLHF
from rlgeo.methods.rloo import RLOO

METHODS: dict[str, type[Method]] = {method.name: method for method in (RLHF, PG, PPO, GRPO, DPO, DRO)}
"""Name → class, in the book's order: what is compared unless methods are named."""
COUSINS: dict[str, type[Method]] = {method.name: method for method in (RLOO,)}
"""Name → class of further methods. Tables, the lab and the tests take theirs from ``METHODS | COUSINS``."""

__all__ = ["COUSINS", "DPO", "DRO", "GRPO", "METHODS", "PG", "PPO", "RLHF", "RLOO", "Method"]
