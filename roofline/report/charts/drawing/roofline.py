"""Drawing the reference chart: the axes and the roof; its marks are drawn in `marks`."""

import math
from collections.abc import Collection
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from roofline.model.roof import Roof
from roofline.report.charts.drawing.axes import decades, log_axis, round_down
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
from roofline.report.charts.plans.series import StudyData

_DECADES = 5
"""Height of the chart: room for kernels that stay far below the roof."""


_FEWEST = 3
"""Height where it is known how far below they stay."""


def ranges(roof: Roof, data: StudyData) -> tuple[float, float, float, float]:
    """Ranges of both axes: x low, x high, y low, y high."""
    intensity = np.concatenate([one.points.intensity for one in data.series])
    least = min(one.lowest for one in data.series)
    x_low = round_down(min(float(intensity.min()), roof.ridge))
    x_high = 10.0 ** math.ceil(math.log10(max(float(intensity.max()), 2 * roof.ridge)))
    top = math.ceil(math.log10(roof.peak * 1.5))
    low = math.floor(math.log10(min(least, roof.bandwidth * x_low)))
    known = all(one.measured is not None for one in data.series)
    return x_low, x_high, 10.0 ** min(low, top - (_FEWEST if known else _DECADES)), 10.0**top


def draw_roofline(canvas: Canvas, data: StudyData, forward: Collection[str] = ()) -> None:
    """Draw the reference chart.

    Args:
        canvas: Where to.
        data: The study.
        forward: Keys of the series to bring forward, if any.
    """
    roof = data.study.deployment.roof
    narrow = canvas.layout.narrow
    x_low, x_high, y_low, y_high = ranges(roof, data)
    axes = canvas.axes(*((44, 36, 8, 22) if narrow else (62, 44, 14, 26)))
    canvas.name_axes(axes, X_LABEL, Y_LABEL)
    log_axis(axes, "x", x_low, x_high, {one: tick(one) for one in decades(x_low, x_high)})
    log_axis(axes, "y", y_low, y_high, {one: tick(one) for one in decades(y_low, y_high, 9)})
    _draw_roof(canvas, axes, roof)
    for one in data.series:
        draw_series(axes, one, forward)
    if forward:
        name_ends(canvas, axes, roof.ridge, [one for one in data.series if one.key in forward])
    draw_legend(canvas, axes, data.series, forward)


def _draw_roof(canvas: Canvas, axes: Axes, roof: Roof) -> None:
    x_low, x_high = axes.get_xlim()
    y_low, y_high = axes.get_ylim()
    ridge, font = roof.ridge, canvas.layout.font
    axes.axvspan(x_low, ridge, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axvspan(ridge, x_high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)
    memory: dict[str, Any] = {"color": light("memory"), "linewidth": 1.3, "zorder": 2}
    compute: dict[str, Any] = {"color": light("compute"), "linewidth": 1.3, "zorder": 2}
    start = max(x_low, y_low / roof.bandwidth)
    axes.plot([start, ridge], [roof.bandwidth * start, roof.peak], gid="bandwidth", **memory)
    axes.plot([ridge, x_high], [roof.peak, roof.peak], gid="peak", **compute)
    axes.plot(
        [ridge, ridge],
        [y_low, y_high],
        color=light("muted"),
        linewidth=1,
        linestyle=(0, (4, 3)),
        zorder=1.5,
        gid="ridge",
    )
    slope = math.degrees(
        math.atan2(
            axes_height(axes) / math.log10(y_high / y_low),
            axes_width(axes) / math.log10(x_high / x_low),
        )
    )
    place = math.sqrt(start * ridge)
    axes.annotate(
        bandwidth_text(roof),
        (place, roof.bandwidth * place),
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
        peak_text(roof),
        (x_high, roof.peak),
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
        f"ridge {ridge_text(roof)}"
        if canvas.layout.narrow
        else f"ridge {ridge_text(roof)} FLOP/Byte",
        (ridge, 0),
        xycoords=edge,
        xytext=(-4, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=font,
        color=light("muted"),
    )
