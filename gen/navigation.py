"""The studies of the site, and their place in the navigation."""

from collections.abc import Sequence
from typing import Any

from markupsafe import escape

from gen.reference.cards import card_page
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.errors import InputError, join_errors
from roofline.report.pages.study_view import StudyView
from roofline.study.repository import study_identifiers
from roofline.study.study import Study, load_study

SECTION = "Studies"
CALIBRATION = "method/calibration.md"


def load_studies() -> tuple[Study, ...]:
    """Load all studies of the repository, the flagship first.

    Raises:
        InputError: Some break rules; the problems of all of them.
    """
    studies: list[Study] = []
    errors: list[InputError] = []
    for identifier in study_identifiers():
        try:
            studies.append(load_study(identifier))
        except InputError as error:
            errors.append(error)
    if errors:
        raise join_errors("docs/studies", errors)
    if not studies:
        rule = "expected at least one study, such as docs/studies/my-study.yml, got none"
        raise InputError.at("docs/studies", rule)
    return tuple(studies)


def add_studies(nav: list[Any], views: Sequence[StudyView]) -> list[Any]:
    """List every study with its pages in the navigation's section for studies.

    Args:
        nav: Navigation of mkdocs.yml, which is left as it is.
        views: The studies.
    """
    pages = [_entry(view) for view in views]
    return [
        {SECTION: [*entry[SECTION], *pages]}
        if isinstance(entry, dict) and SECTION in entry
        else entry
        for entry in nav
    ]


def add_cards(nav: list[Any]) -> list[Any]:
    """List every accelerator's page below that on calibration, wherever it stands.

    Args:
        nav: Navigation of mkdocs.yml, or a part of it, which is left as it is.
    """
    return [_with_cards(entry) for entry in nav]


def _with_cards(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    ((title, inner),) = entry.items()
    if isinstance(inner, list):
        return {title: add_cards(inner)}
    if inner != CALIBRATION:
        return entry
    cards = [
        {str(escape(load_accelerator(name).name)): card_page(name)}
        for name in identifiers("accelerators")
    ]
    return {title: [inner, *cards]}


def _entry(view: StudyView) -> dict[str, list[Any]]:
    """One study: its page, its series, its findings."""
    operators = [{f"{series.short} ({series.label})": series.page} for series in view.series]
    findings: list[Any] = [f"{view.folder}/findings/index.md"]
    findings += [{finding.name: finding.page} for finding in view.findings]
    findings.append({"All on one page": f"{view.folder}/findings/list.md"})
    return {str(escape(view.title)): [view.page, *operators, {"Findings": findings}]}
