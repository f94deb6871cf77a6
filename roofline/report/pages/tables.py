"""Tables of numbers as HTML: aligned at the decimal, units in the headers, rows with addresses."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Any, Literal

from markupsafe import Markup, escape

from roofline.units import prefix

Record = Mapping[str, Any]

LONG = 60
"""A table with more rows than this scrolls within its frame."""
_FAR = 1000
"""How many times smaller than the middle of a column is smaller by far."""
_RESULTS = frozenset({"number", "share", "bound", "fits"})
"""Kinds of columns that hold what is computed, not what it is computed for."""
_MOST_NAMING = 3
"""Columns of a table that can name its rows, from the first on."""


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """One column of a table."""

    key: str
    """Key of the records' values."""
    title: str
    unit: str = ""
    """Base unit; all columns of a table that share it get one prefix, so that they compare."""
    kind: Literal["number", "whole", "text", "list", "bound", "fits", "share", "html"] = "text"
    digits: int = 4
    """Significant digits of the number in the middle of the column."""
    filter: bool = False
    """Whether readers can choose among the column's values."""
    symbol: str = ""
    """Stands before the column's value in the address of a row, such as b in ``#b8-s1024``."""


def table(
    columns: Sequence[TableColumn],
    records: Sequence[Record],
    *,
    label: str,
    total: bool = False,
) -> Markup:
    """Write records as a table that can be sorted and filtered on the page.

    Args:
        columns: What to show of the records, in order.
        records: One mapping for each row.
        label: Name of the table for screen readers.
        total: Whether the last record is the sum of the others, and stays last.

    Returns:
        HTML that needs no script to be read.
    """
    scales = _scales(columns, records)
    heads, bodies = zip(
        *(_column(column, records, scales.get(column.unit)) for column in columns), strict=True
    )
    anchor = f"table-{_slug(label)}"
    long = " rl-table--long" if len(records) > LONG else ""
    lines = [
        f'<div class="rl-frame" id="{anchor}" data-search-exclude>',
        anchor_link(anchor, f"Link to this table: {label}"),
        f'<div class="rl-table{long}" role="region" tabindex="0" aria-label="{escape(label)}">',
        '<table class="rl-data">',
        f"<thead><tr>{''.join(heads)}</tr></thead>",
    ]
    names = _row_names(columns, records, anchor)
    rows = [_row(cells, name) for cells, name in zip(zip(*bodies, strict=True), names, strict=True)]
    foot = f"<tfoot>{rows.pop()}</tfoot>" if total else ""
    lines += ["<tbody>", *rows, f"</tbody>{foot}</table></div></div>"]
    return Markup("\n".join(lines))  # noqa: S704  # every value above is escaped


def _row_names(columns: Sequence[TableColumn], records: Sequence[Record], anchor: str) -> list[str]:
    """Names of the rows in addresses; empty ones where no few first columns tell them apart.

    Columns with a symbol name a setting, ``b8-s1024``, which is unique on its page. Other rows
    are named after their table and what stands first in them, but never after a result, which
    may change.
    """
    if symbols := [column for column in columns if column.symbol]:
        return [
            "-".join(f"{column.symbol}{record[column.key]}" for column in symbols)
            for record in records
        ]
    naming = [*takewhile(lambda column: column.kind not in _RESULTS, columns[:_MOST_NAMING])]
    for count in range(1, len(naming) + 1):
        names = [
            _slug(" ".join(_plain(record[column.key]) for column in naming[:count]))
            for record in records
        ]
        if all(names) and len({*names}) == len(names):
            return [f"{anchor}-{name}" for name in names]
    return [""] * len(records)


def _row(cells: Sequence[tuple[str, str]], name: str) -> str:
    """Write a row, whose first cell leads to it unless it leads elsewhere."""
    (attributes, text), *others = cells
    if name and "<a " not in text:
        text = f'<a class="rl-here" href="#{name}" title="Link to this row">{text}</a>'
    written = "".join(
        f"<td{more}>{content}</td>" for more, content in [(attributes, text), *others]
    )
    return f'<tr id="{name}">{written}</tr>' if name else f"<tr>{written}</tr>"


def _plain(value: Any) -> str:
    """First line of a cell's text, without what only formats it."""
    return value.partition("<br>")[0].striptags() if isinstance(value, Markup) else str(value)


def anchor_link(anchor: str, label: str) -> str:
    """Write the link to an anchor that shows on hover and focus, as headings have it."""
    name = escape(label)
    return f'<a class="headerlink" href="#{anchor}" title="{name}" aria-label="{name}">&para;</a>'


def _slug(label: str) -> str:
    """Name of a table in addresses, from its label."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def _scales(
    columns: Sequence[TableColumn], records: Sequence[Record]
) -> dict[str, tuple[float, str]]:
    """Find one factor and prefixed unit for each base unit of a table's numbers."""
    values: dict[str, list[float | None]] = {}
    for column in columns:
        if column.kind == "number":
            found = values.setdefault(column.unit, [])
            found += [record[column.key] for record in records]
    return {unit: _prefix(shown, unit) for unit, shown in values.items()}


def _column(
    column: TableColumn, records: Sequence[Record], scale: tuple[float, str] | None
) -> tuple[str, list[tuple[str, str]]]:
    """Header and cells of one column, each cell as its attributes and its content."""
    values = [record[column.key] for record in records]
    factor, unit = scale if scale and column.kind == "number" else (1.0, column.unit)
    texts: list[str]
    numeric = column.kind in {"number", "whole", "share"}
    match column.kind:
        case "number":
            texts = _numbers([v if v is None else v / factor for v in values], column.digits)
        case "whole":
            texts = ["–" if value is None else f"{value:,.0f}" for value in values]
        case "share":
            unit = "%"
            texts = ["–" if v is None else f"{100 * v:.1f}" for v in values]
        case "bound":
            texts = [f'<span class="rl-bound rl-bound--{v}">{v}</span>' for v in values]
        case "fits":
            texts = ["yes" if value else "no" for value in values]
        case "list":
            texts = [str(escape(", ".join(value))) for value in values]
        case "html":
            texts = [str(value) for value in values]
        case _:
            texts = [str(escape(value)) for value in values]
    shown_unit = f' <span class="rl-unit">{escape(unit)}</span>' if unit else ""
    classes = ' class="num"' if numeric else ""
    choice = " data-filter" if column.filter else ""
    key = f' data-key="{escape(column.key)}"'
    head = f'<th scope="col"{classes}{key}{choice}>{escape(column.title)}{shown_unit}</th>'
    if numeric:
        attributes = [f' class="num" data-value="{_exact(value)}"' for value in values]
    else:
        attributes = [_choices(column, value) for value in values]
    return head, list(zip(attributes, texts, strict=True))


def _exact(value: float | None) -> str:
    """The number of a cell in its base unit, by which a script sorts; empty where there is none."""
    return "" if value is None else f"{value:.12g}"


def _choices(column: TableColumn, value: Any) -> str:
    """Attribute with the values by which a cell of several is found."""
    if column.kind != "list":
        return ""
    return f' data-values="{escape("|".join(value))}"'


def _numbers(values: Sequence[float | None], digits: int) -> list[str]:
    """Write the numbers of a column with one number of decimals, so that they align.

    The middle of them gets so many significant digits, the smallest one less; one that is
    smaller by far is just not shown as zero.
    """
    sizes = [abs(value) for value in values if value]
    decimals = 0
    if sizes:
        middle, smallest = median(sizes), min(sizes)
        least = digits - 1 if smallest * _FAR >= middle else 1
        decimals = max(0, _decimals(middle, digits), _decimals(smallest, least))
    return ["–" if value is None else f"{value:,.{decimals}f}" for value in values]


def _decimals(size: float, digits: int) -> int:
    """Decimals that show so many significant digits of a number, negative for a large one."""
    return digits - 1 - math.floor(math.log10(size))


def _prefix(values: Sequence[float | None], unit: str) -> tuple[float, str]:
    """Find the factor and the prefixed unit that suit the middle of some values."""
    sizes = [abs(value) for value in values if value]
    if not unit or not sizes or unit.startswith("FLOP/Byte"):
        return 1.0, unit
    return prefix(median(sizes), unit)


def bound_label(bound: str) -> Markup:
    """Write a bound as a label with a shape and a colour of its own."""
    return Markup('<span class="rl-bound rl-bound--{0}">{0}-bound</span>').format(bound)
