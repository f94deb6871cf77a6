"""Rows of the table that sets the reference chart's statements beside the model's."""

from typing import Any

from markupsafe import Markup

from roofline.catalog.entries import Source
from roofline.catalog.reader import sources
from roofline.report.pages.study_view import StudyView
from roofline.study.reference_chart import (
    GAINS,
    READ_FACTOR,
    UNITS,
    Quantity,
    Statement,
    StatementCheck,
    attained,
    compare,
    load_reference_chart,
)
from roofline.units import prefix, significant

__all__ = ["READ_FACTOR", "performance", "readings", "source", "span", "stated", "tally"]

Row = dict[str, Any]

_DIGITS = 3
_GIGABYTE = (1e9, "GB/s")
_TOPICS: dict[Quantity, str] = {
    "model": "model and accelerator",
    "accelerator": "model and accelerator",
    "bandwidth": "ceilings",
    "peak": "ceilings",
    "ridge": "ceilings",
    "intensity": "intensity",
    "lowest intensity": "intensity",
    "highest intensity": "intensity",
    "intensity gain": "intensity",
}
"""What readers filter by; the rest is about the grid, or was measured."""


def readings(study: StudyView) -> list[Row]:
    """One row for each statement of the reference chart.

    Args:
        study: The study that reproduces the chart.
    """
    return [_row(comparison) for comparison in compare(study.study)]


def tally(study: StudyView) -> dict[str, int]:
    """How many statements there are of each kind, and how many of them agree.

    Of the measured ranges that were read, each end that is stated counts by itself too.
    """
    found = compare(study.study)
    measured = [one for one in found if one.statement.measured]
    computed = [one for one in found if not one.statement.measured]
    ends = [
        1 / READ_FACTOR <= factor <= READ_FACTOR
        for one in measured
        if one.statement.agrees == "read"
        for factor in one.factors
        if factor is not None
    ]
    return {
        "all": len(found),
        "measured_ends": len(ends),
        "measured_ends_agree": sum(ends),
        "agree": sum(one.agrees for one in found),
        "measured": len(measured),
        "measured_agree": sum(one.agrees for one in measured),
        "computed": len(computed),
        "computed_agree": sum(one.agrees for one in computed),
    }


def performance(study: StudyView) -> list[Row]:
    """One row for each measured statement: predicted, with the attainable value beside it."""
    found = []
    for one in compare(study.study):
        if one.statement.measured:
            roof = attained(study.study, one.statement)
            row = _row(one)
            found.append(
                row
                | {
                    "computed": _computed(one),
                    "attainable": _computed(roof),
                    "attainable_verdict": "agree" if roof.agrees else "differ",
                }
            )
    return found


def source() -> Source:
    """The publication that all statements cite."""
    keys = {one.source for one in load_reference_chart().statements}
    (key,) = keys
    return sources()[key]


def stated(label: str) -> str:
    """Write the range of intensity that the chart states for one series.

    Raises:
        ValueError: It states none, or several.
    """
    (one,) = (
        one
        for one in load_reference_chart().statements
        if (one.quantity, one.agrees, one.series) == ("intensity", "read", (label,))
    )
    return span(one.low, one.high, "settings")


def _row(comparison: StatementCheck) -> Row:
    statement = comparison.statement
    quantity = statement.quantity
    kind = ", predicted" if comparison.predicted else ""
    return {
        "says": statement.says,
        "where": statement.where,
        "topic": _topic(statement),
        "rule": f"{statement.agrees}{_factors(comparison)}",
        "reading": statement.name or span(statement.low, statement.high, quantity),
        "computed": f"{_computed(comparison)}{kind}",
        "verdict": "agree" if comparison.agrees else "differ",
        "why": Markup('<div style="min-width: 16em">{}</div>').format(statement.why),
    }


def _computed(comparison: StatementCheck) -> str:
    quantity = comparison.statement.quantity
    return comparison.name or span(comparison.low, comparison.high, quantity)


def _topic(statement: Statement) -> str:
    if statement.measured:
        return "measured"
    if "axis" in statement.where:
        return "grid and axes"
    return _TOPICS.get(statement.quantity, "grid and axes")


def span(low: float | None, high: float | None, quantity: Quantity) -> str:
    """Write a range of a quantity, one end of it, or a single value."""
    ends = [None if end is None else _one(end, quantity) for end in (low, high)]
    match ends:
        case None, (number, unit):
            return f"up to {number} {unit}".rstrip()
        case (number, unit), None:
            return f"from {number} {unit}".rstrip()
        case (first, unit), (last, other) if unit == other:
            numbers = first if first == last else f"{first} to {last}"
            return f"{numbers} {unit}".rstrip()
        case (first, unit), (last, other):
            return f"{first} {unit} to {last} {other}"
    raise AssertionError(ends)  # a statement names at least one end


def _one(value: float, quantity: Quantity) -> tuple[str, str]:
    """Write one end: its number without idle zeros, and its unit."""
    unit = "times" if quantity in GAINS else UNITS[quantity]
    factor = 1.0
    if unit == "byte/s":
        factor, unit = _GIGABYTE
    elif unit == "FLOP/s":
        factor, unit = prefix(value, unit, _DIGITS)
    text = significant(value / factor, _DIGITS + (factor in {1.0, _GIGABYTE[0]}))
    return (text.rstrip("0").rstrip(".") if "." in text else text), unit


def _factors(comparison: StatementCheck) -> str:
    """Write computed over stated for each end; nothing for a name or a limit."""
    if comparison.statement.agrees in {"named", "limit"}:
        return ""
    factors = [factor for factor in comparison.factors if factor is not None]
    texts = dict.fromkeys(significant(factor, _DIGITS) for factor in factors)
    return f": {', '.join(texts)}"
