"""Ticks, ranges and labels that follow the data."""

import math
from itertools import pairwise

import pytest

from roofline.report.charts.drawing import axes as scales
from roofline.report.charts.drawing.sheet import text_width, wrapped


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "0.01"),
        (1, "1"),
        (1e2, "100"),
        (1e4, "10k"),
        (1e10, "10G"),
        (1e12, "1T"),
        (1e15, "1000T"),
        (1e16, "10P"),
        (1e21, "1000E"),
    ],
)
def test_ticks_are_written_as_in_the_reference_chart(value: float, text: str) -> None:
    assert scales.tick(value) == text


@pytest.mark.parametrize("value", [0.011, 0.6, 0.99, 1.0, 3.1, 9.9, 42.7, 1e6])
def test_rounded_ranges_hold_their_value(value: float) -> None:
    assert 0.2 * value < scales.round_down(value) < value < scales.round_up(value) < 4 * value


def test_labels_are_moved_apart_and_stay_in_range() -> None:
    wanted = [0.99, 0.985, 0.98, 0.9, 0.1, 0.1]
    moved = scales.spread(wanted, 0.05, 0.02, 0.98)
    ordered = sorted(moved)
    assert all(after - before > 0.05 - 1e-9 for before, after in pairwise(ordered))
    assert min(moved) >= 0.02
    assert max(moved) <= 0.98 + 1e-9
    assert scales.spread([0.2, 0.8], 0.1, 0, 1) == [0.2, 0.8]


def test_long_titles_are_broken_where_they_would_not_fit() -> None:
    lines = wrapped("a rather long title " * 10, 300, 12)
    assert len(lines) > 1
    assert all(text_width(line, 12) <= 300 for line in lines)
    assert math.isclose(text_width("ab", 20), 2 * text_width("ab", 10))
