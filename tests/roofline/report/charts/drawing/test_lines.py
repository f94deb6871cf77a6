"""Drawn lines name themselves, ring what the claim names, and draw their levels."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from drawings import drawn_axes, drawn_sheet
from roofline.findings import all_slugs, findings
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


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(("slug", "name"), [("narrow-weights", "no gain"), ("grouped-heads", None)])
def test_text_stands_clear_of_lines(
    flagship: StudyData, slug: str, name: str | None, *, narrow: bool
) -> None:
    """No line runs through the name of a level, or of any ring."""
    plan = _plan(flagship, slug)
    assert isinstance(plan.spec, Lines)
    names = [name] if name else [ring.text for ring in plan.spec.rings]
    axes = drawn_sheet(plan, narrow=narrow).figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() in names]
    assert len(boxes) == len(names) > 0
    for line in axes.lines:
        x, y = axes.transData.transform(line.get_xydata()).T
        across = np.linspace(x.min(), x.max(), 500)
        for box in boxes:
            inside = (box.x0 < across) & (across < box.x1)
            heights = np.interp(across[inside], x, y)
            assert not ((box.y0 < heights) & (heights < box.y1)).any()


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("slug", all_slugs())
def test_no_text_lies_over_another(flagship: StudyData, slug: str, *, narrow: bool) -> None:
    finding = next(one for one in findings(flagship.study) if one.slug == slug)
    plan = finding_plan(flagship, finding)
    if plan is None:
        assert slug == "trained-context"  # a number alone shows it
        return
    for axes in drawn_sheet(plan, narrow=narrow).figure.axes:
        # Of the text alone: an annotation's own extent takes in the line that leads to it.
        boxes = [Text.get_window_extent(text) for text in axes.texts]
        for one, other in combinations(boxes, 2):
            assert not one.overlaps(other)
