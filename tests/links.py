"""Every link of a built site, raw HTML and style sheets included, checked against its files."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

LINK_ATTRIBUTES = frozenset(
    {"action", "cite", "data", "formaction", "href", "poster", "src", "xlink:href"}
)
ADDRESS_PROPERTIES = frozenset({"og:image", "og:url", "twitter:image"})
"""Properties of `meta` elements that hold an address."""
OWN_ANCHORS = frozenset({"", "top"})
"""Fragments that every page has, by the HTML standard."""
VERSION = re.compile(r"^(?:dev|latest|[0-9]+\.[0-9]+)/")
"""What stands before a page's path in the address of one of its published versions."""
STYLE_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(slots=True)
class Page:
    """What one HTML file says about links."""

    links: list[str] = field(default_factory=list)
    """As written, in order."""
    ids: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    """Old-style anchors: the names of `a` elements."""
    redirect: str | None = None
    """Where a page that only forwards sends its reader."""


class _Reader(HTMLParser):
    """Collects links and anchors from start tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        page = self.page
        if "id" in values:
            page.ids[values["id"]] += 1
        if tag == "a" and "name" in values:
            page.names.add(values["name"])
        page.links += [value for name, value in values.items() if name in LINK_ATTRIBUTES]
        for name in ("srcset", "imagesrcset"):
            candidates = values.get(name, "").split(",")
            page.links += [words[0] for candidate in candidates if (words := candidate.split())]
        page.links += STYLE_URL.findall(values.get("style", ""))
        if tag == "meta":
            self._read_meta(values)

    def _read_meta(self, values: dict[str, str]) -> None:
        content = values.get("content", "")
        if values.get("http-equiv", "").lower() == "refresh":
            self.page.redirect = content.partition("=")[2].strip("'\" ")
            self.page.links.append(self.page.redirect)
        elif ADDRESS_PROPERTIES & {values.get("property"), values.get("name")}:
            self.page.links.append(content)


def read_page(html: str) -> Page:
    """Links and anchors of one HTML file."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


@dataclass
class SiteFiles:
    """A built site, read file by file."""

    root: Path
    site_url: str
    """Published address, with a slash at the end."""

    @cached_property
    def files(self) -> frozenset[str]:
        """Paths of all files, relative to the root."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.relative_to(self.root).as_posix() for path in found)

    @cached_property
    def pages(self) -> dict[str, Page]:
        """All HTML files, in order of their paths."""
        names = sorted(name for name in self.files if name.endswith(".html"))
        return {name: read_page((self.root / name).read_text(encoding="utf-8")) for name in names}

    def address(self, name: str) -> str:
        """Published address of a file; that of a folder for its index page."""
        path = PurePosixPath(name)
        if path.name == "index.html":
            folder = path.parent.as_posix()
            return self.site_url if folder == "." else f"{self.site_url}{folder}/"
        return f"{self.site_url}{name}"

    def problem(self, link: str, *, base: str) -> str | None:
        """What is wrong with a link, or None; links to other sites are left alone.

        Args:
            link: As written in a file.
            base: Address of this file.
        """
        target = urlsplit(urljoin(base, link.strip()))
        home = urlsplit(self.site_url)
        if target.scheme not in {"http", "https"} or target.netloc != home.netloc:
            return None
        path = unquote(target.path)
        if not path.startswith(home.path):
            # The same host may serve other sites, but only a full address can mean one.
            return None if urlsplit(link).netloc else "leads out of the site"
        name = path.removeprefix(home.path)
        if name == "" or name.endswith("/"):
            name += "index.html"
        if name not in self.files and urlsplit(link).netloc:
            # The permanent address of a page, which is checked against this build.
            name = VERSION.sub("", name, count=1)
        if name not in self.files:
            return "no such file"
        return self._anchor_problem(name, unquote(target.fragment))

    def _anchor_problem(self, name: str, fragment: str) -> str | None:
        # `key=value` is the state of a page, `:~:text=` is text to scroll to.
        if fragment in OWN_ANCHORS or "=" in fragment or name not in self.pages:
            return None
        page = self.pages[name]
        if fragment in page.ids or fragment in page.names:
            return None
        return "no such anchor"

    def broken_links(self) -> list[str]:
        """All broken links of pages, style sheets, the search index and the sitemap."""
        found = (
            f"{name}: {link}: {problem}"
            for name, link, base in self._all_links()
            if (problem := self.problem(link, base=base))
        )
        return sorted(set(found))

    def _all_links(self) -> Iterator[tuple[str, str, str]]:
        for name, page in self.pages.items():
            for link in page.links:
                yield name, link, self.address(name)
        for name in sorted(self.files):
            links = self._links_of_data(name)
            base = self.address(name) if name.endswith(".css") else self.site_url
            yield from ((name, link, base) for link in links)

    def _links_of_data(self, name: str) -> list[str]:
        """Links of a file that is no page but points at files of the site."""
        if not name.endswith((".css", "sitemap.xml", "search_index.json")):
            return []
        text = (self.root / name).read_text(encoding="utf-8")
        if name.endswith(".css"):
            return STYLE_URL.findall(text)
        if name.endswith(".xml"):
            return re.findall(r"<loc>([^<]+)</loc>", text)
        return [entry["location"] for entry in json.loads(text)["docs"]]
