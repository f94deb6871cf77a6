"""Predicted against measured time, a mark for each measured point of a study."""

import numpy as np

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.agreement import draw_agreement
from roofline.report.charts.plans.series import StudyData, StudySeries
from roofline.report.charts.spec import Plan, Table
from roofline.study.results import fitted_to_measured
from roofline.units import significant

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
        draw=lambda canvas: draw_agreement(canvas, found),
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
