"""The findings of a study as a table, as Markdown to paste, and as JSON."""

from collections.abc import Callable, Sequence

from roofline.citations.stamp import cite, permalink
from roofline.files.table import Record, to_json
from roofline.findings.finding import Finding, Number
from roofline.study.records import study_record
from roofline.study.study import Study

FINDINGS_SCHEMA = "roofline.findings/1"

# What the keys mean, for the page on data formats.
FINDINGS_KEYS = {
    "schema": "name and version of the format",
    "version": "version that the permalinks name: dev, or a release",
    "study": "what was evaluated, as with the points",
    "findings": "one object for each finding, in a fixed order",
}
FINDING_KEYS = {
    "id": "permanent name: study and slug",
    "claim": "one sentence, without its full stop",
    "verdict": "the consequence, in one line",
    "bound": "what limits: memory, compute, overhead, capacity, both or none",
    "phases": "init (prefill), ar (decode) or both",
    "series": "series that it is about",
    "numbers": "one object for each number, the headline first",
    "conditions": "what must hold, in sentences",
    "changes": "what would change it, in sentences",
    "version": "version that the permalink names",
    "permalink": "address of the finding's page in this version",
}
NUMBER_KEYS = {
    "key": "permanent name within the finding",
    "label": "what it is, in words",
    "value": "in the base unit, at full precision",
    "unit": "base unit; 1 for counts and ratios",
    "kind": "published, computed, attainable, predicted or measured",
    "text": "as it is shown and quoted: rounded, with a prefix",
}


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
    return {name: getattr(number, name) for name in NUMBER_KEYS}


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
    study: Study, findings: Sequence[Finding], version: Callable[[Finding], str], site_url: str
) -> str:
    """A list of citations, one line for each finding, in the version to cite it in."""
    lines = (
        cite(finding, study.identifier, version(finding), site_url).markdown for finding in findings
    )
    return "".join(f"- {line}\n" for line in lines)
