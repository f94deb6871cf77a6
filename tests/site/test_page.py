"""A page in a browser: its weight, its keyboard, its figures, on paper and without a script."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Response, expect

from builds import REPOSITORY, ServedSite
from roofline.version import __version__
from visits import OPERATOR, STUDY, Visit, shown_chart, visiting, visiting_published

pytestmark = [pytest.mark.browser, pytest.mark.site]

MAX_BYTES = 100_000
"""Of the home page over the wire."""
COMPRESSED_ALREADY = ("font/woff2", "image/png")

_FOCUS = """
() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  // The theme hides some controls, and shows their focus on what stands for them.
  const shown = at.matches(".md-option") ? at.nextElementSibling
    : at.matches(".md-search__input") ? at.form : at;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const { width, height } = shown.getBoundingClientRect();
  return {
    name: `${at.tagName.toLowerCase()}.${at.className.baseVal ?? at.className} ${
      (at.getAttribute("aria-label") ?? at.textContent).trim().slice(0, 40)}`,
    href: at.getAttribute("href"),
    ring: outlineStyle !== "none" && parseFloat(outlineWidth) >= 1,
    seen: width > 0 && height > 0
      && shown.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
  };
}
"""


@pytest.fixture
def visit(browser: Browser, served_site: ServedSite) -> Iterator[Visit]:
    """One tab."""
    with visiting(browser, served_site.url()) as running:
        yield running


@pytest.fixture
def published(browser: Browser, served_site: ServedSite, site_url: str) -> Iterator[Visit]:
    """One tab at the published address."""
    with visiting_published(browser, served_site, site_url) as running:
        yield running
    assert not running.errors
    assert not running.foreign


def size_over_the_wire(response: Response) -> int:
    """Bytes of a body as a host that compresses sends it."""
    body = response.body()
    kind = response.headers.get("content-type", "")
    return len(body) if kind.startswith(COMPRESSED_ALREADY) else len(gzip.compress(body, 6))


# Weight.


def test_home_page_is_light(visit: Visit, record_property: Any) -> None:
    page = visit.page
    responses: dict[str, Response] = {}

    def keep(response: Response) -> None:
        responses[response.url] = response

    page.on("response", keep)
    visit.open()
    page.wait_for_load_state("networkidle")
    sizes = {
        url.removeprefix(visit.home): size_over_the_wire(response)
        for url, response in responses.items()
        if url.startswith(visit.home)
    }
    table = "\n".join(f"{size:7,d} {name or '(page)'}" for name, size in sizes.items())
    total = sum(sizes.values())
    record_property("home_page_bytes", total)
    print(f"home page over the wire: {total / 1e3:.1f} kB\n{table}")  # noqa: T201
    assert total < MAX_BYTES, table
    assert not any("search_index" in name for name in sizes), "before search is reached for"
    assert not visit.foreign


# Keyboard.


def test_skip_link(visit: Visit) -> None:
    page = visit.open(OPERATOR)
    page.keyboard.press("Tab")
    skip = page.locator(".md-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_visible()
    page.keyboard.press("Enter")
    target = (skip.get_attribute("href") or "").partition("#")[2]
    assert visit.path() == f"{OPERATOR}#{target}"
    expect(page.locator("article").locator(f"[id='{target}']")).to_be_in_viewport()


def test_keyboard_walk_over_the_home_page(visit: Visit) -> None:
    page = visit.open()
    stops: list[dict[str, Any]] = []
    page.keyboard.press("Tab")
    while len(stops) < 200 and (stop := page.evaluate(_FOCUS)):
        stops.append(stop)
        page.keyboard.press("Tab")
    assert 20 < len(stops) < 200, "the walk ends where the page does"
    hidden = [stop["name"] for stop in stops if not stop["seen"]]
    assert not hidden, hidden
    unringed = [stop["name"] for stop in stops if not stop["ring"]]
    assert not unringed, unringed
    walked = {stop["href"] for stop in stops}
    article = {
        link.get_attribute("href")
        for link in page.locator("article a[href]:not([tabindex='-1'])").all()
    }
    assert article <= walked, article - walked


@pytest.mark.parametrize("path", ["", STUDY, OPERATOR, "learn/ridge/"])
def test_every_heading_can_be_linked(visit: Visit, path: str) -> None:
    page = visit.open(path)
    headings = page.locator("article :is(h2, h3)").all()
    assert headings
    for heading in headings:
        link = heading.locator("a.headerlink")
        expect(link).to_have_count(1)
        assert link.get_attribute("href") == f"#{heading.get_attribute('id')}" or (
            (link.get_attribute("href") or "").endswith(f"#{heading.get_attribute('id')}")
        )
        link.focus()
        expect(link).to_be_focused()
        expect(link).to_have_css("opacity", "1")


# Without a script, and on paper.


def test_without_javascript(browser: Browser, served_site: ServedSite) -> None:
    with visiting(browser, served_site.url(), java_script_enabled=False) as visit:
        page = visit.open()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("figcaption").first).to_be_visible()
        expect(page.locator("figcaption").first).to_contain_text("decode is memory-bound")
        reading = page.locator(".rl-reading").first
        reading.locator("summary").click()
        expect(reading).to_contain_text("do not fit")
        expect(page.locator(".katex-html").first).to_be_visible()
        chart = shown_chart(page)
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 500
        # Nothing is offered that would not work.
        expect(page.get_by_role("textbox")).to_have_count(0)
        page.get_by_role("link", name="The study").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Llama 33B")


@pytest.mark.parametrize("path", ["", OPERATOR])
def test_paper_is_light_and_without_navigation(
    browser: Browser, served_site: ServedSite, path: str
) -> None:
    with visiting(browser, served_site.url(), color_scheme="dark") as visit:
        page = visit.open(path)
        assert page.evaluate("() => document.body.dataset.mdColorScheme") == "slate"
        page.emulate_media(media="print", color_scheme="dark")
        for part in (".md-header", ".md-tabs", ".md-footer", ".rl-downloads", ".md-path"):
            for one in page.locator(part).all():
                expect(one).to_be_hidden()
        expect(page.locator(".md-sidebar:visible")).to_have_count(0)
        shades = page.evaluate(
            """() => {
              const shade = colour =>
                colour.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => +a + +b) / 3;
              const kinds = "article :is(h1, p, li, td, th, .rl-sort)";
              const texts = [...document.querySelectorAll(kinds)];
              return {
                paper: shade(getComputedStyle(document.body).backgroundColor),
                ink: Math.max(...texts.filter(t => t.checkVisibility())
                  .map(t => shade(getComputedStyle(t).color))),
                label: shade(getComputedStyle(document.querySelector("svg.rl-chart text")).fill),
              };
            }"""
        )
        assert shades["paper"] == 255
        assert shades["ink"] < 128
        assert shades["label"] < 128


def test_paper_says_where_it_comes_from(published: Visit) -> None:
    """Below each sheet, after a page that was reached without a reload too."""
    boxes = """() => [...document.styleSheets].filter(sheet => sheet.media.mediaText === "print")
      .flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join()"""
    page = published.open(OPERATOR)
    version = re.escape(__version__)
    said = rf"Roofline {version}.*/roofline/dev/{re.escape(OPERATOR)}\""
    assert re.search(said, page.evaluate(boxes), re.DOTALL)
    page.locator(".md-tabs").get_by_role("link", name="Learn").click()
    expect(page.locator("h1")).to_contain_text("Learn")
    assert re.search(r"/roofline/dev/learn/\"", page.evaluate(boxes))
    assert OPERATOR not in page.evaluate(boxes)


def test_figures_on_paper_leave_room_for_another(browser: Browser, served_site: ServedSite) -> None:
    with visiting(browser, served_site.url()) as visit:
        # A sheet of A4 within its margins, at 96 dots per inch.
        visit.page.set_viewport_size({"width": 672, "height": 985})
        visit.page.emulate_media(media="print")
        page = visit.open(STUDY)
        for figure in page.locator("figure").all():
            box = figure.bounding_box()
            assert box is not None
            assert box["height"] < 985 / 2


@pytest.mark.parametrize("path", ["", OPERATOR, f"{STUDY}findings/list/"])
def test_no_address_is_printed_after_a_link(
    browser: Browser, served_site: ServedSite, path: str
) -> None:
    with visiting(browser, served_site.url()) as visit:
        visit.page.emulate_media(media="print")
        said = visit.open(path).evaluate(
            """() => [...document.querySelectorAll("article a")].map(
                 link => getComputedStyle(link, "::after").content)"""
        )
        assert set(said) <= {"none", "normal"}


def test_every_page_names_its_build_and_licence(built_site: Path) -> None:
    licence = (REPOSITORY / "LICENSE").read_text(encoding="utf-8").splitlines()[0]
    for page in ("index.html", "404.html", f"{OPERATOR}index.html"):
        html = BeautifulSoup((built_site / page).read_text(encoding="utf-8"), "lxml")
        footer = html.select_one(".md-copyright__highlight")
        assert footer is not None
        words = " ".join(footer.get_text().split())
        assert words.startswith(f"Version {__version__}")
        assert words.endswith(licence.replace("License", "licence"))


# Addresses that do not exist.


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("learn/rigde/", "learn/ridge/"),
        ("lern/intensity", "learn/intensity/"),
        (f"{STUDY}operators/qk-pv-arr/", OPERATOR),
        ("ridge/", "learn/ridge/"),
    ],
)
def test_a_mistyped_address_is_told_and_mended(published: Visit, asked: str, nearest: str) -> None:
    page = published.page
    answer = page.goto(published.home + asked)
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("article")).to_contain_text(f"/roofline/{asked}")
    page.locator("#rl-nearest a").first.click()
    published.arrive(nearest)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    published.errors = [error for error in published.errors if "404" not in error]


def test_an_address_is_shown_as_text(published: Visit) -> None:
    page = published.page
    page.goto(published.home + "%3Cimg%20src=x%20onerror=alert(1)%3E/%ff")
    expect(page.locator("article h1")).to_be_visible()
    expect(page.locator("article img")).to_have_count(0)
    expect(page.locator("#rl-asked")).to_contain_text("onerror")
    published.errors = [error for error in published.errors if "404" not in error]


def test_search_from_the_page_for_missing_addresses(visit: Visit) -> None:
    page = visit.open("no/such/page/at/all/")
    expect(page.locator("#rl-nearest a")).to_have_count(0)
    page.get_by_label("Search the site").fill("ridge")
    page.keyboard.press("Enter")
    visit.arrive("?q=ridge")
    expect(page.locator(".md-search-result__link").first).to_be_visible()


def test_missing_address_without_javascript(browser: Browser, served_site: ServedSite) -> None:
    with visiting(browser, served_site.url(), java_script_enabled=False) as visit:
        page = visit.open("studies/no-such-study/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("article form")).to_be_hidden()
        expect(page.locator(".rl-asked")).to_be_hidden()
        page.locator("article").get_by_role("link", name="Studies").click()
        assert visit.path() == "studies/"


# Instant navigation.


def test_pages_change_without_a_reload(published: Visit) -> None:
    page = published.open()
    page.evaluate("() => { window.sameVisit = true }")
    page.locator("article").get_by_role("link", name="The study").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Llama 33B")
    assert published.path() == STUDY
    shown_chart(page)
    page.locator("article table a[href*='qk-pv-ar']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("qk/pv ar")
    assert published.path() == OPERATOR
    shown_chart(page)
    expect(page.locator(".rl-tools")).to_be_visible()
    assert page.evaluate("() => window.sameVisit")
    assert page.title().startswith("qk/pv ar")


def test_formulas_are_styled_when_arriving_from_a_page_without(published: Visit) -> None:
    page = published.open("guide/")
    assert page.locator(".katex").count() == 0
    assert page.locator("link[href*=katex]").count() == 0
    page.evaluate("() => { window.sameVisit = true }")
    page.locator(".md-tabs").get_by_role("link", name="Overview").click()
    expect(page.locator(".katex-html").first).to_be_visible()
    assert page.evaluate("() => window.sameVisit")
    # Its sheet hides the copy for assistive technology and brings the fonts.
    expect(page.locator(".katex-mathml").first).to_have_css("position", "absolute")
    expect(page.locator(".katex").first).to_have_css("font-family", re.compile("^KaTeX_Main"))
    page.wait_for_function(
        """() => [...document.fonts].some(
             ({ family, status }) => family === "KaTeX_Math" && status === "loaded")"""
    )


def test_a_link_to_a_section_scrolls_to_it(published: Visit) -> None:
    page = published.open("learn/ridge/")
    page.evaluate("() => { window.sameVisit = true }")
    link = page.locator("article a[href$='#bounds']").last
    link.scroll_into_view_if_needed()
    # The theme notes how far a page is scrolled once that has been still for a moment; a
    # click before then would open the next page just as far down.
    page.wait_for_function(
        "() => history.state !== null && Math.abs(history.state.y - window.scrollY) < 2"
    )
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Llama 33B")
    assert published.path() == f"{STUDY}#bounds"
    assert page.evaluate("() => window.sameVisit")
    heading = page.locator("#bounds")
    expect(heading).to_be_in_viewport()
    page.wait_for_function(
        "() => Math.abs(document.getElementById('bounds').getBoundingClientRect().top) < 200"
    )
