"""The reference chart's statements as a table."""

from collections import Counter

import pytest

from gen.reference.reference_chart import readings, source, span, stated, tally
from roofline.report.pages.study_view import StudyView
from roofline.study.reference_chart import Quantity, load_reference_chart
from roofline.study.study import load_study

VIEW = StudyView(study=load_study())


@pytest.mark.parametrize(
    ("low", "high", "quantity", "text"),
    [
        (161.24031, 161.24031, "ridge", "161.2 FLOP/Byte"),
        (2, 15, "intensity", "2 to 15 FLOP/Byte"),
        (None, 100, "intensity", "up to 100 FLOP/Byte"),
        (161, None, "intensity", "from 161 FLOP/Byte"),
        (60e9, 2e12, "attainable", "60 GFLOP/s to 2 TFLOP/s"),
        (10e12, 150e12, "attainable", "10 to 150 TFLOP/s"),
        (1.935e12, 1.935e12, "bandwidth", "1,935 GB/s"),
        (41, 41, "intensity gain", "41 times"),
        (49, 49, "settings", "49"),
    ],
)
def test_ranges(low: float | None, high: float | None, quantity: Quantity, text: str) -> None:
    assert span(low, high, quantity) == text


def test_a_range_without_ends_is_refused() -> None:
    with pytest.raises(AssertionError):
        span(None, None, "ridge")


def test_one_row_for_each_statement() -> None:
    rows = readings(VIEW)
    chart = load_reference_chart()
    assert [row["says"] for row in rows] == [
        *(statement.says for statement in chart.statements),
        *(statement.says for statement in chart.drawn),
    ]
    assert {row["verdict"] for row in rows} == {"agrees", "near", "differs"}


def test_a_row_on_the_drawing() -> None:
    """What the drawing shows beside what is stated of it."""
    (row,) = (row for row in readings(VIEW) if row["says"].startswith("memory bandwidth limit"))
    assert (row["reading"], row["computed"]) == ("rising, dashed, blue", "rising, solid, teal")
    # One of three words: less than half.
    assert (row["verdict"], row["topic"], row["rule"]) == ("differs", "drawing", "shown")


def test_a_row() -> None:
    """Computed 42.67 to 124.1: 1.07 and 0.827 of the stated ends."""
    (row,) = (row for row in readings(VIEW) if row["says"] == "qk/pv init between 40 and 150")
    assert row["reading"] == "40 to 150 FLOP/Byte"
    assert row["computed"] == "42.67 to 124.1 FLOP/Byte"
    assert row["rule"] == "read: 1.07, 0.827"
    assert "the head dimension, which is the cap." in row["why"]
    assert (row["verdict"], row["topic"]) == ("agrees", "intensity")


def test_the_tally_adds_up() -> None:
    count = tally(VIEW)
    verdicts = [row["verdict"] for row in readings(VIEW)]
    told = count["measured"] + count["computed"] + count["drawn"]
    assert told == Counter(verdicts)
    # Two ends each of five ranges that were read, and one of another.
    assert count["measured_ends"].total() == 11


def test_the_stated_range_of_a_series() -> None:
    assert stated("qkv mlp ar") == "2 to 15"
    with pytest.raises(ValueError, match="unpack"):
        stated("lm_head ar")


def test_all_statements_cite_one_source() -> None:
    assert source().identifier == "arXiv:2401.10774"
