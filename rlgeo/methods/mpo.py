"""MPO: maximum likelihood on the policy's own actions, weighted toward π_ref^α π_old^{1−α} e^{αr/β}.

    θ ← θ + η Σ_i w_i ∇log π_θ(a_i)/Σ_j w_j,   w_i = (π_ref(a_i)/π_old(a_i))^α e^{αr_i/β},   a_i ~ π_old

Abdolmaleki et al. (2018); V-MPO (Song et al. 2020) divides by the batch's own sum, too. The target is what one step of
mirror descent makes of π_old. At α = 1 it is π*, fitted by maximum likelihood, which gives its moments; at small α the
fits of many small steps add up to the best Gaussian: the slider goes from the forward KL to the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.score import WeightedLikelihood
from rlgeo.theory import one_action
from rlgeo.theory.kl_estimators import log_ratio
from rlgeo.theory.self_normalized import mean_score
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class MPO(WeightedLikelihood):
    """Maximum a posteriori policy optimization: weighted maximum likelihood toward a tilted, anchored policy."""

    name: ClassVar[str] = "MPO"
    by_quadrature: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.02, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = sample_count(32, "N", (2, 256), "actions drawn at every step", "[2, inf]")
    anchor: float = hyperparameter(0.5, "α", (0.01, 1), 0.01, "share of the way from π_old to π*", allowed="(0, 1]")

    def _tilt(self, policy: Gaussian, actions: Array, rewards: Array, problem: Problem) -> Array:
        return self.anchor * (log_ratio(policy, problem.reference, actions) + rewards / problem.beta)

    def weights(self, state: State, batch: Batch, problem: Problem) -> Array:
        """w_i over the batch's mean weight, shape ``(*policies, N)``."""
        log_weight = self._tilt(state.sampler, batch.actions, batch.rewards, problem)
        weight = np.exp(log_weight - np.max(log_weight, axis=-1, keepdims=True))
        return weight / np.mean(weight, axis=-1, keepdims=True)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[Σ w_i ∇log π_θ(a_i)/Σ w_j] by quadrature."""
        d_mean, d_std = one_by_one(lambda one: self._of_one(one, problem), policy, 2)
        return d_mean, d_std

    def _of_one(self, policy: Gaussian, problem: Problem) -> Array:
        def log_target(a: Array) -> Array:
            return policy.log_prob(a) + self._tilt(policy, a, problem.reward(a), problem)

        if not check.is_duck(self.batch_size) and np.isinf(
            self.batch_size
        ):  # where the target is, not where the policy is
            a, mass = one_action.over_everything(log_target, policy, problem)
            log_mass = log_target(a)
            mass = mass * np.exp(log_mass - np.max(log_mass))
            return np.stack(policy.score(a)) @ mass / np.sum(mass)
        a, mass = one_action.under_policy(policy, problem)
        log_weight = self._tilt(policy, a, problem.reward(a), problem)
        return mean_score(np.exp(log_weight - np.max(log_weight)), np.stack(policy.score(a)), mass, self.batch_size)
