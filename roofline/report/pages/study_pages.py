"""The pages and files of one study, by path."""

from dataclasses import dataclass
from pathlib import Path

from roofline.files.table import to_csv
from roofline.report.charts import calibration_charts, candidate_charts, reproduction_charts
from roofline.report.pages.figures import files
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_view import StudyView
from roofline.study.records import points_json
from roofline.study.repository import REPOSITORY, STUDY_ENDINGS
from roofline.study.study import Study
from roofline.version import __version__


@dataclass(frozen=True, kw_only=True)
class File:
    """One file under docs/."""

    content: bytes
    edit: str | None = None
    """The file under docs/ to edit in its place; None where there is no single one."""


def edit_path(study: Study) -> str | None:
    """The file to edit for a study, from docs/; None where it lies in no checkout."""
    folder = study.folder.resolve()
    if REPOSITORY is None or not folder.is_relative_to(REPOSITORY):
        return None
    files = (path for path in folder.iterdir() if path.suffix.lower() in STUDY_ENDINGS)
    file = next((path for path in files if path.stem == study.identifier), None)
    return None if file is None else (Path("..") / file.relative_to(REPOSITORY)).as_posix()


def render_study(view: StudyView, renderer: Renderer) -> dict[str, File]:
    """Render the pages and files of one study, by path under docs/."""
    edit = edit_path(view.study)
    page = renderer.template("study.md.j2", view.page, study=view)
    pages = {view.page: File(content=page.encode(), edit=edit)}
    charts = [
        *view.charts.values(),
        *candidate_charts(view.study, __version__),
        *calibration_charts(view.study, __version__),
        *reproduction_charts(view.study, __version__),
    ]
    for series in view.series:
        page = renderer.template("operator.md.j2", series.page, study=view, series=series)
        pages[series.page] = File(content=page.encode(), edit=edit)
        charts.append(series.chart)
    for chart in charts:
        for path, content in files(chart, f"{view.folder}/charts").items():
            pages[path] = File(content=content)
    pages |= _findings(view, renderer, edit)
    points = points_json(view.study, view.records, __version__)
    pages[f"{view.folder}/points.json"] = File(content=points.encode())
    pages[f"{view.folder}/points.csv"] = File(content=to_csv(view.records).encode())
    if view.measured is not None:
        for file in view.measured.files:
            for name, content in file.published.items():
                pages[f"{view.folder}/measurements/{name}"] = File(content=content)
    return pages


def _findings(view: StudyView, renderer: Renderer, edit: str | None) -> dict[str, File]:
    """Render the pages of a study's findings, their lists and files."""
    folder = f"{view.folder}/findings"
    pages = {}
    for name, path in (
        ("findings.md.j2", f"{folder}/index.md"),
        ("findings-list.md.j2", f"{folder}/list.md"),
    ):
        page = renderer.template(name, path, study=view)
        pages[path] = File(content=page.encode(), edit=edit)
    for finding in view.findings:
        page = renderer.template(
            "finding.md.j2", finding.page, study=view, view=finding, finding=finding.finding
        )
        pages[finding.page] = File(content=page.encode(), edit=edit)
        pages |= {path: File(content=content) for path, content in finding.files().items()}
    return pages
