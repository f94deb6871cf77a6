"""Citations as they are written, for people and for whatever reads Markdown and HTML."""

import html

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from markdown import markdown

from citations import CITATIONS, SITE, finding, number, share
from roofline.citations.scan import find_citations
from roofline.citations.stamp import Citation, Snippets, badge_label, citation, cite, parse_stamp

STAMP = "[roofline one/decode-attention@1.0 intensity=0.992 FLOP/Byte; share=0.62%]"
LINK = "https://owner.github.io/name/1.0/studies/one/findings/decode-attention/"
CLAIM = "Decode attention reaches 0.992 FLOP/Byte and 0.62% of peak"
NASTY = r"""A [b] (c) *d* _e_ `f` <g> & "h" 'i' \j ~~k~~ |l| $m$ #1 !n &amp; <b>o</b> ]( [p]: q"""


def only(element: Tag | BeautifulSoup, name: str) -> Tag:
    """The one element of a name."""
    (named,) = element.find_all(name)
    assert isinstance(named, Tag)
    return named


def test_the_format_is_fixed() -> None:
    """Documents that hold it are out of our hands."""
    assert cite(finding(), "one", "1.0", SITE) == Snippets(
        markdown=f'[{CLAIM}]({LINK} "{STAMP}")',
        html=f'<a href="{LINK}" title="{STAMP}">{CLAIM}</a>',
        text=f"{CLAIM}. {STAMP} {LINK}",
        badge=(
            f'[![qk/pv ar · memory-bound · 0.992 FLOP/Byte]({LINK}badge.svg)]({LINK} "{STAMP}")'
        ),
        badge_html=(
            f'<a href="{LINK}" title="{STAMP}"><img src="{LINK}badge.svg" '
            'alt="qk/pv ar · memory-bound · 0.992 FLOP/Byte"></a>'
        ),
    )


def test_the_headline_and_the_numbers_of_the_claim_are_quoted() -> None:
    """Not those of the table alone; a 1 in 128 is no 1."""
    made = finding(
        "capacity",
        number("fitting", 28.0, unit="1", digits=2),
        number("grid", 49.0, unit="1", digits=2),
        number("one", 1.0, unit="1", digits=1),
        number("half", 0.5, unit="1", digits=1),
        share("left", 0.28),
        claim="28 of the 49 settings fit, up to 128 sequences at 0.51 of the length, 28%",
    )
    quoted = citation(made, "one", "1.0").numbers
    assert quoted == (("fitting", "28"), ("grid", "49"), ("left", "28%"))
    unsaid = finding("capacity", number(), share(), claim="Nothing to see")
    assert citation(unsaid, "one", "1.0").numbers == (("intensity", "0.992 FLOP/Byte"),)


@given(CITATIONS)
def test_a_stamp_reads_back_as_it_was_written(cited: Citation) -> None:
    """The one property that everything else rests on."""
    assert parse_stamp(cited.stamp) == cited


@pytest.mark.parametrize("kind", ["markdown", "html", "text", "badge", "badge_html"])
@pytest.mark.parametrize("claim", [CLAIM, NASTY])
@pytest.mark.parametrize("version", ["dev", "1.0", "12.34"])
def test_every_snippet_reads_back_as_one_citation(kind: str, claim: str, version: str) -> None:
    """Whatever the claim holds, alone and in the middle of a document."""
    made = finding(claim=claim)
    snippet = getattr(cite(made, "one", version, SITE), kind)
    expected = citation(made, "one", version)
    for text, line in ((snippet, 1), (f"# A\n\nBefore {snippet} after\n", 3)):
        (place,) = find_citations(text, SITE)
        assert (place.citation, place.line, place.fault) == (expected, line, "")


@pytest.mark.parametrize("claim", [CLAIM, NASTY])
def test_markdown_shows_the_claim_as_it_is(claim: str) -> None:
    """One link, with the stamp as its title; so for the badge, whose text is the label."""
    snippets = cite(finding(claim=claim, series=("a_b*c",)), "one", "1.0", SITE)
    stamp = citation(finding(claim=claim), "one", "1.0").stamp
    link = only(BeautifulSoup(markdown(snippets.markdown), "html.parser"), "a")
    assert (link.get_text(), link["href"], link["title"]) == (claim, LINK, stamp)
    link = only(BeautifulSoup(markdown(snippets.badge), "html.parser"), "a")
    image = only(link, "img")
    assert (link["href"], link["title"]) == (LINK, stamp)
    assert (image["src"], image["alt"]) == (
        f"{LINK}badge.svg",
        "a_b*c ar · memory-bound · 0.992 FLOP/Byte",
    )


@pytest.mark.parametrize("claim", [CLAIM, NASTY])
def test_html_shows_the_claim_as_it_is(claim: str) -> None:
    """One element, whatever the claim holds."""
    snippets = cite(finding(claim=claim), "one", "1.0", SITE)
    link = only(BeautifulSoup(snippets.html, "html.parser"), "a")
    assert (link.get_text(), link["href"]) == (claim, LINK)
    assert html.unescape(snippets.html).count(claim) == 1
    image = only(BeautifulSoup(snippets.badge_html, "html.parser"), "img")
    assert image["alt"] == badge_label(finding())


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "qk/pv ar · memory-bound · 0.992 FLOP/Byte"),
        ({"series": ("qkv mlp", "qk/pv")}, "qkv mlp and qk/pv ar · memory-bound · 0.992 FLOP/Byte"),
        ({"series": ("a", "b", "c")}, "all series ar · memory-bound · 0.992 FLOP/Byte"),
        ({"phases": ("init", "ar"), "bound": "both"},
         "qk/pv · memory- and compute-bound · 0.992 FLOP/Byte"),
        ({"series": (), "phases": (), "bound": "none"}, "decode attention · 0.992 FLOP/Byte"),
        ({"bound": "compute"}, "qk/pv ar · compute-bound · 0.992 FLOP/Byte"),
        ({"bound": "capacity"}, "qk/pv ar · memory capacity · 0.992 FLOP/Byte"),
    ],
)  # fmt: skip
def test_a_badge_says_what_where_and_how_much(changes: dict[str, object], label: str) -> None:
    """In so many words."""
    assert badge_label(finding(**changes)) == label  # type: ignore[arg-type]  # fields of a finding


@pytest.mark.parametrize(
    "unit", ['FLOP"', "FLOP]", "FLOP;s", "FLOP=s", "FLOP\n", "<b>", "FLOP  s", "\x1b[31m", "F" * 60]
)
def test_a_number_that_no_stamp_can_carry_is_refused(unit: str) -> None:
    """When it is written, not when somebody reads it."""
    cited = Citation(study="one", slug="two", version="1.0", numbers=(("a", f"1 {unit}"),))
    with pytest.raises(ValueError):
        _ = cited.stamp


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ("[roofline one/two 1.0 a=1]", 'expected study/finding@version, got "one/two"'),
        ("[roofline one@1.0 a=1]", "expected study/finding@version"),
        ("[roofline One/two@1.0 a=1]", "expected study/finding@version"),
        ("[roofline one/two@ a=1]", "expected study/finding@version"),
        ("[roofline one/two@1.0]", 'expected key=number, got ""'),
        ("[roofline one/two@1.0 a]", 'expected key=number, got "a"'),
        ("[roofline one/two@1.0 =1]", 'expected key=number, got "=1"'),
        ("[roofline one/two@1.0 a=]", "a: expected a number and a unit"),
        ("[roofline one/two@1.0 a=1=2]", "a: expected a number and a unit"),
        ("[roofline one/two@1.0 a=1; a=2]", "expected every key once, got a more than once"),
        (f"[roofline one/two@1.0 {'a=1; ' * 41}]", "expected at most 40 numbers, got 41"),
    ],
)
def test_what_is_wrong_with_a_stamp_is_told(stamp: str, words: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError) as caught:
        parse_stamp(stamp)
    assert words in str(caught.value)
