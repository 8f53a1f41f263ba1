"""DRO: regression of rewards on log-ratios, with a learned baseline.

    L(θ, V) = ½ E[δ(a)²],   δ(a) = r(a) − V − β_R log π_θ(a)/π_ref(a),   a ~ π_ref
    θ ← θ + η β_R mean(δ ∇log π_θ),   V ← V + η_V mean(δ)

Direct reward optimization (Richemond et al. 2024). At π* the residual vanishes everywhere and V = β_R log Z. For
Gaussians log π_θ/π_ref is a parabola in a, so this is the linear regression of r on (1, a, a²) under π_ref.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter, sample_count
from rlgeo.methods.offline import Offline
from rlgeo.methods.score import weighted_score
from rlgeo.theory.kl_estimators import log_ratio
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem
from rlgeo.toy.state import Batch, Gradient, State


@dataclass(frozen=True)
class DRO(Offline):
    """Direct reward optimization: squared residuals on offline rewards, a learned baseline V."""

    name: ClassVar[str] = "DRO"

    learning_rate: float = hyperparameter(0.05, "η", (0.005, 0.5), 0.005, "step length", log=True)
    batch_size: int = sample_count(32, "N", (4, 256), "actions drawn from π_ref, once", "[1, inf)")
    beta: float = hyperparameter(0.5, "β_R", (0.05, 3), 0.05, "KL coefficient: reward per unit of log-ratio", log=True)
    value_learning_rate: float = hyperparameter(0.1, "η_V", (0.005, 1), 0.005, "step length of the baseline", log=True)

    def residuals(self, state: State, batch: Batch, problem: Problem) -> Array:
        """δ_i = r_i − V − β_R log π_θ(a_i)/π_ref(a_i), shape ``(*policies, N)``."""
        return (
            batch.rewards
            - state.value[..., None]
            + self.beta * log_ratio(state.policy, problem.reference, batch.actions)
        )

    def surrogate(self, state: State, batch: Batch, problem: Problem) -> Array:
        """−½ mean(δ²)."""
        return -0.5 * np.mean(self.residuals(state, batch, problem) ** 2, axis=-1)

    def gradient(self, state: State, batch: Batch, problem: Problem) -> Gradient:
        """β_R mean(δ ∇log π_θ), and mean(δ) for the baseline."""
        residuals = self.residuals(state, batch, problem)
        d_mean, d_std, _ = weighted_score(state.policy, residuals, batch.actions)
        return Gradient(self.beta * d_mean, self.beta * d_std, np.mean(residuals, axis=-1))

    def _slopes(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """The residual's coefficients of z and z² − 1, z = (a − μ_ref)/σ_ref: its Hermite coefficients 1 and 2.

        Those of r are σ_ref ∂μ E_ref[r] and ½σ_ref ∂σ E_ref[r] (Stein's identity).
        """
        reference = problem.reference
        reward_mean, reward_std = problem.reward.expectation_gradient(reference)
        linear = reference.std * (policy.mean - reference.mean) / policy.std**2
        quadratic = 0.5 * (1 - reference.std**2 / policy.std**2)
        return (
            reference.std * reward_mean - self.beta * linear,
            0.5 * reference.std * reward_std - self.beta * quadratic,
        )

    def expected_gradient(self, policy: Gaussian, problem: Problem) -> tuple[Array, Array]:
        """β_R E_ref[δ ∇log π_θ] at V = V∞(θ), in closed form: both factors are parabolas plus what is orthogonal."""
        linear, quadratic = self._slopes(policy, problem)
        reference, distance = problem.reference, problem.reference.mean - policy.mean
        d_mean = linear * reference.std / policy.std**2
        d_std = 2 * reference.std / policy.std**3 * (linear * distance + quadratic * reference.std)
        return self.beta * d_mean, self.beta * d_std

    def coefficients(self, problem: Problem) -> tuple[Array, Array, Array]:
        """c₀, c₁, c₂ of the parabola c₀ + c₁a + c₂a² nearest to r in least squares under π_ref.

        With z = (a − μ_ref)/σ_ref it is E_ref[r] + σ_ref ∂μE_ref[r] z + ½σ_ref ∂σE_ref[r] (z² − 1).
        """
        reference = problem.reference
        slope, widening = problem.reward.expectation_gradient(reference)
        c2 = 0.5 * widening / reference.std
        c1 = slope - 2 * c2 * reference.mean
        c0 = (
            problem.reward.expectation(reference) - slope * reference.mean + c2 * (reference.mean**2 - reference.std**2)
        )
        return c0, c1, c2

    def settled_value(self, policy: Gaussian, problem: Problem) -> Array:
        """V∞(θ) = E_ref[r] + β_R KL(π_ref‖π_θ), to which V converges while θ is held; one number per policy.

        It is β_R log Z at π*, and elsewhere not bounded by it.
        """
        return problem.expected_reward(problem.reference) + self.beta * problem.reference.kl(policy)

    def population_loss(self, policy: Gaussian, problem: Problem) -> Array:
        """½ Var_ref(δ), the loss at V = V∞(θ) on infinitely many data; one number per policy.

        δ is a parabola, orthogonal to the part of r that no parabola fits.
        """
        reference = problem.reference
        linear, quadratic = self._slopes(policy, problem)
        reward_linear, reward_quadratic = self._slopes(reference, problem)
        unexplained = problem.reward.variance(reference) - reward_linear**2 - 2 * reward_quadratic**2
        return 0.5 * (unexplained + linear**2 + 2 * quadratic**2)

    def diagnostics(self, state: State, batch: Batch, problem: Problem) -> dict[str, Array]:
        """``value`` V, ``settled_value`` V∞(θ), and ``loss`` ½ mean(δ²) = ``bias`` ½ mean(δ)² + ``spread`` ½ var(δ)."""
        residuals = self.residuals(state, batch, problem)
        bias, spread = 0.5 * np.mean(residuals, axis=-1) ** 2, 0.5 * np.var(residuals, axis=-1)
        return {
            "value": state.value + np.zeros(state.policy.shape),
            "settled_value": self.settled_value(state.policy, problem),
            "loss": bias + spread,
            "bias": bias,
            "spread": spread,
        }
