"""The studies of the site, and their place in the navigation."""

from collections.abc import Sequence
from typing import Any

from markupsafe import escape

from roofline.errors import InputError, Problem, together
from roofline.report.pages.study_view import StudyView
from roofline.study.repository import study_identifiers
from roofline.study.study import Study, load_study

SECTION = "Studies"


def studies() -> tuple[Study, ...]:
    """Load all studies of the repository, the flagship first.

    Raises:
        InputError: Some break rules; the problems of all of them.
    """
    found: list[Study] = []
    errors: list[InputError] = []
    for identifier in study_identifiers():
        try:
            found.append(load_study(identifier))
        except InputError as error:
            errors.append(error)
    if errors:
        raise together("docs/studies", errors)
    if not found:
        rule = "expected at least one study, such as docs/studies/my-study.yml, got none"
        raise InputError("docs/studies", [Problem(place="", rule=rule)])
    return tuple(found)


def with_studies(nav: list[Any], found: Sequence[StudyView]) -> list[Any]:
    """List every study and its operator pages in the navigation's section for studies.

    Args:
        nav: Navigation of mkdocs.yml.
        found: The studies.
    """
    pages = [_entry(view) for view in found]
    return [
        {SECTION: [*entry[SECTION], *pages]}
        if isinstance(entry, dict) and SECTION in entry
        else entry
        for entry in nav
    ]


def _entry(view: StudyView) -> dict[str, list[Any]]:
    operators: list[Any] = [view.page]
    operators += [{one.label: one.page} for one in view.series]
    found: list[Any] = [f"{view.folder}/findings/index.md"]
    found += [{one.name: one.page} for one in view.findings]
    found.append({"All on one page": f"{view.folder}/findings/list.md"})
    return {str(escape(view.title)): [*operators, {"Findings": found}]}
