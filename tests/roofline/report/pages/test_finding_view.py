"""What the page of a finding says of how to cite it."""

import dataclasses
from pathlib import Path

import pytest

from roofline.citations.releases import write_release
from roofline.citations.site_address import VERSION_VARIABLE
from roofline.findings import findings
from roofline.report.pages.finding_view import FindingView
from roofline.study.study import load_study


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FindingView:
    """A finding of a build of dev, in a repository whose releases the test writes."""
    monkeypatch.delenv(VERSION_VARIABLE, raising=False)
    monkeypatch.setattr("roofline.report.pages.finding_view.values_folder", lambda: tmp_path)
    study = load_study()
    finding = next(one for one in findings(study) if one.slug == "ridge")
    return FindingView(study=study, study_folder=f"studies/{study.identifier}", finding=finding)


def test_before_a_release_the_development_version_is_cited(view: FindingView) -> None:
    assert view.cited_version == "dev"
    assert "/ridge@dev " in view.snippets.text


def test_a_release_with_the_same_numbers_is_cited_instead(
    view: FindingView, tmp_path: Path
) -> None:
    """The newest one: 0.10 comes after 0.9. The page itself stays that of dev."""
    for version in ("0.9", "0.10"):
        write_release(version, {view.study.identifier: [view.finding]}, tmp_path)
    assert view.cited_version == "0.10"
    assert "/ridge@0.10 " in view.snippets.text
    assert "/0.10/studies/" in view.snippets.badge
    assert view.version == "dev"
    assert "/dev/studies/" in view.permalink


@pytest.mark.parametrize("change", ["another value", "another number", "no finding"])
def test_a_release_with_other_numbers_is_not(
    view: FindingView, tmp_path: Path, change: str
) -> None:
    """Its page would show something else than what is cited."""
    first, *rest = view.finding.numbers
    kept = {
        "another value": [
            dataclasses.replace(
                view.finding, numbers=(dataclasses.replace(first, value=1.5 * first.value), *rest)
            )
        ],
        "another number": [
            dataclasses.replace(
                view.finding,
                numbers=(first, dataclasses.replace(first, key="another"), *rest),
            )
        ],
        "no finding": [],
    }
    write_release("0.9", {view.study.identifier: [view.finding]}, tmp_path)
    write_release("0.10", {view.study.identifier: kept[change]}, tmp_path)
    assert view.cited_version == "dev"


def test_a_release_cites_itself(
    view: FindingView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_release("0.9", {view.study.identifier: [view.finding]}, tmp_path)
    monkeypatch.setenv(VERSION_VARIABLE, "1.0")
    assert view.cited_version == "1.0"
    assert "/1.0/studies/" in view.snippets.html
