"""Draw ranges beside each other, stated and computed."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.palette import light, series_colour
from roofline.report.charts.drawing.sheet import Canvas, text_width
from roofline.report.charts.labels import tick
from roofline.report.charts.spec import (
    ATTAINABLE,
    STATED,
    Extent,
    RangeComparison,
    RangePanel,
    SeriesRanges,
)

HEIGHTS: Final = (300.0, 500.0)
_STEP: Final = 0.24
"""Distance of the ranges of a row, whose height is 1."""
_BEHIND: Final = 0.45
"""Opacity of the attainable ranges."""
_CAP: Final = 34.0
"""Area of the mark at the end of a range [point²]."""


def draw_ranges(canvas: Canvas, spec: RangeComparison) -> None:
    """Draw two panels: beside each other, or on a phone one above the other."""
    layout, font = canvas.layout, canvas.layout.font
    rows = [row for panel in spec.panels for row in panel.rows]
    label = max(text_width(row.label, font) for row in rows) + 10
    verdict = max(text_width(row.verdict, font) for row in rows) + 10
    if layout.narrow:
        half = layout.height / 2
        places = [(label, half + 36, verdict, 24.0), (label, 36.0, verdict, half + 24)]
    else:
        gap = 10.0
        width = (layout.width - label - 2 * verdict - gap) / 2
        places = [
            (label, 44.0, layout.width - label - width, 28.0),
            (label + width + verdict + gap, 44.0, verdict, 28.0),
        ]
    for number, (panel, place) in enumerate(zip(spec.panels, places, strict=True)):
        axes = canvas.axes(*place)
        _draw_panel(canvas, axes, panel, named=layout.narrow or number == 0)
        for y, row in enumerate(panel.rows):
            _draw_row(axes, row, y, number)


def _draw_panel(canvas: Canvas, axes: Axes, panel: RangePanel, *, named: bool) -> None:
    log_axis(axes, "x", *panel.x, {value: tick(value) for value in decades(*panel.x)})
    axes.set_ylim(len(panel.rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    canvas.name_axes(axes, panel.quantity, "")
    edge = axes.get_yaxis_transform()
    for place, row in enumerate(panel.rows):
        if named:
            canvas.text(axes, -0.02, place, row.label, transform=edge, ha="right")
        canvas.text(axes, 1.02, place, row.verdict, transform=edge, ha="left", color=light("muted"))
    _draw_legend(canvas, axes, panel)


def _draw_row(axes: Axes, row: SeriesRanges, middle: float, number: int) -> None:
    """Draw the ranges of a series below each other, in the panel of a number."""
    top = middle - _STEP * (len(row.ranges) - 1) / 2
    for position, part in enumerate(row.ranges):
        name = f"range-{number}-{part.kind}-{row.key}"
        _draw_range(axes, row, part, top + _STEP * position, name)


def _draw_range(axes: Axes, row: SeriesRanges, part: Extent, y: float, name: str) -> None:
    low, high = axes.get_xlim()
    ends = [end for end in (part.low, part.high) if end is not None]
    colour = light("muted") if part.kind == STATED else series_colour(row.role)
    alpha = _BEHIND if part.kind == ATTAINABLE else 1.0
    axes.hlines(
        y,
        low if part.low is None else part.low,
        high if part.high is None else part.high,
        color=colour,
        linewidth=2.4,
        alpha=alpha,
        zorder=3,
        gid=name,
    )
    axes.scatter(
        ends, [y] * len(ends), marker="|", s=_CAP, linewidths=1.6, color=colour, alpha=alpha,
        zorder=4, clip_on=False,
    )  # fmt: skip


def _draw_legend(canvas: Canvas, axes: Axes, panel: RangePanel) -> None:
    """Name the ranges in their order, in the colour of the text where each row has its own."""
    kinds = dict.fromkeys(part.kind for row in panel.rows for part in row.ranges)
    handles = [
        Line2D(
            [], [],
            color=light("muted" if kind == STATED else "ink"),
            linewidth=2.4,
            alpha=_BEHIND if kind == ATTAINABLE else None,
            label=kind,
        )
        for kind in kinds
    ]  # fmt: skip
    canvas.legend(
        axes,
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=len(handles),
        borderaxespad=0.1,
        columnspacing=1.0,
        handletextpad=0.5,
    )
