"""PPO: a clipped surrogate on samples of a frozen policy, with a learned baseline.

    θ ← θ + η ∇[ 1/N Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i) − β KL(π_θ‖π_ref) ],   Â_i = r_i − V
    V ← V + η_V (r̄ − V),   a_i ~ π_old for K updates

Schulman et al. (2017). One action per episode leaves no room for returns or GAE: the advantage is the reward
minus a number. In the first epoch V does not depend on the batch that it judges, so at ρ = 1 the gradient is unbiased.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods import clipped
from rlgeo.methods.clipped import Clipped
from rlgeo.theory.flow import follow
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class PPO(Clipped):
    """Proximal policy optimization: clipped ratios, K updates per batch, a learned baseline V."""

    name: ClassVar[str] = "PPO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.3), 0.005, "step length", log=True)
    batch_size: int = hyperparameter(
        16, "N", (2, 128), 1, "actions drawn from π_old", allowed="[1, inf)", integer=True, log=True, samples=True
    )
    clip: float = hyperparameter(0.2, "ε", (0.02, 0.5), 0.01, "half-width of the ratio's clip band")
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    value_learning_rate: float = hyperparameter(0.2, "η_V", (0.005, 1), 0.005, "step length of the baseline", log=True)

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """N actions from π_old with their rewards, shape ``(*policies, N)``."""
        actions = state.sampler.sample(rng, self.batch_size)
        return Batch(actions, problem.reward(actions))

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = r_i − V, shape ``(*policies, N)``."""
        return batch.rewards - state.value[..., None]

    def surrogate(self, state: State, batch: Batch, problem: Problem, *, advantages: Array | None = None) -> Array:
        """1/N Σ min(ρ Â, clip(ρ) Â) − β KL(π_θ‖π_ref) − ½/N Σ (r_i − V)².

        The last term is the baseline's own loss. The advantages count as constants when this is differentiated
        in V; to see that numerically, pass them in.
        """
        own = self.advantages(state, batch)
        fixed = own if advantages is None else advantages
        return self._surrogate(state, problem, clipped.ratios(state, batch), fixed, own)

    def _surrogate(self, state: State, problem: Problem, ratio: Array, fixed: Array, own: Array) -> Array:
        gain = np.mean(clipped.contributions(ratio, fixed, self.clip), axis=-1)
        return gain - problem.beta * problem.kl(state.policy) - 0.5 * np.mean(own**2, axis=-1)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """1/N Σ_{not clipped} ρ_i Â_i ∇log π_θ(a_i) − β ∇KL, and r̄ − V for the baseline."""
        advantages = self.advantages(state, batch)
        d_mean, d_std = clipped.gradient(state, batch, advantages, self.clip)
        kl_mean, kl_std = state.policy.kl_gradient(problem.reference)
        return Gradient(d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std, np.mean(advantages, axis=-1))

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """∇J: at ρ = 1 nothing is clipped, and a baseline that does not know the batch adds no bias."""
        return problem.gradient(policy)

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """RLHF's: the maximum of J whose basin holds ``start``; without a start, the highest one.

        Later epochs, in which V knows the batch, move the resting place by a fraction of 1/N (chapter 5).
        """
        return problem.optimum().projection() if start is None else follow(problem.gradient, start)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``value`` V, ``clip_fraction``, ``ratio_min``, ``ratio_max``, ``mean_reward`` and ``surrogate``."""
        advantages, ratio = self.advantages(state, batch), clipped.ratios(state, batch)
        return {
            "value": state.value + np.zeros(state.policy.shape),
            **clipped.diagnostics(ratio, batch, advantages, self.clip),
            "surrogate": self._surrogate(state, problem, ratio, advantages, advantages),
        }
