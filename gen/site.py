"""The whole site as data: hand-written pages, generated pages and files, by path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gen import api, calibrations, citing, commands, formats, notation, overhead, quotes, readings
from gen.charts import calibration_charts, candidate_charts
from gen.figures import files
from gen.fragments import Fragments
from gen.navigation import studies
from gen.palette import stylesheet
from gen.preview import site_preview, study_preview
from gen.render import Renderer
from gen.view import StudyView
from roofline import __version__, omissions, speculation
from roofline.catalog import identifiers, sources
from roofline.export import points_json, to_csv
from roofline.operators import load_operators
from roofline.study import FLAGSHIP

CLAIM = "What limits LLM inference"
"""What the site is about, on the preview of pages without one of their own."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One file under docs/."""

    content: bytes
    edit: str | None = None
    """The file under docs/ to edit in its place; None where there is no single one."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that MkDocs is given."""

    files: dict[str, File]
    fragments: Fragments


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What comes of studies and catalogue alone, and what renders hand-written pages."""

    files: dict[str, File]
    renderer: Renderer


def generate(views: Sequence[StudyView]) -> Generated:
    """Render everything but the hand-written pages.

    Args:
        views: All studies, at least one.

    Raises:
        InputError: A study or a catalogue entry breaks a rule.
    """
    flagship = next((view for view in views if view.id == FLAGSHIP), views[0])
    renderer = Renderer(
        fragments=Fragments(),
        values={
            "flagship": flagship,
            "studies": views,
            "measured_example": next((view for view in views if view.measured_points), None),
            "version": __version__,
            "operators": load_operators(),
            "sources": sources(),
            "api": api,
            "calibrations": calibrations,
            "calibration_charts": calibration_charts,
            "candidate_charts": candidate_charts,
            "citing": citing,
            "commands": commands,
            "formats": formats,
            "notation": notation,
            "omissions": omissions,
            "overhead": overhead,
            "quotes": quotes,
            "readings": readings,
            "speculation": speculation,
            "catalogue": {kind: identifiers(kind) for kind in ("accelerators", "transformers")},
        },
    )
    found = {
        "assets/stylesheets/palette.css": File(content=stylesheet().encode()),
        "assets/images/preview.png": File(content=site_preview(flagship.study, CLAIM)),
    }
    for view in views:
        found |= render_study(view, renderer)
    return Generated(files=found, renderer=renderer)


def render_site(docs: Path, generated: Generated | None = None) -> Site:
    """Render all pages and files.

    Args:
        docs: The folder with the hand-written pages.
        generated: Everything else; rendered here by default.

    Returns:
        Files by path under docs/.

    Raises:
        InputError: A study, a catalogue entry or a page breaks a rule.
    """
    if generated is None:
        generated = generate(tuple(StudyView(study=study) for study in studies()))
    renderer = generated.renderer
    found = dict(generated.files)
    for path, source in _written(docs):
        page = renderer.page(path, source, f"docs/{path}")
        found[path] = File(content=page.encode(), edit=path)
    return Site(files=found, fragments=renderer.fragments)


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


def _written(docs: Path) -> Iterator[tuple[str, str]]:
    """Hand-written pages, in the order of their paths."""
    for path in sorted(docs.rglob("*.md")):
        relative = path.relative_to(docs).as_posix()
        if not relative.startswith("overrides/"):
            yield relative, path.read_text(encoding="utf-8")
