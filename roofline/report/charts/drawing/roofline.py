"""Draw the reference chart: the axes and the roof; its marks are drawn in `marks`."""

import math
from typing import Any, Final

from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.marks import draw_legend, draw_series, name_ends
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height, axes_width
from roofline.report.charts.labels import (
    X_LABEL,
    Y_LABEL,
    bandwidth_text,
    peak_text,
    ridge_text,
    tick,
)
from roofline.report.charts.spec import Roofline

HEIGHTS: Final = (360.0, 300.0)
BANDWIDTH: Final = "bandwidth"
PEAK: Final = "peak"
RIDGE: Final = "ridge"
"""Ids of the three lines."""


def draw_roofline(canvas: Canvas, spec: Roofline) -> None:
    """Draw the reference chart."""
    narrow = canvas.layout.narrow
    axes = canvas.axes(*((44, 36, 8, 22) if narrow else (62, 44, 14, 26)))
    canvas.name_axes(axes, X_LABEL, Y_LABEL)
    log_axis(axes, "x", *spec.x, {value: tick(value) for value in decades(*spec.x)})
    log_axis(axes, "y", *spec.y, {value: tick(value) for value in decades(*spec.y, 9)})
    _draw_roof(canvas, axes, spec)
    for series in spec.series:
        draw_series(axes, series, spec.forward)
    if spec.forward:
        name_ends(canvas, axes, spec)
    draw_legend(canvas, axes, spec)


def _draw_roof(canvas: Canvas, axes: Axes, spec: Roofline) -> None:
    (x_low, x_high), (y_low, y_high) = spec.x, spec.y
    bandwidth, peak, ridge, font = spec.bandwidth, spec.peak, spec.ridge, canvas.layout.font
    axes.axvspan(x_low, ridge, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axvspan(ridge, x_high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)
    memory: dict[str, Any] = {"color": light("memory"), "linewidth": 1.3, "zorder": 2}
    compute: dict[str, Any] = {"color": light("compute"), "linewidth": 1.3, "zorder": 2}
    start = max(x_low, y_low / bandwidth)
    axes.plot([start, ridge], [bandwidth * start, peak], gid=BANDWIDTH, **memory)
    axes.plot([ridge, x_high], [peak, peak], gid=PEAK, **compute)
    axes.plot(
        [ridge, ridge],
        [y_low, y_high],
        color=light("muted"),
        linewidth=1,
        linestyle=(0, (4, 3)),
        zorder=1.5,
        gid=RIDGE,
    )
    slope = math.degrees(
        math.atan2(
            axes_height(axes) / math.log10(y_high / y_low),
            axes_width(axes) / math.log10(x_high / x_low),
        )
    )
    place = math.sqrt(start * ridge)
    axes.annotate(
        bandwidth_text(bandwidth),
        (place, bandwidth * place),
        xytext=(
            -0.75 * font * math.sin(math.radians(slope)),
            0.75 * font * math.cos(math.radians(slope)),
        ),
        textcoords="offset points",
        rotation=slope,
        rotation_mode="anchor",
        ha="center",
        va="baseline",
        size=font,
        color=light("memory"),
        weight="bold",
    )
    axes.annotate(
        peak_text(peak),
        (x_high, peak),
        xytext=(-2, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=font,
        color=light("compute"),
        weight="bold",
    )
    edge = axes.get_xaxis_transform()
    for name, x, side, role in (
        ("Memory-bound", x_low, "left", "memory"),
        ("Compute-bound", x_high, "right", "compute"),
    ):
        canvas.text(
            axes,
            x,
            1.015,
            name,
            transform=edge,
            ha=side,
            va="bottom",
            color=light(role),
            size=font + (0 if canvas.layout.narrow else 1),
        )
    axes.annotate(
        f"ridge {ridge_text(ridge)}"
        if canvas.layout.narrow
        else f"ridge {ridge_text(ridge)} FLOP/Byte",
        (ridge, 0),
        xycoords=edge,
        xytext=(-4, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=font,
        color=light("muted"),
    )
