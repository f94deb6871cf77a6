"""Read off a drawing of the reference chart how it looks, in the words of its statements."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.lines import Line2D

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.palette import colour_name, light
from roofline.report.charts.drawing.roofline import BANDWIDTH, PEAK, RIDGE, draw_roofline
from roofline.report.charts.drawing.sheet import Canvas, Layout, style
from roofline.report.charts.spec import Roofline

_STRAIGHT: Final = 1e-9
"""Up to which part of its length a line along an axis may leave it."""


def read_look(layout: Layout, spec: Roofline) -> dict[str, tuple[str, ...]]:
    """Draw a chart and read what is seen of it.

    Args:
        layout: The sheet.
        spec: What is drawn.

    Returns:
        What is seen of each part, by its name.
    """
    canvas = Canvas.blank(layout)
    with style():
        draw_roofline(canvas, spec)
        canvas.figure.draw_without_rendering()
    (axes,) = canvas.figure.axes
    handles = _handles(axes, spec)
    lines = {str(line.get_gid()): line for line in axes.get_lines()}
    return {
        "horizontal label": (axes.get_xlabel(),),
        "horizontal scale": (axes.get_xscale(),),
        "horizontal ticks": _ticks(axes.get_xticklabels()),
        "vertical label": (axes.get_ylabel(),),
        "vertical scale": (axes.get_yscale(),),
        "vertical ticks": _ticks(axes.get_yticklabels()),
        "grid": _grid(axes),
        "legend place": _legend_place(axes),
        "legend": tuple(
            f"{points.label}: {colour_name(to_hex(str(handles[points.label].get_color())))}"
            for points in spec.series
        ),
        "markers": tuple(
            dict.fromkeys(str(handles[points.label].get_marker()) for points in spec.series)
        ),
        "bandwidth limit": _limit(lines[BANDWIDTH]),
        "peak limit": _limit(lines[PEAK]),
        "ridge": _course(lines[RIDGE]),
    }


def _handles(axes: Axes, spec: Roofline) -> dict[str, Line2D]:
    """Marks of the legend, by the series' label that its text has in it."""
    legend = axes.get_legend()
    if legend is None:
        return {}
    marks = [handle for handle in legend.legend_handles if isinstance(handle, Line2D)]
    texts = [text.get_text() for text in legend.get_texts()]
    return {
        points.label: mark
        for points, text, mark in zip(spec.series, texts, marks, strict=False)
        if points.label in text
    }


def _ticks(labels: list[Any]) -> tuple[str, ...]:
    return tuple(text for label in labels if (text := label.get_text()))


def _grid(axes: Axes) -> tuple[str, ...]:
    """Style of the lines in the grid's colour, and the directions in which they run."""
    words: dict[str, None] = {}
    for lines in axes.collections:
        colour: Any = lines.get_edgecolor()
        if isinstance(lines, LineCollection) and same_color(colour, light("grid")):
            styles: Any = lines.get_linestyle()
            words["dashed" if all(dashes for _, dashes in styles) else "solid"] = None
            words |= dict.fromkeys(_direction(np.asarray(part)) for part in lines.get_segments())
    return tuple(words)


def _legend_place(axes: Axes) -> tuple[str, ...]:
    """The quadrant of the axes that the middle of the legend lies in."""
    legend = axes.get_legend()
    if legend is None:
        return ()
    box, room = legend.get_window_extent(), axes.get_window_extent()
    below = box.y0 + box.y1 < room.y0 + room.y1
    before = box.x0 + box.x1 < room.x0 + room.x1
    return ("bottom" if below else "top", "left" if before else "right")


def _limit(line: Line2D) -> tuple[str, ...]:
    return (*_course(line), colour_name(to_hex(str(line.get_color()))))


def _course(line: Line2D) -> tuple[str, ...]:
    seen = line.get_transform().transform(np.asarray(line.get_xydata()))
    return (_direction(seen), "dashed" if line.is_dashed() else "solid")


def _direction(points: FloatArray) -> str:
    """In which direction a straight line from left to right runs."""
    width, height = points[-1] - points[0]
    if abs(width) <= _STRAIGHT * abs(height):
        return "vertical"
    if abs(height) <= _STRAIGHT * abs(width):
        return "horizontal"
    return "rising" if width * height > 0 else "falling"
