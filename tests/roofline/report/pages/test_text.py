"""Foreign text is shown as it is; numbers are written with prefixes and align."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from pages import parsed
from roofline.report.pages import text

SPACE = "\u00a0"
FOREIGN = [
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "<!-- hidden --> shown",
    "a < b & c > d",
    "&lt; &amp; &#x41; &copy;",
    "*x* **x** _x_ __x__ a_b_c",
    "`code` ``code``",
    "[a](javascript:alert(1))",
    "![a](javascript:alert(1))",
    "[a]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "https://example.org and a@example.org",
    "- x",
    "+ x",
    "* x",
    "1. x",
    "1.",
    "12) x",
    "# x",
    "## x ##",
    "> x",
    "a | b",
    "| a | b |",
    "---",
    "- - -",
    "===",
    "***",
    ": x",
    "::: roofline",
    "!!! note",
    '!!! note "Title"',
    "??? note",
    "???+ note",
    '=== "Tab"',
    "~~~",
    "```",
    "```python",
    "~~x~~ ^^x^^ ==x==",
    "{: .class #id }",
    "x {: .class }",
    "{#anchor}",
    "[TOC]",
    "[^1]",
    "[^1]: x",
    "*[HTML]: x",
    "$x$ $$x$$ \\(x\\)",
    "\\*x\\*",
    "ends in \\",
    "<%= 1 %> <% if x %> <%# x %>",
    "{{ x }} {% x %}",
    '<div data-fragment="00"></div>',
    "    indented",
    "Größe 大 ★ — «x»",
    "\"q\" 'r'",
    "#!python x",
    ":::python x",
]
# What YAML files can hold; Markdown itself drops the two characters that it works with.
LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"])
    | st.sampled_from("<>&\"'`*_{}[]()#+-.!|~^=:?$\\/ 1\n\t"),
    max_size=40,
)


def shown_as_it_is(foreign: str) -> bool:
    """Whether a page shows a text, and nothing else, wherever it stands in a paragraph."""
    expected = " ".join(foreign.split())
    for before, after in (("", ""), ("", " after"), ("before ", ""), ("before\n", "\nafter")):
        page = parsed(f"{before}{text.escaped_text(foreign)}{after}\n\nNext.")
        if [tag.name for tag in page.find_all()] != ["p", "p"] and expected:
            return False
        first = page.p
        if expected and (first is None or first.get_text() != f"{before}{expected}{after}".strip()):
            return False
    return True


@pytest.mark.parametrize("foreign", FOREIGN)
def test_foreign_text_is_shown_as_it_is(foreign: str) -> None:
    assert shown_as_it_is(foreign)


@given(LINES)
def test_any_text_is_shown_as_it_is(foreign: str) -> None:
    assert shown_as_it_is(foreign)


@given(LINES)
def test_any_text_is_one_inert_line(foreign: str) -> None:
    line = text.escaped_text(foreign)
    assert "\n" not in line
    assert not set("<>\"'`") & set(line)
    assert line.unescape() == " ".join(foreign.split())


@pytest.mark.parametrize("foreign", [line for line in FOREIGN if "\n" not in line])
def test_foreign_text_in_a_heading_and_in_a_list_is_shown_as_it_is(foreign: str) -> None:
    expected = " ".join(foreign.split())
    heading = parsed(f"## {text.escaped_text(foreign)} {{ #place }}").h2
    assert heading is not None
    assert heading["id"] == "place"
    for link in heading.find_all("a"):
        link.decompose()
    assert heading.get_text() == expected
    assert not heading.find_all()
    item = parsed(f"- {text.escaped_text(foreign)}: x").li
    assert item is not None
    assert item.get_text() == f"{expected}: x"
    assert not item.find_all()


def test_our_own_html_passes() -> None:
    assert text.escaped_text(Markup("<b>x</b>")) == "<b>x</b>"


def test_what_is_no_text_is_written_as_text() -> None:
    assert text.escaped_text(12) == "12"
    assert text.escaped_text(0.5) == "0.5"


def test_html_is_escaped() -> None:
    assert text.html('<a href="x">\'&') == "&lt;a href=&#34;x&#34;&gt;&#39;&amp;"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.5e-15, "s", "1.50 fs"),
        (1.5e-12, "s", "1.50 ps"),
        (1.5e-9, "s", "1.50 ns"),
        (1.5e-6, "s", "1.50 µs"),
        (1.5e-3, "s", "1.50 ms"),
        (1.5, "s", "1.50 s"),
        (1.5e3, "byte", "1.50 kB"),
        (1.5e6, "byte", "1.50 MB"),
        (1.5e9, "byte/s", "1.50 GB/s"),
        (312e12, "FLOP/s", "312 TFLOP/s"),
        (1.5e15, "FLOP", "1.50 PFLOP"),
        (1.5e18, "FLOP", "1.50 EFLOP"),
        (1.5e22, "FLOP", "15,000 EFLOP"),
        (12, "byte", "12.0 byte"),
        (0, "byte", "0 byte"),
        # The prefix follows what is shown: 999.96 rounds to 1,000.
        (999.96e9, "byte", "1.00 TB"),
    ],
)
def test_amounts_have_every_prefix_and_stay_on_one_line(
    value: float, unit: str, shown: str
) -> None:
    assert text.amount(value, unit) == shown.replace(" ", SPACE)


def test_a_prefix_can_be_fixed() -> None:
    assert text.amount(1.935e12, "byte/s", 4, 1e9) == f"1,935{SPACE}GB/s"
    assert text.amount(0.5e12, "FLOP/s", 3, 1e12) == f"0.500{SPACE}TFLOP/s"
    assert text.amount(12, "FLOP/Byte", 3, 1.0) == f"12.0{SPACE}FLOP/Byte"


def test_numbers_shares_and_counts() -> None:
    assert text.number(161.2403) == "161"
    assert text.number(161.2403, 4) == "161.2"
    assert text.percent(0.394) == "39%"
    assert text.percent(1) == "100%"
    assert text.percent(0.0062) == "0.62%"
    assert text.whole(14_940_000.4) == "14,940,000"
