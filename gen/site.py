"""The whole site as data: hand-written pages, generated pages and files, by path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gen.link_images.preview import site_preview
from gen.navigation import studies
from gen.reference import calibration as calibrations
from gen.reference import citation_formats as citing
from gen.reference import command_line as commands
from gen.reference import data_formats as formats
from gen.reference import launch_overhead as overhead
from gen.reference import operator_table as notation
from gen.reference import python_api as api
from gen.reference import reference_chart as readings
from gen.reference import sources as quotes
from roofline.catalog.reader import identifiers, sources
from roofline.model import omissions
from roofline.model.operators import load_operators
from roofline.report.charts.drawing.palette import stylesheet
from roofline.report.charts.library import calibration_charts, candidate_charts
from roofline.report.charts.output.parallel import draw_ahead
from roofline.report.pages.fragments import Fragments
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_pages import File, render_study
from roofline.report.pages.study_view import StudyView
from roofline.study import candidates as speculation
from roofline.study.repository import FLAGSHIP
from roofline.version import __version__

CLAIM = "What limits LLM inference"
"""What the site is about, on the preview of pages without one of their own."""


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


def _written(docs: Path) -> Iterator[tuple[str, str]]:
    """Hand-written pages, in the order of their paths."""
    for path in sorted(docs.rglob("*.md")):
        relative = path.relative_to(docs).as_posix()
        if not relative.startswith("overrides/"):
            yield relative, path.read_text(encoding="utf-8")


current: Site


@cache
def views() -> tuple[StudyView, ...]:
    """All studies of the repository, as pages and navigation see them.

    Raises:
        InputError: A study breaks a rule.
    """
    return tuple(StudyView(study=study) for study in studies())


@cache
def _generated() -> Generated:
    draw_ahead(views())
    return generate(views())


def make(docs: Path) -> None:
    """Render the site from its hand-written pages, the catalogue and the studies.

    Raises:
        InputError: A study, a catalogue entry or a page breaks a rule.
    """
    global current  # noqa: PLW0603  # one build at a time, in one process
    current = render_site(docs, _generated())
