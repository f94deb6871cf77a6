"""Nothing is drawn outside its sheet, or over another label."""

from collections.abc import Callable

import pytest

from drawings import drawn_sheet
from roofline.findings import all_slugs, findings
from roofline.report.charts.plans.candidates import intensity_plan, speed_up_plan
from roofline.report.charts.plans.claims import finding_plan
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.reproduction import reproduction_plan
from roofline.report.charts.plans.roofline import roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Lines, Plan


@pytest.mark.parametrize("slug", all_slugs())
def test_the_texts_of_a_findings_chart_are_on_the_sheet(flagship: StudyData, slug: str) -> None:
    """On the wide layout and on a phone's; names at rings and guides may not leave it."""
    finding = next(one for one in findings(flagship.study) if one.slug == slug)
    plan = finding_plan(flagship, finding)
    if plan is None or not isinstance(plan.spec, Lines):
        return
    for narrow in (False, True):
        figure = drawn_sheet(plan, narrow=narrow).figure
        width, height = figure.get_size_inches() * 72
        for axes in figure.axes:
            for text in axes.texts:
                box = text.get_window_extent()
                assert 0 <= box.x0 < box.x1 <= width + 1, (text.get_text(), narrow)
                assert 0 <= box.y0 < box.y1 <= height + 1, (text.get_text(), narrow)


@pytest.mark.parametrize(
    "plan",
    [roofline_plan, batch_plan, length_plan, intensity_plan, speed_up_plan, reproduction_plan],
)
def test_all_text_is_on_the_sheet(flagship: StudyData, plan: Callable[[StudyData], Plan]) -> None:
    figure = drawn_sheet(
        plan(flagship), below=("A study. Roofline 1", "https://example.org/")
    ).figure
    assert len(figure.texts) > 1
    width, height = figure.get_size_inches() * 72
    for box in (text.get_window_extent() for text in figure.texts):
        assert box.x0 >= 0
        assert 0 <= box.y0 < box.y1 <= height
    for axes in figure.axes:
        labels = [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        labels += [*axes.get_xticklabels(), *axes.get_yticklabels()]
        for box in (text.get_window_extent() for text in labels if text.get_text()):
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y0 >= 0
            assert box.y1 <= height
