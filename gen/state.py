"""The site of the build that is going on: made by the hooks, written by the pages script."""

from pathlib import Path

from gen.site import Site, render_site

site: Site


def make(docs: Path) -> None:
    """Render the site from its hand-written pages, the catalogue and the studies.

    Raises:
        InputError: A study, a catalogue entry or a page breaks a rule.
    """
    global site  # noqa: PLW0603  # one build at a time, in one process
    site = render_site(docs)
