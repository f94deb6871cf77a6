"""Marks of straight strokes are one path, which draws what they drew alone."""

import re

import numpy as np

from roofline.report.charts.output.strokes import joined


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
