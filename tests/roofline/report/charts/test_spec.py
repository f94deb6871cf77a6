"""Specs are plain data: equal ones are written alike, and points find their marks."""

import csv
import io
import json
import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from drawings import ORIGIN
from roofline.findings import findings
from roofline.report.charts.gallery import calibration_plans, candidate_plans, study_plans
from roofline.report.charts.plans.claims import finding_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_spec
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import (
    ATTAINABLE,
    MEASURED,
    PREDICTED,
    DataColumn,
    DataTable,
    Plan,
    Role,
    SeriesPoints,
    StageRange,
    StageSpread,
    to_canonical_json,
)
from roofline.study.records import point_records


def _all(data: StudyData) -> list[Plan]:
    claimed = (finding_plan(data, finding) for finding in findings(data.study))
    return [
        *study_plans(data),
        *candidate_plans(data),
        *calibration_plans(data.study),
        *(operator_plan(data, series.key) for series in data.series),
        *filter(None, claimed),
    ]


def _points(**changes: Any) -> SeriesPoints:
    given: dict[str, Any] = {
        "series": "qk/pv",
        "phase": "ar",
        "key": "qk-pv-ar",
        "name": "Attention, decode",
        "role": Role("brown"),
        "batch": (1, 2, 4),
        "length": (8, 8, 8),
        "candidates": (1, 1, 1),
        "intensity": (1.0, 1.0, 2.0),
        "attainable": (1e9, 1e9, 2e9),
        "predicted": None,
        "streamed": None,
        "measured": None,
        "fits": (True, False, False),
    }
    return SeriesPoints(**(given | changes))


@pytest.mark.parametrize("name", ["flagship", "example"])
def test_every_plan_is_data(name: str, request: pytest.FixtureRequest) -> None:
    """It can be a key, go to another process, and be written as JSON in one way only."""
    plans = _all(request.getfixturevalue(name))
    texts = [to_canonical_json(plan) for plan in plans]
    assert len(plans) == len(set(plans)) == len(set(texts))
    for plan, text in zip(plans, texts, strict=True):
        copy = pickle.loads(pickle.dumps(plan))  # noqa: S301  # what was pickled the line before
        assert copy == plan
        assert hash(copy) == hash(plan)
        assert to_canonical_json(copy) == text
        assert json.loads(text)["type"] == "Plan"
        with pytest.raises(FrozenInstanceError):
            plan.title = ""  # type: ignore[misc]  # what must not work


def test_planning_twice_gives_the_same_data(flagship: StudyData) -> None:
    assert _all(StudyData(study=flagship.study)) == _all(flagship)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        ((1, 2), (2, 1)),
        (None, "null"),
        (0.1 + 0.2, 0.3),
        (_points(), _points(fits=(False, False, False))),
        (_points(predicted=None), _points(predicted=())),
        (DataTable(columns=()), StageSpread(ranges=(), noise=0.1)),
    ],
)
def test_other_data_are_written_otherwise(first: object, second: object) -> None:
    assert to_canonical_json(first) != to_canonical_json(second)
    assert to_canonical_json((first, second)) != to_canonical_json((second, first))


@pytest.mark.parametrize("value", [np.int64(1), np.zeros(2), object(), {1.5}, Role, b"bytes"])
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is not data"):
        to_canonical_json(("a", value))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_canonical_json(_points(intensity=(value,)))


def test_settings_of_one_point_share_a_mark_which_fits_if_one_does() -> None:
    marks = _points().marks(ATTAINABLE)
    assert marks.x.tolist() == [1.0, 2.0]
    assert marks.y.tolist() == [1e9, 2e9]
    assert marks.fits.tolist() == [True, False]


def test_points_apart_by_what_a_reader_sees_keep_their_marks() -> None:
    """A thousandth of a decade apart they are two in front, and one in the faint layer behind."""
    near = _points(intensity=(1.0, 1.0, 10**0.001), attainable=(1e9, 1e9, 1e9))
    assert near.marks(ATTAINABLE).x.size == 2
    assert near.backdrop.x.size == 1


def test_many_points_are_merged_more_coarsely() -> None:
    """10,000 in one decade would run together: cells of a hundredth hold them."""
    many = 10_000
    x = np.geomspace(1, 10, many)
    points = _points(
        batch=tuple(range(many)),
        length=(1,) * many,
        candidates=(1,) * many,
        intensity=tuple(x.tolist()),
        attainable=tuple((1e9 * x).tolist()),
        fits=(True,) * many,
    )
    marks = points.marks(ATTAINABLE)
    assert 90 <= marks.x.size <= 400
    near = np.abs(np.log10(x[:, None] / marks.x[None, :])).min(axis=1)
    assert near.max() <= 0.01


def test_the_layer_in_front_is_the_nearest_to_reality() -> None:
    plain = _points()
    predicted = replace(plain, predicted=(5e8, 5e8, 1e9))
    measured = replace(predicted, measured=(None, 2e8, None))
    unmeasured = replace(predicted, measured=(None, None, None))
    for points, kind, lowest in (
        (plain, ATTAINABLE, 1e9),
        (predicted, PREDICTED, 5e8),
        (measured, MEASURED, 2e8),
        (unmeasured, PREDICTED, 5e8),
    ):
        assert points.front[0] == kind
        assert points.lowest == lowest
    assert measured.marks(MEASURED).x.tolist() == [1.0]
    assert plain.marks(MEASURED).x.size == plain.marks(PREDICTED).x.size == 0


@pytest.mark.parametrize("name", ["flagship", "example"])
def test_a_script_is_told_every_point_of_the_reference_chart(
    name: str, request: pytest.FixtureRequest
) -> None:
    """With settings, intensity, rates of every kind and whether it fits, as the records say."""
    data: StudyData = request.getfixturevalue(name)
    document = roofline_spec(data).list_points()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    records = iter(point_records(data.study))
    names = {
        "batch": "batch",
        "sequence_length": "sequence_length",
        "candidates": "candidates",
        "intensity": "intensity",
        "attainable": "attainable",
        "predicted": "predicted_flops_per_s",
        "measured": "measured_flops_per_s",
        "fits": "fits",
    }
    for series in document["series"]:
        assert ("measured" in series) == (name == "example")
        columns = {key: series[key] for key in names if key in series}
        for row in zip(*columns.values(), strict=True):
            record = next(records)
            assert (record["series"], record["phase"]) == (series["series"], series["phase"])
            assert dict(zip(columns, row, strict=True)) == {
                key: record[names[key]] for key in columns
            }
    assert next(records, None) is None
    points = [value for series in document["series"] for value in series["intensity"]]
    assert document["x"][0] < min(points) <= max(points) < document["x"][1]


def test_a_table_is_written_in_base_units_and_full_precision() -> None:
    table = DataTable.of(
        {
            "label": ("", ["a, b", "c"]),
            "seconds": ("s", np.array([1 / 3, 2.0])),
            "fits": ("", np.array([True, False])),
            "error": ("1", [None, 0.5]),
        }
    )
    assert table.columns[1] == DataColumn(name="seconds", unit="s", values=(1 / 3, 2.0))
    rows = list(csv.reader(io.StringIO(table.csv().decode())))
    assert rows == [
        ["label", "seconds", "fits", "error"],
        ["a, b", "0.3333333333333333", "true", ""],
        ["c", "2.0", "false", "0.5"],
    ]
    assert json.loads(table.json(ORIGIN, "A title")) == {
        "schema": "roofline.chart/1",
        "version": "1.2.3",
        "study": "odd-study",
        "title": "A title",
        "units": {"label": "", "seconds": "s", "fits": "", "error": "1"},
        "columns": ["label", "seconds", "fits", "error"],
        "rows": [["a, b", 1 / 3, True, None], ["c", 2.0, False, 0.5]],
    }


def test_columns_of_unequal_length_make_no_table() -> None:
    table = DataTable.of({"a": ("", [1, 2]), "b": ("", [1])})
    with pytest.raises(ValueError, match="shorter"):
        table.rows()


def test_ranges_are_told_apart_by_every_member() -> None:
    one = StageRange(stage="a", role=Role("blue"), low=1, high=2, p10=0.9, median=1, p90=1.1)
    assert to_canonical_json(one) != to_canonical_json(replace(one, role=Role("red")))
    assert to_canonical_json(one) != to_canonical_json(replace(one, role=Role("blue", "broad")))
