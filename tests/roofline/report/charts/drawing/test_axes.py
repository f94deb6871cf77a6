"""Labels keep apart, and ticks are where they are wanted."""

from itertools import pairwise

import pytest

from roofline.report.charts.drawing.axes import decades, spread


def test_labels_are_moved_apart_and_stay_in_range() -> None:
    wanted = [0.99, 0.985, 0.98, 0.9, 0.1, 0.1]
    moved = spread(wanted, 0.05, 0.02, 0.98)
    ordered = sorted(moved)
    assert all(after - before > 0.05 - 1e-9 for before, after in pairwise(ordered))
    assert min(moved) >= 0.02
    assert max(moved) <= 0.98 + 1e-9
    assert spread([0.2, 0.8], 0.1, 0, 1) == [0.2, 0.8]


@pytest.mark.parametrize(
    ("low", "high", "most", "powers"),
    [
        (0.6, 1e4, 8, [1, 10, 100, 1e3, 1e4]),
        (1e10, 1e15, 9, [1e10, 1e11, 1e12, 1e13, 1e14, 1e15]),
        (1, 1e9, 4, [1, 1e3, 1e6, 1e9]),
    ],
)
def test_powers_of_ten_are_thinned_to_what_has_room(
    low: float, high: float, most: int, powers: list[float]
) -> None:
    assert decades(low, high, most) == powers
