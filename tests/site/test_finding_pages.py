"""The pages of findings: cited, previewed and filtered in a real browser."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from builds import ServedSite
from roofline.citations.releases import cited_version, load_releases, values_folder
from roofline.citations.scan import find_citations
from roofline.findings import findings
from roofline.study.repository import FLAGSHIP
from roofline.study.study import load_study

pytestmark = [pytest.mark.site]

SITE = "https://roofline-reference.github.io/roofline/"
FOLDER = f"studies/{FLAGSHIP}/findings"


class _Head(HTMLParser):
    """Collects the meta tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("property") or found.get("name")
        if tag == "meta" and name:
            self.meta[name] = found.get("content", "")


def test_every_finding_has_its_page_and_its_files(built_site: Path) -> None:
    for finding in findings(load_study()):
        folder = built_site / FOLDER / finding.slug
        record = json.loads((folder / "finding.json").read_text(encoding="utf-8"))
        assert record["schema"] == "roofline.finding/1"
        assert record["id"] == f"{FLAGSHIP}/{finding.slug}"
        assert record["claim"] == finding.claim
        assert record["permalink"].endswith(f"/dev/{FOLDER}/{finding.slug}/")
        assert {one["key"]: one["value"] for one in record["numbers"]} == {
            number.key: number.value for number in finding.numbers
        }
        assert b"<svg " in (folder / "badge.svg").read_bytes()[:80]
        assert (folder / "preview.png").read_bytes()[16:24] == bytes([0, 0, 4, 176, 0, 0, 2, 118])


def test_every_page_has_a_link_preview(built_site: Path) -> None:
    pages = [page for page in built_site.rglob("*.html") if page.name != "404.html"]
    for page in pages:
        head = _Head()
        head.feed(page.read_text(encoding="utf-8"))
        if head.meta.get("robots") == "noindex":
            continue  # a page that only forwards
        for name in ("og:title", "og:description", "og:url", "og:image", "twitter:image"):
            assert head.meta.get(name), f"{page}: {name}"
        assert head.meta["twitter:card"] == "summary_large_image"
        base = SITE
        assert (built_site / head.meta["og:image"].removeprefix(base)).is_file(), page


@pytest.mark.browser
def test_copy_buttons_work_by_keyboard_and_confirm(
    browser: Browser, served_site: ServedSite
) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(served_site.url(f"{FOLDER}/decode-attention/"))
    finding = next(one for one in findings(load_study()) if one.slug == "decode-attention")
    block = page.locator("#cite")
    block.locator("summary").focus()
    page.keyboard.press("Enter")
    buttons = block.locator(".md-code__button[data-md-type=copy]")
    expect(buttons).to_have_count(4)
    for index in range(4):
        if index:
            block.get_by_role("radio").nth(index - 1).focus()
            page.keyboard.press("ArrowRight")
        button = buttons.nth(index)
        expect(button).to_be_visible()
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".md-dialog")).to_contain_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        (found,) = [one for one in find_citations(copied, SITE) if one.citation is not None]
        assert found.citation is not None
        assert found.citation.slug == "decode-attention"
        assert dict(found.citation.numbers)["intensity"] == finding.headline.text
        page.evaluate("navigator.clipboard.writeText('')")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["script", "none"])
def test_citing_opens_on_every_kind_of_page(
    browser: Browser,
    served_site: ServedSite,
    script: bool,  # noqa: FBT001  # a parameter
) -> None:
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    study = f"studies/{FLAGSHIP}/"
    # A finding whose numbers are those of the newest release is cited there.
    ridge = next(one for one in findings(load_study()) if one.slug == "ridge")
    version = cited_version(ridge, FLAGSHIP, "dev", load_releases(values_folder()))
    for path, cited in (
        (f"{FOLDER}/ridge/", version),
        (f"{study}operators/qk-pv-ar/", "dev"),
        (study, "dev"),
    ):
        page.goto(served_site.url(path))
        block = page.locator("#cite")
        expect(block.locator("pre code").first).to_be_hidden()
        block.locator("summary").click()
        expect(block.locator("pre code").first).to_contain_text("](https://")
        expect(block.locator("pre code").first).to_contain_text(f"/{cited}/{path}")
        block.get_by_text("HTML", exact=True).click()
        expect(block.locator(".tabbed-block").first).to_be_hidden()
        expect(block.locator(".tabbed-block").nth(1)).to_contain_text("<a href=")
        chart = page.locator("figure").first
        chart.locator(".rl-cite summary").click()
        code = chart.locator("code").first
        expect(code).to_contain_text(f"{SITE}dev/{path}#{chart.get_attribute('id')}")
        image = str(code.text_content()).partition("](")[2].partition(")")[0]
        assert (served_site.root / image.removeprefix(f"{SITE}dev/")).is_file()
    context.close()


@pytest.mark.browser
def test_a_link_to_a_form_opens_its_tab(browser: Browser, served_site: ServedSite) -> None:
    page = browser.new_page()
    page.goto(served_site.url(f"{FOLDER}/ridge/#cite-html"))
    expect(page.locator("#cite .tabbed-block").nth(1)).to_be_in_viewport()
    page.close()


@pytest.mark.browser
def test_findings_are_filtered(browser: Browser, served_site: ServedSite) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served_site.url(f"{FOLDER}/"))
    rows = page.locator(".rl-data tbody tr:visible")
    made = findings(load_study())
    expect(rows).to_have_count(len(made))
    page.get_by_label("Phase").select_option("prefill")
    expect(rows).to_have_count(sum("init" in one.phases for one in made))
    page.get_by_label("Series").select_option("qk/pv")
    expected = sum("init" in one.phases and "qk/pv" in one.series for one in made)
    expect(rows).to_have_count(expected)
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Bound").select_option("compute")
    expect(rows).to_have_count(sum(one.bound in {"compute", "both"} for one in made))
    context.close()
