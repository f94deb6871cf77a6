"""The findings of a study as a table, as Markdown to paste, and as JSON."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from roofline.citation import bound_name, cite, permalink
from roofline.export import study_record, to_json
from roofline.findings.finding import Finding, Number
from roofline.study import Study

Record = dict[str, Any]

FINDINGS_SCHEMA = "roofline.findings/1"
_CLAIM = 60
"""Characters in a line of a claim."""


def finding_record(finding: Finding, study: str, version: str, site_url: str) -> Record:
    """A finding as an object of JSON.

    Args:
        finding: The finding.
        study: Identifier of its study.
        version: The version that the permalink names.
        site_url: Address of the site, with a slash at its end.
    """
    return {
        "id": f"{study}/{finding.slug}",
        "claim": finding.claim,
        "verdict": finding.verdict,
        "bound": finding.bound,
        "phases": list(finding.phases),
        "series": list(finding.series),
        "numbers": [number_record(number) for number in finding.numbers],
        "conditions": list(finding.conditions),
        "changes": list(finding.changes),
        "version": version,
        "permalink": permalink(study, finding.slug, version, site_url),
    }


def number_record(number: Number) -> Record:
    """A number of a finding, in its base unit at full precision and as it is quoted."""
    return {
        "key": number.key,
        "label": number.label,
        "value": number.value,
        "unit": number.unit,
        "kind": number.kind,
        "text": number.text,
    }


def findings_record(
    study: Study, findings: Sequence[Finding], version: str, site_url: str
) -> Record:
    """All findings of a study as an object of schema ``roofline.findings/1``."""
    return {
        "schema": FINDINGS_SCHEMA,
        "version": version,
        "study": study_record(study),
        "findings": [
            finding_record(finding, study.identifier, version, site_url) for finding in findings
        ],
    }


def findings_json(study: Study, findings: Sequence[Finding], version: str, site_url: str) -> str:
    """All findings of a study as text of schema ``roofline.findings/1``."""
    return to_json(findings_record(study, findings, version, site_url))


def findings_markdown(
    study: Study, findings: Sequence[Finding], version: str, site_url: str
) -> str:
    """A list of citations, one line for each finding."""
    lines = (cite(finding, study.identifier, version, site_url).markdown for finding in findings)
    return "".join(f"- {line}\n" for line in lines)


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
