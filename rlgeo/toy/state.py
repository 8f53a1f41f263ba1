"""What passes between a method, its data and a run."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rlgeo.arguments import check
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.toy.gaussian import Gaussian


class Gradient(NamedTuple):
    """An ascent direction: in μ, in σ and in the learned baseline V (zero for methods without one)."""

    mean: Array
    std: Array
    value: Array | float = 0.0


@dataclass(frozen=True, eq=False, init=False)
class State:
    """What training carries from step to step.

    Parameters
    ----------
    policy
        π_θ, or a batch of shape ``(runs,)``.
    behavior
        π_old, the frozen policy that the present batch was drawn from; ``None`` stands for ``policy`` itself.
    value
        V, the learned baseline of PPO and DRO, one number per policy, in units of reward.
    """

    policy: Gaussian
    behavior: Gaussian | None
    value: Array

    def __init__(self, policy: Gaussian, behavior: Gaussian | None = None, value: ArrayLike = 0.0) -> None:
        object.__setattr__(self, "policy", policy)
        object.__setattr__(self, "behavior", behavior)
        object.__setattr__(self, "value", check.owned("value", value))

    @property
    def sampler(self) -> Gaussian:
        """The policy that data come from: π_old, or π_θ where nothing is frozen."""
        return self.policy if self.behavior is None else self.behavior


@dataclass(frozen=True, eq=False)
class Batch:
    """Actions with their rewards, both of shape ``(*policies, n)``."""

    actions: Array
    rewards: Array


@dataclass(frozen=True, eq=False)
class Preferences:
    """Pairs of actions, the preferred one in ``winners``; both of shape ``(*policies, pairs)``."""

    winners: Array
    losers: Array

    @cached_property
    def difference(self) -> Array:
        """a_w − a_l of every pair."""
        return self.winners - self.losers

    @cached_property
    def difference_of_squares(self) -> Array:
        """a_w² − a_l² of every pair."""
        return self.winners**2 - self.losers**2


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A vectorized training run.

    Parameters
    ----------
    mean, std, objective
        μ_t, σ_t and J(θ_t), shape ``(runs, steps + 1)``.
    records
        Diagnostics by name, measured before each step, shape ``(runs, steps)``.
    """

    mean: Array
    std: Array
    objective: Array
    records: dict[str, Array]

    @property
    def policy(self) -> Gaussian:
        """All policies along the way, shape ``(runs, steps + 1)``."""
        return Gaussian(self.mean, self.std)

    @property
    def final(self) -> Gaussian:
        """The last policy of every run, shape ``(runs,)``."""
        return Gaussian(self.mean[:, -1], self.std[:, -1])
