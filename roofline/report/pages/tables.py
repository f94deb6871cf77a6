"""Tables of numbers as HTML: aligned at the decimal, units in the headers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from markupsafe import Markup, escape

from roofline.report.pages.text import aligned
from roofline.units import prefix, significant

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """One column of a table."""

    key: str
    """Key of the records' values."""
    title: str
    unit: str = ""
    """Base unit; the column gets one prefix for all of its rows."""
    kind: Literal["number", "whole", "text", "list", "bound", "fits", "share", "html"] = "text"
    digits: int = 4
    filter: bool = False
    """Whether readers can choose among the column's values."""


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
    heads, bodies = zip(*(_column(column, records) for column in columns), strict=True)
    anchor = f"table-{_slug(label)}"
    lines = [
        f'<div class="rl-frame" id="{anchor}" data-search-exclude>',
        anchor_link(anchor, f"Link to this table: {label}"),
        f'<div class="rl-table" role="region" tabindex="0" aria-label="{escape(label)}">',
        '<table class="rl-data">',
        f"<thead><tr>{''.join(heads)}</tr></thead>",
    ]
    rows = [f"<tr>{''.join(cells)}</tr>" for cells in zip(*bodies, strict=True)]
    foot = f"<tfoot>{rows.pop()}</tfoot>" if total else ""
    lines += ["<tbody>", *rows, f"</tbody>{foot}</table></div></div>"]
    return Markup("\n".join(lines))  # noqa: S704  # every value above is escaped


def anchor_link(anchor: str, label: str) -> str:
    """Write the link to an anchor that shows on hover and focus, as headings have it."""
    name = escape(label)
    return f'<a class="headerlink" href="#{anchor}" title="{name}" aria-label="{name}">&para;</a>'


def _slug(label: str) -> str:
    """Name of a table in addresses, from its label."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def _column(column: TableColumn, records: Sequence[Record]) -> tuple[str, list[str]]:
    """Header and cells of one column."""
    values = [record[column.key] for record in records]
    unit = column.unit
    texts: list[str]
    numeric = column.kind in {"number", "whole", "share"}
    match column.kind:
        case "number":
            factor, unit = _prefix(values, column.unit)
            texts = aligned(
                ["–" if v is None else significant(v / factor, column.digits) for v in values]
            )
        case "whole":
            texts = ["–" if value is None else f"{value:,.0f}" for value in values]
        case "share":
            unit = "%"
            texts = aligned(["–" if v is None else f"{100 * v:.1f}" for v in values])
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
    head = f'<th scope="col"{classes}{choice}>{escape(column.title)}{shown_unit}</th>'
    cells = [
        f'<td class="num" data-value="{"" if value is None else f"{value:.12g}"}">{text}</td>'
        if numeric
        else f"<td{_choices(column, value)}>{text}</td>"
        for value, text in zip(values, texts, strict=True)
    ]
    return head, cells


def _choices(column: TableColumn, value: Any) -> str:
    """Attribute with the values by which a cell of several is found."""
    if column.kind != "list":
        return ""
    return f' data-values="{escape("|".join(value))}"'


def _prefix(values: Sequence[float | None], unit: str) -> tuple[float, str]:
    """Find the factor and the prefixed unit that suit the middle of a column."""
    sizes = [abs(value) for value in values if value]
    if not unit or not sizes or unit.startswith("FLOP/Byte"):
        return 1.0, unit
    return prefix(median(sizes), unit)


def bound_label(bound: str) -> Markup:
    """Write a bound as a label with a shape and a colour of its own."""
    return Markup('<span class="rl-bound rl-bound--{0}">{0}-bound</span>').format(bound)
