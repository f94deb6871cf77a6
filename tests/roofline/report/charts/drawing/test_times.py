"""Drawn times: agreement has a mark for each point, spread a bar for each range."""

import numpy as np
from numpy.testing import assert_allclose

from drawings import by_gid, drawn_axes, drawn_sheet
from roofline.latency.carried_over import load_calibration
from roofline.report.charts.drawing.palette import series_colour
from roofline.report.charts.plans.agreement import agreement_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.spread import spread_plan
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import Agreement, StageSpread, StepTimes


def test_agreement_has_a_mark_for_each_point(example: StudyData) -> None:
    """At its measured and its predicted time."""
    plan = agreement_plan(example)
    assert plan is not None
    assert isinstance(plan.spec, Agreement)
    found = by_gid(drawn_axes(plan))
    for pairs in plan.spec.series:
        drawn = np.asarray(found[f"agreement-{pairs.key}"].get_offsets())
        assert_allclose(drawn, np.stack([pairs.measured, pairs.predicted], axis=1))


def test_spread_has_a_bar_for_each_stage_and_range() -> None:
    """From the first to the ninth decile, inside the axes."""
    card = "a100-80gb-pcie"
    plan = spread_plan(load_calibration(card), card)
    assert plan is not None
    assert isinstance(plan.spec, StageSpread)
    axes = drawn_axes(plan)
    bars = [
        path.vertices
        for gid, artist in by_gid(axes).items()
        if gid.startswith("spread-")
        for path in artist.get_paths()
    ]
    ranges = sorted(plan.spec.ranges, key=lambda part: (part.p10, part.p90))
    low, high = axes.get_ylim()
    for bar, part in zip(sorted(bars, key=lambda bar: tuple(bar[:, 1])), ranges, strict=True):
        assert tuple(bar[:, 1]) == (part.p10, part.p90)
        assert low <= part.p10
        assert high >= part.p90
        assert part.low < bar[0, 0] < part.high


def test_the_bands_of_a_step_stack_up_to_all_of_it(flagship: StudyData) -> None:
    plan = time_plan(flagship, "ar")
    assert isinstance(plan.spec, StepTimes)
    sheet = drawn_sheet(plan)
    assert len(sheet.figure.axes) == 2
    for axes, panel in zip(sheet.figure.axes, plan.spec.panels, strict=True):
        found = by_gid(axes)
        for band in panel.bands:
            area = found[f"{band.key}-{panel.vary}"]
            expected = [int(series_colour(band.role)[at : at + 2], 16) / 255 for at in (1, 3, 5)]
            assert_allclose(area.get_facecolor()[0][:3], expected)
        edges = [line for line in axes.lines if not str(line.get_gid()).startswith("full-")]
        assert_allclose(np.asarray(edges[-1].get_ydata()), 1, rtol=1e-9)
        # 13,047 tokens fit on the card.
        full = 13_047 // panel.other
        if panel.x[0] < full < panel.x[-1]:
            assert_allclose(found[f"full-{panel.vary}"].get_xdata(), full)
        else:
            assert f"full-{panel.vary}" not in found
        assert axes.get_ylim() == (0, 1)
