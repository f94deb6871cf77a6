"""Charts lay measured points over the others, and compare them with predicted ones."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from drawings import by_gid, drawn_axes
from measurements import attention, measured_study
from roofline.latency.calibration import Calibration, load_calibration
from roofline.report.charts.library import measured_title, study_charts
from roofline.report.charts.output import cache
from roofline.report.charts.output.chart import draw_chart
from roofline.report.charts.plans.agreement import BAND, agreement_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.spread import spread_plan
from roofline.report.pages.figures import figure
from roofline.study.study import load_study

EXAMPLE = "tinyllama-cpu-2-threads"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")


@pytest.fixture(scope="module")
def example() -> StudyData:
    return StudyData(study=load_study(EXAMPLE))


def test_circles_are_measured_points_over_predicted_and_attainable_ones(
    example: StudyData,
) -> None:
    """Every measured setting has a circle, in front of the other layers."""
    found = by_gid(drawn_axes(roofline_plan(example)))
    for one in example.series:
        assert one.measured is not None
        circles = found[f"measured-{one.key}"]
        drawn = np.asarray(circles.get_offsets())
        expected = np.stack([one.points.intensity, one.measured.flops_per_s], axis=1)
        near = np.abs(np.log(drawn[:, None, :] / expected[None, :, :])).max(axis=2) < 1e-3
        assert near.any(axis=1).all()
        assert near.any(axis=0).all()
        assert not len(circles.get_facecolors())
        behind = (found[f"predicted-{one.key}"], found[f"attainable-{one.key}"])
        heights = [circles.get_zorder(), *(marks.get_zorder() for marks in behind)]
        assert heights == sorted(heights, reverse=True)


def test_the_chart_says_what_its_layers_are(example: StudyData) -> None:
    plan = roofline_plan(example)
    assert plan.layers == ("measured", "predicted", "attainable")
    assert plan.title == measured_title(example.study)
    assert plan.title.startswith("Measured rates are ")
    assert plan.caption.startswith("Circles are rates measured on AMD EPYC, 2 threads, each")
    assert "Neither are measurements" not in plan.caption
    assert "measured, predicted and attainable performance" in plan.description
    legend = drawn_axes(plan).get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names[-3:] == ["measured", "attainable", "predicted"]
    own = operator_plan(example, "qk-pv", "ar")
    assert ": measured at " in own.title


def test_the_switch_has_three_positions(example: StudyData) -> None:
    """All layers, without predictions, attainable alone."""
    chart = draw_chart(roofline_plan(example), example.study, "1")
    words = figure(chart, "studies/example", str)
    assert words.count('type="radio"') == 3
    assert "Measured and attainable" in words
    for layer in chart.layers:
        assert f'class="rl-{layer}"' in chart.inline


def test_data_holds_what_is_drawn(example: StudyData) -> None:
    chart = draw_chart(roofline_plan(example), example.study, "1")
    rows = list(csv.DictReader(io.StringIO(chart.csv.decode())))
    units = json.loads(chart.json)["units"]
    assert len(rows) == 150
    for row in rows:
        work, seconds = float(row["flops"]), float(row["measured_seconds"])
        assert_allclose(float(row["measured_flops_per_s"]), work / seconds)
        fraction = work / seconds / float(row["attainable"])
        assert_allclose(float(row["fraction_of_attainable"]), fraction)
        error = float(row["predicted_seconds"]) / seconds - 1
        assert_allclose(float(row["prediction_error"]), error, atol=1e-12)
    assert (units["measured_seconds"], units["measured_flops_per_s"]) == ("s", "FLOP/s")


def test_a_card_without_calibration_shows_measured_over_attainable(tmp_path: Path) -> None:
    """Two of four settings of one series: the others have neither circle nor cross."""
    rows = attention(1, 512, 10e-6, 30e-6) + attention(8, 2048, 30e-6, 40e-6)
    data = StudyData(study=measured_study(tmp_path, rows))
    plan = roofline_plan(data)
    found = by_gid(drawn_axes(plan))
    assert plan.layers == ("measured", "attainable")
    assert len(found["measured-qk-pv-ar"].get_offsets()) == 2
    assert not [gid for gid in found if gid.startswith(("predicted", "measured-qkv"))]
    assert "at 2 of the 24 settings" in plan.caption
    assert "Crosses are attainable rates" in plan.caption
    assert agreement_plan(data) is None
    chart = draw_chart(plan, data.study, "1")
    assert figure(chart, "studies/small", str).count('type="radio"') == 2
    assert "agreement" not in {one.slug for one in study_charts(data.study, "1")}


def test_points_above_the_roof_are_said_to_be(tmp_path: Path) -> None:
    """Two kernels of 0.1 µs each, where the roof allows 0.65 µs in all."""
    data = StudyData(study=measured_study(tmp_path, attention(1, 512, 1e-7, 1e-7)))
    assert "Some lie above the roof" in roofline_plan(data).caption


def test_measurements_of_nothing_that_is_shown_leave_the_chart_as_it_is(tmp_path: Path) -> None:
    """One of two kernels, or none after a flush: no circles, and attainable points are plain."""
    data = StudyData(study=measured_study(tmp_path, attention(1, 512, 1e-5, 1e-5)[:1]))
    plan = roofline_plan(data)
    assert not plan.layers
    assert plan.caption.startswith("Points are attainable rates, not measurements.")
    assert "qk-pv-ar" in by_gid(drawn_axes(plan))


def test_charts_follow_the_measurements(tmp_path: Path) -> None:
    """A changed file is drawn anew, though the study's own file is the same."""
    before = study_charts(measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6)), "1")
    after = study_charts(measured_study(tmp_path, attention(1, 512, 10e-6, 40e-6)), "1")
    assert before[0].svg != after[0].svg
    assert study_charts(load_study(str(tmp_path / "small.yml")), "1") == after


def test_agreement_has_a_mark_for_each_point(example: StudyData) -> None:
    """At its measured and its predicted time; the caption counts those within the band."""
    plan = agreement_plan(example)
    assert plan is not None
    found = by_gid(drawn_axes(plan))
    inside = 0
    for one in example.series:
        assert one.measured is not None
        assert one.predicted is not None
        drawn = np.asarray(found[f"agreement-{one.key}"].get_offsets())
        expected = np.stack([one.measured.seconds, one.predicted.seconds], axis=1)
        assert_allclose(drawn, expected)
        ratio = one.predicted.seconds / one.measured.seconds
        inside += int(((ratio <= BAND) & (ratio >= 1 / BAND)).sum())
    assert f"as {inside} of the 150 points are" in plan.caption
    assert len(plan.table.rows()) == 150


def test_spread_has_a_bar_for_each_stage_and_range() -> None:
    """From the first to the ninth decile, inside the axes."""
    card = "a100-80gb-pcie"
    calibration = load_calibration(card)
    plan = spread_plan(calibration, card)
    assert plan is not None
    axes = drawn_axes(plan)
    found = by_gid(axes)
    bars = [
        path.vertices
        for gid, one in found.items()
        if gid.startswith("spread-")
        for path in one.get_paths()
    ]
    expected = [(one.p10, one.p90) for one in calibration.errors.spread]
    assert sorted(tuple(bar[:, 1]) for bar in bars) == sorted(expected)
    # 0.799 and 1.14 of the catalogue: limits are rounded outward.
    assert "are 0.79 to 1.14 times the measured time or closer" in plan.title
    low, high = axes.get_ylim()
    assert low <= min(one for one, _ in expected)
    assert high >= max(one for _, one in expected)
    for bar, one in zip(sorted(bars, key=lambda bar: tuple(bar[:, 1])),
                        sorted(calibration.errors.spread, key=lambda one: (one.p10, one.p90)),
                        strict=True):  # fmt: skip
        assert one.low < bar[0, 0] < one.high
    counted = sum(one.rows for one in calibration.errors.spread)
    assert f"{counted:,} of {calibration.provenance.rows:,}" in plan.caption


def test_spread_of_few_products_is_not_shown() -> None:
    """It would hide the errors of the others."""
    calibration = load_calibration("amd-epyc-2-threads")
    assert sum(one.rows for one in calibration.errors.spread) < calibration.provenance.rows / 2
    assert spread_plan(calibration, "card") is None


def test_a_calibration_without_spread_has_no_chart() -> None:
    calibration = load_calibration("a100-80gb-pcie")
    errors = calibration.errors.model_copy(update={"spread": ()})
    bare: Calibration = calibration.model_copy(update={"errors": errors})
    assert spread_plan(bare, "card") is None
