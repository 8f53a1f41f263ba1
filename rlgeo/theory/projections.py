"""Four projections of π* onto the Gaussians. Where π* is not Gaussian they differ, and so do methods.

    reverse KL      argmin KL(π_θ‖π*) = argmax J       where RLHF and PPO converge to
    forward KL      argmin KL(π*‖π_θ)                  the moment match
    least squares   argmin Var_ref(log π_θ/π*)         where DRO converges to at β_R = β
    logistic        argmin of DPO's population loss    where DPO converges to at ν β_D = β

On a Gaussian π* all four agree.
"""

from __future__ import annotations

from collections.abc import Callable

from rlgeo.methods.dpo import DPO
from rlgeo.methods.dro import DRO
from rlgeo.toy.gaussian import Gaussian
from rlgeo.toy.problem import Problem


def reverse_kl(problem: Problem) -> Gaussian:
    """argmin_θ KL(π_θ‖π*) = argmax_θ J(θ), the best Gaussian."""
    return problem.optimum().projection()


def forward_kl(problem: Problem) -> Gaussian:
    """argmin_θ KL(π*‖π_θ), which has the mean and the variance of π*."""
    return problem.optimum().moment_match()


def least_squares(problem: Problem) -> Gaussian | None:
    """argmin_θ Var_ref(log π_θ − log π*), DRO's destination at β_R = β; ``None`` where it does not exist."""
    return DRO(beta=problem.beta).destination(problem)


def logistic(problem: Problem, label_noise: float = 1.0) -> Gaussian | None:
    """DPO's destination at β_D = β/ν, where π* would have the least loss of all; ``None`` where it does not exist.

    Parameters
    ----------
    label_noise
        ν > 0. It matters even so: the noisier the labels, the nearer to least squares.
    """
    return DPO(beta=problem.beta / label_noise, label_noise=label_noise).destination(problem)


PROJECTIONS: dict[str, Callable[[Problem], Gaussian | None]] = {
    "reverse KL": reverse_kl,
    "forward KL": forward_kl,
    "least squares": least_squares,
    "logistic": logistic,
}
"""Name → function of the problem."""
