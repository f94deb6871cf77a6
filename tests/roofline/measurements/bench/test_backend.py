"""Shapes of products, and what devices are called."""

import pytest

from roofline.measurements.bench.backend import DeviceDescription, Shape


def test_work_and_elements_of_a_shape() -> None:
    """2 · 2 · 3 · 4 · 5 = 240 FLOP; 2 · (15 + 20 + 12) = 94 elements."""
    shape = Shape(count=2, m=3, n=4, k=5)
    assert (shape.flops, shape.elements) == (240, 94)


@pytest.mark.parametrize(
    ("threads", "label"), [(None, "A CPU"), (1, "A CPU, 1 thread"), (2, "A CPU, 2 threads")]
)
def test_a_cpu_is_told_from_others_by_its_threads(threads: int | None, label: str) -> None:
    assert DeviceDescription(name="A CPU", threads=threads).label == label
