"""GRPO: PPO's clipped surrogate with advantages normalized within the group.

    θ ← θ + η ∇[ 1/G Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i) − β KL(π_θ‖π_ref) ]
    Â_i = (r_i − r̄)/(std(r) + δ),   a_1 … a_G ~ π_old for K updates

Shao et al. (2024). The standard deviation (with G − 1 in its denominator) makes the reward's scale drop out, so
GRPO does not ascend J: with many samples it follows ∇E[r]/Std_θ(r) − β ∇KL, J's gradient at the price
β Std_θ(r) that falls as the policy narrows (Vojnovic & Yun 2025; Liu et al. 2025 drop the division).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.clipped import Clipped
from rlgeo.theory.collapse import collapse_threshold
from rlgeo.theory.flow import follow
from rlgeo.theory.quadrature import normal_points
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State

REPLICATES = 8
"""Independent quasi-Monte Carlo estimates; their spread is the error estimate."""
POINTS = 4096
"""Actions per replicate: fewer groups where groups are large, since those know Std_θ(r) better."""


@dataclass(frozen=True)
class GRPO(Clipped):
    """Group relative policy optimization: clipped ratios, advantages in units of the group's own spread."""

    name: ClassVar[str] = "GRPO"
    integrated: ClassVar[bool] = True

    learning_rate: float = hyperparameter(0.03, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = hyperparameter(
        8, "G", (2, 64), 1, "actions drawn from π_old", allowed="[2, inf]", integer=True, log=True, samples=True
    )
    clip: float = hyperparameter(0.2, "ε", (0.02, 0.5), 0.01, "half-width of the ratio's clip band")
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    std_offset: float = hyperparameter(
        1e-4, "δ", (0, 0.2), 0.0001, "added to the standard deviation of the group's rewards", allowed="[0, inf)"
    )

    def draw(self, state: State, problem: Problem, rng: np.random.Generator) -> Batch:
        """G actions from π_old with their rewards, shape ``(*policies, G)``.

        Raises
        ------
        ValueError
            If G is infinite: that limit has an expected field, but no batch.
        """
        actions = state.sampler.sample(rng, check.integer("group_size", self.group_size, at_least=2))
        return Batch(actions, problem.reward(actions))

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = (r_i − r̄)/(std(r) + δ), shape ``(*policies, G)``; 0/0 counts as 0."""
        return normalized(batch.rewards, self.std_offset)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[1/G Σ Â_i ∇log π_θ(a_i)] by quasi-Monte Carlo; for G = ∞ the limit ∇E[r]/(Std_θ(r) + δ).

        :meth:`expected_gradient_error` states the error at finite G.
        """
        d_mean, d_std = np.mean(self._reward_gradients(policy, problem), axis=1)
        return d_mean, d_std

    def expected_gradient_error(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """One standard error of :meth:`expected_gradient`, from 8 independently scrambled point sets; 0 for G = ∞."""
        replicates = self._reward_gradients(policy, problem)
        if replicates.shape[1] == 1:
            return np.zeros(policy.shape), np.zeros(policy.shape)
        d_mean, d_std = np.std(replicates, axis=1, ddof=1) / np.sqrt(replicates.shape[1])
        return d_mean, d_std

    def _reward_gradients(self, policy: Gaussian, problem: Problem) -> Array:
        """Independent estimates of the reward part, shape ``(2, replicates, *policies)``.

        Each is the limit's field times (G − 1)/G, which is exact for a group that knows Std_θ(r), plus the mean
        effect of not knowing it, 1/G Σ (r_i − r̄) s_i [1/(std(r) + δ) − 1/(Std_θ(r) + δ)]: the mean of a quantity
        that is small for large groups, so few points do.
        """
        gradient = np.stack(np.broadcast_arrays(*problem.reward.expectation_gradient(policy)))
        scale = np.sqrt(problem.reward.variance(policy)) + self.std_offset
        limit = gradient / np.where(scale > 0, scale, 1.0)
        if np.isinf(self.group_size):
            return limit[:, None]
        size = int(self.group_size)
        noise = normal_points(size, REPLICATES, 2 ** round(np.log2(max(POINTS / size, 16))))
        mean, std, scale = (np.ravel(np.broadcast_to(x, policy.shape)) for x in (policy.mean, policy.std, scale))
        effects = np.empty((2, REPLICATES, mean.size))
        for i in range(mean.size):  # one policy's groups fill the cache; more at once are no faster
            rewards = problem.reward(mean[i] + std[i] * noise)
            known = (rewards - np.mean(rewards, axis=-1, keepdims=True)) / (scale[i] if scale[i] > 0 else 1.0)
            effect = normalized(rewards, self.std_offset) - known
            effects[0, :, i] = np.mean(effect * noise, axis=(-1, -2)) / std[i]
            effects[1, :, i] = np.mean(effect * (noise**2 - 1), axis=(-1, -2)) / std[i]
        share = (self.group_size - 1) / self.group_size
        return share * limit[:, None] + effects.reshape(2, REPLICATES, *policy.shape)

    def collapse_threshold(self) -> float:
        """c_G, the β below which (and without δ) the policy narrows without end at a quadratic reward peak."""
        return collapse_threshold(self.group_size)

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """Where the expected field comes to rest, or ``None`` where σ falls below the box that training stays in.

        From ``start``, or without one from the summit of J. The field is not a gradient, so there is no highest one.
        """
        start = problem.optimum().projection() if start is None else start
        return follow(
            lambda policy: self.expected_gradient(policy, problem),
            start,
            floor=box.STD[0],
            rtol=1e-3,  # the field itself is not known better
        )

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        threshold = self.collapse_threshold()
        if problem.beta >= threshold:
            return f"the field does not come to rest from there, though β = {problem.beta:.3g} ≥ c_G = {threshold:.4g}"
        return (
            f"σ collapses: β = {problem.beta:.3g} is below c_G = {threshold:.4g} (G = {self.group_size}), so near a "
            f"reward peak the normalized gradient outweighs the KL term, and δ = {self.std_offset:.3g} stops it only "
            f"below σ = {box.STD[0]:g}"
        )

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``reward_std``, and what every clipped method records."""
        reward_std = np.std(batch.rewards, axis=-1, ddof=1)
        return {**super().diagnostics(state, batch, problem), "reward_std": reward_std}


def normalized(rewards: Array, std_offset: float = 0.0) -> Array:
    """(r_i − r̄)/(std(r) + δ) along the last axis, with G − 1 in the standard deviation; 0/0 counts as 0.

    Rewards are measured from the group's best, which changes nothing but makes equal rewards exactly zero, so
    that rounding is never blown up to size one.
    """
    behind = rewards - np.max(rewards, axis=-1, keepdims=True)
    scale = np.std(behind, axis=-1, ddof=1, keepdims=True) + std_offset
    return (behind - np.mean(behind, axis=-1, keepdims=True)) / np.where(scale > 0, scale, 1.0)
