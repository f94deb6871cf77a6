"""A copy of the site to read from files: no server, no network, and every link leads on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from builds import build_site
from links import SiteFiles
from visits import STUDY, Visit, visiting

pytestmark = [pytest.mark.site, pytest.mark.slow]


@pytest.fixture(scope="module")
def copy(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a copy; charts were kept by the build of the site before."""
    folder: Path = tmp_path_factory.mktemp("copy") / "site"
    build_site(folder, OFFLINE="true")
    return folder


@pytest.fixture
def visit(copy: Path, browser: Browser) -> Iterator[Visit]:
    """One tab on the files, in which nothing goes wrong and which asks no host."""
    with visiting(browser, f"{copy.as_uri()}/") as running:
        yield running
    assert not running.errors
    assert not running.foreign


def test_every_link_leads_to_a_file(copy: Path) -> None:
    """Citations lead to the published site; a server alone shows its page for what is missing."""
    files = SiteFiles(root=copy, site_url="https://copy.invalid/")
    assert f"{STUDY}operators/qk-pv-ar.html" in files.pages
    broken = [line for line in files.broken_links() if not line.startswith("404.html: ")]
    assert not broken, "\n".join(broken)


@pytest.mark.browser
def test_pages_lead_to_each_other(visit: Visit) -> None:
    page = visit.open(f"{STUDY}index.html")
    page.locator('article a[href$="operators/qk-pv-ar.html"]:visible').first.click()
    visit.arrive(f"{STUDY}operators/qk-pv-ar.html")
    expect(page.locator("h1")).to_contain_text("qk/pv ar")


@pytest.mark.browser
def test_the_search_works_without_a_server(visit: Visit) -> None:
    page = visit.open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("ridge")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visit.arrive("learn/ridge.html?h=ridge")
