"""The pages and files of one study, by path."""

from dataclasses import dataclass

from gen.link_images.preview import study_preview
from roofline.files.table import to_csv
from roofline.report.charts.library import calibration_charts, candidate_charts
from roofline.report.pages.figures import files
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_view import StudyView
from roofline.study.records import points_json
from roofline.version import __version__


@dataclass(frozen=True, kw_only=True)
class File:
    """One file under docs/."""

    content: bytes
    edit: str | None = None
    """The file under docs/ to edit in its place; None where there is no single one."""


def render_study(view: StudyView, renderer: Renderer) -> dict[str, File]:
    """Render the pages and files of one study, by path under docs/."""
    edit = f"studies/{view.id}.yml"
    page = renderer.template("study.md.j2", view.page, study=view)
    found = {view.page: File(content=page.encode(), edit=edit)}
    charts = [
        *view.charts.values(),
        *candidate_charts(view.study, __version__),
        *calibration_charts(view.study, __version__),
    ]
    for series in view.series:
        page = renderer.template("operator.md.j2", series.page, study=view, series=series)
        found[series.page] = File(content=page.encode(), edit=edit)
        charts.append(series.chart)
    for chart in charts:
        for path, content in files(chart, f"{view.folder}/charts").items():
            found[path] = File(content=content)
    found[f"{view.folder}/preview.png"] = File(content=study_preview(view.study))
    found |= _findings(view, renderer, edit)
    points = points_json(view.study, view.records, __version__)
    found[f"{view.folder}/points.json"] = File(content=points.encode())
    found[f"{view.folder}/points.csv"] = File(content=to_csv(view.records).encode())
    if view.measured is not None:
        for file in view.measured.files:
            for name, content in file.published.items():
                found[f"{view.folder}/measurements/{name}"] = File(content=content)
    return found


def _findings(view: StudyView, renderer: Renderer, edit: str) -> dict[str, File]:
    """Render the pages of a study's findings, their lists and files."""
    folder = f"{view.folder}/findings"
    found = {}
    for name, path in (
        ("findings.md.j2", f"{folder}/index.md"),
        ("findings-list.md.j2", f"{folder}/list.md"),
    ):
        page = renderer.template(name, path, study=view)
        found[path] = File(content=page.encode(), edit=edit)
    for one in view.findings:
        page = renderer.template(
            "finding.md.j2", one.page, study=view, view=one, finding=one.finding
        )
        found[one.page] = File(content=page.encode(), edit=edit)
        found |= {path: File(content=content) for path, content in one.files().items()}
    return found
