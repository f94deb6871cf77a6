"""Citations behind one button: what each tab gives reads back, and foreign titles stay text."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pages import parsed
from roofline.citations.site_address import VERSION_VARIABLE
from roofline.report.pages.citing import Form, button, chart_forms, page_forms, published, tabs

ADDRESS = "https://example.org/roofline/1.0/studies/one/"
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


def texts(forms: tuple[Form, ...]) -> dict[str, str]:
    """What to paste, by the name of the tab."""
    return {form.name: form.text for form in forms}


def test_an_address_carries_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VERSION_VARIABLE, "1.2")
    assert published("learn/ridge/").endswith("/roofline/1.2/learn/ridge/")
    monkeypatch.delenv(VERSION_VARIABLE)
    assert published("").endswith("/roofline/dev/")


def test_a_page_is_cited_by_its_title() -> None:
    assert texts(page_forms("Llama 33B", ADDRESS)) == {
        "Markdown": f"[Llama 33B]({ADDRESS})",
        "HTML": f'<a href="{ADDRESS}">Llama 33B</a>',
        "Text": f"Llama 33B: {ADDRESS}",
    }


def test_a_chart_is_shown_first() -> None:
    forms = texts(chart_forms("The roofline", f"{ADDRESS}#chart-roofline", f"{ADDRESS}r.png"))
    assert [*forms] == ["Image", "Markdown", "HTML", "Text"]
    assert forms["Image"] == f"[![The roofline]({ADDRESS}r.png)]({ADDRESS}#chart-roofline)"


@given(PRINTABLE)
def test_any_title_reads_back_from_markdown_and_html(title: str) -> None:
    forms = texts(page_forms(title, ADDRESS))
    for page in (parsed(forms["Markdown"]), BeautifulSoup(forms["HTML"], "html.parser")):
        (link,) = page.find_all("a")
        assert (link["href"], link.get_text()) == (ADDRESS, title)


def test_each_form_has_a_tab_and_one_is_open() -> None:
    forms = (Form(name="Markdown", text="<b>&"), Form(name="Badge", text="x", shown="<i></i>"))
    page = BeautifulSoup(tabs(forms, "cite"), "html.parser")
    inputs = page.select("input[type=radio][name=cite]")
    assert [one["id"] for one in inputs] == ["cite-markdown", "cite-badge"]
    assert ["checked" in one.attrs for one in inputs] == [True, False]
    labels = [(label["for"], label.get_text()) for label in page.select("label")]
    assert labels == [("cite-markdown", "Markdown"), ("cite-badge", "Badge")]
    assert [code.get_text() for code in page.select(".tabbed-block code")] == ["<b>&\n", "x\n"]
    assert [bool(block.i) for block in page.select(".tabbed-block")] == [False, True]


def test_a_button_says_what_it_cites() -> None:
    forms = page_forms("x", ADDRESS)
    page = BeautifulSoup(button(forms, "cite", 'A "chart"', "<code>y</code>"), "html.parser")
    (summary,) = page.select("details.rl-cite#cite:not([open]) > summary")
    assert (summary.get_text(), summary["aria-label"]) == ("Cite", 'A "chart"')
    assert page.select_one("details > p > code") is not None
    assert str(tabs(forms, "cite")) in button(forms, "cite", "A chart")
