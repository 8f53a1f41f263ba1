"""KTO: single actions labeled good or bad, each pushed until it is far enough from the reference.

    maximize ½ E[S(β(x_w − z₀)) + S(β(z₀ − x_l))],   x = log π_θ/π_ref,   z₀ = KL(π_θ‖π_ref), held fixed

Ethayarajh et al. (2024) with equal weights of good and bad. Winners of pairs are the good actions, losers the bad ones.
The value S saturates on both sides, so actions whose x is far from z₀ hardly pull, winners that the policy has given up
included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import sample_count
from rlgeo.methods.base import Method
from rlgeo.methods.dpo import DPO
from rlgeo.methods.score import weighted_score
from rlgeo.theory import pair_losses, pairs
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, Preferences, State


@dataclass(frozen=True)
class KTO(DPO):
    """Kahneman–Tversky optimization: a saturating value of single good and bad actions."""

    name: ClassVar[str] = "KTO"
    parts: ClassVar[tuple[str, ...]] = ()

    pairs: int = sample_count(32, "N", (4, 256), "pairs drawn from π_ref at every step", "[1, inf)")

    @property
    def lifetime(self) -> float:
        """Fresh pairs at every step, so that z₀ is up to date."""
        return 1

    def _lifted(self, state: State, batch: Preferences, problem: Problem) -> tuple[Array, Array]:
        """β(x_w − z₀) and β(z₀ − x_l), each of shape ``(*policies, N)``."""
        policy, reference = state.policy[..., None], problem.reference
        point = state.sampler.kl(reference)[..., None]
        good, bad = (policy.log_prob(a) - reference.log_prob(a) - point for a in (batch.winners, batch.losers))
        return self.beta * good, -self.beta * bad

    def surrogate(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """½ mean [S(β(x_w − z₀)) + S(β(z₀ − x_l))]."""
        good, bad = self._lifted(state, batch, problem)
        return 0.5 * np.mean(scipy.special.expit(good) + scipy.special.expit(bad), axis=-1)

    def gradient(self, state: State, batch: Preferences, problem: Problem) -> Gradient:
        """½β mean [S′ ∇log π_θ(a_w) − S′ ∇log π_θ(a_l)]."""
        good, bad = (0.5 * self.beta * bell(u) for u in self._lifted(state, batch, problem))
        up, down = weighted_score(state.policy, good, batch.winners), weighted_score(state.policy, bad, batch.losers)
        return Gradient(up.mean - down.mean, up.std - down.std)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """β E_ref[(2W(a) − 1) S′(β(x − z₀)) ∇log π_θ], W how often a wins, by quadrature."""
        actions = pairs.grid(problem, pair_losses.CELLS)[0]
        labeled, one = pair_losses.labeled(problem, self.label_noise), policy[..., None]
        surplus = 0.5 * (np.sum(labeled, axis=1) - np.sum(labeled, axis=0))
        x = one.log_prob(actions) - problem.reference.log_prob(actions) - policy.kl(problem.reference)[..., None]
        weight = self.beta * surplus * bell(self.beta * x)
        d_mean, d_std = (np.sum(weight * s, axis=-1) for s in one.score(actions))
        return d_mean, d_std

    destination = Method.destination
    _reason = Method._reason

    def diagnostics(self, state: State, batch: Preferences, problem: Problem) -> dict[str, Array]:
        """``loss`` 1 less the mean value."""
        return {"loss": 1 - self.surrogate(state, batch, problem)}


def bell(u: Array) -> Array:
    """S′(u) = S(u) S(−u)."""
    return scipy.special.expit(u) * scipy.special.expit(-u)
