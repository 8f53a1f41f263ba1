"""What methods share that climb an estimate of E[r] less β times a KL term: the KL term, and where they end."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rlgeo.arguments.check import Array
from rlgeo.methods import kl_term
from rlgeo.methods.base import Method, summit
from rlgeo.theory.flow import follow
from rlgeo.toy import box
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, State


class Penalized(Method):
    """A method that climbs an estimate of E_π[r] less β times a KL term: it says what the estimate is."""

    kl: str = "exact"
    """Where and how the KL term enters, a key of ``KL_TERMS``."""

    @property
    def reward_share(self) -> float:
        """The factor of ∇E[r] in the expected gradient."""
        return 1.0

    def rewards(self, sampler: Gaussian, actions: Array, problem: Problem) -> Array:
        """The penalized rewards: r, less β k of actions of ``sampler`` where the KL term is in the reward."""
        rewards = problem.reward(actions)
        return kl_term.penalized_rewards(self.kl, problem.beta, sampler, problem.reference, actions, rewards)

    @abstractmethod
    def reward_surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """The surrogate without its KL term, one number per policy."""

    @abstractmethod
    def reward_gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """The gradient of :meth:`reward_surrogate`."""

    def surrogate(self, state: State, batch: Any, problem: Problem) -> Array:
        """``reward_surrogate`` − β times the KL term as far as it is a loss."""
        loss = kl_term.loss(self.kl, state.policy, problem.reference, batch.actions)
        return self.reward_surrogate(state, batch, problem) - problem.beta * loss

    def gradient(self, state: State, batch: Any, problem: Problem) -> Gradient:
        """``reward_gradient`` − β times the gradient of the KL term as far as it is a loss."""
        d_mean, d_std, d_value = self.reward_gradient(state, batch, problem)
        kl_mean, kl_std = kl_term.loss_gradient(self.kl, state.policy, problem.reference, batch.actions)
        return Gradient(d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std, d_value)

    def expected_reward_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The mean of ``reward_gradient`` with π_old = π_θ: ``reward_share`` times ∇E[r] − β E[k s]."""
        d_mean, d_std = problem.reward.expectation_gradient(policy)
        _, k_mean, k_std = kl_term.expected_penalty(self.kl, policy, problem.reference)
        share, beta = self.reward_share, problem.beta
        return share * (d_mean - beta * k_mean), share * (d_std - beta * k_std)

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """``expected_reward_gradient`` − β E[∇k], the KL term as far as it is a loss."""
        d_mean, d_std = self.expected_reward_gradient(policy, problem)
        _, kl_mean, kl_std = kl_term.expected_loss(self.kl, policy, problem.reference)
        return d_mean - problem.beta * kl_mean, d_std - problem.beta * kl_std

    def _potential(self, policy: Gaussian, problem: Problem) -> Array:
        """A function whose gradient ``expected_gradient`` is."""
        penalty, *_ = kl_term.expected_penalty(self.kl, policy, problem.reference)
        loss, *_ = kl_term.expected_loss(self.kl, policy, problem.reference)
        return self.reward_share * (problem.expected_reward(policy) - problem.beta * penalty) - problem.beta * loss

    def destination(self, problem: Problem, start: Gaussian | None = None) -> Gaussian | None:
        """The maximum of the field's potential whose basin holds ``start``; without a start, the highest one.

        Where that is a multiple of J, at β/``reward_share`` with the KL term as a loss, all maxima are found. Else the
        highest of those that the summits of J and π_ref flow to, σ staying above the floor of training's box. Where a
        method has an ``expected_reward_gradient`` of its own, no potential is known: see :meth:`Method.destination`.
        """
        if type(self).expected_reward_gradient is not Penalized.expected_reward_gradient:
            return super().destination(problem, start)
        if self.kl in ("exact", "k2-loss", "k1-reward"):
            share = 1.0 if self.kl == "k1-reward" else self.reward_share
            # The problem itself remembers its summits, another with the same β does not.
            return summit(problem if share == 1 else problem.at_beta(problem.beta / share), start)
        tops = problem.optimum().summits()
        starts = [start] if start is not None else [*(tops[i] for i in range(tops.shape[0])), problem.reference]
        found = [follow(lambda p: self.expected_gradient(p, problem), one, floor=box.STD[0]) for one in starts]
        rests = [one for one in found if one is not None]
        return max(rests, key=lambda rest: float(self._potential(rest, problem)), default=None)

    def _reason(self, problem: Problem, start: Gaussian | None) -> str:
        return kl_term.REASONS.get(self.kl, super()._reason(problem, start))
