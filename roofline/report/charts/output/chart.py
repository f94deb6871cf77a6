"""What a chart is: one message, the drawing in every form, and the data beside it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from roofline.report.charts.drawing.sheet import FOOTER, HEADER, Canvas, Layout
from roofline.report.charts.output import svg
from roofline.report.charts.spec import Plan
from roofline.study.study import Study

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


def blank(plan: Plan, study: Study | None = None, version: str = "") -> Canvas:
    """Make the wide sheet of a plan, with header and footer if a study is given."""
    below = "" if study is None else f"{study.file.title}. Roofline {version}"
    return Canvas.blank(
        Layout(kind="wide", width=WIDE[0], height=plan.heights[0], font=WIDE[1]),
        title="" if study is None else plan.title,
        below=below,
    )


def draw_chart(plan: Plan, study: Study, version: str) -> Chart:
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
