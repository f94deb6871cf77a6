"""Short paths draw what the long ones drew."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofline.report.charts.output.strokes import joined, shortened

PLACE = st.tuples(*[st.floats(-2_000, 2_000).map(lambda value: round(value, 2))] * 2)
LINES = st.lists(st.tuples(st.lists(PLACE, min_size=1, max_size=20), st.booleans()), min_size=1)
"""Lines from point to point, each closed or not."""


def test_joined_marks_stand_where_they_stood_alone() -> None:
    mark = "M -3.54 3.54 L 3.54 -3.54 M -3.54 -3.54 L 3.54 3.54"
    places = [(320.12, 105.15), (351.95, 98.39), (0.0, 0.04), (-7.26, 1234.5)]
    path = joined(mark, places)
    assert path is not None
    assert re.search(r"[^-.\dml ]", path) is None
    pen, starts = np.zeros(2), []
    for index, (_, x, y) in enumerate(
        re.findall(r"([ml])(-?(?:\d+(?:\.\d+)?|\.\d+)) ?(-?(?:\d+(?:\.\d+)?|\.\d+))", path)
    ):
        pen = pen + np.array([float(x), float(y)])
        if index % 4 == 0:
            starts.append(pen)
    np.testing.assert_allclose(
        np.array(starts), np.array(places) + np.array([-3.5, 3.5]), atol=0.0501
    )


def test_rings_and_single_lines_that_go_on_stay_as_they_are() -> None:
    assert joined("M 0 0 L 1 1 L 2 2", [(0.0, 0.0)]) is None
    assert joined("M 0 0 C 1 1 2 2 3 3 z", [(0.0, 0.0)]) is None


def _places(path: str) -> list[tuple[float, float]]:
    """Every point of a path of steps, read as a browser reads it."""
    pen = start = (0.0, 0.0)
    places = []
    for command, numbers in re.findall(r"([mlz])([^mlz]*)", path):
        if command == "z":
            pen = start
            continue
        values = [float(number) for number in re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)", numbers)]
        assert len(values) % 2 == 0
        for place, step in enumerate(zip(values[::2], values[1::2], strict=True)):
            pen = (pen[0] + step[0], pen[1] + step[1])
            if command == "m" and not place:
                start = pen
            places.append(pen)
    return places


@given(lines=LINES)
def test_steps_lead_to_the_same_places(lines: list[tuple[list[tuple[float, float]], bool]]) -> None:
    """To half a tenth, however long the way there is."""
    path = " ".join(
        "M " + " L ".join(f"{x:.2f} {y:.2f}" for x, y in places) + " z" * closed
        for places, closed in lines
    )
    short = shortened(path)
    assert re.fullmatch(r"[-.\dmlz ]+", short)
    # As written, -0.00 is 0.
    np.testing.assert_allclose(
        _places(short), [place for places, _ in lines for place in places], atol=0.0501
    )


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 52 349.1 L 464.5 349.1 L 464.5 311.3 z", "m52 349.1 412.5 0 0-37.8z"),
        # After a closed line the pen is where it began.
        ("M 1 1 L 2 2 z M 1 1 L 1.5 .5 z L 4 4", "m1 1 1 1zm0 0 .5-.5zl3 3"),
        ("M 0 0 C 1 1 2 2 3 3 z", "M 0 0 C 1 1 2 2 3 3 z"),
        ("", ""),
    ],
)
def test_straight_lines_are_shortened(path: str, short: str) -> None:
    assert shortened(path) == short
