"""The numbers of every release's findings, kept for ever: one file for each release.

A document that quotes release 1.0 can then be told in which release a number changed,
although only the newest model is at hand.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from roofline.catalog.entries import Entry
from roofline.citations.site_address import DEVELOPMENT
from roofline.errors import InputError, Problem, as_written, join_choices
from roofline.files.text import read_text, write_file
from roofline.findings.finding import Finding
from roofline.study.repository import ledger_folder

SCHEMA: Literal["roofline.values/1"] = "roofline.values/1"
RELEASE = re.compile(r"(?:0|[1-9][0-9]{0,4})\.(?:0|[1-9][0-9]{0,4})")
"""Name of a release, such as ``1.2``."""

_MOST_BYTES = 20_000_000


class Value(Entry):
    """One number of one finding in one release."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    """In the base unit, at full precision."""
    unit: str
    """Base unit; ``1`` for counts and ratios."""
    digits: int
    """Significant digits that were shown."""
    text: str
    """As it was shown and quoted."""


Findings = dict[str, dict[str, Value]]
"""Values by slug and key."""


class Release(Entry):
    """Format of a file in ``ledger/values/``."""

    format: Literal["roofline.values/1"] = Field(alias="schema")
    """Name and version of the format."""
    version: Annotated[str, Field(pattern=f"^{RELEASE.pattern}$")]
    """The release."""
    studies: dict[str, Findings]
    """Values by study, slug and key."""

    def finding(self, study: str, slug: str) -> Mapping[str, Value] | None:
        """The numbers of one finding; None if the release had no such finding."""
        return self.studies.get(study, {}).get(slug)


def release_values(findings: Iterable[Finding]) -> Findings:
    """The numbers of a study's findings as they are kept, sorted."""
    return {
        finding.slug: {
            number.key: Value(
                value=float(number.value),
                unit=number.unit,
                digits=number.digits,
                text=number.text,
            )
            for number in sorted(finding.numbers, key=lambda number: number.key)
        }
        for finding in sorted(findings, key=lambda finding: finding.slug)
    }


def release_order(version: str) -> tuple[int, ...]:
    """Key that sorts releases by age: 1.9 before 1.10."""
    return tuple(int(part) for part in version.split("."))


def cited_version(finding: Finding, study: str, version: str, releases: Sequence[Release]) -> str:
    """Choose the version to cite a finding in.

    Args:
        finding: The finding, as it is now.
        study: Identifier of its study.
        version: The present version.
        releases: All releases, the oldest first.

    Returns:
        In place of ``dev`` the newest release, if all numbers of the finding are shown there
        as they are now; else the present version.
    """
    kept = releases[-1].finding(study, finding.slug) if releases else None
    if version != DEVELOPMENT or not releases or kept is None:
        return version
    shown = {number.key: number.text for number in finding.numbers}
    same = shown == {key: value.text for key, value in kept.items()}
    return releases[-1].version if same else version


def values_folder() -> Path | None:
    """Where the values of releases are kept; None without a checkout."""
    folder = ledger_folder()
    return None if folder is None else folder / "values"


def load_releases(folder: Path | None) -> tuple[Release, ...]:
    """Read the values of all releases, the oldest first; none before the first release.

    Args:
        folder: Where they are kept; None where nothing is kept.

    Raises:
        InputError: A file is not as it was written.
    """
    if folder is None:
        return ()
    names = sorted(
        (path.stem for path in folder.glob("*.json") if RELEASE.fullmatch(path.stem)),
        key=release_order,
    )
    return tuple(_load(folder / f"{name}.json") for name in names)


def _load(path: Path) -> Release:
    origin = str(path)
    try:
        release = Release.model_validate_json(read_text(path, origin, _MOST_BYTES))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(origin, [Problem(place=place, rule=first["msg"])]) from error
    if release.version != path.stem:
        named, stated = as_written(path.stem), as_written(release.version)
        rule = f"expected {named}, as the file's name, got {stated}"
        raise InputError(origin, [Problem(place="version", rule=rule)])
    return release


def write_release(version: str, studies: Mapping[str, Iterable[Finding]], folder: Path) -> Path:
    """Keep the values of a release.

    Writing the same values once more changes nothing.

    Args:
        version: The release, such as ``1.2``.
        studies: All findings of every study, by its identifier.
        folder: Where the releases are kept.

    Returns:
        The file.

    Raises:
        InputError: It is no release, the release is kept with other values, or the file cannot
            be written.
    """
    if not RELEASE.fullmatch(version):
        rule = f"expected a release such as 1.2, got {as_written(version)}"
        raise InputError.at("version", rule)
    release = Release(
        schema=SCHEMA,
        version=version,
        studies={study: release_values(findings) for study, findings in sorted(studies.items())},
    )
    path = folder / f"{version}.json"
    if path.exists():
        changed = _changed(_load(path), release)
        if changed:
            rule = (
                f"release {version} is kept with other values, and a release never changes; "
                f"give the changed ones a new version: {join_choices(changed, 'and')}"
            )
            raise InputError.at(str(path), rule)
        return path
    content = release.model_dump(by_alias=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_file(path, text.encode(), str(path))
    return path


def _changed(old: Release, new: Release) -> list[str]:
    """What differs between two sets of values, as ``study/slug key``."""
    flat = [
        {
            f"{study}/{slug} {key}": value
            for study, findings in release.studies.items()
            for slug, numbers in findings.items()
            for key, value in numbers.items()
        }
        for release in (old, new)
    ]
    return [name for name in flat[0] | flat[1] if not _same(flat[0].get(name), flat[1].get(name))]


def _same(old: Value | None, new: Value | None) -> bool:
    """Whether two values are the same, up to what another machine computes otherwise."""
    if old is None or new is None:
        return old is new
    close = math.isclose(old.value, new.value, rel_tol=1e-12)
    return close and (old.unit, old.digits, old.text) == (new.unit, new.digits, new.text)
