"""Forwarding from addresses that have moved: whole pages, places in pages, and files."""

import html
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from gen.addresses.ledger import (
    Redirect,
    complaint,
    file_of,
    fragment_of,
    is_page,
    load_ledger,
    page_of,
    read_site,
    unrecorded,
)
from gen.addresses.versions import is_release
from roofline.errors import InputError

_PREVIEW = re.compile(r"<meta (?:property|name)=\"(?:og|twitter):[^>]*>")
_NAME = re.compile(r'<meta property="og:title" content="([^"]*)">')

# The query and the place in the page go along; a place that has moved on its own goes where it is.
_SCRIPT = """\
{
  const moved = new Map(%(moved)s)
  let place = location.hash.slice(1)
  try { place = decodeURIComponent(place) } catch {}
  const to = new URL(moved.get(place) ?? %(target)s, location.href)
  if (!to.search) to.search = location.search
  if (!to.hash) to.hash = location.hash
  location.replace(to)
}"""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<noscript><meta http-equiv="refresh" content="0; url=%(target)s"></noscript>
<script>
%(script)s
</script>
<title>%(heading)s</title>
<link rel="canonical" href="%(canonical)s">
%(preview)s<meta name="color-scheme" content="light dark">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 38rem; padding: 0 1rem }
</style>
</head>
<body>
<main>
<h1>%(heading)s</h1>
<p>%(lead)s <a href="%(target)s">%(title)s</a>%(since)s.</p>
</main>
</body>
</html>
"""

_NOTE = """\
<p class="rl-moved" id="%(place)s">This part has moved: <a href="%(target)s">%(name)s</a>.</p>
"""
_NOTE_STYLE = "<style>.rl-moved:not(:target) { display: none }</style>\n"
# In the article, so that it runs again when the theme swaps pages without loading them.
_NOTE_SCRIPT = """\
<script>
{
  const forward = () => {
    let place = location.hash.slice(1)
    try { place = decodeURIComponent(place) } catch {}
    const note = place && document.getElementById(place)
    if (!note || !note.matches(".rl-moved")) return
    const to = new URL(note.querySelector("a").href)
    if (!to.search) to.search = location.search
    location.replace(to)
  }
  addEventListener("hashchange", forward)
  forward()
}
</script>
"""
_ARTICLE_START = re.compile(r"<article\b[^>]*>\n?")


def settle(folder: Path, site: Path, *, version: str, canonical_url: str, since: str) -> str:
    """Check a built site against the ledger, and add to it what forwards.

    Args:
        folder: Folder of the ledger.
        site: Folder of the built site.
        version: The version that the site is published as; empty for none.
        canonical_url: Address of the pages for search engines, with a slash at the end.
        since: The release that comes next.

    Returns:
        What is wrong, in several lines; empty when nothing is.
    """
    try:
        ledger = load_ledger(folder)
    except InputError as error:
        return str(error)
    built = read_site(site)
    if wrong := complaint(ledger, built, since):
        return wrong
    if is_release(version) and (new := unrecorded(ledger, built)):
        return (
            f"{len(new):,} of this release's addresses not in the ledger, such as {new[0]}: "
            "run make ledger, and commit what it adds"
        )
    add_forwarding(ledger.redirects, site, canonical_url)
    return ""


def add_forwarding(redirects: Mapping[str, Redirect], site: Path, canonical_url: str) -> None:
    """Write what forwards from old addresses into a built site.

    Args:
        redirects: Old addresses and where they lead; all of them are sound.
        site: Folder of the built site.
        canonical_url: Address of the pages for search engines, with a slash at the end.
    """
    places: dict[str, dict[str, str]] = {}
    for old, redirect in redirects.items():
        if fragment_of(old):
            places.setdefault(page_of(old), {})[fragment_of(old)] = redirect.to
    for old, redirect in redirects.items():
        path = site / file_of(old)
        target = site / file_of(redirect.to)
        if fragment_of(old):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_page(old):
            # Pages alone can forward: a file's old address gives the new one's bytes.
            path.write_bytes(target.read_bytes())
            continue
        text = forwarding_page(
            relative_link(old, redirect.to),
            title=page_title(target.read_text(encoding="utf-8")),
            canonical=canonical_url + redirect.to.removeprefix("/"),
            since=redirect.since,
            preview=_PREVIEW.findall(target.read_text(encoding="utf-8")),
            moved={place: relative_link(old, new) for place, new in places.get(old, {}).items()},
        )
        path.write_text(text, encoding="utf-8")
    for page, moved in places.items():
        if page not in redirects:
            path = site / file_of(page)
            names = {place: _name(new, page, site) for place, new in moved.items()}
            targets = {place: relative_link(page, new) for place, new in moved.items()}
            text = add_notes(path.read_text(encoding="utf-8"), targets, names)
            path.write_text(text, encoding="utf-8")


def relative_link(old: str, new: str) -> str:
    """Write the link from one page to an address."""
    if page_of(old) == page_of(new):
        return f"#{fragment_of(new)}" if fragment_of(new) else "./"
    path = posixpath.relpath(page_of(new), page_of(old))
    path = f"{path}/" if is_page(new) else path
    return f"{path}#{fragment_of(new)}" if fragment_of(new) else path


def page_title(page: str) -> str:
    """Title of a page, as HTML."""
    name = _NAME.search(page)
    return name[1] if name else "the new page"


def _name(new: str, page: str, site: Path) -> str:
    """What to call the place that another has moved to, as HTML."""
    if page_of(new) == page:
        return f"#{html.escape(fragment_of(new))}"
    return page_title((site / file_of(new)).read_text(encoding="utf-8"))


def forwarding_page(
    target: str,
    *,
    title: str,
    canonical: str,
    heading: str = "This page has moved",
    lead: str = "It is now",
    since: str = "",
    preview: list[str] | None = None,
    moved: Mapping[str, str] | None = None,
) -> str:
    """Make a page that forwards at once and says where, with or without scripts.

    Args:
        target: Link to the new address.
        title: Its title, as HTML.
        canonical: Its address for search engines.
        heading: Title of the page.
        lead: What stands before the link.
        since: The release that moved it; empty to keep silent about it.
        preview: Elements of its link preview, which old links then still have.
        moved: Links for places in the old page that have gone elsewhere.
    """
    script = _SCRIPT % {
        "moved": _literal([*(moved or {}).items()]),
        "target": _literal(target),
    }
    return _PAGE % {
        "target": html.escape(target),
        "script": script,
        "title": title,
        "heading": heading,
        "lead": lead,
        "canonical": html.escape(canonical),
        "preview": "".join(f"{element}\n" for element in preview or ()),
        "since": f", since version {html.escape(since)}" if since else "",
    }


def add_notes(page: str, targets: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Make places of a page forward that have moved elsewhere.

    Each gets a note, which shows itself to readers without scripts when they follow an old link.

    Args:
        page: The page's HTML.
        targets: Link to the new address, by old place.
        names: What to call it, as HTML, by old place.
    """
    notes = "".join(
        _NOTE % {"place": html.escape(place), "target": html.escape(target), "name": names[place]}
        for place, target in targets.items()
    )
    page = page.replace("</head>", f"{_NOTE_STYLE}</head>", 1)
    return _ARTICLE_START.sub(lambda start: start[0] + notes + _NOTE_SCRIPT, page, count=1)


def _literal(value: object) -> str:
    """A value as a literal of a script inside HTML."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
