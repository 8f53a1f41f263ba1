import numpy as np
import pytest
from scipy.stats import norm, qmc

from rlgeo.theory.quadrature import nodes, normal_nodes, normal_points, panels, rule


def test_nodes_integrate_moments_and_products_of_narrow_bumps():
    xi, weights = normal_nodes()
    moments = [weights @ xi**k for k in range(9)]
    assert np.allclose(moments, [1, 0, 1, 0, 3, 0, 15, 0, 105], rtol=1e-12, atol=1e-12)
    for width in (1.0, 0.1, 0.005):
        xi, weights = normal_nodes(width)
        found = weights @ np.exp(-(((xi - 0.3) / width) ** 2))  # the square of a bump
        variance = 1 + width**2 / 2
        assert np.isclose(found, width * np.exp(-0.045 / variance) / np.sqrt(2 * variance), rtol=1e-12)


def test_panels_resolve_what_is_narrow_and_far():
    """A spike of width 1e-6 at 50 on a wide parabola, both in the weight; and the mass of what is left out."""

    def log_weight(x):
        return -0.5 * (x / 3) ** 2 + 1000 * np.exp(-0.5 * ((x - 50) / 1e-3) ** 2)

    x, w = rule(log_weight, [0.0, 50.0], [3.0, 1e-3])
    peak = log_weight(50.0)
    width = 1e-3 / np.sqrt(1000)  # of e^{1000 b}, to first order in 1/1000
    assert np.isclose(w @ np.exp(log_weight(x) - peak), np.sqrt(2 * np.pi) * width, rtol=1e-3)
    low, high = panels(lambda x: -0.5 * x**2, [0.0], [1.0])
    assert np.all(low[1:] == high[:-1])
    assert np.isclose(np.sum(nodes(low, high)[1] * norm.pdf(nodes(low, high)[0])), 1, rtol=1e-14)
    with pytest.raises(ArithmeticError, match="narrower than floating-point numbers"):
        rule(lambda x: -1e40 * (x - 1) ** 2, [1.0], [1.0])


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
    for remembered in (*normal_nodes(0.5), normal_points(1, 1, 2)):
        with pytest.raises(ValueError, match="read-only"):
            remembered[...] = 0
