"""Tables of numbers: units in the headers, aligned, sortable, safe with foreign text."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from roofline.report.pages.tables import TableColumn, bound_label, table

FIGURE, POINT = "\u2007", "\u2008"


def cells(column: TableColumn, values: list[Any]) -> tuple[str, list[str], list[str | None]]:
    """Header, texts and sorting values of a table of one column."""
    html = table([column], [{column.key: value} for value in values], label="x")
    page = BeautifulSoup(html, "html.parser")
    (head,) = page.find_all("th")
    datums = page.find_all("td")
    return (
        head.get_text(),
        [cell.get_text() for cell in datums],
        [str(cell["data-value"]) if "data-value" in cell.attrs else None for cell in datums],
    )


@pytest.mark.parametrize(
    ("factor", "prefix"),
    [(1e-6, "µ"), (1e-3, "m"), (1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")],
)
def test_a_column_has_one_prefix_in_its_header(factor: float, prefix: str) -> None:
    values = [1.5 * factor, 22 * factor, 333 * factor]
    head, texts, _ = cells(TableColumn(key="x", title="Work", unit="FLOP", kind="number"), values)
    assert head == f"Work {prefix}FLOP"
    assert texts == ["1.500", f"22.00{FIGURE}", f"333.0{FIGURE * 2}"]


def test_bytes_are_shortened_where_they_have_a_prefix() -> None:
    column = TableColumn(key="x", title="Traffic", unit="byte", kind="number")
    assert cells(column, [2e9])[0] == "Traffic GB"
    assert cells(column, [2])[0] == "Traffic byte"


def test_intensities_have_no_prefix() -> None:
    column = TableColumn(key="x", title="Intensity", unit="FLOP/Byte", kind="number")
    assert cells(column, [4809.0, 0.985])[:2] == (
        "Intensity FLOP/Byte",
        [f"4,809{POINT}{FIGURE * 4}", "0.9850"],
    )


def test_numbers_sort_by_their_value_and_not_by_their_text() -> None:
    column = TableColumn(key="x", title="Work", unit="FLOP", kind="number", digits=2)
    _, texts, values = cells(column, [1.234567e9, 9.9e12, 0.0, None])
    assert values == ["1234567000", "9.9e+12", "0", ""]
    assert texts[-1].strip() == "–"
    assert float(str(values[0])) == 1.234567e9


def test_counts_have_their_thousands_separated() -> None:
    column = TableColumn(key="x", title="Length", unit="token", kind="whole")
    assert cells(column, [8192, 128, None]) == (
        "Length token",
        ["8,192", "128", "–"],
        ["8192", "128", ""],
    )


def test_shares_are_percentages_that_sort_as_shares() -> None:
    head, texts, values = cells(
        TableColumn(key="x", title="Share", kind="share"), [0.5, 0.0725, 1.0]
    )
    assert head == "Share %"
    assert texts == ["50.0", "7.2", "100.0"]
    assert values == ["0.5", "0.0725", "1"]


def test_words_are_for_readers() -> None:
    assert cells(TableColumn(key="x", title="Fits", kind="fits"), [True, False])[1] == ["yes", "no"]
    assert cells(TableColumn(key="x", title="Bound", kind="bound"), ["memory"])[1] == ["memory"]


def test_a_column_without_values_keeps_its_unit() -> None:
    column = TableColumn(key="x", title="Time", unit="s", kind="number")
    assert cells(column, [None, None]) == ("Time s", ["–", "–"], ["", ""])
    assert cells(column, []) == ("Time s", [], [])


def test_foreign_text_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>\"'&"
    html = table([TableColumn(key="x", title=evil, unit=evil)], [{"x": evil}], label=evil)
    page = BeautifulSoup(html, "html.parser")
    assert not page.find_all("script")
    (cell,) = page.find_all("td")
    assert cell.get_text() == evil
    (region,) = page.select(".rl-table")
    assert region["aria-label"] == evil


def test_only_columns_of_html_hold_html() -> None:
    for kind, tags in (("html", 1), ("text", 0)):
        column = TableColumn(key="x", title="x", kind=kind)  # type: ignore[arg-type]  # two of its kinds
        page = BeautifulSoup(table([column], [{"x": "<code>y</code>"}], label="x"), "html.parser")
        assert len(page.find_all("code")) == tags


def test_a_table_can_be_reached_scrolled_and_named() -> None:
    columns = [
        TableColumn(key="x", title="X", filter=True),
        TableColumn(key="y", title="Y", kind="whole"),
    ]
    html = table(columns, [{"x": "a", "y": 1}], label="All points")
    page = BeautifulSoup(html, "html.parser")
    (region,) = page.select(".rl-frame#table-all-points > .rl-table")
    (here,) = page.select(".rl-frame > a.headerlink")
    assert here["href"] == "#table-all-points"
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-label"] == "All points"
    assert region.parent is not None
    assert "data-search-exclude" in region.parent.attrs
    first, second = page.find_all("th")
    assert first["scope"] == second["scope"] == "col"
    assert "data-filter" in first.attrs
    assert "data-filter" not in second.attrs
    assert second["class"] == ["num"]


def test_a_total_stands_in_the_foot() -> None:
    column = TableColumn(key="x", title="X", kind="whole")
    html = table([column], [{"x": 1}, {"x": 2}, {"x": 3}], label="x", total=True)
    page = BeautifulSoup(html, "html.parser")
    assert page.tbody is not None
    assert page.tfoot is not None
    assert [cell.get_text() for cell in page.tbody.find_all("td")] == ["1", "2"]
    assert page.tfoot.get_text() == "3"


def test_a_column_that_a_record_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="x"):
        table([TableColumn(key="x", title="X")], [{"y": 1}], label="x")


def test_a_bound_is_a_label() -> None:
    assert bound_label("memory") == '<span class="rl-bound rl-bound--memory">memory-bound</span>'
