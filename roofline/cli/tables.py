"""Answers as aligned text for a terminal, rounded for people; JSON and CSV keep full precision."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from tabulate import SEPARATING_LINE, DataRow, Line, TableFormat, tabulate

from roofline.citations.stamp import bound_name
from roofline.citations.verify import Check, Facts, VerifiedDocument, count_statuses
from roofline.errors import join_choices, printable
from roofline.files.table import Record
from roofline.findings.finding import Finding
from roofline.latency.cross_validation import Calibrated
from roofline.latency.law import PARAMETERS
from roofline.study.columns import COLUMN
from roofline.units import significant

_CLAIM = 60
"""Characters in a line of a claim."""
_ROW = DataRow("", "  ", "")
_FORMAT = TableFormat(
    lineabove=None,
    linebelowheader=Line("", "-", "  ", ""),
    linebetweenrows=None,
    linebelow=None,
    headerrow=_ROW,
    datarow=_ROW,
    padding=0,
    with_header_hide=None,
)


def align(rows: Sequence[Sequence[str]], numeric: Sequence[bool], *, ruled: bool = True) -> str:
    """Write a table as text.

    Args:
        rows: Texts of equal number, the header first: as a row like the others, it is no wider
            than it must be.
        numeric: For each column whether it stands on the right.
        ruled: Whether there is a line below the header.
    """
    header, *others = rows
    return (
        tabulate(
            [header, *([SEPARATING_LINE] if ruled else []), *others],
            tablefmt=_FORMAT,
            colalign=["right" if right else "left" for right in numeric],
            disable_numparse=True,
        )
        + "\n"
    )


def calibration_summary(outcome: Calibrated) -> str:
    """Parameters and errors as a short text for people."""
    rows: list[Sequence[str]] = [("parameter", "value", "from", "to", "unit", "")]
    for name, parameter in PARAMETERS.items():
        values = (getattr(outcome.parameters, name), *outcome.intervals[name])
        known = not parameter.undetermined(*outcome.intervals[name])
        texts = (f"{value:.4g}" if known else "–" for value in values)
        rows.append((name, *texts, parameter.unit, outcome.remarks[name]))
    header = ("rows", "median", "p90", "median", "p90", "median", "p90")
    errors: list[Sequence[str]] = [
        ("errors", "", "fitted", "", "held out", "", "roofline", ""),
        ("stage", *header),
    ]
    for name, fitted in outcome.fitted.items():
        unseen = outcome.held_out[name]
        shares = [fitted.median, fitted.p90, unseen.median, unseen.p90]
        shares += [fitted.roof_median, fitted.roof_p90]
        stage = printable(name, _CLAIM)
        errors.append((stage, str(fitted.rows), *(f"{share:.1%}" for share in shares)))
    tables = (
        align(rows, [False, *[True] * 4, False], ruled=False),
        align(errors, [False, *[True] * len(header)], ruled=False),
    )
    held = join_choices([printable(name, _CLAIM) for name in outcome.refits], "and")
    return "\n".join([*tables, f"held out in turn: {held}\n"])


def findings_table(findings: Sequence[Finding]) -> str:
    """A table for people: what each finding is called, its bound, headline and claim."""
    if not findings:
        return "no findings\n"
    rows = [("finding", "bound", "number", "claim")]
    for finding in findings:
        first, *more = wrap(finding.claim, _CLAIM)
        rows.append((finding.slug, bound_name(finding.bound), finding.headline.text, first))
        rows += [("", "", "", line) for line in more]
    return align(rows, [False] * 4)


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
    rows = [[COLUMN[key].heading if key in COLUMN else key for key in keys]]
    rows += [[_cell(key, record[key]) for key in keys] for record in records]
    numeric = [any(isinstance(record[key], int | float) for record in records) for key in keys]
    return align(rows, numeric)


def _cell(key: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value / (COLUMN[key].scale if key in COLUMN else 1.0), 4)
    return str(value)


def verification_text(verified: Sequence[VerifiedDocument], facts: Facts) -> str:
    """All checks for people, by document and line, with a summary at the end."""
    lines = []
    for document in verified:
        if not document.checks:
            continue
        lines.append(document.name)
        for (line, _), group in groupby(
            document.checks, key=lambda check: (check.line, check.text)
        ):
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


def _verification_summary(verified: Sequence[VerifiedDocument], facts: Facts) -> str:
    documents = _count(len(verified), "document")
    citations = sum(document.citations for document in verified)
    if not citations:
        return f"{documents}: no citations of findings of {facts.site_url}"
    parts = [
        f"{number:,} {'hold' if status == 'holds' and number > 1 else status}"
        for status, number in count_statuses(verified).items()
        if number
    ]
    return f"{documents}, {_count(citations, 'citation')}: {join_choices(parts, 'and')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + "s" * (number != 1)
