"""Answers as aligned text for a terminal, rounded for people; JSON and CSV keep full precision."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from roofline.citations.stamp import bound_name
from roofline.citations.verify import Check, Facts, Verified, counts
from roofline.errors import join_choices
from roofline.files.table import Record
from roofline.findings.finding import Finding
from roofline.latency.cross_validation import Calibrated
from roofline.latency.law import NAMES, UNITS
from roofline.study.columns import COLUMN
from roofline.units import significant


def calibration_summary(found: Calibrated) -> str:
    """Parameters and errors as a short text for people."""
    rows: list[Sequence[str]] = [("parameter", "value", "from", "to", "unit")]
    for name in NAMES:
        values = (getattr(found.parameters, name), *found.intervals[name])
        rows.append((name, *(f"{value:.4g}" for value in values), UNITS[name]))
    header = ("rows", "median", "p90", "median", "p90", "median", "p90")
    errors: list[Sequence[str]] = [
        ("errors", "", "fitted", "", "held out", "", "roofline", ""),
        ("stage", *header),
    ]
    for name, figures in found.fitted.items():
        unseen = found.held_out[name]
        shares = [figures.median, figures.p90, unseen.median, unseen.p90]
        shares += [figures.roof_median, figures.roof_p90]
        errors.append((name, str(figures.rows), *(f"{share:.1%}" for share in shares)))
    held = join_choices(tuple(found.refits), "and")
    return f"{errors_table(rows)}\n{errors_table(errors)}\nheld out in turn: {held}\n"


def errors_table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "".join(
        "  ".join(
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in rows
    )


_CLAIM = 60
"""Characters in a line of a claim."""


def findings_table(findings: Sequence[Finding]) -> str:
    """A table for people: what each finding is called, its bound, headline and claim."""
    if not findings:
        return "no findings\n"
    rows = [("finding", "bound", "number", ["claim"])]
    rows += [
        (
            finding.slug,
            bound_name(finding.bound),
            finding.headline.text,
            wrap(finding.claim, _CLAIM),
        )
        for finding in findings
    ]
    widths = [max(len(str(row[column])) for row in rows) for column in range(3)]
    lines = []
    for *cells, claim in rows:
        head = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{head}  {claim[0]}")
        lines += [" " * len(head) + f"  {line}" for line in claim[1:]]
    lines.insert(1, "  ".join("-" * width for width in [*widths, _CLAIM]))
    return "\n".join(lines) + "\n"


def to_table(records: Sequence[Record]) -> str:
    """Write records of equal keys as aligned text, rounded for reading.

    What was measured is left out where nothing was.
    """
    keys = [
        key
        for key in records[0]
        if not (key in COLUMN and COLUMN[key].kind == "measured")
        or any(record[key] is not None for record in records)
    ]
    cells = [[COLUMN[key].heading if key in COLUMN else key for key in keys]]
    cells += [[_cell(key, record[key]) for key in keys] for record in records]
    widths = [max(len(row[column]) for row in cells) for column in range(len(keys))]
    numeric = [any(isinstance(record[key], int | float) for record in records) for key in keys]
    lines = [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def _cell(key: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value / (COLUMN[key].scale if key in COLUMN else 1.0), 4)
    return str(value)


def verification_text(verified: Sequence[Verified], facts: Facts) -> str:
    """All checks for people, by document and line, with a summary at the end."""
    lines = []
    for one in verified:
        if not one.checks:
            continue
        lines.append(one.document)
        for (line, _), group in groupby(one.checks, key=lambda check: (check.line, check.text)):
            checks = list(group)
            citation = checks[0].citation
            lines.append(f"  line {line}" + (f", {citation.name}" if citation else ""))
            width = max(len(check.key or "") for check in checks)
            lines += [f"    {_check_line(check, width)}" for check in checks]
        lines.append("")
    return "\n".join([*lines, _verification_summary(verified, facts)]) + "\n"


def _check_line(check: Check, width: int) -> str:
    """One check: status, number, and what is wrong with it."""
    number = f"{check.key:<{width}}  {check.quoted}" if check.key else ""
    told = ": ".join(filter(None, (number, check.message, check.redirect)))
    return f"{check.status:<7}  {told or 'the finding'}"


def _verification_summary(verified: Sequence[Verified], facts: Facts) -> str:
    documents = _count(len(verified), "document")
    citations = sum(one.citations for one in verified)
    if not citations:
        return f"{documents}: no citations of findings of {facts.site_url}"
    parts = [
        f"{number:,} {'hold' if status == 'holds' and number > 1 else status}"
        for status, number in counts(verified).items()
        if number
    ]
    return f"{documents}, {_count(citations, 'citation')}: {join_choices(parts, 'and')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + "s" * (number != 1)
