"""RAFT: maximum likelihood on the best of N of the policy's own actions, again and again.

    θ ← θ + η ∇log π_θ(a_best),   a_best the one of a_1 … a_N ~ π_θ with the highest reward, fresh at every step

Dong et al. (2023), in the form without a KL term; also called expert iteration. Near a peak and on a slope the best of
N are closer together than all N, so σ shrinks without end: at a peak a complete refit multiplies σ² by c_N < 1, on a
slope it moves μ by a share of a σ that shrinks as fast, so even there the journey ends after a few of the first σ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.best_of_n import BestOfN
from rlgeo.methods.score import expected_score
from rlgeo.theory import best_of
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import State

REFITS = 1000
"""How many are tried before there is no destination."""


@dataclass(frozen=True)
class RAFT(BestOfN):
    """Maximum likelihood on the best of N actions of the policy itself."""

    name: ClassVar[str] = "RAFT"

    def _sampler(self, state: State, problem: Problem) -> Gaussian:
        return state.sampler

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[∇log π_θ(a_best)], from the moments of the best of N, by quadrature."""
        d_mean, d_std = one_by_one(
            lambda one: np.stack(expected_score(one, best_of.refit(one, problem, self.group_size))), policy, 2
        )
        return d_mean, d_std

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """Where complete refits lead, which rest where the expected update does."""
        policy = problem.optimum().projection() if start is None else start
        for _ in range(REFITS):
            before, policy = policy, best_of.refit(policy, problem, self.group_size)
            if policy.std < box.STD[0]:
                return None
            if np.hypot(policy.mean - before.mean, policy.std - before.std) < 1e-12:
                return policy
        return None

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        return (
            "nothing holds σ: near a reward peak the best of N are closer together than all N, and there every refit "
            f"multiplies σ² by c_N = {best_of.shrinking(self.group_size):.4f}"
        )
