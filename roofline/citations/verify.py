"""Verify citations: compute each cited number again and compare."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from roofline.citations.quoted_number import QuotedNumber
from roofline.citations.releases import (
    RELEASE,
    Release,
    Value,
    load_releases,
    release_order,
    values_folder,
)
from roofline.citations.scan import Occurrence
from roofline.citations.site_address import DEVELOPMENT, load_identity, site_version
from roofline.citations.stamp import LATEST, Citation
from roofline.errors import unknown
from roofline.files.table import Record
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.findings import all_slugs, findings
from roofline.findings.finding import Finding
from roofline.study.repository import ledger_folder, study_identifiers
from roofline.study.study import load_study

VERIFICATION_SCHEMA = "roofline.verification/1"

# What the keys mean, for the page on data formats.
VERIFICATION_KEYS = {
    "schema": "name and version of the format",
    "version": "version that documents are compared with",
    "site": "address of the site whose links were looked for",
    "documents": "every document that was read",
    "counts": "number of checks by status",
    "checks": "one object for each number quoted, and for each citation without one",
}
CHECK_KEYS = {
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

Status = Literal["holds", "changed", "gone", "unknown"]
STATUSES: tuple[Status, ...] = ("holds", "changed", "gone", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What became of one number, or of a citation as a whole."""

    status: Status
    line: int
    """Line of the document at which the citation begins."""
    text: str
    """The stamp, or the address where there is no stamp."""
    citation: Citation | None
    """None for a stamp that cannot be read."""
    key: str | None = None
    """Key of the number; None where the citation as a whole is meant."""
    quoted: str | None = None
    """The number as quoted."""
    current: str | None = None
    """The number of the present model, at the precision quoted."""
    since: str | None = None
    """First version in which the quoted number does not hold; None where nobody knows."""
    redirect: str | None = None
    """Where what is gone is found now."""
    message: str = ""
    """What is wrong, in words; empty when the number holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedDocument:
    """A document with its checks."""

    name: str
    """Its path as given."""
    citations: int
    """How many there are, with a stamp or without."""
    checks: tuple[Check, ...]


def count_statuses(documents: Sequence[VerifiedDocument]) -> dict[Status, int]:
    """Count the checks that ended in each status."""
    counts = Counter(check.status for document in documents for check in document.checks)
    return {status: counts[status] for status in STATUSES}


def all_hold(documents: Sequence[VerifiedDocument]) -> bool:
    """Whether nothing has changed, is gone or is unknown."""
    return all(check.status == "holds" for document in documents for check in document.checks)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What documents are compared with."""

    site_url: str
    """Address of the site, with a slash at its end."""
    version: str
    """The present version: ``dev``, or the release that is being published."""
    studies: tuple[str, ...]
    """Identifiers of the present studies."""
    findings: Callable[[str], Mapping[str, Finding]]
    """The present findings of one of them, by slug."""
    slugs: tuple[str, ...] = ()
    """Slugs of every finding that some study can have."""
    releases: tuple[Release, ...] = ()
    """Values of every release, the oldest first."""
    redirects: Mapping[str, str] = field(default_factory=dict)
    """New address of what has moved, by its old one, below the version."""

    @property
    def versions(self) -> tuple[str, ...]:
        """Every version that there is or was, the newest last."""
        released = [release.version for release in self.releases]
        return tuple(dict.fromkeys([DEVELOPMENT, *released, self.version]))

    def release(self, version: str) -> Release | None:
        """The values of a release; None if they are not kept."""
        return next((release for release in self.releases if release.version == version), None)

    def moved(self, citation: Citation) -> str | None:
        """Present address of a finding that has moved; None if it has not."""
        old = f"/studies/{citation.study}/findings/{citation.slug}/"
        new = self.redirects.get(old)
        return None if new is None else f"{self.site_url}{self.version}{new}"


def verification_record(documents: Sequence[VerifiedDocument], facts: Facts) -> Record:
    """All checks as an object of schema ``roofline.verification/1``."""
    return {
        "schema": VERIFICATION_SCHEMA,
        "version": facts.version,
        "site": facts.site_url,
        "documents": [document.name for document in documents],
        "counts": count_statuses(documents),
        "checks": [
            _check_record(document.name, check)
            for document in documents
            for check in document.checks
        ],
    }


def _check_record(document: str, check: Check) -> Record:
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


class _Redirect(BaseModel):
    """What a finding's readers need of a redirect."""

    to: str


class _Redirects(BaseModel):
    redirects: dict[str, _Redirect]


def load_facts(site_url: str | None = None) -> Facts:
    """Gather what the repository knows; findings are computed when they are asked for.

    Args:
        site_url: Address of the site; the repository's own by default.

    Raises:
        InputError: A file of the repository is broken.
    """
    return Facts(
        site_url=site_url or load_identity().site_url,
        version=site_version(),
        studies=study_identifiers(),
        findings=cache(
            lambda study: {finding.slug: finding for finding in findings(load_study(study))}
        ),
        slugs=tuple(all_slugs()),
        releases=load_releases(values_folder()),
        redirects=load_redirects(ledger_folder()),
    )


def verify(occurrences: Iterable[Occurrence], facts: Facts) -> tuple[Check, ...]:
    """Check the citations of a document.

    Args:
        occurrences: As `roofline.citations.scan.find_citations` finds them.
        facts: What to compare them with.

    Returns:
        One check for each number; one for a citation that has none, or is wrong as a whole.
    """
    return tuple(check for occurrence in occurrences for check in _verify_one(occurrence, facts))


def _verify_one(occurrence: Occurrence, facts: Facts) -> Iterator[Check]:
    citation = occurrence.citation
    base = Check(status="holds", line=occurrence.line, text=occurrence.text, citation=citation)
    if citation is None:
        message = f"not a stamp that can be read: {occurrence.fault}"
        yield replace(base, status="unknown", message=message)
        return
    moved = facts.moved(citation)
    trouble = _check_version(citation, facts) or _check_finding(citation, facts)
    if moved is not None:
        yield replace(base, status="gone", redirect=moved, message="it has another address now")
    elif trouble is not None:
        yield replace(base, status=trouble[0], message=trouble[1])
    elif not citation.numbers:
        yield base
    else:
        for key, quoted in citation.numbers:
            yield _check_number(replace(base, key=key, quoted=quoted), citation, facts)


Trouble = tuple[Status, str] | None
"""What is wrong with a citation as a whole, and why; None if nothing is."""


def _check_version(citation: Citation, facts: Facts) -> Trouble:
    """Ask whether the version cited exists; only a link without numbers may follow the latest."""
    moving = {LATEST} if not citation.numbers else set()
    if citation.version in {*facts.versions, *moving}:
        return None
    return "unknown", unknown("version", citation.version, facts.versions)


def _check_finding(citation: Citation, facts: Facts) -> Trouble:
    """Ask whether the finding cited is there, and was in the version cited."""
    study, slug = citation.study, citation.slug
    with_it = [
        release.version for release in facts.releases if release.finding(study, slug) is not None
    ]
    if study not in facts.studies:
        was = any(study in release.studies for release in facts.releases)
        missing = unknown("study", study, facts.studies)
        return ("gone", "the study is no longer there") if was else ("unknown", missing)
    present = facts.findings(study)
    if slug not in present and with_it:
        return "gone", f"the study has no such finding any more; the last was in {with_it[-1]}"
    if slug not in present and slug in facts.slugs:
        return "gone", "what it says does not hold for the study"
    if slug not in present:
        return "unknown", unknown("finding", slug, sorted(present))
    if facts.release(citation.version) is not None and citation.version not in with_it:
        first = with_it[0] if with_it else facts.version
        return "unknown", f"{citation.version} has no such finding; the first is in {first}"
    return None


def _check_number(base: Check, citation: Citation, facts: Facts) -> Check:
    """Compare one number; the check so far names it and has it as quoted."""
    key, quoted = str(base.key), str(base.quoted)
    finding = facts.findings(citation.study)[citation.slug]
    present = {number.key: number for number in finding.numbers}
    history = _history(citation, key, facts)
    if key not in present:
        if not history:
            return replace(base, status="unknown", message=unknown("number", key, [*present]))
        message = f"the finding has no such number any more; the last was in {history[-1][0]}"
        return replace(base, status="gone", message=message)
    try:
        number = QuotedNumber.read(quoted)
    except ValueError as error:
        return replace(base, status="unknown", message=str(error))
    now = present[key]
    if number.holds(now.value, now.unit):
        return replace(base, current=quoted)
    current = number.rewrite(now.value, now.unit) or now.text
    since = _since(number, citation, history, facts)
    if since is not None:
        message = f"now {current}, since {since}"
    elif citation.version == DEVELOPMENT:
        message = f"now {current}"
    else:
        message = f"now {current}; {citation.version} itself has another number"
    return replace(base, status="changed", current=current, since=since, message=message)


def _since(
    number: QuotedNumber, citation: Citation, history: Sequence[tuple[str, Value]], facts: Facts
) -> str | None:
    """First version of those, up to the present one, in which a number does not hold.

    None if it never held in the version cited; nobody knows when a build of ``dev`` held.
    """
    since = facts.version
    for version, value in reversed(history):
        if number.holds(value.value, value.unit):
            return since
        since = version
    return since if citation.version == DEVELOPMENT and not history else None


def _history(citation: Citation, key: str, facts: Facts) -> list[tuple[str, Value]]:
    """What each release has for a number, from the cited one on, the oldest first."""
    cited = citation.version
    start = release_order(cited) if RELEASE.fullmatch(cited) else ()
    return [
        (release.version, numbers[key])
        for release in facts.releases
        for numbers in [release.finding(citation.study, citation.slug) or {}]
        if key in numbers and release_order(release.version) >= start
    ]


def load_redirects(folder: Path | None) -> dict[str, str]:
    """Read where addresses lead that have moved; none without the file.

    Args:
        folder: The ledger's; None without a checkout.

    Raises:
        InputError: The file breaks its format.
    """
    path = None if folder is None else folder / "redirects.yml"
    if path is None or not path.exists():
        return {}
    entries = validate(_Redirects, read_yaml(path, f"ledger/{path.name}")).redirects
    return {old: entry.to for old, entry in entries.items()}
