"""The two ceilings."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from deployments import deploy
from roofline.model.roof import BOUNDS, COMMUNICATION, COMPUTE, MEMORY, OVERHEAD, Roof

RATES = st.floats(1e6, 1e18)
INTENSITIES = st.floats(0, 1e9)


def test_the_ridge_of_the_flagship() -> None:
    """312e12 / 1.935e12 = 161.24 FLOP/Byte."""
    assert_allclose(deploy().roof.ridge, 161.24, rtol=2e-5)


@given(RATES, RATES, INTENSITIES)
def test_nothing_attains_more_than_either_ceiling(
    peak: float, bandwidth: float, intensity: float
) -> None:
    """A point never lies above its own roof."""
    attained = Roof(peak=peak, bandwidth=bandwidth).attainable(intensity)
    assert attained <= peak
    assert attained <= bandwidth * intensity


@given(RATES, RATES, INTENSITIES, st.floats(1e-3, 1e3))
def test_scaling_both_ceilings_scales_the_bound(
    peak: float, bandwidth: float, intensity: float, factor: float
) -> None:
    """Twice the peak and twice the bandwidth attain twice as much, at the same ridge."""
    roof = Roof(peak=peak, bandwidth=bandwidth)
    other = Roof(peak=factor * peak, bandwidth=factor * bandwidth)
    assert_allclose(other.attainable(intensity), factor * roof.attainable(intensity), rtol=1e-12)
    assert_allclose(other.ridge, roof.ridge, rtol=1e-12)


def test_a_point_on_the_ridge_is_compute_bound() -> None:
    """At the ridge both ceilings are equal; the bound is called compute."""
    roof = Roof(peak=8.0, bandwidth=2.0)
    assert [BOUNDS[place] for place in roof.bound([3.9, 4.0, 4.1])] == [
        "memory",
        "compute",
        "compute",
    ]
    assert BOUNDS[int(roof.bound(np.nextafter(4.0, 0.0)))] == "memory"
    assert roof.bound([[1.0], [5.0]]).shape == (2, 1)
    assert roof.bound(1.0).dtype == np.uint8
    assert_allclose(roof.attainable([3.0, 4.0, 5.0]), [6.0, 8.0, 8.0], rtol=0)


def test_the_least_time_is_the_longer_of_computing_and_moving() -> None:
    """16 FLOP at 8 FLOP/s take 2 s, 10 byte at 2 byte/s take 5 s."""
    roof = Roof(peak=8.0, bandwidth=2.0)
    assert_allclose(roof.minimum_seconds([16.0, 80.0], 10.0), [5.0, 10.0], rtol=0)
    assert_allclose(roof.minimum_seconds(0.0, np.array([4.0])), [2.0], rtol=0)


def test_bounds_are_named_by_their_places() -> None:
    """Two ceilings, a third for later, and what a prediction can say."""
    assert BOUNDS == ("memory", "compute", "communication", "overhead")
    places = (MEMORY, COMPUTE, COMMUNICATION, OVERHEAD)
    assert [BOUNDS[place] for place in places] == [*BOUNDS]
