"""Draw measured times against predicted ones."""

import math
from typing import Literal

import numpy as np

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, colour
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.plans.agreement import BAND, _times
from roofline.report.charts.plans.series import StudySeries


def draw_agreement(canvas: Canvas, found: list[StudySeries]) -> None:
    narrow = canvas.layout.narrow
    times = np.concatenate([np.concatenate(_times(one)) for one in found])
    low = 10.0 ** math.floor(math.log10(float(times.min())))
    high = 10.0 ** math.ceil(math.log10(float(times.max())))
    axes = canvas.axes(*((50, 36, 16, 10) if narrow else (66, 44, 26, 14)))
    canvas.name_axes(axes, "Measured time", "Predicted time")
    names: tuple[Literal["x", "y"], ...] = ("x", "y")
    for name in names:
        ticks = {one: without_zeros(one, "s") for one in decades(low, high, 4 if narrow else 8)}
        log_axis(axes, name, low, high, ticks)
    ends = np.array([low, high])
    axes.fill_between(
        ends, ends / BAND, ends * BAND, color=light("muted"), alpha=0.16, linewidth=0, zorder=1
    )
    axes.plot(ends, ends, color=light("muted"), linewidth=1, zorder=2, gid="equal")
    for one in found:
        measured, predicted = _times(one)
        axes.scatter(
            measured,
            predicted,
            marker="o",
            s=18 if narrow else 26,
            linewidths=0.9,
            facecolors="none",
            edgecolors=colour(one.slug, one.phase),
            zorder=3,
            clip_on=False,
            label=one.label,
            gid=f"agreement-{one.key}",
        )
    canvas.legend(axes, loc="upper left")
