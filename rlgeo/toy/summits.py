"""Every critical point of J over the half plane σ > 0, among them its summits.

Critical points lie in a box that is known beforehand. With P and N the sums of w over bumps and of |w| over pits,
σ ∂σJ = 0 says Σ t_k σ²/v_k (x_k² − 1) = β (σ²/σ_ref² − 1), where −1 ≤ (x² − 1) e^{−x²/2} ≤ ½; so

    β/(β/σ_ref² + Σ |w_k|/s_k²) ≤ σ² ≤ σ_ref² (1 + (P + N)/β)

and beyond all centers only pits push outward, as far as they reach. On the boundary ∇J points inward, therefore
(Poincaré and Hopf) maxima − saddles + minima = 1: a count that differs shows that the grid was too coarse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlgeo.arguments.check import Array, Mask
from rlgeo.theory.curvature import hessian
from rlgeo.toy.gaussian import Gaussian

if TYPE_CHECKING:
    from rlgeo.toy.problem import Problem

STEPS = 40
"""Of Newton's method."""
REFINEMENTS = 3
STILL = 1e-6
"""In units of σ: shorter last steps have arrived, and points nearer than this are one."""
FINEST = 1e-9
"""The least σ in units of μ: the mean's rounding is then below a tenth of ``STILL``."""


def summits(problem: Problem) -> Gaussian:
    """All local maxima of J from left to right, shape ``(count,)``.

    Where two critical points are about to merge, which of them exist is not decided by double precision.

    Raises
    ------
    ValueError
        If β is so small that a summit's σ may be lost beside its μ in double precision.
    """
    for fineness in 2.0 ** np.arange(REFINEMENTS):
        points = _distinct(_newton(problem, *_candidates(problem, fineness)))
        curvature = hessian(problem, points)
        determinant = np.linalg.det(curvature)
        tops = (determinant > 0) & (curvature[..., 0, 0] < 0)
        if np.sum(np.sign(determinant)) == 1 and np.any(tops):
            break
    return points[tops]


def grid(problem: Problem, fineness: float = 1.0) -> tuple[Array, Array]:
    """Means and standard deviations that no feature of ∇J slips through: around every center at its width."""
    reward, reference, beta = problem.reward, problem.reference, problem.beta
    height = np.abs(reward.weights)
    low = np.sqrt(beta / (beta / reference.std**2 + np.sum(height / reward.widths**2)))
    if low < FINEST * np.max(np.abs(reward.centers)):
        raise ValueError(
            f"beta={beta:g} is too small: a summit may be as narrow as {low:.0e}, too little beside its mean"
        )
    high = reference.std * np.sqrt(1 + np.sum(height) / beta)
    stds = np.geomspace(0.9 * low, 1.1 * high, int(fineness * (12 + 6 * np.log(high / low))))
    centers, widths = np.append(reward.centers, reference.mean), np.append(reward.widths, reference.std)
    graded = np.sinh(np.linspace(-4, 4, int(fineness * 24) + 1)) / 2
    # Only a pit pushes away from all centers, at most to where its pull has fallen below that of the reference.
    pits = reward.weights < 0
    push = np.sum((height / reward.widths)[pits]) * reference.std**2 / beta
    room = np.min([push, 9 * np.hypot(high, np.max(reward.widths))]) + 0.1 * reference.std
    means = np.append(np.ravel(centers[:, None] + widths[:, None] * graded), [np.min(centers) - room])
    means = np.append(means, [np.max(centers) + room])
    return np.unique(np.clip(means, np.min(centers) - room, np.max(centers) + room)), stds


def _candidates(problem: Problem, fineness: float) -> tuple[Gaussian, Gaussian]:
    """The middles of cells in or beside which both components of ∇J change sign, and the cells' sizes."""
    means, stds = grid(problem, fineness)
    both = np.ones((stds.size - 1, means.size - 1), dtype=bool)
    for slope in problem.gradient(Gaussian(means, stds[:, None])):
        corners = [slope[i : i + stds.size - 1, j : j + means.size - 1] for i in (0, 1) for j in (0, 1)]
        both &= _beside((np.min(corners, axis=0) <= 0) & (np.max(corners, axis=0) >= 0))
    row, column = np.nonzero(both)
    middle = Gaussian(0.5 * (means[column] + means[column + 1]), np.sqrt(stds[row] * stds[row + 1]))
    return middle, Gaussian(means[column + 1] - means[column], stds[row + 1] / stds[row])


def _beside(marked: Mask) -> Mask:
    """What is marked or touches something marked."""
    wide = np.pad(marked, 1)
    tall = wide[:-2] | wide[1:-1] | wide[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _newton(problem: Problem, start: Gaussian, cell: Gaussian) -> Gaussian:
    """∇J = 0 in the coordinates (μ, log σ), each step about one cell long at most; what has arrived, in any order."""
    mean, log_std, limit = (
        start.mean,
        np.log(start.std),
        np.stack([np.maximum(cell.mean, 0.1 * start.std), np.log(cell.std)]),
    )
    for _ in range(STEPS):
        policy = Gaussian(mean, np.exp(log_std))
        scale = np.stack([np.ones_like(mean), policy.std])
        slope = np.stack(problem.gradient(policy)) * scale
        curved = np.moveaxis(hessian(problem, policy), (-2, -1), (0, 1)) * scale[:, None] * scale
        curved[1, 1] += slope[1]
        determinant = curved[0, 0] * curved[1, 1] - curved[0, 1] ** 2
        adjugate = np.stack(
            [curved[1, 1] * slope[0] - curved[0, 1] * slope[1], curved[0, 0] * slope[1] - curved[0, 1] * slope[0]]
        )
        step = -adjugate / np.where(determinant == 0, np.finfo(float).tiny, determinant)
        arrived = np.hypot(step[0] / policy.std, step[1]) < STILL
        step *= np.minimum(1, 1 / np.maximum(np.max(np.abs(step) / limit, axis=0), 1e-300))
        mean, log_std = mean + step[0], log_std + step[1]
    return Gaussian(mean[arrived], np.exp(log_std[arrived]))


def _distinct(points: Gaussian) -> Gaussian:
    """Each point once, from left to right."""
    order = np.lexsort((points.std, points.mean))
    kept: list[int] = []
    for i in order:
        near = [abs(points.mean[i] - points.mean[k]) + abs(points.std[i] - points.std[k]) for k in kept]
        if not near or min(near) > 10 * STILL * points.std[i]:
            kept.append(int(i))
    return points[kept]
