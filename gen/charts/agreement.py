"""Predicted against measured time, a mark for each measured point of a study."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gen.charts.canvas import Canvas, colour
from gen.charts.chart import Plan, Table
from gen.charts.data import StudyData, StudySeries
from gen.charts.scales import decades, log_axis, plain
from gen.palette import light
from roofline.comparison import fitted_to_measured
from roofline.units import significant

FloatArray = NDArray[np.float64]

HEIGHTS = (330.0, 290.0)
BAND = 1.2
"""Predictions within this factor of the measured time lie in the shaded band."""


def agreement_plan(data: StudyData) -> Plan | None:
    """Plan the chart; None where no point was both measured and predicted."""
    found = [one for one in data.series if _times(one)[0].size]
    if not found:
        return None
    error = np.concatenate([predicted / measured - 1 for measured, predicted in map(_times, found)])
    size = np.abs(error)
    middle, ninth = (
        significant(100 * float(one), 2) for one in (np.median(size), np.quantile(size, 0.9))
    )
    inside = int(((error + 1 <= BAND) & (error + 1 >= 1 / BAND)).sum())
    within = f"{BAND:g} times"
    return Plan(
        slug="agreement",
        title=(
            f"{_seen(data)} off by {middle}% in the median, and one point in ten by more than "
            f"{ninth}%"
        ),
        description=(
            f"Scatter chart with logarithmic axes: predicted against measured time of "
            f"{size.size:,} points. {inside:,} lie within {within} of each other. "
            + " ".join(map(_words, found))
        ),
        caption=(
            f"Each circle is one series of one layer at one setting. On the line both times are "
            f"equal; in the band they are within {within} of each other, as {inside:,} of the "
            f"{size.size:,} points are. Below the line a prediction is too fast."
        ),
        table=_table(found),
        draw=lambda canvas: _draw(canvas, found),
        heights=HEIGHTS,
    )


def _seen(data: StudyData) -> str:
    """Whether the predictions are of what the parameters were fitted to."""
    if fitted_to_measured(data.study):
        return "On the very shapes that it was fitted to, the model is"
    return "Predicted times are"


def _times(one: StudySeries) -> tuple[FloatArray, FloatArray]:
    """Measured and predicted times of the points that have both [s]."""
    if one.measured is None or one.predicted is None:
        return np.zeros(0), np.zeros(0)
    known = one.measured.known
    return one.measured.seconds[known], one.predicted.seconds[known]


def _words(one: StudySeries) -> str:
    measured, predicted = _times(one)
    size = np.abs(predicted / measured - 1)
    return f"{one.label}: off by {significant(100 * float(np.median(size)), 2)}% in the median."


def _table(found: list[StudySeries]) -> Table:
    pairs = [_times(one) for one in found]

    def setting(name: str) -> list[int]:
        return [
            int(value)
            for one in found
            if one.measured is not None
            for value in getattr(one, name)[one.measured.known]
        ]

    measured, predicted = (np.concatenate([pair[place] for pair in pairs]) for place in (0, 1))
    labels = [one.label for one, pair in zip(found, pairs, strict=True) for _ in pair[0]]
    return Table(
        columns={
            "label": ("", labels),
            "batch": ("sequence", setting("batch")),
            "sequence_length": ("token", setting("length")),
            "candidates": ("token", setting("candidates")),
            "measured_seconds": ("s", measured),
            "predicted_seconds": ("s", predicted),
            "prediction_error": ("1", predicted / measured - 1),
        }
    )


def _draw(canvas: Canvas, found: list[StudySeries]) -> None:
    narrow = canvas.layout.narrow
    times = np.concatenate([np.concatenate(_times(one)) for one in found])
    low = 10.0 ** math.floor(math.log10(float(times.min())))
    high = 10.0 ** math.ceil(math.log10(float(times.max())))
    axes = canvas.axes(*((50, 36, 16, 10) if narrow else (66, 44, 26, 14)))
    canvas.name_axes(axes, "Measured time", "Predicted time")
    names: tuple[Literal["x", "y"], ...] = ("x", "y")
    for name in names:
        ticks = {one: plain(one, "s") for one in decades(low, high, 4 if narrow else 8)}
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
