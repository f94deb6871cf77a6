"""Search finds the right page, by keyboard alone, and has nothing but prose to search in."""

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from playwright.sync_api import expect

from visits import OPERATOR, STUDY, Visit

pytestmark = [pytest.mark.browser, pytest.mark.site]

MAX_KILOBYTES = 70
"""Of the compressed index; a site of prose alone stays well below it."""


@pytest.fixture(scope="module")
def index(built_site: Path) -> list[dict[str, Any]]:
    """The sections that can be found."""
    text = (built_site / "search" / "search_index.json").read_text(encoding="utf-8")
    sections: list[dict[str, Any]] = json.loads(text)["docs"]
    return sections


@pytest.mark.parametrize(
    ("query", "address", "heading"),
    [
        ("qk/pv ar", re.escape(OPERATOR), "qk/pv ar"),
        ("ridge", r"learn/ridge/", "ridge"),
        ("KV cache", rf"{re.escape(STUDY)}|learn/|method/", "cache"),
    ],
)
def test_first_result_is_right_by_keyboard_alone(
    visit: Visit, query: str, address: str, heading: str
) -> None:
    page = visit.open()
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Search")).to_be_focused()
    page.keyboard.type(query)
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible()
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
    # Of the whole query: the results of its first letters are replaced while they are shown.
    expect(first).to_have_attribute("href", re.compile(address))
    expect(first).to_have_attribute("href", re.compile(re.escape(f"h={quote_plus(query.lower())}")))
    # A result is a page with those of its sections that match.
    shown = page.locator(".md-search-result__item").first.inner_text()
    assert heading.lower() in shown.lower()
    # No labels of axes, no cells of tables, no source of formulas.
    assert not re.search(r"1000T|FLOP/Byte\) \d|\\frac|\d\.\d{3}\s+\d\.\d{3}", shown)
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    visit.arrive(re.compile(address))
    assert visit.path()
    expect(page.locator("article")).to_contain_text(re.compile(re.escape(heading), re.IGNORECASE))


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("quantization", "learn/words/#quantization"),
        ("int4", "learn/words/#quantization"),
        ("AWQ", "learn/words/#quantization"),
        ("GPTQ", "learn/words/#quantization"),
        ("GQA", "learn/words/#gqa"),
        ("MQA", "learn/words/#gqa"),
        ("FlashAttention", "learn/words/#flash-attention"),
        ("arithmetic intensity", "learn/words/#arithmetic-intensity"),
        ("GEMM", "learn/words/#gemm"),
        ("HBM", "learn/words/#hbm"),
        ("TTFT", "learn/words/#ttft"),
        ("TPOT", "learn/words/#tpot"),
        ("continuous batching", "learn/words/#continuous-batching"),
        ("MFU", "learn/words/#mfu"),
        ("A100", STUDY),
        ("H100", "learn/words/#cards"),
    ],
)
def test_words_of_the_field_find_the_page_that_explains_them(
    visit: Visit, query: str, address: str
) -> None:
    """Among the first results, of which each shows the sections that match."""
    page = visit.open(f"?q={quote(query)}")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
    first = page.locator(".md-search-result__item:nth-child(-n+3) a[href]")
    found = [str(link.get_attribute("href")) for link in first.all()]
    assert any(re.sub(r"\?[^#]*", "", link).endswith(address) for link in found), found


@pytest.mark.parametrize("query", ["attention", "prefill", "capacity", "ridge", "batch"])
def test_another_study_does_not_crowd_out_the_first(visit: Visit, query: str) -> None:
    page = visit.open(f"?q={query}")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
    first = page.locator(".md-search-result__item:nth-child(-n+3) a[href]")
    found = " ".join(str(link.get_attribute("href")) for link in first.all())
    assert found
    assert set(re.findall(r"/(studies/[^/?# ]+/)", found)) <= {STUDY}, found


def test_escape_closes_the_search(visit: Visit) -> None:
    page = visit.open()
    page.keyboard.press("/")
    page.keyboard.type("ridge")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".md-search-result__link").first).to_be_hidden()


def test_a_search_can_be_linked(visit: Visit) -> None:
    page = visit.open("?q=ridge")
    expect(page.get_by_role("textbox", name="Search")).to_have_value("ridge")
    expect(page.locator(".md-search-result__link").first).to_be_visible()


def test_nothing_but_prose_is_indexed(index: list[dict[str, Any]]) -> None:
    assert len(index) > 20
    examples = re.compile(r"<pre>.*?</pre>", re.DOTALL)
    junk = re.compile(
        r"<svg|<path|<figure|rl-data|katex|\\frac|1000T"
        r"|(?:\d[\d.,]*\s+){6}"  # a row of a table, or the labels of an axis
    )
    found = [
        f"{section['location']}: {match[0]}"
        for section in index
        if (match := junk.search(examples.sub("", section["text"])))
    ]
    assert not found, "\n".join(found)


def test_the_index_is_small(built_site: Path, record_property: Any) -> None:
    content = (built_site / "search" / "search_index.json").read_bytes()
    size = len(gzip.compress(content, mtime=0)) / 1e3
    record_property("search_index_kB", size)
    print(f"search index: {size:.1f} kB compressed, {len(content) / 1e3:.1f} kB")  # noqa: T201
    assert size < MAX_KILOBYTES
