"""What holds on every page of the built site."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, ViewportSize

from browser import run_axe, run_axe_in_both_schemes
from builds import ServedSite
from links import SiteFiles

SHARDS = 4
"""Parts that the pages are dealt into, so that workers share them."""
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

_WIDER_THAN_SCREEN = """
() => {
  const root = document.scrollingElement;
  const width = root.clientWidth;
  if (root.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > width + 0.5)
    .slice(0, 5)
    .map(e => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`);
  return [`${root.scrollWidth} px wide on ${width} px: ${wide.join(", ")}`];
}
"""

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def files(built_site: Path, site_url: str) -> SiteFiles:
    """The built site, read file by file."""
    return SiteFiles(root=built_site, site_url=site_url)


def test_has_pages(files: SiteFiles) -> None:
    assert {"index.html", "404.html"} <= files.pages.keys()


def test_every_link_leads_somewhere(files: SiteFiles) -> None:
    broken = files.broken_links()
    assert not broken, "\n".join(broken)


def test_ids_are_unique_in_a_page(files: SiteFiles) -> None:
    repeated = [
        f"{name}: {anchor}"
        for name, page in files.pages.items()
        for anchor, times in page.ids.items()
        if times > 1
    ]
    assert not repeated, "\n".join(repeated)


def test_no_list_is_glued_to_the_paragraph_before_it(files: SiteFiles) -> None:
    """Markdown takes items without an empty line above them for text of the paragraph."""
    glued = [
        f"{name}: {line.strip()}"
        for name in files.pages
        for paragraph in BeautifulSoup((files.root / name).read_text("utf-8"), "lxml").select("p")
        for line in paragraph.get_text().splitlines()[1:]
        if re.match(r"(?:[-*+]|\d+[.)])\s", line)
    ]
    assert not glued, "\n".join(glued)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """One tab, for one shard of the pages."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


class Visitor:
    """Opens pages in one tab and notes what is wrong with them."""

    def __init__(self, page: Page, site: ServedSite) -> None:
        self.page = page
        self.site = site
        self.problems: dict[str, list[str]] = defaultdict(list)
        self.name = ""
        page.on("request", lambda request: self._check_host(request.url))
        page.on("response", lambda answer: self._check_status(answer.status, answer.url))
        page.on("console", lambda line: self._check_console(line.type, line.text))
        page.on("pageerror", lambda error: self.note("console", str(error)))

    def note(self, kind: str, problem: str) -> None:
        """Keep a problem of the open page."""
        self.problems[kind].append(f"{self.name}: {problem}")

    def _check_host(self, url: str) -> None:
        if not url.startswith((self.site.url(), "data:", "blob:")):
            self.note("requests", url)

    def _check_status(self, status: int, url: str) -> None:
        if status >= 400:
            self.note("requests", f"{status} {url}")

    def _check_console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.note("console", text)

    def visit(self, name: str) -> None:
        """Open a page once, and look at it in both schemes and at both widths."""
        page = self.page
        self.name = name
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        page.goto(self.site.url(name), wait_until="load")
        for line in run_axe_in_both_schemes(page):
            self.note("accessibility", line)
        page.set_viewport_size(PHONE)
        for line in page.evaluate(_WIDER_THAN_SCREEN):
            self.note("width", line)
        for line in run_axe(page, tags=["cat.keyboard"]):
            self.note("accessibility", f"{PHONE['width']} px: {line}")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_page_in_a_browser(
    shard: int,
    files: SiteFiles,
    served_site: ServedSite,
    page: Page,
    subtests: pytest.Subtests,
) -> None:
    visitor = Visitor(page, served_site)
    names = [name for name, content in files.pages.items() if content.redirect is None]
    for name in names[shard::SHARDS]:
        visitor.visit(name)
    for kind in ("requests", "console", "accessibility", "width"):
        with subtests.test(kind):
            assert not visitor.problems[kind], "\n".join(visitor.problems[kind])
