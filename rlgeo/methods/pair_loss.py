"""What cousins of DPO share: another loss ℓ of the same margin, h = β [log π_θ/π_ref(a_w) − log π_θ/π_ref(a_l)]."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.methods.dpo import DPO
from rlgeo.theory import pair_losses, pairs
from rlgeo.theory.pair_losses import Slopes
from rlgeo.toy.gaussian import Gaussian, one_by_one
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Gradient, Preferences, State


class PairLoss(DPO):
    """A loss of the margin of labeled pairs; most methods say only what it is and its slope."""

    parts: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def pair_loss(self, margins: Array) -> Array:
        """ℓ(h) of every pair."""

    @abstractmethod
    def pair_slope(self, margins: Array) -> Array:
        """−ℓ′(h) of every pair."""

    def _slopes(self) -> Slopes:
        return pair_losses.at_margins(self.pair_slope)

    def surrogate(self, state: State, batch: Preferences, problem: Problem) -> Array:
        """−mean ℓ(h)."""
        return -np.mean(self.pair_loss(self.margins(state, batch, problem)), axis=-1)

    def gradient(self, state: State, batch: Preferences, problem: Problem) -> Gradient:
        """β mean −ℓ′(h) [∇log π_θ(a_w) − ∇log π_θ(a_l)]."""
        weight = self.beta * self.pair_slope(self.margins(state, batch, problem))
        policy = state.policy[..., None]
        scores = zip(policy.score(batch.winners), policy.score(batch.losers), strict=True)
        return Gradient(*(np.mean(weight * (winner - loser), axis=-1) for winner, loser in scores))

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """β E[−ℓ′(h) (∇log π_θ(a_w) − ∇log π_θ(a_l))] by quadrature over pairs."""
        d_mean, d_std = one_by_one(lambda one: self._of_one(one, problem), policy, 2)
        return d_mean, d_std

    def _of_one(self, policy: Gaussian, problem: Problem) -> Array:
        return self.beta * pair_losses.step(
            lambda a: self.beta * self._score(policy, problem, a),
            lambda a: np.stack(policy.score(a)),
            self._slopes(),
            self._source(policy, problem),
            self.label_noise,
        )

    def population_loss(self, policy: Gaussian, problem: Problem) -> Array:
        """E ℓ(h) on infinitely many pairs, by quadrature over pairs; one number per policy."""

        def of_one(one: Gaussian) -> float:
            source = self._source(one, problem)
            score = self.beta * self._score(one, problem, pairs.grid(source, pair_losses.CELLS)[0])
            return float(np.sum(pair_losses.labeled(source, self.label_noise) * self.pair_loss(score[:, None] - score)))

        return one_by_one(of_one, policy)

    def _source(self, policy: Gaussian, problem: Problem) -> Problem:
        """The problem whose reference the pairs come from."""
        return Problem(problem.reward, self._sampler(State(policy), problem), problem.beta)

    def _score(self, policy: Gaussian, problem: Problem, actions: Array) -> Array:
        """Of which β times the difference is the margin."""
        return policy.log_prob(actions) - problem.reference.log_prob(actions)

    def coefficients(self, problem: Problem) -> tuple[Array, Array]:
        """c₁, c₂ of the best margin c₁(a_w − a_l) + c₂(a_w² − a_l²), by quadrature over pairs; whatever β."""
        return pair_losses.coefficients(self._slopes(), problem, self.label_noise)

    def diagnostics(self, state: State, batch: Preferences, problem: Problem) -> dict[str, Array]:
        """``loss`` mean ℓ(h), and ``accuracy_margin``, the share of pairs with h > 0."""
        margins = self.margins(state, batch, problem)
        return {
            "loss": np.mean(self.pair_loss(margins), axis=-1),
            "accuracy_margin": np.mean(np.where(margins > 0, 1.0, 0.0), axis=-1),
        }
