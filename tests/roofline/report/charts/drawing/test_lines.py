"""Drawn lines name themselves, ring what the claim names, and draw their levels."""

from dataclasses import replace

import pytest
from matplotlib.axes import Axes

from drawings import drawn_axes
from roofline.findings import findings
from roofline.report.charts.plans.claims import finding_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Lines, Plan, Ring


def _plan(data: StudyData, slug: str) -> Plan:
    finding = next(one for one in findings(data.study) if one.slug == slug)
    plan = finding_plan(data, finding)
    assert plan is not None
    return plan


def _texts(axes: Axes) -> dict[str, tuple[float, float]]:
    """Where texts lie: left and right ends, in points."""
    return {
        text.get_text(): (text.get_window_extent().x0, text.get_window_extent().x1)
        for text in axes.texts
    }


def test_lines_are_named_and_rings_and_levels_written(flagship: StudyData) -> None:
    texts = _texts(drawn_axes(_plan(flagship, "fused-attention")))
    assert {"323", "644", "ridge 161.2", "prefill, fused", "decode, fused"} <= texts.keys()


def test_shares_are_written_in_percent(flagship: StudyData) -> None:
    axes = drawn_axes(_plan(flagship, "attention-traffic"))
    assert "20%" in [label.get_text() for label in axes.get_yticklabels()]
    axes = drawn_axes(_plan(flagship, "narrow-weights"))
    assert "2" in [label.get_text() for label in axes.get_yticklabels()]


def test_marks_are_told_in_a_legend(flagship: StudyData) -> None:
    legend = drawn_axes(_plan(flagship, "overhead")).get_legend()
    assert legend is not None
    assert "Attention, decode" in [text.get_text() for text in legend.get_texts()]
    assert drawn_axes(_plan(flagship, "ridge")).get_legend() is None


@pytest.mark.parametrize(("rising", "left"), [(True, True), (False, False)])
def test_a_rings_text_is_on_the_side_that_the_line_leaves_free(
    flagship: StudyData, *, rising: bool, left: bool
) -> None:
    """Above a rising line at its left, above a falling one at its right."""
    plan = _plan(flagship, "attention-traffic")
    spec = plan.spec
    assert isinstance(spec, Lines)
    line = spec.lines[0]
    heights = line.y if rising else line.y[::-1]
    middle = len(line.x) // 2
    ring = Ring(x=line.x[middle], y=heights[middle], text="here")
    turned = replace(spec, lines=(replace(line, y=heights),), rings=(ring,), guides=())
    axes = drawn_axes(replace(plan, spec=turned))
    place = float(axes.transData.transform((ring.x, ring.y))[0])
    start, end = _texts(axes)["here"]
    assert bool(end < place) == left
    assert bool(start > place) != left
