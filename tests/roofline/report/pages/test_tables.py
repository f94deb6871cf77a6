"""Tables of numbers: units in the headers, aligned, sortable, safe with foreign text."""

import math
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from roofline.report.pages.tables import LONG, TableColumn, bound_label, table


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
    # The middle, 22, has 4 significant digits with 2 decimals, and 1.50 the 3 of the smallest.
    assert texts == ["1.50", "22.00", "333.00"]


def test_columns_of_one_unit_have_one_prefix() -> None:
    """Times of a table compare: the middle of 0.04, 0.055, 1.75 and 2.34 s is 0.9 s, in ms."""
    columns = [
        TableColumn(key="least", title="Minimum", unit="s", kind="number"),
        TableColumn(key="low", title="Predicted", unit="s", kind="number"),
        TableColumn(key="length", title="Length", unit="s", kind="whole"),
    ]
    rows = [{"least": 0.04, "low": 0.055, "length": 1}, {"least": 1.75, "low": 2.34, "length": 2}]
    page = BeautifulSoup(table(columns, rows, label="x"), "html.parser")
    heads = [head.get_text(" ", strip=True) for head in page.find_all("th")]
    assert heads == ["Minimum ms", "Predicted ms", "Length s"]


def test_bytes_are_shortened_where_they_have_a_prefix() -> None:
    column = TableColumn(key="x", title="Traffic", unit="byte", kind="number")
    assert cells(column, [2e9])[0] == "Traffic GB"
    assert cells(column, [2])[0] == "Traffic byte"


def test_intensities_have_no_prefix() -> None:
    column = TableColumn(key="x", title="Intensity", unit="FLOP/Byte", kind="number")
    # 3 significant digits of the smallest, 0.985, take 3 decimals.
    assert cells(column, [4808.82, 161.24, 0.985])[:2] == (
        "Intensity FLOP/Byte",
        ["4,808.820", "161.240", "0.985"],
    )


def test_large_numbers_have_no_decimals() -> None:
    column = TableColumn(key="x", title="Ceiling", unit="token/s", kind="number", digits=3)
    assert cells(column, [1773.4, 4809.2, 0.0])[:2] == (
        "Ceiling ktoken/s",
        ["1.77", "4.81", "0.00"],
    )
    plain = TableColumn(key="x", title="Ceiling", kind="number", digits=3)
    assert cells(plain, [1773.4, 4809.2, 0.0])[1] == ["1,773", "4,809", "0"]


def test_a_number_smaller_by_far_is_not_shown_as_zero() -> None:
    column = TableColumn(key="x", title="X", kind="number")
    # 481.1 takes 1 decimal for 4 significant digits, 0.00489 takes 3 for its first one.
    assert cells(column, [3366.5, 481.13, 0.00489])[1] == ["3,366.500", "481.130", "0.005"]


@given(
    st.lists(st.none() | st.floats(-1e9, 1e9).filter(lambda value: not 0 < abs(value) < 1e-6)),
    st.integers(2, 6),
)
def test_a_column_has_one_number_of_decimals_and_plain_numbers(
    values: list[float | None], digits: int
) -> None:
    column = TableColumn(key="x", title="X", kind="number", digits=digits)
    texts = [text for text in cells(column, values)[1] if text != "–"]
    assert len({len(text.partition(".")[2]) for text in texts}) <= 1
    for text, value in zip(texts, (value for value in values if value is not None), strict=True):
        # Nothing but what a spreadsheet reads as a number; no value vanishes by rounding.
        shown = float(text.replace(",", ""))
        assert math.isclose(shown, value, rel_tol=0.5)


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


SETTINGS = [
    TableColumn(key="batch", title="Batch", kind="whole", symbol="b"),
    TableColumn(key="length", title="Length", kind="whole", symbol="s"),
    TableColumn(key="intensity", title="Intensity", kind="number"),
]


def parsed_rows(columns: list[TableColumn], records: list[dict[str, Any]], **more: Any) -> Any:
    """The rows of a table, below its header."""
    page = BeautifulSoup(table(columns, records, label="All points", **more), "html.parser")
    return page.select("tbody tr, tfoot tr")


def test_a_setting_has_an_address_of_its_own() -> None:
    record = {"batch": 8, "length": 1024, "intensity": 0.991}
    (row,) = parsed_rows(SETTINGS, [record])
    assert row["id"] == "b8-s1024"
    here = row.td.a
    assert (here["href"], here.get_text()) == ("#b8-s1024", "8")
    assert row.td["data-value"] == "8"


def test_other_rows_are_named_after_their_table_and_key() -> None:
    columns = [
        TableColumn(key="series", title="Series"),
        TableColumn(key="name", title="Product"),
        TableColumn(key="most", title="Most", kind="number"),
    ]
    records = [
        {"series": "qk/pv", "name": "qk", "most": 1.0},
        {"series": "qk/pv", "name": "pv", "most": 1.0},
        {"series": "sum", "name": "", "most": 2.0},
    ]
    names = [row["id"] for row in parsed_rows(columns, records, total=True)]
    assert names == [
        "table-all-points-qk-pv-qk",
        "table-all-points-qk-pv-pv",
        "table-all-points-sum",
    ]
    # One column is enough where it tells the rows apart.
    names = [row["id"] for row in parsed_rows(columns, records[1:])]
    assert names == ["table-all-points-qk-pv", "table-all-points-sum"]


def test_rows_are_not_named_after_results() -> None:
    column = TableColumn(key="x", title="X", kind="number")
    assert "id" not in parsed_rows([column], [{"x": 1.5}])[0].attrs
    text = TableColumn(key="y", title="Y")
    records = [{"y": "same", "x": 1.5}, {"y": "same", "x": 2.5}]
    assert all("id" not in row.attrs for row in parsed_rows([text, column], records))


def test_a_first_cell_that_leads_elsewhere_keeps_its_link() -> None:
    column = TableColumn(key="x", title="X", kind="html")
    cell = Markup('<a href="../ridge/"><code>Ridge</code></a><br>Where the ceilings meet')
    (row,) = parsed_rows([column], [{"x": cell}])
    assert row["id"] == "table-all-points-ridge"
    assert [link["href"] for link in row.find_all("a")] == ["../ridge/"]


@given(st.lists(st.text(), max_size=6))
def test_names_of_rows_are_unique_and_plain(texts: list[str]) -> None:
    rows = parsed_rows([TableColumn(key="x", title="X")], [{"x": text} for text in texts])
    names = [row["id"] for row in rows if "id" in row.attrs]
    assert len({*names}) == len(names)
    assert all(name.isascii() and not set(name) & set("\"'<>& ") for name in names)


def test_only_long_tables_scroll_within_their_frame() -> None:
    column = TableColumn(key="x", title="X", kind="whole")
    for count, long in ((LONG, False), (LONG + 1, True)):
        html = table([column], [{"x": value} for value in range(count)], label="x")
        assert ("rl-table--long" in html) == long


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
