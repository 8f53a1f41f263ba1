"""GRPO: PPO's clipped surrogate with advantages normalized within the group.

    θ ← θ + η ∇[ 1/G Σ_i min(ρ_i Â_i, clip(ρ_i, 1 − ε, 1 + ε) Â_i) − β KL(π_θ‖π_ref) ]
    Â_i = (r_i − r̄)/(std(r) + δ),   a_1 … a_G ~ π_old for K updates

Shao et al. (2024). The standard deviation (with G − 1 in its denominator) makes the reward's scale drop out, so
GRPO does not ascend J: with many samples it follows ∇E[r]/Std_θ(r) − β ∇KL, whose effective KL coefficient β Std_θ(r)
falls as the policy narrows (Vojnovic & Yun 2025; Liu et al. 2025 drop the division).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.clipped import Clipped
from rlgeo.methods.kl_term import expected_loss, kl_term, penalized_reward_variance, split
from rlgeo.theory import group_of_two
from rlgeo.theory.collapse import collapse_threshold
from rlgeo.theory.quadrature import normal_nodes, normal_points
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, State

REPLICATES = 8
"""Independent quasi-Monte Carlo estimates; their spread is the error estimate."""
GROUPS = 256
"""Groups of other actions per replicate."""
SMALL = 4
"""Groups up to this size have advantages that jump, or nearly so, where two rewards are equal: more nodes there."""


@dataclass(frozen=True)
class GRPO(Clipped):
    """Group relative policy optimization: clipped ratios, advantages in units of the group's own spread."""

    name: ClassVar[str] = "GRPO"
    by_quadrature: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("finest", "expected_gradient_on")
    tolerance: ClassVar[float] = 1e-3  # the field itself is not known better

    learning_rate: float = hyperparameter(0.03, "η", (0.005, 0.3), 0.005, "step length", log=True)
    group_size: int = sample_count(8, "G", (2, 64), "actions drawn from π_old", "[2, inf]")
    clip: float = hyperparameter(0.2, "ε", (0.02, 0.5), 0.01, "half-width of the ratio's clip band")
    epochs: int = hyperparameter(
        4, "K", (1, 16), 1, "updates before π_old is refreshed", allowed="[1, inf)", integer=True
    )
    std_offset: float = hyperparameter(
        1e-4, "δ", (0, 0.2), 0.0001, "added to the standard deviation of the group's rewards", allowed="[0, inf)"
    )
    kl: str = kl_term()

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = (r_i − r̄)/(std(r) + δ), shape ``(*policies, G)``; 0/0 counts as 0."""
        return normalized(batch.rewards, self.std_offset)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """E[1/G Σ Â_i ∇log π_θ(a_i)] by quadrature over one action and quasi-Monte Carlo over the others.

        For G = ∞ the limit ∇E[r]/(Std_θ(r) + δ). :meth:`expected_gradient_error` states the error at finite G.
        """
        d_mean, d_std = self._reward_gradients(policy, problem)[0]
        return d_mean, d_std

    def expected_gradient_error(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """One standard error of :meth:`expected_gradient`; 0 for G = ∞.

        From 8 independently scrambled point sets, and from the quadrature with half of its nodes.
        """
        d_mean, d_std = self._reward_gradients(policy, problem)[1]
        return d_mean, d_std

    def _reward_gradients(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The reward part of the field and its error, each of shape ``(2, *policies)``."""
        if np.isinf(self.group_size):
            gradient = np.stack(np.broadcast_arrays(*super().expected_reward_gradient(policy, problem)))
            scale = np.sqrt(penalized_reward_variance(self.kl, policy, problem)) + self.std_offset
            return gradient / np.where(scale > 0, scale, 1.0), np.zeros((2, *policy.shape))
        fine, coarse = one_by_one(lambda one: self._of_one(one, problem), policy, 2, 2, REPLICATES)
        spread = np.std(fine, axis=1, ddof=1) / np.sqrt(REPLICATES)
        return np.mean(fine, axis=1), np.hypot(spread, np.mean(fine - coarse, axis=1))

    def _of_one(self, policy: Gaussian, problem: Problem) -> Array:
        """E[Â_1 ∇log π_θ(a_1)] with all nodes and with every other one, shape ``(2, 2, replicates)``."""
        if self.group_size == 2 and (self.std_offset == 0 or split(self.kl)[0] == "reward"):
            # a valley so flat that noise would hide where it ends
            pairs = group_of_two.gradient(
                lambda xi: self.rewards(policy, policy.mean + policy.std * xi, problem), self.std_offset
            )
            return np.repeat(pairs[..., None] / policy.std, REPLICATES, axis=-1)
        nodes, weights = normal_nodes(float(self.finest(policy, problem)))
        others = normal_points(int(self.group_size) - 1, REPLICATES, GROUPS)
        terms = self._on(policy, problem, nodes, weights, others)
        return np.array([[np.sum(step * x[:, ::step], axis=-1) for x in terms] for step in (1, 2)])

    def finest(self, policy: Gaussian, problem: Problem) -> Array:
        """How fine the nodes of :meth:`expected_gradient` are, for a single policy."""
        spacing = np.where(self.group_size <= SMALL, 0.25, 0.5)
        return spacing * np.minimum(1.0, np.min(problem.reward.widths) / policy.std)

    def expected_gradient_on(
        self, policy: Gaussian, problem: Problem, nodes: Array, weights: Array, others: Array
    ) -> tuple[Array, Array]:
        """:meth:`expected_gradient` of one policy, on nodes for a_1 and standard normals for the others."""
        terms = self._on(policy, problem, nodes, weights, others)
        d_mean, d_std = (np.mean(np.sum(x, axis=-1)) for x in terms)
        _, kl_mean, kl_std = expected_loss(self.kl, policy, problem.reference)
        return d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std

    def _on(self, policy: Gaussian, problem: Problem, xi: Array, weight: Array, noise: Array) -> tuple[Array, Array]:
        """Each node's part of E[Â_1 ∇log π_θ(a_1)], shape ``(replicates, nodes)`` for μ and for σ.

        The others' rewards have mean m and sum of squared deviations Q, so with u = r(a_1) − m

            Â_1 = (1 − 1/G) u / (√((Q + (1 − 1/G) u²)/(G − 1)) + δ).

        An action that is rare but counts is thus never missed: it is a_1 in the quadrature.
        """
        size = self.group_size
        # Measured from r(μ), so that rounding is never blown up to size one where r is flat.
        level = self.rewards(policy, policy.mean, problem)
        others = self.rewards(policy, policy.mean + policy.std * noise, problem) - level
        mean = np.mean(others, axis=-1, keepdims=True)
        squares = np.sum((others - mean) ** 2, axis=-1, keepdims=True)
        ahead = self.rewards(policy, policy.mean + policy.std * xi, problem) - level - mean
        share = (size - 1) / size
        scale = np.sqrt((squares + share * ahead**2) / (size - 1)) + self.std_offset
        advantage = np.mean(share * ahead / np.where(scale > 0, scale, 1.0), axis=1)
        return advantage * (weight * xi / policy.std), advantage * (weight * (xi**2 - 1) / policy.std)

    def collapse_threshold(self) -> float:
        """c_G, the β below which (and without δ) the policy narrows without end at a quadratic reward peak."""
        return collapse_threshold(self.group_size)

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        if self.kl not in ("exact", "k2-loss"):
            return super()._reason(problem, start)
        threshold = self.collapse_threshold()
        if problem.beta >= threshold:
            return f"{super()._reason(problem, start)}, though β = {problem.beta:.3g} ≥ c_G = {threshold:.4g}"
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
