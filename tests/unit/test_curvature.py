"""What the curvature of J promises: the rate of gradient ascent near a summit, and the circles of the metric."""

import numpy as np
import pytest

from rlgeo import Gaussian, Problem, ascend
from rlgeo.theory.curvature import contraction, hessian, kl_circle


def test_contraction_is_the_rate_at_which_ascent_arrives():
    """Steps that start off the summit shrink by ρ in the end, whichever of the two eigenvalues decides."""
    problem = Problem("mixed")
    top = problem.optimum().projection()
    rates = np.array([0.5, 1.3])  # the flat direction is last to arrive, then the steep one overshoots
    found = contraction(problem, top, rates)
    assert found.shape == (2,)
    for rate, rho in zip(rates, found, strict=True):
        path = ascend(problem.gradient, Gaussian(top.mean + 1e-3, top.std + 1e-3), 60, rate)
        distance = np.hypot(path.mean - top.mean, path.std - top.std)
        assert distance[-1] / distance[-2] == pytest.approx(rho, rel=1e-3)
        assert contraction(problem, top, rate) == pytest.approx(rho, rel=1e-14)


def test_steps_beyond_the_curvature_are_repelled():
    problem = Problem("mixed")
    top = problem.optimum().projection()
    low, high = np.linalg.eigvalsh(hessian(problem, top))
    assert low < high < 0
    limit = -2 / low
    below, above = contraction(problem, top, limit * np.array([0.999, 1.001]))
    assert below < 1 < above
    assert above == pytest.approx(-1 - 1.001 * limit * low, rel=1e-12)


def test_the_circles_of_the_metric_are_at_their_divergence():
    policy, angles = Gaussian(0.7, 1.3), np.linspace(0, 2 * np.pi, 9)
    for nats, tolerance in ((1e-8, 1e-3), (1e-4, 0.02)):
        ring = kl_circle(policy, nats, angles)
        assert ring.shape == (9,)
        np.testing.assert_allclose(ring.kl(policy), nats, rtol=tolerance)
    ring = kl_circle(policy, 0.02, np.array([0.0, np.pi / 2, np.pi]))
    np.testing.assert_allclose(ring.mean, [0.7 + 1.3 * 0.2, 0.7, 0.7 - 1.3 * 0.2], rtol=1e-14)
    np.testing.assert_allclose(ring.std, [1.3, 1.3 + 1.3 * np.sqrt(0.02), 1.3], rtol=1e-14)
    many = kl_circle(Gaussian([0.0, 1.0], [0.5, 2.0])[..., None], 0.02, angles)
    assert many.shape == (2, 9)
    for nats in (0, -1.0):
        with pytest.raises(ValueError, match=rf"nats={nats:g} is outside \(0, inf\)"):
            kl_circle(policy, nats, angles)


def test_hessians_of_a_batch():
    """One symmetric matrix per policy, whatever the batch's shape."""
    problem = Problem("double", Gaussian(0.3, 1.2), 0.4)
    batch = Gaussian(np.array([[-1.0], [0.7]]), [0.5, 1.0, 2.0])
    found = hessian(problem, batch)
    assert found.shape == (2, 3, 2, 2)
    assert np.array_equal(found, np.swapaxes(found, 2, 3))
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(found[i, j], hessian(problem, batch[i, j]), rtol=1e-12)
