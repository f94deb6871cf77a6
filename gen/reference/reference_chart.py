"""Rows of the table that sets the reference chart's statements beside the model's."""

from collections import Counter

from markupsafe import Markup

from roofline.catalog.entries import Source
from roofline.catalog.reader import sources
from roofline.files.table import Record
from roofline.report.charts import study_look
from roofline.report.pages.study_view import StudyView
from roofline.study.reference_chart import (
    GAINS,
    NEAR_FACTOR,
    NEAR_SHARE,
    READ_FACTOR,
    UNITS,
    DrawnCheck,
    Quantity,
    Statement,
    StatementCheck,
    attained,
    compare,
    compare_drawn,
    load_reference_chart,
)
from roofline.units import prefix, significant

__all__ = [
    "NEAR_FACTOR",
    "NEAR_SHARE",
    "READ_FACTOR",
    "performance",
    "readings",
    "source",
    "span",
    "stated",
    "tally",
]

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
    return [
        *(_row(check) for check in compare(study.study)),
        *(_drawn_row(check) for check in compare_drawn(study_look(study.study))),
    ]


def tally(study: StudyView) -> dict[str, Counter[str]]:
    """How many statements have each verdict, by what they are about.

    Of the measured ranges that were read, each end that is stated counts by itself too.
    """
    checks = compare(study.study)
    measured = [check for check in checks if check.statement.measured]
    ends = [
        1 / READ_FACTOR <= factor <= READ_FACTOR
        for check in measured
        if (check.statement.agrees, check.statement.quantity) == ("read", "attainable")
        for factor in check.factors
        if factor is not None
    ]
    return {
        "measured": Counter(check.verdict for check in measured),
        "measured_ends": Counter("agrees" if end else "differs" for end in ends),
        "computed": Counter(check.verdict for check in checks if not check.statement.measured),
        "drawn": Counter(check.verdict for check in compare_drawn(study_look(study.study))),
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
                    "attainable_verdict": roof.verdict,
                }
            )
    return rows


def source() -> Source:
    """The publication that all statements cite."""
    chart = load_reference_chart()
    keys = {statement.source for statement in (*chart.statements, *chart.drawn)}
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
        "verdict": check.verdict,
        "why": _reason(statement.why),
    }


def _drawn_row(check: DrawnCheck) -> Record:
    statement = check.statement
    return {
        "says": statement.says,
        "where": statement.where,
        "topic": "drawing",
        "rule": "shown",
        "reading": ", ".join(statement.shown),
        "computed": ", ".join(check.shown),
        "verdict": check.verdict,
        "why": _reason(statement.why),
    }


def _reason(words: str) -> Markup:
    return Markup('<div style="min-width: 16em">{}</div>').format(words)


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
