"""Charts lay predicted points over the attainable ones, where the card is calibrated."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from drawings import by_gid, drawn_axes, odd_study
from roofline.latency.law import BOUNDS
from roofline.latency.prediction import predict_series
from roofline.model.capacity import capacity
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.report.charts.drawing import palette
from roofline.report.charts.drawing.sheet import FAINT
from roofline.report.charts.output import cache
from roofline.report.charts.output.chart import draw_chart
from roofline.report.charts.output.strokes import joined
from roofline.report.charts.plans.roofline import forward_plan, operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.pages.figures import figure
from roofline.study.study import load_study


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own drawing


def _marks_equal(
    found: dict[str, Any], name: str, alpha: float, expected: np.ndarray, fits: np.ndarray
) -> None:
    """Every mark is a point, every point has a mark, faint where nothing there fits."""
    drawn = []
    for suffix, strength in (("", alpha), ("-faint", alpha * FAINT)):
        marks: PathCollection | None = found.get(name + suffix)
        if marks is None:
            drawn.append(np.zeros((0, 2)))
            continue
        assert marks.get_alpha() == pytest.approx(strength)
        drawn.append(np.asarray(marks.get_offsets()))
    # As fine as marks are told apart: a hundredth of a decade behind, finer in front.
    close = 0.024 if name.startswith("attainable") else 1e-3
    near = [
        np.abs(np.log(marks[:, None, :] / expected[None, :, :])).max(axis=2) < close
        for marks in drawn
    ]
    both = np.concatenate(near)
    assert both.any(axis=1).all()
    assert both.any(axis=0).all()
    assert (near[0] & fits).any(axis=1).all()
    if close < 0.01:
        assert not (near[1] & fits).any()


def test_marks_are_predicted_points_over_attainable_ones_and_faint_where_nothing_fits(
    flagship: StudyData,
) -> None:
    found = by_gid(drawn_axes(roofline_plan(flagship)))
    study = flagship.study
    grid = np.meshgrid(study.file.batches, study.file.lengths, indexing="ij")
    fits = capacity(study.deployment).fits(*grid).ravel()
    for one in flagship.series:
        points = evaluate(study.deployment, one.series, one.phase, Grid(*grid))
        predicted = predict_series(study, one.series, one.phase, Grid(*grid))
        assert predicted is not None
        for name, alpha, rates in (
            ("predicted", 1.0, predicted.flops_per_s),
            ("attainable", palette.QUIET, points.attainable),
        ):
            expected = np.stack([points.intensity.ravel(), rates.ravel()], axis=1)
            _marks_equal(found, f"{name}-{one.key}", alpha, expected, fits)
        assert one.key not in found
        assert (
            found[f"predicted-{one.key}"].get_zorder() > found[f"attainable-{one.key}"].get_zorder()
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"accelerator": "h100-80gb-sxm"},
        {"choices": {"attention": "fused"}},
        {"storage": {"weight": "int4"}},
    ],
)
def test_without_a_calibration_the_attainable_points_stand_alone(changes: dict[str, Any]) -> None:
    data = StudyData(study=odd_study(**changes))
    plan = roofline_plan(data)
    axes = drawn_axes(plan)
    found = by_gid(axes)
    for one in data.series:
        expected = np.stack([one.points.intensity, one.points.attainable], axis=1)
        _marks_equal(found, one.key, 1.0, expected, one.fits)
    assert not [gid for gid in found if gid.startswith(("predicted", "attainable"))]
    legend = axes.get_legend()
    assert legend is not None
    assert "attainable" not in [text.get_text() for text in legend.get_texts()]
    assert plan.caption.startswith("Points are attainable rates, not measurements.")
    assert not plan.layers
    for text in (plan.title, plan.caption, plan.description):
        assert "redicted" not in text
    chart = draw_chart(plan, data.study, "1")
    assert "rl-predicted" not in chart.inline
    assert "radio" not in figure(chart, "studies/odd", str)
    rows = list(csv.DictReader(io.StringIO(chart.csv.decode())))
    assert {row["predicted_seconds"] for row in rows} == {""}
    units = json.loads(chart.json)["units"]
    assert units["predicted_flops_per_s"] == "FLOP/s"


def test_the_title_says_how_far_below_the_roof_the_smallest_work_stays(
    flagship: StudyData,
) -> None:
    attention = next(one for one in flagship.series if one.key == "qk-pv-ar")
    assert attention.predicted is not None
    rates = attention.predicted.flops_per_s / 1e12
    low, high = float(rates.min()), float(rates.max())
    assert roofline_plan(flagship).title == (
        f"Predicted rates lie far below the roof for small work: {low:.2g} to {high:.2g} of "
        "the attainable 1.9 TFLOP/s for attention products in decode"
    )
    operator = operator_plan(flagship, "qk-pv", "ar")
    assert f"predicted at {low:.2g} to {high:.2g} TFLOP/s" in operator.title
    assert f"predicted at {low:.2g} to {high:.2g} TFLOP/s" in operator.description


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        # Everything is large, and near its roof.
        ({"batches": [512, 1024], "lengths": [8192]}, "Predicted rates are "),
        # One setting: there is no smaller work to compare it with.
        ({"batches": [1], "lengths": [128]}, "Predicted rates are "),
    ],
)
def test_titles_of_other_calibrated_studies(changes: dict[str, Any], title: str) -> None:
    plan = roofline_plan(StudyData(study=odd_study(**changes)))
    assert plan.title.startswith(title)
    assert plan.title.endswith(" of the attainable ones")


def test_a_chart_with_series_brought_forward_speaks_of_them(flagship: StudyData) -> None:
    keys = ["qkv-mlp-ar", "up-gate-down-ar"]
    shares = np.concatenate(
        [
            one.predicted.flops_per_s / one.points.attainable
            for one in flagship.series
            if one.key in keys and one.predicted is not None
        ]
    )
    assert forward_plan(flagship, keys).title == (
        f"Predicted rates of qkv mlp ar and up/gate/down ar are {shares.min():.0%} to "
        f"{shares.max():.0%} of the attainable ones"
    )


def test_everything_can_be_extrapolated() -> None:
    data = StudyData(study=odd_study(model="llama-65b", batches=[2000], lengths=[2**17]))
    predicted = [one.predicted for one in data.series if one.predicted is not None]
    assert len(predicted) == 6
    assert all(one.extrapolated.all() for one in predicted)
    caption = roofline_plan(data).caption
    assert "All 6 predictions are extrapolated beyond the shapes measured." in caption


def test_the_data_carry_the_predictions(flagship: StudyData) -> None:
    chart = draw_chart(roofline_plan(flagship), flagship.study, "1")
    rows = list(csv.DictReader(io.StringIO(chart.csv.decode())))
    expected = [one.predicted for one in flagship.series]
    found = [float(row["predicted_flops_per_s"]) for row in rows]
    assert found == [rate for one in expected if one for rate in one.flops_per_s.tolist()]
    for row in rows:
        assert float(row["flops"]) / float(row["predicted_seconds"]) == pytest.approx(
            float(row["predicted_flops_per_s"]), rel=1e-12
        )
        assert row["predicted_bound"] in BOUNDS
        assert row["extrapolated"] in {"true", "false"}


def test_both_layers_are_in_the_files_and_the_page_can_tell_them_apart(
    flagship: StudyData,
) -> None:
    chart = draw_chart(roofline_plan(flagship), flagship.study, "1")
    for text in (chart.svg.decode(), f"<body>{chart.inline}</body>"):
        classes = [element.get("class") for element in _parsed(text).iter()]
        assert classes.count("rl-predicted") > 6
        assert classes.count("rl-attainable") > 6
    assert "--rl-lift" in chart.inline
    assert b"--rl-lift" not in chart.svg
    assert f"--rl-lift: {1 / palette.QUIET:.4g};" in palette.stylesheet()


def test_the_switch_over_a_chart_is_its_own(flagship: StudyData) -> None:
    plans = (roofline_plan(flagship), operator_plan(flagship, "qk-pv", "ar"))
    pages = [
        figure(draw_chart(plan, flagship.study, "1"), folder, str)
        for plan in plans
        for folder in ("studies/one", "studies/two")
    ]
    names = []
    for page in pages:
        inputs = re.findall(r'<input type="radio" name="([^"]+)"', page)
        assert len(inputs) == 2
        assert len(set(inputs)) == 1
        assert page.count(" checked>") == 1
        names += inputs[:1]
    assert len(set(names)) == 4


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
    # Rings and single lines that go on stay as they are.
    assert joined("M 0 0 L 1 1 L 2 2", places) is None
    assert joined("M 0 0 C 1 1 2 2 3 3 z", places) is None


def test_no_mark_lies_above_the_roof(flagship: StudyData) -> None:
    roof = flagship.study.deployment.roof
    for one in flagship.series:
        for x, y, _ in (one.marks, one.predicted_marks):
            assert x.size
            assert (y <= roof.attainable(x) * (1 + 1e-12)).all()
