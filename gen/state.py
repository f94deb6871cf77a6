"""The site of the build that is going on: made by the hooks, written by the pages script.

The hooks forget this module whenever code, a study or the settings change. Until then studies
are rendered once, however often a page is edited.
"""

from functools import cache
from pathlib import Path

from gen.drawing import draw_ahead
from gen.navigation import studies
from gen.site import Generated, Site, generate, render_site
from gen.view import StudyView

site: Site


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
    global site  # noqa: PLW0603  # one build at a time, in one process
    site = render_site(docs, _generated())
