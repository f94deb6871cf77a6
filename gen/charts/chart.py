"""What a chart is: one message, the drawing in every form, and the data beside it."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gen import svg
from gen.charts.canvas import FOOTER, HEADER, Canvas, Layout
from roofline.study import Study

SCHEMA: Final = "roofline.chart/1"
WIDE: Final = (547.2, 9.5)
NARROW: Final = (272.0, 8.0)
"""Width and size of the font [point]; text stays legible at 330 pixels."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of a study, ready to be published."""

    slug: str
    title: str
    """The one message, a sentence without its full stop."""
    description: str
    """For those who do not see the chart."""
    caption: str
    """Plain text: the conditions that the message holds under; follows the title."""
    svg: bytes
    """File of its own, in light colours."""
    png: bytes
    """The same as pixels, two for a point."""
    inline: str
    """For a page: two layouts, of which the style sheet shows one."""
    csv: bytes
    """The data, in base units and full precision."""
    json: bytes
    """The same with units, study and version."""
    layers: Sequence[str]
    """Kinds of points that lie over each other, the first in front; a page can leave some out."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Data beside a chart, by column, in base units."""

    columns: dict[str, tuple[str, Any]]
    """Unit (empty for names and counts) and values of each column."""

    def rows(self) -> list[tuple[Any, ...]]:
        """Rows of plain Python values."""
        values = (np.asarray(values).tolist() for _, values in self.columns.values())
        return list(zip(*values, strict=True))

    def csv(self) -> bytes:
        """Write the data as CSV, with one header line."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows():
            writer.writerow([_cell(value) for value in row])
        return buffer.getvalue().encode()

    def json(self, study: Study, version: str, title: str) -> bytes:
        """Write the data as JSON, with units and where it comes from."""
        document = {
            "schema": SCHEMA,
            "version": version,
            "study": study.identifier,
            "title": title,
            "units": {name: unit for name, (unit, _) in self.columns.items()},
            "columns": [*self.columns],
            "rows": self.rows(),
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A chart before it is drawn."""

    slug: str
    title: str
    description: str
    caption: str
    table: Table
    draw: Callable[[Canvas], None]
    heights: tuple[float, float]
    """Of the wide and the narrow layout [point]."""
    layers: Sequence[str] = ()
    """Kinds of points that lie over each other, the first in front."""


def blank(plan: Plan, study: Study | None = None, version: str = "") -> Canvas:
    """Make the wide sheet of a plan, with header and footer if a study is given."""
    below = "" if study is None else f"{study.file.title}. Roofline {version}"
    return Canvas.blank(
        Layout(kind="wide", width=WIDE[0], height=plan.heights[0], font=WIDE[1]),
        title="" if study is None else plan.title,
        below=below,
    )


def finished(plan: Plan, study: Study, version: str) -> Chart:
    """Draw a chart in every form."""
    with svg.style():
        return _finished(plan, study, version)


def _finished(plan: Plan, study: Study, version: str) -> Chart:
    canvas = blank(plan, study, version)
    plan.draw(canvas)
    wide = svg.figure_svg(canvas.figure)
    small = Canvas.blank(
        Layout(kind="narrow", width=NARROW[0], height=plan.heights[1], font=NARROW[1])
    )
    plan.draw(small)
    # Several studies can share a page, so the prefix tells them apart.
    mark = hashlib.sha256(study.identifier.encode()).hexdigest()[:6]
    inline = (
        svg.inline_svg(
            source,
            prefix=f"{plan.slug}-{mark}-{kind[0]}",
            title=plan.title,
            description=plan.description,
            crop=crop,
            drop=(HEADER, FOOTER),
            kind=kind,
        )
        for kind, source, crop in (
            ("wide", wide, (canvas.header, canvas.footer)),
            ("narrow", svg.figure_svg(small.figure), (0.0, 0.0)),
        )
    )
    return Chart(
        slug=plan.slug,
        title=plan.title,
        description=plan.description,
        caption=plan.caption,
        svg=wide,
        png=svg.figure_png(canvas.figure),
        inline="".join(inline),
        csv=plan.table.csv(),
        json=plan.table.json(study, version, plan.title),
        layers=tuple(plan.layers),
    )


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
