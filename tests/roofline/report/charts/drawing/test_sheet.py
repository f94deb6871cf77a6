"""Text is measured before it is written, and clean."""

import math

import pytest

from roofline.report.charts.drawing.sheet import (
    Canvas,
    Layout,
    clean_text,
    margins,
    shortened,
    text_width,
    wrapped,
)

LAYOUT = Layout(kind="wide", width=300, height=200, font=9)


def test_long_titles_are_broken_where_they_would_not_fit() -> None:
    lines = wrapped("a rather long title " * 10, 300, 12)
    assert len(lines) > 1
    assert all(text_width(line, 12) <= 300 for line in lines)
    assert math.isclose(text_width("ab", 20), 2 * text_width("ab", 10))


def test_what_is_cut_off_ends_in_an_ellipsis() -> None:
    assert shortened("short", 300, 12) == "short"
    cut = shortened("a rather long line " * 10, 300, 12)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 300


@pytest.mark.parametrize(
    ("text", "clean"), [("a\n b\t c", "a b c"), ("a\x07b\x00", "ab"), ("\ud800é\ufffe", "é")]
)
def test_text_keeps_what_xml_allows(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("title", "below"),
    [("", ()), ("a title", ()), ("", ("below",)), ("long " * 40, ("below", "and below"))],
)
def test_a_sheet_has_the_margins_that_are_foretold(title: str, below: tuple[str, ...]) -> None:
    canvas = Canvas.blank(LAYOUT, title=title, below=below)
    assert (canvas.header, canvas.footer) == margins(LAYOUT, title, below)
    height = canvas.figure.get_figheight() * 72
    assert height == pytest.approx(LAYOUT.height + canvas.header + canvas.footer)
    assert bool(canvas.header) == bool(title)
    assert bool(canvas.footer) == bool(below)
