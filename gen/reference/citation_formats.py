"""The formats of findings, of verified documents and of released values, as the pages show them.

Keys come from what is really written: one without a meaning here fails the build.
"""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from gen.reference.data_formats import json_type
from roofline.citations.records import findings_record
from roofline.citations.releases import Release, values
from roofline.citations.scan import find_citations
from roofline.citations.site_address import load_identity, site_version
from roofline.citations.stamp import cite
from roofline.citations.verify import Verified, load_facts, verification_record, verify
from roofline.report.pages.study_view import StudyView

Record = dict[str, Any]

FINDINGS = {
    "schema": "name and version of the format",
    "version": "version that the permalinks name: dev, or a release",
    "study": "what was evaluated, as with the points",
    "findings": "one object for each finding, in a fixed order",
}
FINDING = {
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
NUMBER = {
    "key": "permanent name within the finding",
    "label": "what it is, in words",
    "value": "in the base unit, at full precision",
    "unit": "base unit; 1 for counts and ratios",
    "kind": "published, computed, attainable, predicted or measured",
    "text": "as it is shown and quoted: rounded, with a prefix",
}
VERIFICATION = {
    "schema": "name and version of the format",
    "version": "version that documents are compared with",
    "site": "address of the site whose links were looked for",
    "documents": "every document that was read",
    "counts": "number of checks by status",
    "checks": "one object for each number quoted, and for each citation without one",
}
CHECK = {
    "document": "path as given",
    "line": "line at which the citation begins",
    "status": "holds, changed, gone or unknown",
    "text": "the stamp, or the address where there is none",
    "id": "study and slug; null for a stamp that cannot be read",
    "cited_version": "version in the citation; null as above",
    "key": "the number's key; null where the citation as a whole is meant",
    "quoted": "the number as quoted; null as above",
    "current": "the present number at the same precision; null where there is none",
    "since": "first version in which the quoted number does not hold; null where nobody knows",
    "redirect": "present address of what has moved; null otherwise",
    "message": "what is wrong, in words; empty when it holds",
}
RELEASE = {
    "schema": "name and version of the format",
    "version": "the release",
    "studies": "values by study, slug and key",
}
VALUE = {
    "value": "in the base unit, at full precision",
    "unit": "base unit; 1 for counts and ratios",
    "digits": "significant digits that were shown",
    "text": "as it was shown and quoted",
}
_NULLABLE = frozenset({"key", "quoted", "current", "since", "redirect", "id", "cited_version"})


def keys(document: Mapping[str, Any], meanings: Mapping[str, str]) -> list[Record]:
    """One row for each key of an object that is written.

    Raises:
        KeyError: A key has no meaning.
    """
    nullable = _NULLABLE if meanings is CHECK else frozenset()
    return [
        {
            "name": Markup("<code>{}</code>").format(key),
            "type": "string or null" if key in nullable else json_type(value),
            "meaning": meanings[key],
        }
        for key, value in document.items()
    ]


def findings_document(study: StudyView) -> Record:
    """The findings of a study as they are written."""
    made = [view.finding for view in study.findings]
    return findings_record(study.study, made, site_version(), load_identity().site_url)


def verification_document(study: StudyView) -> Record:
    """A verification as it is written, of a document that cites the study's first finding."""
    facts = load_facts()
    cited = cite(study.findings[0].finding, study.id, facts.version, facts.site_url)
    found = find_citations(cited.text, facts.site_url)
    checks = verify(found, facts)
    one = Verified(document="review.md", citations=len(found), checks=checks)
    return verification_record([one], facts)


def release_document(study: StudyView) -> Record:
    """The values of a release as they are kept, of the study's first finding."""
    kept = values([study.findings[0].finding])
    release = Release(schema="roofline.values/1", version="1.0", studies={study.id: kept})
    return release.model_dump(by_alias=True)


def first_value(study: StudyView) -> Record:
    """One value of a release."""
    finding = study.findings[0].finding
    found: Record = release_document(study)["studies"][study.id][finding.slug]
    return dict(found[finding.headline.key])


def repository() -> Markup:
    """Owner and name of the repository."""
    return Markup(load_identity().repository)  # noqa: S704  # checked: letters, digits, hyphens
