"""The whole site as data: hand-written pages, generated pages and files, by path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gen import REPOSITORY, reference
from gen.link_images.badge import badge
from gen.link_images.preview import (
    finding_preview,
    missing_previews,
    site_preview,
    study_preview,
)
from gen.navigation import load_studies
from roofline.catalog.reader import identifiers, sources
from roofline.findings.phrases import unseen_error
from roofline.model import omissions
from roofline.model.grid import Grid
from roofline.model.operators import load_operators
from roofline.report.charts import (
    STORE,
    calibration_charts,
    candidate_charts,
    layer_drawing,
    missing_charts,
    reproduction_charts,
)
from roofline.report.charts.drawing.palette import stylesheet
from roofline.report.charts.output.parallel import Job, draw_ahead
from roofline.report.pages.fragments import Fragments
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_pages import File, render_study
from roofline.report.pages.study_view import StudyView
from roofline.study import candidates
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
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    """Hand-written pages as they were rendered, by path and text."""


def generate(views: Sequence[StudyView], *, directory_urls: bool = True) -> Generated:
    """Render everything but the hand-written pages.

    Args:
        views: All studies, at least one.
        directory_urls: Whether a page's address is a folder, as MkDocs' settings say.

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
            "calibration_charts": calibration_charts,
            "candidate_charts": candidate_charts,
            "layer_drawing": layer_drawing,
            "reproduction_charts": reproduction_charts,
            "candidates": candidates,
            "omissions": omissions,
            "reference": reference,
            "Grid": Grid,
            "catalogue": {kind: identifiers(kind) for kind in ("accelerators", "transformers")},
        },
        directory_urls=directory_urls,
    )
    pages = {
        "assets/stylesheets/palette.css": File(content=stylesheet().encode()),
        "assets/images/preview.png": File(content=site_preview(flagship.study, CLAIM)),
    }
    for view in views:
        pages |= render_study(view, renderer) | _link_images(view)
    pages |= _cards(flagship, views, renderer)
    return Generated(files=pages, renderer=renderer)


def _cards(flagship: StudyView, views: Sequence[StudyView], renderer: Renderer) -> dict[str, File]:
    """A page for each accelerator, about the predictions on it."""
    spread = calibration_charts(flagship.study, __version__)
    pages = {}
    for card in reference.cards.cards(views):
        page = renderer.template(
            "card.md.j2", card.page, card=card, spread=spread, unseen_error=unseen_error
        )
        edit = f"../roofline/catalog/accelerators/{card.identifier}.yml"
        pages[card.page] = File(content=page.encode(), edit=edit)
    return pages


def _link_images(view: StudyView) -> dict[str, File]:
    """Pictures that a link to the study or to one of its findings shows elsewhere."""
    images = {f"{view.folder}/preview.png": study_preview(view.study)}
    for finding in view.findings:
        images[f"{finding.folder}/preview.png"] = finding_preview(view.study, finding.finding)
        images[f"{finding.folder}/badge.svg"] = badge(finding.badge_label, finding.finding.bound)
    return {path: File(content=content) for path, content in images.items()}


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
        generated = generate(load_views())
    renderer = generated.renderer
    pages = dict(generated.files)
    for path, source in _written(docs):
        if (path, source) not in generated.written:
            page = renderer.page(path, source, f"docs/{path}")
            generated.written[path, source] = page
        content = generated.written[path, source].encode()
        pages[path] = File(content=content, edit=path)
    return Site(files=pages, fragments=renderer.fragments)


def _written(docs: Path) -> Iterator[tuple[str, str]]:
    """Hand-written pages, in the order of their paths."""
    for path in sorted(docs.rglob("*.md")):
        relative = path.relative_to(docs).as_posix()
        if not relative.startswith("overrides/"):
            yield relative, path.read_text(encoding="utf-8")


current: Site
"""The site of the build that is going on: made by the hooks, written by the pages script."""


@cache
def load_views() -> tuple[StudyView, ...]:
    """Load all studies of the repository, as pages and navigation see them.

    The hooks forget this module whenever code, a study or the settings change. Until then
    studies are rendered once, however often a page is edited.

    Raises:
        InputError: A study breaks a rule.
    """
    return tuple(StudyView(study=study) for study in load_studies())


@cache
def _generated(*, directory_urls: bool) -> Generated:
    """Render what comes of studies and catalogue, with what it draws kept outside the docs."""
    STORE.folder = REPOSITORY / ".cache" / "charts"
    jobs: list[Job] = []
    for view in load_views():
        findings = [finding.finding for finding in view.findings]
        jobs += missing_charts(view.study, findings, __version__)
        jobs += missing_previews(view.study, findings)
    draw_ahead(jobs)
    return generate(load_views(), directory_urls=directory_urls)


def make_site(docs: Path, *, directory_urls: bool = True) -> None:
    """Render the site from its hand-written pages, the catalogue and the studies.

    Args:
        docs: The folder with the hand-written pages.
        directory_urls: Whether a page's address is a folder, as MkDocs' settings say.

    Raises:
        InputError: A study, a catalogue entry or a page breaks a rule.
    """
    global current  # noqa: PLW0603  # one build at a time, in one process
    current = render_site(docs, _generated(directory_urls=directory_urls))
