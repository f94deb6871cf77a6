"""Citations found in documents, and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citations import CITATIONS, SITE
from roofline.citations.scan import find_citations
from roofline.citations.stamp import Citation

STAMP = "[roofline one/two@1.0 a=1.5 s; b=2%]"
LINK = f"{SITE}1.0/studies/one/findings/two/"
NUMBERS = (("a", "1.5 s"), ("b", "2%"))


def named(text: str) -> list[tuple[int, str, int]]:
    """Line, name and how many numbers of each citation; the fault of a bad one."""
    return [
        (place.line, place.citation.name, len(place.citation.numbers))
        if place.citation
        else (place.line, place.fault, -1)
        for place in find_citations(text, SITE)
    ]


@pytest.mark.parametrize(
    "text",
    [
        STAMP,
        f'[claim]({LINK} "{STAMP}")',
        f"[claim]({LINK} '{STAMP}')",
        f'[claim](<{LINK}> "{STAMP}")',
        f'[claim][1]\n\n[1]: {LINK} "{STAMP}"',
        f'<a href="{LINK}" title="{STAMP}">claim</a>',
        f'<a title="{STAMP}" class="x" rel="nofollow noopener"\n  href="{LINK}">claim</a>',
        f'<a href="https://www.google.com/url?q={LINK}&amp;sa=D" title="{STAMP}">claim</a>',
        f"claim. {STAMP} {LINK}",
        f"claim. {STAMP}\n{LINK}.",
        "[roofline one/two@1.0\n a=1.5 s;\n b=2%]",
        "[roofline\u00a0one/two@1.0 a=1.5\u00a0s; b=2%;]",
        r"\[roofline one/two@1.0 a=1.5 s; b=2%\]",
        "&#91;roofline one&#x2F;two@1.0 a=1.5&nbsp;s; b=2&percnt;&rsqb;",
        f'> see ([claim]({LINK}\n> "[roofline one/two@1.0\n> a=1.5 s;\n> b=2%]")).',
        "> > [roofline\n> > one/two@1.0 a=1.5\n> > s; b=2%]",
        "&gt; [roofline one/two@1.0\n&gt; a=1.5 s; b=2%]",
        "+[roofline one/two@1.0\r\n+a=1.5 s; b=2%]",
        "-  // [roofline one/two@1.0\n-  // a=1.5 s; b=2%]",
        f"<!-- {LINK}\n  [roofline one/two@1.0\n  a=1.5 s; b=2%] -->",
        "[roofline one/two@1.0 a=1.5 s\n; b=2%]",
    ],
)
def test_a_citation_is_found_in_every_dress(text: str) -> None:
    """Once, with the numbers as they were quoted."""
    (place,) = find_citations(text, SITE)
    assert place.citation is not None
    assert place.citation.name == "one/two@1.0"
    assert place.citation.numbers == NUMBERS


@pytest.mark.parametrize(
    ("link", "name"),
    [
        (LINK, "one/two@1.0"),
        (LINK.removesuffix("/"), "one/two@1.0"),
        (f"{LINK}#proof", "one/two@1.0"),
        (f"{LINK}?x=1", "one/two@1.0"),
        (f"{LINK}badge.svg", "one/two@1.0"),
        (f"{LINK}finding.json", "one/two@1.0"),
        (LINK.replace("https", "http"), "one/two@1.0"),
        (LINK.replace("owner.github", "Owner.GitHub"), "one/two@1.0"),
        (LINK.replace("1.0", "dev"), "one/two@dev"),
        (LINK.replace("1.0/", ""), "one/two@latest"),
        (LINK.replace("two", "Two_x"), "one/Two_x@1.0"),
        (LINK.replace("two", "list-two"), "one/list-two@1.0"),
        (LINK.replace("two", "lists"), "one/lists@1.0"),
    ],
)
def test_a_link_alone_is_a_citation_without_numbers(link: str, name: str) -> None:
    """With its version; without one it leads to the latest."""
    assert named(f"see [this]({link}) or not") == [(1, name, 0)]
    assert named(link) == [(1, name, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no citation at all",
        "the [roofline model](https://example.org/) of [roofline](x)",
        "[roofline FLOP/s](x) and [roofline\nmodel]",
        "[roofline open a@b",
        SITE,
        f"{SITE}1.0/studies/one/",
        f"{SITE}1.0/studies/one/findings/",
        f"{SITE}1.0/studies/one/findings/index.html",
        f"{SITE}1.0/studies/one/findings/list/",
        f"[all]({SITE}1.0/studies/one/findings/list)",
        f"{SITE}1.0/studies/one/operators/two/",
        "https://other.github.io/name/1.0/studies/one/findings/two/",
        "ownerXgithub.io/name/1.0/studies/one/findings/two/",
    ],
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    """Links to other pages, sites and models."""
    assert named(text) == []


def test_citations_come_in_the_order_of_their_lines() -> None:
    """A link and a stamp are one only if they are of one finding, and near each other."""
    other = LINK.replace("two", "three")
    far = "word " * 60
    text = "\n".join(
        [
            f'1 [a]({LINK} "{STAMP}")',
            f'2 [a]({LINK} "{STAMP}") [b]({other})',
            f"3 {other}",
            f"4 {STAMP} {far} {LINK}",
            f"5 {STAMP}",
            "",
            f"7 {LINK}",
            f"8 {LINK} {LINK}",
        ]
    )
    assert named(text.replace("\n5", "\n\n5")) == [
        (1, "one/two@1.0", 2),
        (2, "one/two@1.0", 2),
        (2, "one/three@1.0", 0),
        (3, "one/three@1.0", 0),
        (4, "one/two@1.0", 2),
        (4, "one/two@1.0", 0),
        (6, "one/two@1.0", 2),
        (8, "one/two@1.0", 0),
        (9, "one/two@1.0", 0),
        (9, "one/two@1.0", 0),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[roofline one/two@1.0 a=1", "expected a closing bracket"),
        ("[roofline one/two@1.0 [a=1]", "expected a closing bracket"),
        ("[roofline one/two a=1]", "expected study/finding@version"),
        ("[roofline one/two@1.0 a:1]", "expected key=number"),
        (f"[roofline one/two@1.0 a={'1' * 6000}]", "expected at most 5,000 characters"),
        ("> [roofline one/two@1.0\n> a:1]", 'expected key=number, got "a:1"'),
        ("+[roofline one/two@1.0\n+a=1;\n+a=1]", "expected every key once"),
        ("// [roofline\n// one/two\n// a=1]", "expected study/finding@version"),
        ("> [roofline one/two@1.0\n> a=1", "expected a closing bracket"),
    ],
)
def test_what_was_meant_as_a_stamp_is_told(text: str, words: str) -> None:
    """Rather than passed over."""
    ((line, fault, _),) = named(f"\n\n{text}\n")
    assert line == 3
    assert words in fault


CONTAINERS = {
    "quote": "> ",
    "quote without a space": ">",
    "quote in a quote": "> > ",
    "added line": "+",
    "removed line": "-",
    "quoted added line": "> + ",
    "slashes": "// ",
    "indented slashes of documentation": "    /// ",
    "slashes of a crate's documentation": "//! ",
    "hash": "# ",
    "asterisk": " * ",
    "hyphens": "-- ",
    "semicolons": ";; ",
    "percent sign": "% ",
    "line block": "| ",
    "added comment": "+    # ",
    "list item": "- ",
}


@given(cited=CITATIONS, ends=st.lists(st.sampled_from([" ", "\n", "\r\n"]), min_size=50))
def test_a_stamp_in_any_container_reads_back(cited: Citation, ends: list[str]) -> None:
    """However its lines are broken; one with a number that is none still fails."""
    first, *words = cited.stamp.split(" ")
    broken = first + "".join(end + word for end, word in zip(ends, words, strict=False))
    for prefix in CONTAINERS.values():
        stamp = broken.replace("\n", f"\n{prefix}")
        (found,) = find_citations(f"{prefix}before\n{prefix}{stamp} after\n", SITE)
        assert found.citation == cited
        assert found.line == 2
        wrong = f"{stamp[:-1]};\n{prefix}1={'x' * 61}]"
        (found,) = find_citations(f"{prefix}{wrong}\n", SITE)
        assert found.citation is None
        assert "expected a number and a unit" in found.fault


def test_a_blank_line_of_a_container_parts_a_link_from_a_stamp() -> None:
    """As a blank line does elsewhere."""
    for prefix in CONTAINERS.values():
        lines = "".join(f"{prefix}{line}\n" for line in (LINK, "", STAMP))
        assert [line for line, _, _ in named(lines)] == [1, 3]


HOSTILE = {
    "stamps that open": "[roofline ",
    "stamps that open and name": "[roofline a/b@1.0 ",
    "stamps that open with spaces": "[roofline" + " " * 90,
    "brackets": "[",
    "brackets that close": "]",
    "pairs": "[[]]",
    "spaces": " ",
    "line ends": "\n",
    "keys": "a=1; ",
    "hyphens": "a-",
    "entities": "&#91;",
    "ampersands": "&",
    "long entities": "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "backslashes": "\\",
    "sites": SITE,
    "studies": f"{SITE}studies/",
    "findings": f"{SITE}1.0/studies/a/findings/",
    "links": f"{LINK} ",
    "badges": f"{LINK}badge.svg ",
    "stamps": "[roofline a/b@1.0 c=1]",
    "tags": '<a href="',
    "comments": "<!--",
    "quotes": "\n> ",
    "marks": "\n" + "+-*#" * 20,
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    """A megabyte of anything takes about ten times what a tenth takes, and seconds at most."""

    def seconds(length: int) -> float:
        text = "[roofline a/b@1.0 " + unit * (length // len(unit))
        start = time.process_time()
        find_citations(text, SITE)
        return time.process_time() - start

    seconds(1_000)
    small, large = seconds(100_000), seconds(1_000_000)
    assert large < 40 * max(small, 0.01)
    assert large < 5


@pytest.mark.parametrize("digits", [10, 5_000, 1_000_000])
def test_references_to_characters_that_are_none_do_no_harm(digits: int) -> None:
    """Nor do numbers of a million digits."""
    many = "9" * digits
    assert named(f"&#{many}; [roofline a/b@1.0 c={many}]")[0][0] == 1
    assert named(f"&#x{many}; &#0; &#xD800; &#10; {STAMP}") == [(1, "one/two@1.0", 2)]
