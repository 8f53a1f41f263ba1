"""The alignment problem: a reward, a reference policy and the KL coefficient β."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.arguments.parameters import Parameter, hyperparameter
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.optimum import Optimum
from rlgeo.toy.reward import BumpReward, preset

EXPERIMENT: dict[str, Parameter] = {
    "reference_mean": Parameter("μ_ref", -3, 3, 0.1, "mean of the reference", "(-inf, inf)"),
    "reference_std": Parameter("σ_ref", 0.3, 3, 0.05, "standard deviation of the reference"),
    "beta": Parameter("β", 0.05, 3, 0.05, "KL coefficient: reward given up for one nat of divergence", log=True),
    "mean": Parameter("μ", -4, 4, 0.05, "mean of the policy", "(-inf, inf)"),
    "std": Parameter("σ", 0.03, 3, 0.01, "standard deviation of the policy"),
}
"""The numbers every experiment has, and the ranges that their controls offer."""

START = Gaussian(0.0, 1.0)
"""Where training starts unless told otherwise."""


REFERENCE = Gaussian(0.0, 1.5)
"""The reference policy unless told otherwise."""
POLICY = "a Gaussian, for example Gaussian(0, 1)"


@dataclass(frozen=True, eq=False, init=False)
class Problem:
    """Maximize J(θ) = E_{π_θ}[r] − β KL(π_θ‖π_ref).

    Parameters
    ----------
    reward
        r, or the name of a preset.
    reference
        π_ref, a single policy.
    beta
        β > 0, in units of reward per nat.

    Raises
    ------
    ValueError
        If β ≤ 0, if the preset is unknown or if the reference is a batch of policies.
    """

    reward: BumpReward
    reference: Gaussian
    beta: float = hyperparameter(0.5, "β", (0.05, 3), 0.05, EXPERIMENT["beta"].meaning, log=True)

    def __init__(self, reward: BumpReward | str = "single", reference: Gaussian = REFERENCE, beta: float = 0.5) -> None:
        reward = preset(reward) if isinstance(reward, str) else reward
        check.instance("reward", reward, BumpReward, "a BumpReward or the name of a preset")
        check.instance("reference", reference, Gaussian, "a Gaussian, for example Gaussian(0, 1.5)")
        object.__setattr__(self, "reward", reward)
        object.__setattr__(self, "reference", reference)
        object.__setattr__(self, "beta", check.scalar("beta", beta, check.POSITIVE))
        if self.reference.shape != ():
            raise ValueError(f"reference is a batch of shape {self.reference.shape}; a single policy is wanted")

    def __getstate__(self) -> dict[str, Any]:
        """Without what has been computed from the rest and is remembered."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def expected_reward(self, policy: Gaussian) -> Array:
        """E_π[r], one number per policy."""
        check.instance("policy", policy, Gaussian, POLICY)
        return self.reward.expectation(policy)

    def kl(self, policy: Gaussian) -> Array:
        """KL(π‖π_ref) in nats, one number per policy."""
        check.instance("policy", policy, Gaussian, POLICY)
        return policy.kl(self.reference)

    def objective(self, policy: Gaussian) -> Array:
        """J = E_π[r] − β KL(π‖π_ref), one number per policy."""
        return self.expected_reward(policy) - self.beta * self.kl(policy)

    def gradient(self, policy: Gaussian) -> tuple[Array, Array]:
        """∇J = ∇E_π[r] − β ∇KL(π‖π_ref) as (∂μ, ∂σ)."""
        check.instance("policy", policy, Gaussian, POLICY)
        reward_mean, reward_std = self.reward.expectation_gradient(policy)
        kl_mean, kl_std = policy.kl_gradient(self.reference)
        return reward_mean - self.beta * kl_mean, reward_std - self.beta * kl_std

    def landscape(self, means: ArrayLike, stds: ArrayLike) -> Array:
        """J on the grid ``means`` × ``stds``, indexed ``[std, mean]`` as a heat map wants it."""
        rows = check.array("stds", stds, check.POSITIVE)[:, None]
        return self.objective(Gaussian(check.array("means", means), rows))

    def optimum(self) -> Optimum:
        """The unrestricted maximizer π* ∝ π_ref e^{r/β}, made once: it remembers its integrals and summits."""
        return self._optimum

    @cached_property
    def _optimum(self) -> Optimum:
        return Optimum(self)

    def at_beta(self, beta: float) -> Problem:
        """The same problem with another KL coefficient."""
        return Problem(self.reward, self.reference, beta)
