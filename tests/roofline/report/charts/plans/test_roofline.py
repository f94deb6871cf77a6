"""The reference chart shows every point of the model, and says what it shows."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawings import odd_data
from measurements import attention, measured_study
from roofline.arrays import FloatArray
from roofline.model.roof import BOUNDS
from roofline.report.charts import measured_title
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import (
    ATTAINABLE,
    MEASURED,
    PREDICTED,
    STREAMED,
    Kind,
    Marks,
    Plan,
    Roofline,
)


def _spec(plan: Plan) -> Roofline:
    assert isinstance(plan.spec, Roofline)
    return plan.spec


def _assert_marked(marks: Marks, x: Any, y: Any, fits: Any, close: float) -> None:
    """Every mark is a point, every point has a mark, and a mark fits where a point there does."""
    points, places = np.stack([x, y], axis=1), np.stack([marks.x, marks.y], axis=1)
    apart = np.abs(np.log(places[:, None, :] / points[None, :, :])).max(axis=2)
    near = apart < close
    assert near.any(axis=1).all()
    assert near.any(axis=0).all()
    assert (near[marks.fits] & fits).any(axis=1).all()
    if close < 0.01:
        assert not ((apart[~marks.fits] < 1e-9) & fits).any()


@pytest.mark.parametrize("name", ["flagship", "example"])
def test_marks_are_the_models_points(name: str, request: pytest.FixtureRequest) -> None:
    data: StudyData = request.getfixturevalue(name)
    spec = _spec(roofline_plan(data))
    kinds: tuple[Kind, ...] = (MEASURED, PREDICTED, ATTAINABLE)
    assert spec.layers == kinds[name == "flagship" :]
    for series, result in zip(spec.series, data.study.results.series, strict=True):
        assert (series.series, series.phase) == (result.series, result.phase)
        intensity, fits = result.points.intensity.ravel(), result.fits.ravel()
        rates: dict[Kind, FloatArray] = {ATTAINABLE: result.points.attainable}
        if result.predicted is not None:
            rates[PREDICTED] = result.predicted.flops_per_s
        if result.measured is not None:
            rates[MEASURED] = result.measured.flops_per_s
        assert set(rates) == set(spec.layers)
        for kind, values in rates.items():
            # As fine as marks are told apart: a hundredth of a decade behind, finer in front.
            _assert_marked(series.marks(kind), intensity, values.ravel(), fits, 1e-3)
        attainable = result.points.attainable.ravel()
        _assert_marked(series.backdrop, intensity, attainable, fits, 0.024)


def test_no_mark_lies_above_the_roof(flagship: StudyData) -> None:
    roof = flagship.study.deployment.roof
    for series in flagship.series:
        for kind in (ATTAINABLE, PREDICTED):
            marks = series.points.marks(kind)
            assert marks.x.size
            assert (marks.y <= roof.attainable(marks.x) * (1 + 1e-12)).all()


def test_the_roof_and_the_axes_are_those_of_the_reference_chart(flagship: StudyData) -> None:
    spec = _spec(roofline_plan(flagship))
    assert (spec.bandwidth, spec.peak) == (1.935e12, 312e12)
    assert spec.ridge == pytest.approx(312e12 / 1.935e12, rel=1e-15)
    assert spec.x == (0.6, 1e4)
    assert spec.y == (1e10, 1e15)
    assert spec.forward == ()
    assert [series.label for series in spec.series] == [
        "qkv mlp init",
        "qkv mlp ar",
        "up/gate/down init",
        "up/gate/down ar",
        "qk/pv init",
        "qk/pv ar",
    ]
    # The reference chart's own colours, and sizes by which all series show where they coincide.
    assert [(series.role.colour, series.role.size) for series in spec.series] == [
        ("blue", "broad"),
        ("orange", "broad"),
        ("green", "slim"),
        ("red", "slim"),
        ("purple", None),
        ("brown", None),
    ]


def test_measured_points_leave_no_room_for_what_is_not_there(example: StudyData) -> None:
    """Three decades are enough where it is known how far below the roof kernels stay."""
    low, high = _spec(roofline_plan(example)).y
    rates = [rate for series in example.series for rate in series.points.rates[MEASURED]]
    assert low <= min(rate for rate in rates if rate is not None)
    assert high / low < 10**5


@pytest.mark.parametrize(
    "changes",
    [
        {"storage": {"weight": "int8"}},
        {"storage": {"kv-cache": "int4"}},
    ],
)
def test_without_a_calibration_the_attainable_points_stand_alone(changes: dict[str, Any]) -> None:
    data = odd_data(**changes)
    plan = roofline_plan(data)
    assert not plan.views
    assert all([*series.points.rates] == [ATTAINABLE] for series in data.series)
    assert plan.caption.startswith("Points are attainable rates, not measurements.")
    for text in (plan.title, plan.caption, plan.description):
        assert "redicted" not in text
    columns = {column.name: column for column in plan.table.columns}
    assert set(columns["predicted_seconds"].values) == {None}
    assert columns["predicted_flops_per_s"].unit == "FLOP/s"


def test_an_operators_title_says_what_it_reaches(flagship: StudyData) -> None:
    series = next(series for series in flagship.series if series.key == "qk-pv-ar")
    assert series.result.predicted is not None
    rates = series.result.predicted.flops_per_s / 1e12
    rates = rates[series.result.fits]  # 4,096 tokens are beyond memory from batch 4 on
    title = operator_plan(flagship, "qk-pv-ar").title
    assert f"predicted at {rates.min():#.2g} to {rates.max():#.2g} TFLOP/s where it fits" in title


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        # 49 settings of two series; only 1 × 128 tokens have an intensity below the ridge
        ({}, ("By the roof, decode is memory-bound; prefill projections are compute-bound at 96 of "
             "98 points; unfused prefill attention is memory-bound")),
        ({"batches": [1], "lengths": [8]},
         "By the roof, decode is memory-bound; prefill is memory-bound"),
        ({"choices": {"attention": "fused"}, "batches": [1], "lengths": [8192]},
         "By the roof, decode is memory-bound; prefill is compute-bound"),
        # 1/(1/1024 + 2/6656) = 783
        ({"batches": [1024], "lengths": [128]},
         ("By the roof, decode projections are compute-bound; decode attention is memory-bound; "
         "prefill projections are compute-bound; unfused prefill attention is memory-bound")),
    ],
)  # fmt: skip
def test_the_title_says_what_bounds_each_phase(changes: dict[str, Any], title: str) -> None:
    assert roofline_plan(odd_data(**changes)).title == title


def test_one_series_can_be_brought_forward(flagship: StudyData) -> None:
    plan = operator_plan(flagship, "qk-pv-ar")
    assert plan.slug == "roofline-qk-pv-ar"
    assert _spec(plan).forward == ("qk-pv-ar",)
    assert plan.title.startswith("Attention products in decode: predicted at ")
    with pytest.raises(KeyError, match="qk-pv-sideways"):
        operator_plan(flagship, "qk-pv-sideways")


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("qk-pv-ar", "at most 3.87 FLOP/Byte, always below the ridge at 206.1"),
        ("qkv-mlp-init", "always above the ridge at 206.1"),
        ("qkv-mlp-ar", "settings reach the ridge at 206.1 FLOP/Byte"),
    ],
)
def test_a_series_without_rates_is_said_to_be_on_its_side_of_the_ridge(
    key: str, words: str
) -> None:
    data = odd_data(
        model="llama-3-8b",
        accelerator="h200-141gb-sxm",
        dtype="bf16",
        batches=[1, 1024],
        lengths=[512, 2048],
    )
    assert words in operator_plan(data, key).title


def test_the_captions_count_what_is_faint(flagship: StudyData) -> None:
    plan = roofline_plan(flagship)
    assert "21 of the 49 settings do not fit in 85.9 GB" in plan.caption
    assert "Each cross is the predicted rate of a kernel timed alone" in plan.caption
    assert "No rate here is measured." in plan.caption
    predicted = [series.result.predicted for series in flagship.series]
    outside = sum(int(one.extrapolated.sum()) for one in predicted if one is not None)
    assert f"{outside} of the 294 predictions" in plan.caption
    marks = [series.marks(PREDICTED) for series in _spec(plan).series]
    faint = sum(int((~one.fits).sum()) for one in marks)
    total = sum(one.x.size for one in marks)
    assert f"Fainter marks, {faint} of the {total}, do not fit on the card." in plan.caption


def test_everything_can_be_extrapolated() -> None:
    data = odd_data(model="llama-65b", batches=[2000], lengths=[2**17])
    predicted = [series.result.predicted for series in data.series]
    assert len(predicted) == 6
    assert all(one is not None and one.extrapolated.all() for one in predicted)
    caption = roofline_plan(data).caption
    assert "All 6 predictions are extrapolated beyond the measured shapes." in caption


def test_the_chart_says_what_its_layers_are(example: StudyData) -> None:
    plan = roofline_plan(example)
    assert plan.views[0].layers == ("measured", "predicted", "attainable")
    assert plan.title == measured_title(example.study)
    assert plan.title.startswith("Measured rates are ")
    assert plan.caption.startswith("Circles are rates measured on AMD EPYC, 2 threads, each")
    assert "No rate here is measured" not in plan.caption
    assert "measured, predicted and attainable performance" in plan.description
    assert ": measured at " in operator_plan(example, "qk-pv-ar").title


def test_the_data_are_those_of_the_points(flagship: StudyData) -> None:
    table = {column.name: column.values for column in roofline_plan(flagship).table.columns}
    predicted = [series.result.predicted for series in flagship.series]
    assert len(table["batch"]) == 6 * 49
    assert list(table["predicted_flops_per_s"]) == [
        rate for one in predicted if one is not None for rate in one.flops_per_s.ravel().tolist()
    ]
    # 1/(1/128 + 2/6656): prefill of one sequence of 128 tokens.
    assert table["intensity"][0] == 1 / (1 / 128 + 2 / 6656)
    for flops, seconds, rate in zip(
        table["flops"], table["predicted_seconds"], table["predicted_flops_per_s"], strict=True
    ):
        assert flops / seconds == pytest.approx(rate, rel=1e-12)
    assert set(table["predicted_bound"]) <= set(BOUNDS)
    assert set(table["extrapolated"]) == {True, False}
    assert set(table["fits"]) == {True, False}
    assert not {name for name in table if name.startswith("measured")}


def test_the_data_hold_what_was_measured(example: StudyData) -> None:
    plan = roofline_plan(example)
    rows = [
        dict(zip((column.name for column in plan.table.columns), row, strict=True))
        for row in plan.table.rows()
    ]
    units = {column.name: column.unit for column in plan.table.columns}
    assert len(rows) == 150
    for row in rows:
        work, seconds = row["flops"], row["measured_seconds"]
        assert row["measured_flops_per_s"] == pytest.approx(work / seconds)
        fraction = work / seconds / row["attainable"]
        assert row["fraction_of_attainable"] == pytest.approx(fraction)
        error = row["predicted_seconds"] / seconds - 1
        assert row["prediction_error"] == pytest.approx(error, abs=1e-12)
    assert (units["measured_seconds"], units["measured_flops_per_s"]) == ("s", "FLOP/s")


@pytest.mark.usefixtures("uncalibrated")
def test_a_card_without_calibration_shows_measured_over_attainable(tmp_path: Path) -> None:
    """Two of four settings of one series: the others have neither circle nor cross."""
    rows = attention(1, 512, 10e-6, 30e-6) + attention(8, 2048, 30e-6, 40e-6)
    data = StudyData(study=measured_study(tmp_path, rows))
    plan = roofline_plan(data)
    assert [view.layers for view in plan.views] == [(MEASURED, ATTAINABLE), (ATTAINABLE,)]
    circles = {series.key: series.marks(MEASURED).x.size for series in _spec(plan).series}
    assert {key: count for key, count in circles.items() if count} == {"qk-pv-ar": 2}
    assert not any(series.marks(PREDICTED).x.size for series in _spec(plan).series)
    assert "at 2 of the 24 settings" in plan.caption
    assert "Crosses are attainable rates" in plan.caption


def test_points_above_the_roof_are_said_to_be(tmp_path: Path) -> None:
    """Two kernels of 2.1 µs each, whose operands the cache holds; the roof allows 7.1 µs in all."""
    data = StudyData(study=measured_study(tmp_path, attention(8, 2048, 2.1e-6, 2.1e-6)))
    assert "Some lie above the roof" in roofline_plan(data).caption


@pytest.mark.usefixtures("uncalibrated")
def test_measurements_of_nothing_that_is_shown_leave_the_chart_as_it_is(tmp_path: Path) -> None:
    """One of two kernels, or none after a flush: no circles, and attainable points are plain."""
    data = StudyData(study=measured_study(tmp_path, attention(1, 512, 1e-5, 1e-5)[:1]))
    plan = roofline_plan(data)
    assert not plan.views
    assert plan.caption.startswith("Points are attainable rates, not measurements.")
    assert not [column.name for column in plan.table.columns if "measured" in column.name]
    assert all(series.measured is None for series in _spec(plan).series)


def test_plans_follow_the_measurements(tmp_path: Path) -> None:
    """A changed file is another plan, though the study's own file is the same."""
    before = roofline_plan(
        StudyData(study=measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6)))
    )
    after = roofline_plan(
        StudyData(study=measured_study(tmp_path, attention(1, 512, 10e-6, 40e-6)))
    )
    assert before.spec != after.spec


def test_captions_name_no_numbers_that_are_none(flagship: StudyData) -> None:
    for series in flagship.series:
        plan = operator_plan(flagship, series.key)
        for text in (plan.title, plan.caption, plan.description):
            assert not re.search(r"\b(nan|inf|None)\b", text)


@pytest.mark.parametrize(
    "plan",
    [
        roofline_plan,
        partial(operator_plan, key="qk-pv-ar"),
    ],
    ids=["whole", "operator"],
)
def test_title_and_caption_follow_the_layers(
    flagship: StudyData, plan: Callable[[StudyData], Plan]
) -> None:
    """With the predicted points gone, nothing is said of them."""
    made = plan(flagship)
    whole, streamed, alone = made.views
    assert (whole.title, whole.caption) == (made.title, made.caption)
    assert whole.layers == (PREDICTED, ATTAINABLE)
    assert streamed.layers == (STREAMED, ATTAINABLE)
    assert alone.layers == (ATTAINABLE,)
    assert "a kernel timed alone" in whole.caption
    assert "a kernel in a stream" in streamed.caption
    assert alone.caption.startswith("Points are attainable rates, not measurements.")
    assert "redicted" in whole.title + whole.caption
    assert "redicted" not in alone.title + alone.caption


def test_faint_marks_are_those_that_are_left(flagship: StudyData) -> None:
    """The attainable points behind the predicted ones are merged where they touch."""
    alone = roofline_plan(flagship).views[-1]
    fits = np.concatenate([series.points.backdrop.fits for series in flagship.series])
    assert (
        f"Faint marks, {(~fits).sum()} of the {fits.size}, do not fit on the card." in alone.caption
    )


def test_measured_points_are_told_without_predicted_ones(example: StudyData) -> None:
    plan = roofline_plan(example)
    assert [view.layers for view in plan.views] == [
        (MEASURED, PREDICTED, ATTAINABLE),
        (MEASURED, ATTAINABLE),
        (ATTAINABLE,),
    ]
    _, measured, alone = plan.views
    assert measured.title == plan.title
    assert "Crosses are attainable rates" in measured.caption
    assert "redicted" not in measured.caption
    assert "Circles" not in alone.caption
    assert not alone.title.startswith("Measured")


def test_an_operators_chart_stands_on_its_page(flagship: StudyData) -> None:
    assert operator_plan(flagship, "qk-pv-ar").page == "operators/qk-pv-ar/"
    assert not roofline_plan(flagship).page
