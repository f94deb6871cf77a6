"""Columns of a point: each declared once, and read the same way everywhere."""

import math
from typing import Any

import numpy as np
import pytest

from roofline.model.roof import BOUNDS
from roofline.study.columns import COLUMN, COLUMNS, UNITS, Column
from roofline.study.results import SeriesResult
from roofline.study.study import load_study
from roofline.units import prefix_exponent
from studies import small_study

EXAMPLE = "tinyllama-cpu-2-threads"


@pytest.fixture(scope="module")
def result() -> SeriesResult:
    """Decode attention of the example, which is predicted and measured."""
    return load_study(EXAMPLE).results.of("qk/pv", "ar")


def test_every_column_is_declared_once() -> None:
    names = [column.name for column in COLUMNS]
    assert len(set(names)) == len(names)
    assert [*COLUMN] == names
    assert all(COLUMN[column.name] is column for column in COLUMNS)
    assert all(column.meaning for column in COLUMNS)


def test_numbers_have_base_units_and_names_have_none() -> None:
    """No prefix in a file; a table's unit is the same one with a prefix."""
    assert {name: COLUMN[name].unit for name in UNITS} == UNITS
    assert set(UNITS) == {column.name for column in COLUMNS if column.type == "number"}
    assert set(UNITS.values()) == {"1", "token", "FLOP", "byte", "FLOP/Byte", "FLOP/s", "s"}
    for column in COLUMNS:
        if column.display_unit:
            assert prefix_exponent(column.display_unit, column.unit) is not None


def test_only_what_is_predicted_or_measured_can_be_missing() -> None:
    nullable = {column.name for column in COLUMNS if column.nullable}
    known = small_study(storage={"weight": "fp8"}).results.of("qk/pv", "ar")
    for column in COLUMNS:
        values = column.read(known)
        assert len(values) == 4
        assert (set(values) == {None}) == (column.name in nullable)


def test_columns_read_the_results_in_the_order_of_the_grid(result: SeriesResult) -> None:
    """In plain Python: integers, floats, words and truth."""
    batch, length, _ = (np.broadcast_to(values, result.grid.shape) for values in result.grid.arrays)
    assert COLUMN["batch"].read(result) == batch.ravel().tolist()
    assert COLUMN["sequence_length"].read(result) == length.ravel().tolist()
    assert COLUMN["intensity"].read(result) == result.points.intensity.ravel().tolist()
    assert COLUMN["bound"].read(result) == [BOUNDS[place] for place in result.points.bound.ravel()]
    assert result.measured is not None
    assert COLUMN["measured_seconds"].read(result) == result.measured.seconds.ravel().tolist()
    for column in COLUMNS:
        expected = {"string": str, "boolean": bool, "number": float}[column.type]
        kinds = {type(value) for value in column.read(result)} - {type(None)}
        counted = column.name in {"batch", "sequence_length", "candidates"}
        assert kinds <= {int if counted else expected}, column.name


def test_what_is_no_number_is_nothing() -> None:
    """A point that was not measured is null, not NaN."""
    column = Column(name="x", meaning="x", values=lambda _: np.array([1.5, math.nan, 0.0]))
    assert column.read(small_study().results.of("qk/pv", "ar")) == [1.5, None, 0.0]


def test_one_value_stands_for_every_setting(result: SeriesResult) -> None:
    assert COLUMN["series"].read(result) == ["qk/pv"] * result.grid.size
    assert COLUMN["phase"].read(result) == ["ar"] * result.grid.size


@pytest.mark.parametrize(
    ("given", "heading", "scale"),
    [
        ({"name": "flops", "header": "work", "unit": "FLOP", "display_unit": "GFLOP"},
         "work [GFLOP]", 1e9),
        ({"name": "seconds", "unit": "s", "display_unit": "µs"}, "seconds [µs]", 1e-6),
        ({"name": "intensity", "unit": "FLOP/Byte", "display_unit": "FLOP/Byte"},
         "intensity [FLOP/Byte]", 1.0),
        ({"name": "batch", "unit": "1"}, "batch", 1.0),
    ],
)  # fmt: skip
def test_headings_and_scales_of_the_terminal_table(
    given: dict[str, Any], heading: str, scale: float
) -> None:
    column = Column(meaning="x", values=lambda _: None, **given)
    assert (column.heading, column.scale) == (heading, scale)
