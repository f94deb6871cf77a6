"""Tables are sorted, filtered, printed, and read without a script."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser import run_axe
from builds import ServedSite
from links import SiteFiles
from visits import OPERATOR, STUDY, Visit, visiting, visiting_published

pytestmark = [pytest.mark.browser, pytest.mark.site]

BOTH_BOUNDS = f"{STUDY}operators/qkv-mlp-init/"
"""An operator with points on both sides of the ridge."""
DESK = 1400
"""Width of a window in which no column of a table is out of sight [px]."""
POINTS = 49
"""Settings of the reference grid: 7 batches by 7 lengths."""

_ROWS = """
table => {
  const names = [...table.tHead.rows[0].cells].map(head => {
    const copy = head.cloneNode(true);
    copy.querySelectorAll(".rl-unit").forEach(unit => unit.remove());
    return copy.textContent.trim();
  });
  const read = cell =>
    "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  return [...table.tBodies[0].rows].filter(row => row.checkVisibility()).map(row =>
    Object.fromEntries([...row.cells].map((cell, at) => [names[at], read(cell)])));
}
"""


def points(page: Page) -> Locator:
    """The table of all points on an operator's page."""
    return page.get_by_role("region", name="All points").locator("table")


def rows(table: Locator) -> list[dict[str, float | str]]:
    """The rows shown, in order, by the names of the columns."""
    found: list[dict[str, float | str]] = table.evaluate(_ROWS)
    return found


def column(table: Locator, name: str) -> list[float | str]:
    """One column of the rows shown."""
    return [row[name] for row in rows(table)]


def head(table: Locator, name: str) -> Locator:
    """The header of a column."""
    label = re.compile(rf"^{re.escape(name)}\b")
    return table.get_by_role("columnheader", name=label)


def chooser(page: Page, name: str) -> Locator:
    """The list of a column's values above the table."""
    return page.get_by_role("combobox", name=name, exact=True)


def choose_and_leave(page: Page) -> None:
    """Choose a batch, and follow a link that keeps the visit."""
    page.evaluate("() => { window.sameVisit = true }")
    chooser(page, "Batch").select_option("8")
    page.locator(".md-tabs").get_by_role("link", name="Learn").click()
    expect(page.locator("h1")).to_contain_text("Learn")


def sort(table: Locator, name: str) -> None:
    """Sort by a column, by mouse."""
    head(table, name).get_by_role("button").click()


def test_sorting_by_mouse(visit: Visit) -> None:
    table = points(visit.open(OPERATOR))
    sort(table, "Traffic")
    traffic = column(table, "Traffic")
    # 54 MB come before 1,745 MB: by number, not by text.
    assert len(traffic) == POINTS
    assert traffic == sorted(traffic)
    expect(head(table, "Traffic")).to_have_attribute("aria-sort", "ascending")
    sort(table, "Traffic")
    assert column(table, "Traffic") == sorted(traffic, reverse=True)
    expect(head(table, "Traffic")).to_have_attribute("aria-sort", "descending")
    sort(table, "Intensity")
    expect(table.locator("[aria-sort]")).to_have_count(1)
    expect(head(table, "Intensity")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("again", [False, True], ids=["rising", "falling"])
def test_sorting_is_stable(visit: Visit, again: bool) -> None:  # noqa: FBT001  # a parameter
    table = points(visit.open(OPERATOR))
    before = rows(table)
    sort(table, "Fits")
    if again:
        sort(table, "Fits")
    expected = sorted(before, key=lambda row: row["Fits"], reverse=again)
    assert rows(table) == expected


def test_sorting_by_keyboard(visit: Visit) -> None:
    page = visit.open(OPERATOR)
    table = points(page)
    # The region that scrolls comes first in the order of the tab key, then its headers.
    page.get_by_role("region", name="All points").focus()
    page.keyboard.press("Tab")
    button = head(table, "Batch").get_by_role("button")
    expect(button).to_be_focused()
    assert button.evaluate("button => getComputedStyle(button).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(head(table, "Batch")).to_have_attribute("aria-sort", "descending")
    assert column(table, "Batch") == sorted(column(table, "Batch"), key=float, reverse=True)
    expect(button).to_be_focused()


def test_a_total_stays_last(visit: Visit) -> None:
    page = visit.open(STUDY)
    tables = page.locator("table.rl-data:has(tfoot):has(.rl-sort)")
    assert tables.count() >= 1
    table = tables.first
    total = table.locator("tfoot").inner_text()
    assert "sum" in total
    for name in ("Work", "Work", "Series"):
        sort(table, name)
        last = table.locator("tr").last
        assert last.inner_text().split() == total.split()
        assert "sum" not in column(table, "Series")


@pytest.mark.parametrize(
    ("name", "option", "holds"),
    [
        ("Batch", "8", lambda row: row["Batch"] == 8),
        ("Bound", "compute", lambda row: row["Bound"] == "compute"),
        ("Bound", "memory", lambda row: row["Bound"] == "memory"),
        ("Fits", "no", lambda row: row["Fits"] == "no"),
    ],
)
def test_filters(
    visit: Visit, name: str, option: str, holds: Callable[[dict[str, float | str]], bool]
) -> None:
    page = visit.open(BOTH_BOUNDS)
    table = points(page)
    before = rows(table)
    expected = [row for row in before if holds(row)]
    assert 0 < len(expected) < len(before) == POINTS
    chooser(page, name).select_option(option)
    assert rows(table) == expected
    count = page.locator("output.rl-count")
    expect(count).to_have_text(f"{len(expected)} of {POINTS} rows, {name} {option}")
    expect(count).to_have_attribute("aria-live", "polite")


def test_filters_combine_with_sorting_and_are_reset(visit: Visit) -> None:
    page = visit.open(BOTH_BOUNDS)
    table = points(page)
    before = rows(table)
    reset = page.get_by_role("button", name="Reset")
    expect(reset).to_be_hidden()
    chooser(page, "Batch").select_option("4")
    chooser(page, "Fits").select_option("yes")
    sort(table, "Length")
    sort(table, "Length")
    kept = [row for row in before if row["Batch"] == 4 and row["Fits"] == "yes"]
    assert rows(table) == sorted(kept, key=lambda row: row["Length"], reverse=True)
    # By keyboard: the focus stays in the tools, whose button goes away.
    reset.focus()
    page.keyboard.press("Enter")
    assert rows(table) == before
    expect(table.locator("[aria-sort]")).to_have_count(0)
    expect(page.locator("output.rl-count")).to_have_text(f"{POINTS} of {POINTS} rows")
    expect(chooser(page, "Batch")).to_be_focused()
    expect(reset).to_be_hidden()


def test_tables_work_after_instant_navigation(
    browser: Browser, served_site: ServedSite, site_url: str
) -> None:
    with visiting_published(browser, served_site, site_url) as visit:
        page = visit.open(OPERATOR)
        choose_and_leave(page)
        page.go_back()
        expect(page.locator("h1")).to_contain_text("qk/pv ar")
        assert page.evaluate("() => window.sameVisit")
        table = points(page)
        expect(page.locator(".rl-tools")).to_have_count(1)
        shown = len(rows(table))
        expect(page.locator("output.rl-count")).to_contain_text(f"{shown} of {POINTS} rows")
        sort(table, "Work")
        work = column(table, "Work")
        assert work == sorted(work)
        chooser(page, "Batch").select_option("16")
        assert set(column(table, "Batch")) == {16}
        assert not visit.errors


def test_without_javascript_all_rows_are_there(browser: Browser, served_site: ServedSite) -> None:
    with visiting(browser, served_site.url(), java_script_enabled=False) as visit:
        page = visit.open(OPERATOR)
        table = points(page)
        expect(table.locator("tbody tr")).to_have_count(POINTS)
        expect(table.locator("tbody tr:visible")).to_have_count(POINTS)
        for name in ("Batch", "Length", "Intensity", "Bound", "Fits"):
            expect(head(table, name)).to_be_visible()
        # Nothing is offered that would not work.
        expect(page.locator(".rl-tools, .rl-sort")).to_have_count(0)


def test_what_is_shown_is_printed(visit: Visit) -> None:
    page = visit.open(OPERATOR)
    table = points(page)
    chooser(page, "Length").select_option("1,024")
    shown = rows(table)
    assert len(shown) == 7
    # A sheet of A4 within its margins, at 96 dots per inch.
    page.set_viewport_size({"width": 672, "height": 1000})
    page.emulate_media(media="print")
    assert rows(table) == shown
    expect(page.locator("output.rl-count")).to_be_visible()
    expect(chooser(page, "Length")).to_be_hidden()
    frame = page.get_by_role("region", name="All points")
    assert frame.evaluate("box => getComputedStyle(box).overflow") == "visible"
    assert frame.evaluate("box => getComputedStyle(box).maxHeight") == "none"
    assert table.evaluate("table => table.getBoundingClientRect().right <= innerWidth")
    # Chromium repeats a header on every sheet if it cannot break and has no box of its own.
    for name in ("Batch", "Intensity"):
        expect(head(table, name)).to_be_visible()
    style = "(node, name) => getComputedStyle(node)[name]"
    header = table.locator("thead")
    assert header.evaluate(style, "display") == "table-header-group"
    assert header.evaluate(style, "breakInside") == "avoid"
    assert header.locator(".rl-sort").first.evaluate(style, "display") == "contents"


# What was chosen is in the address.


def test_a_shared_link_shows_the_same_rows(visit: Visit) -> None:
    page = visit.open(f"{BOTH_BOUNDS}?unrelated=1")
    table = points(page)
    chooser(page, "Length").select_option("1,024")
    chooser(page, "Bound").select_option("compute")
    sort(table, "Batch")
    sort(table, "Batch")
    shown = rows(table)
    # 7 batches, of which a prompt of 1,024 tokens makes all compute-bound.
    assert [row["Batch"] for row in shown] == [64, 32, 16, 8, 4, 2, 1]
    path, _, anchor = visit.path().partition("#")
    assert path == (
        f"{BOTH_BOUNDS}?unrelated=1&table=all-points-of-qkv-mlp-init"
        "&sequence_length=1024&bound=compute&sort=-batch"
    )
    assert anchor == "table-all-points-of-qkv-mlp-init"
    page.reload()
    assert rows(table) == shown
    expect(head(table, "Batch")).to_have_attribute("aria-sort", "descending")
    expect(chooser(page, "Length").locator("option:checked")).to_have_text("1,024")
    page.get_by_role("button", name="Reset").click()
    assert visit.path().partition("#")[0] == f"{BOTH_BOUNDS}?unrelated=1"


def test_an_address_that_names_what_is_not_there_shows_all_rows(visit: Visit) -> None:
    page = visit.open(
        f"{OPERATOR}?table=all-points-of-qk-pv-ar&batch=7&sort=none&table=other&fits=no#%ff"
    )
    expect(page.locator("output.rl-count")).to_have_text(f"{POINTS} of {POINTS} rows")
    expect(points(page).locator("[aria-sort]")).to_have_count(0)


def test_tables_of_a_page_keep_apart_in_the_address(visit: Visit) -> None:
    page = visit.open(STUDY)
    first, second = (page.locator("table.rl-data:has(.rl-sort)").nth(at) for at in (0, 1))
    sort(first, "Smallest")
    sort(second, "Slowest")
    ordered = [rows(first), rows(second)]
    page.reload()
    assert [rows(first), rows(second)] == ordered
    expect(page.locator("[aria-sort]")).to_have_count(2)


def test_going_back_shows_what_was_chosen(
    browser: Browser, served_site: ServedSite, site_url: str
) -> None:
    with visiting_published(browser, served_site, site_url) as visit:
        page = visit.open(OPERATOR)
        choose_and_leave(page)
        assert "?" not in visit.path()
        page.go_back()
        expect(page.locator("h1")).to_contain_text("qk/pv ar")
        expect(page.locator("output.rl-count")).to_have_text(f"7 of {POINTS} rows, Batch 8")
        assert page.evaluate("() => window.sameVisit")
        assert not visit.errors


# Rows have addresses.


UNMARKED = "rgba(0, 0, 0, 0)"
"""Background of a row that no address names."""


def test_the_row_of_a_setting_is_in_sight_and_marked(visit: Visit) -> None:
    page = visit.open(f"{OPERATOR}#b8-s1024")
    row = page.locator("#b8-s1024")
    expect(row).to_be_in_viewport()
    assert [cell.inner_text() for cell in row.locator("td").all()[:2]] == ["8", "1,024"]
    other = page.locator("#b8-s2048")

    def expect_marked(named: Locator, plain: Locator) -> None:
        expect(named.locator("td").nth(1)).not_to_have_css("background-color", UNMARKED)
        expect(plain.locator("td").nth(1)).to_have_css("background-color", UNMARKED)

    expect_marked(row, other)
    other.get_by_role("link", name="8", exact=True).click()
    expect_marked(other, row)
    assert visit.path() == f"{OPERATOR}#b8-s2048"
    # Its header stays in sight, below that of the page, and covers no row that is named.
    header, bar = (
        page.locator(part).bounding_box()
        for part in (".rl-data:has(#b8-s1024) th:first-child", ".md-header")
    )
    named = other.bounding_box()
    assert header and bar and named  # noqa: PT018  # boxes, for the types
    assert header["y"] >= bar["y"] + bar["height"] - 1
    assert named["y"] >= header["y"] + header["height"] - 1


def test_a_named_row_is_shown_whatever_is_filtered(visit: Visit) -> None:
    page = visit.open(f"{OPERATOR}?table=all-points-of-qk-pv-ar&batch=8#b16-s1024")
    expect(page.locator("#b16-s1024")).to_be_in_viewport()
    expect(page.locator("output.rl-count")).to_have_text(f"{POINTS} of {POINTS} rows")


def test_cells_are_copied_as_numbers(visit: Visit) -> None:
    page = visit.open(BOTH_BOUNDS)
    copied = points(page).evaluate(
        """table => [...table.querySelectorAll("td.num")].map(cell => {
             getSelection().selectAllChildren(cell);
             return getSelection().toString();
           })"""
    )
    assert len(copied) == 7 * POINTS
    wrong = [
        text for text in copied if not re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?", text)
    ]
    assert not wrong


# Tables in windows.


def test_no_column_is_out_of_sight_on_a_desk(visit: Visit, built_site: Path, site_url: str) -> None:
    pages = SiteFiles(root=built_site, site_url=site_url).pages
    visit.page.set_viewport_size({"width": DESK, "height": 900})
    hidden = [
        f"{name}: {label}"
        for name, content in pages.items()
        if content.redirect is None and any(one.startswith("table-") for one in content.ids)
        for label in visit.open(name).evaluate(
            """() => [...document.querySelectorAll(".rl-table")].filter(
                 box => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight
                   && box.querySelectorAll("tr").length <= 61).map(box => box.ariaLabel)"""
        )
    ]
    assert not hidden, "\n".join(hidden)


@pytest.mark.parametrize("path", [OPERATOR, "guide/link-a-finding/", "method/conventions/"])
def test_by_touch_links_to_places_show_and_boxes_that_scroll_are_reached(
    browser: Browser, served_site: ServedSite, path: str
) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with visiting(browser, served_site.url(), **phone) as visit:
        page = visit.open(path)
        assert page.evaluate("() => matchMedia('(hover: none)').matches")
        scrolling = page.locator("article :is(pre > code, .rl-table, .md-typeset__scrollwrap)")
        assert scrolling.count() > 0
        assert not run_axe(page, tags=["cat.keyboard"])
        for link in page.locator("article .headerlink").all():
            expect(link).to_have_css("opacity", "1")
            box = link.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= 360 - box["width"]
