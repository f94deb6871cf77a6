"""Ranges are drawn from end to end, each with an id of its own."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from drawings import by_gid, drawn_sheet
from roofline.report.charts import reproduction_charts
from roofline.report.charts.plans.reproduction import reproduction_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import RangeComparison


@pytest.fixture(scope="module")
def spec(flagship: StudyData) -> RangeComparison:
    plan = reproduction_plan(flagship)
    assert plan is not None
    assert isinstance(plan.spec, RangeComparison)
    return plan.spec


@pytest.fixture(scope="module")
def figure(flagship: StudyData) -> Figure:
    plan = reproduction_plan(flagship)
    assert plan is not None
    return drawn_sheet(plan).figure


def test_every_range_is_drawn_from_end_to_end(figure: Figure, spec: RangeComparison) -> None:
    for number, (panel, axes) in enumerate(zip(spec.panels, figure.axes, strict=True)):
        drawn = by_gid(axes)
        for row in panel.rows:
            for part in row.ranges:
                (line,) = drawn[f"range-{number}-{part.kind}-{row.key}"].get_segments()
                low, high = axes.get_xlim()
                ends = (part.low or low, part.high or high)
                np.testing.assert_allclose(line[:, 0], ends)


def test_ranges_of_a_series_stand_in_its_row_in_their_order(
    figure: Figure, spec: RangeComparison
) -> None:
    drawn = by_gid(figure.axes[1])
    for place, row in enumerate(spec.panels[1].rows):
        heights = [
            drawn[f"range-1-{part.kind}-{row.key}"].get_segments()[0][0, 1] for part in row.ranges
        ]
        assert heights == sorted(heights)
        assert max(abs(height - place) for height in heights) < 0.5


def test_series_and_verdicts_are_named(figure: Figure, spec: RangeComparison) -> None:
    first, second = ([text.get_text() for text in axes.texts] for axes in figure.axes)
    labels = {row.label for row in spec.panels[0].rows}
    assert labels <= set(first)
    assert not labels & set(second)  # beside each other, the panels share them
    for texts, panel in ((first, spec.panels[0]), (second, spec.panels[1])):
        assert [text for text in texts if text not in labels] == [row.verdict for row in panel.rows]


def test_ids_are_unique_and_no_layer_of_a_switch(flagship: StudyData) -> None:
    (chart,) = reproduction_charts(flagship.study, "1")
    names = re.findall(r'\bid="([^"]+)"', chart.inline)
    assert len(names) == len(set(names))
    assert 'class="rl-attainable"' not in chart.inline
    assert not chart.views
