"""The studies of the site, and their place in the navigation."""

from typing import Any

from markupsafe import escape

from roofline.errors import InputError, Problem
from roofline.export import charted_series
from roofline.findings import findings
from roofline.study import Study, load_study, study_identifiers

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
    if len(errors) == 1:
        raise errors[0]
    if errors:
        problems = [
            Problem(
                place=f"{error.origin}: {problem.place}".rstrip(": "),
                rule=problem.rule,
                line=problem.line,
            )
            for error in errors
            for problem in error.problems
        ]
        raise InputError("docs/studies", problems)
    if not found:
        rule = "expected at least one study, such as docs/studies/my-study.yml, got none"
        raise InputError("docs/studies", [Problem(place="", rule=rule)])
    return tuple(found)


def with_studies(nav: list[Any], found: tuple[Study, ...]) -> list[Any]:
    """List every study and its operator pages in the navigation's section for studies.

    Args:
        nav: Navigation of mkdocs.yml.
        found: The studies.
    """
    pages = [_entry(study) for study in found]
    return [
        {SECTION: [*entry[SECTION], *pages]}
        if isinstance(entry, dict) and SECTION in entry
        else entry
        for entry in nav
    ]


def _entry(study: Study) -> dict[str, list[Any]]:
    folder = f"studies/{study.identifier}"
    operators: list[Any] = [f"{folder}/index.md"]
    table = study.deployment.operators.series
    for name, phase in charted_series(study):
        page = f"{folder}/operators/{table[name].slug}-{phase}.md"
        operators.append({f"{name} {phase}": page})
    found: list[Any] = [f"{folder}/findings/index.md"]
    for finding in findings(study):
        name = finding.slug.replace("-", " ").capitalize()
        found.append({name: f"{folder}/findings/{finding.slug}.md"})
    found.append({"All on one page": f"{folder}/findings/list.md"})
    return {str(escape(study.file.title)): [*operators, {"Findings": found}]}
