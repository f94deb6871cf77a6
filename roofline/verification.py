"""What became of the citations of documents, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from roofline.errors import join_choices
from roofline.verify import STATUSES, Check, Facts, Status

Record = dict[str, Any]

VERIFICATION_SCHEMA = "roofline.verification/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A document with its checks."""

    document: str
    citations: int
    """How many there are, with a stamp or without."""
    checks: tuple[Check, ...]


def counts(verified: Sequence[Verified]) -> dict[Status, int]:
    """How many checks ended in each status."""
    found = Counter(check.status for one in verified for check in one.checks)
    return {status: found[status] for status in STATUSES}


def holds(verified: Sequence[Verified]) -> bool:
    """Whether nothing has changed, is gone or is unknown."""
    return all(check.status == "holds" for one in verified for check in one.checks)


def verification_record(verified: Sequence[Verified], facts: Facts) -> Record:
    """All checks as an object of schema ``roofline.verification/1``."""
    return {
        "schema": VERIFICATION_SCHEMA,
        "version": facts.version,
        "site": facts.site_url,
        "documents": [one.document for one in verified],
        "counts": counts(verified),
        "checks": [_record(one.document, check) for one in verified for check in one.checks],
    }


def _record(document: str, check: Check) -> Record:
    citation = check.citation
    return {
        "document": document,
        "line": check.line,
        "status": check.status,
        "text": check.text,
        "id": f"{citation.study}/{citation.slug}" if citation else None,
        "cited_version": citation.version if citation else None,
        "key": check.key,
        "quoted": check.quoted,
        "current": check.current,
        "since": check.since,
        "redirect": check.redirect,
        "message": check.message,
    }


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
            lines += [f"    {_line(check, width)}" for check in checks]
        lines.append("")
    return "\n".join([*lines, _summary(verified, facts)]) + "\n"


def _line(check: Check, width: int) -> str:
    """One check: status, number, and what is wrong with it."""
    number = f"{check.key:<{width}}  {check.quoted}" if check.key else ""
    told = ": ".join(filter(None, (number, check.message, check.redirect)))
    return f"{check.status:<7}  {told or 'the finding'}"


def _summary(verified: Sequence[Verified], facts: Facts) -> str:
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
