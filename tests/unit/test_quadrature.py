import numpy as np
import pytest
from scipy.stats import norm, qmc

from rlgeo.theory.quadrature import normal_nodes, normal_points


def test_nodes_integrate_moments_and_a_kink():
    nodes, weights = normal_nodes(257)
    moments = [weights @ nodes**k for k in range(9)]
    assert np.allclose(moments, [1, 0, 1, 0, 3, 0, 15, 0, 105], rtol=1e-12, atol=1e-12)
    assert np.isclose(weights @ np.abs(nodes - 0.3), 2 * norm.pdf(0.3) + 0.6 * norm.cdf(0.3) - 0.3, atol=1e-3)


def test_points_are_standard_normal_and_the_same_every_time():
    points = normal_points(3, 4, 1024)
    assert points.shape == (4, 1024, 3)
    assert np.array_equal(points, normal_points.__wrapped__(3, 4, 1024))
    assert len({tuple(replicate[0]) for replicate in points}) == 4
    # One in each of 1024 slices of equal probability, in every dimension: that is what makes them Sobol's.
    slices = np.sort(np.floor(1024 * norm.cdf(points)), axis=1)
    assert np.array_equal(slices, np.broadcast_to(np.arange(1024)[:, None], (4, 1024, 3)))


def test_points_stay_finite_at_the_ends_of_the_unit_interval(monkeypatch):
    class Ends:
        def __init__(self, dimension, **more):
            pass

        def random(self, count):
            return np.array([[0.0], [0.25], [0.5], [1.0]])

    monkeypatch.setattr(qmc, "Sobol", Ends)
    found = normal_points.__wrapped__(1, 1, 4)[0, :, 0]
    assert np.allclose(found, [norm.ppf(2.0**-54), norm.ppf(0.25), 0, norm.isf(2.0**-53)], rtol=1e-12)


def test_what_is_remembered_cannot_be_changed():
    for remembered in (*normal_nodes(5), normal_points(1, 1, 2)):
        with pytest.raises(ValueError, match="read-only"):
            remembered[...] = 0
