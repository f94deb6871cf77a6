"""Fragments reach the page as they were kept, whatever Markdown does in between."""

import pytest
from bs4 import BeautifulSoup

from pages import to_html
from roofline.report.pages.fragments import Fragments

TABLE = "<table>\n\n<tr><td>*x* [y](z) & _a_b_</td></tr>\n\n    indented\n</table>"


def test_a_block_stands_alone_and_comes_back_untouched() -> None:
    fragments = Fragments()
    marker = fragments.block(TABLE)
    assert TABLE not in marker
    html = to_html(f"Before\n{marker}\nAfter")
    assert fragments.insert(html).replace("\n\n<p>", "\n<p>") == (
        f"<p>Before</p>\n{TABLE}\n<p>After</p>"
    )


def test_a_phrase_stays_in_its_sentence() -> None:
    fragments = Fragments()
    html = to_html(f"One {fragments.inline('<b>*two*</b>')} three.")
    assert fragments.insert(html) == "<p>One <b>*two*</b> three.</p>"


def test_a_phrase_may_stand_in_a_heading_a_list_and_a_table() -> None:
    fragments = Fragments()
    mark = fragments.inline("<i>|x|</i>")
    html = fragments.insert(to_html(f"# A {mark}\n\n- {mark}\n\n| a |\n| - |\n| {mark} |\n"))
    assert len(BeautifulSoup(html, "html.parser").find_all("i", string="|x|")) == 3


def test_equal_fragments_have_equal_markers() -> None:
    first, second = Fragments(), Fragments()
    assert first.inline("x") == first.inline("x") == second.inline("x")
    assert first.inline("x") != first.inline("y")


def test_inserted_text_is_not_searched_for_markers() -> None:
    fragments = Fragments()
    inner = fragments.inline("inner")
    outer = fragments.inline(f"<b>{inner}</b>")
    assert fragments.insert(outer) == f"<b>{inner}</b>"


def test_backslashes_are_kept() -> None:
    fragments = Fragments()
    assert fragments.insert(fragments.inline(r"\frac{\1}{\g<0>}")) == r"\frac{\1}{\g<0>}"


def test_a_marker_that_stands_for_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Fragments().insert('<span data-fragment="00"></span>')


def test_a_page_without_markers_is_left_alone() -> None:
    assert Fragments().insert("<p>x</p>") == "<p>x</p>"
