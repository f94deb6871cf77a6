"""Draw measured times against predicted ones."""

import math
from typing import Final, Literal

import numpy as np

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.palette import MEASURED_MARK, light, series_colour
from roofline.report.charts.drawing.sheet import Canvas
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.spec import Agreement

HEIGHTS: Final = (330.0, 290.0)


def draw_agreement(canvas: Canvas, spec: Agreement) -> None:
    """Draw a circle for each point, the line of equal times, and the band around it."""
    narrow = canvas.layout.narrow
    times = [time for pairs in spec.series for time in (*pairs.measured, *pairs.predicted)]
    low = 10.0 ** math.floor(math.log10(min(times)))
    high = 10.0 ** math.ceil(math.log10(max(times)))
    axes = canvas.axes(*((50, 36, 16, 10) if narrow else (66, 44, 26, 14)))
    canvas.name_axes(axes, "Measured time", "Predicted time")
    names: tuple[Literal["x", "y"], ...] = ("x", "y")
    for name in names:
        ticks = {tick: without_zeros(tick, "s") for tick in decades(low, high, 4 if narrow else 8)}
        log_axis(axes, name, low, high, ticks)
    ends = np.array([low, high])
    axes.fill_between(
        ends,
        ends / spec.band,
        ends * spec.band,
        color=light("muted"),
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )
    axes.plot(ends, ends, color=light("muted"), linewidth=1, zorder=2, gid="equal")
    for pairs in spec.series:
        axes.scatter(
            pairs.measured,
            pairs.predicted,
            marker=MEASURED_MARK,
            s=18 if narrow else 26,
            linewidths=0.9,
            facecolors="none",
            edgecolors=series_colour(pairs.role),
            zorder=3,
            clip_on=False,
            label=pairs.label,
            gid=f"agreement-{pairs.key}",
        )
    canvas.legend(axes, loc="upper left")
