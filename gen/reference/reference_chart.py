"""Rows of the table that sets the reference chart's statements beside the model's."""

from markupsafe import Markup

from roofline.catalog.entries import Source
from roofline.catalog.reader import sources
from roofline.files.table import Record
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


def readings(study: StudyView) -> list[Record]:
    """One row for each statement of the reference chart.

    Args:
        study: The study that reproduces the chart.
    """
    return [_row(check) for check in compare(study.study)]


def tally(study: StudyView) -> dict[str, int]:
    """How many statements there are of each kind, and how many of them agree.

    Of the measured ranges that were read, each end that is stated counts by itself too.
    """
    checks = compare(study.study)
    measured = [check for check in checks if check.statement.measured]
    computed = [check for check in checks if not check.statement.measured]
    ends = [
        1 / READ_FACTOR <= factor <= READ_FACTOR
        for check in measured
        if check.statement.agrees == "read"
        for factor in check.factors
        if factor is not None
    ]
    return {
        "all": len(checks),
        "measured_ends": len(ends),
        "measured_ends_agree": sum(ends),
        "agree": sum(check.agrees for check in checks),
        "measured": len(measured),
        "measured_agree": sum(check.agrees for check in measured),
        "computed": len(computed),
        "computed_agree": sum(check.agrees for check in computed),
    }


def performance(study: StudyView) -> list[Record]:
    """One row for each measured statement: predicted, with the attainable value beside it."""
    rows = []
    for check in compare(study.study):
        if check.statement.measured:
            roof = attained(study.study, check.statement)
            rows.append(
                _row(check)
                | {
                    "computed": _computed(check),
                    "attainable": _computed(roof),
                    "attainable_verdict": "agree" if roof.agrees else "differ",
                }
            )
    return rows


def source() -> Source:
    """The publication that all statements cite."""
    keys = {statement.source for statement in load_reference_chart().statements}
    (key,) = keys
    return sources()[key]


def stated(label: str) -> str:
    """Write the range of intensity that the chart states for one series.

    Raises:
        ValueError: It states none, or several.
    """
    (statement,) = (
        statement
        for statement in load_reference_chart().statements
        if (statement.quantity, statement.agrees, statement.series)
        == ("intensity", "read", (label,))
    )
    return span(statement.low, statement.high, "settings")


def _row(check: StatementCheck) -> Record:
    statement = check.statement
    quantity = statement.quantity
    kind = ", predicted" if check.predicted else ""
    return {
        "says": statement.says,
        "where": statement.where,
        "topic": _topic(statement),
        "rule": f"{statement.agrees}{_factors(check)}",
        "reading": statement.name or span(statement.low, statement.high, quantity),
        "computed": f"{_computed(check)}{kind}",
        "verdict": "agree" if check.agrees else "differ",
        "why": Markup('<div style="min-width: 16em">{}</div>').format(statement.why),
    }


def _computed(check: StatementCheck) -> str:
    return check.name or span(check.low, check.high, check.statement.quantity)


def _topic(statement: Statement) -> str:
    if statement.measured:
        return "measured"
    if "axis" in statement.where:
        return "grid and axes"
    return _TOPICS.get(statement.quantity, "grid and axes")


def span(low: float | None, high: float | None, quantity: Quantity) -> str:
    """Write a range of a quantity, one end of it, or a single value."""
    ends = [None if end is None else _write_end(end, quantity) for end in (low, high)]
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


def _write_end(value: float, quantity: Quantity) -> tuple[str, str]:
    """Write one end: its number without idle zeros, and its unit."""
    unit = "times" if quantity in GAINS else UNITS[quantity]
    factor = 1.0
    if unit == "byte/s":
        factor, unit = _GIGABYTE
    elif unit == "FLOP/s":
        factor, unit = prefix(value, unit, _DIGITS)
    text = significant(value / factor, _DIGITS + (factor in {1.0, _GIGABYTE[0]}))
    return (text.rstrip("0").rstrip(".") if "." in text else text), unit


def _factors(check: StatementCheck) -> str:
    """Write computed over stated for each end; nothing for a name or a limit."""
    if check.statement.agrees in {"named", "limit"}:
        return ""
    factors = [factor for factor in check.factors if factor is not None]
    texts = dict.fromkeys(significant(factor, _DIGITS) for factor in factors)
    return f": {', '.join(texts)}"
