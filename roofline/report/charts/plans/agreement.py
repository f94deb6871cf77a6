"""Predicted against measured time, a mark for each measured point of a study."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.report.charts.plans.series import StudyData, StudySeries
from roofline.report.charts.spec import Agreement, DataTable, Plan, TimePairs
from roofline.units import significant

BAND: Final = 1.2
"""Predictions within this factor of the measured time lie in the shaded band."""


def agreement_plan(data: StudyData) -> Plan | None:
    """Plan the chart; None where no point was both measured and predicted."""
    pairs = [(series, pair) for series in data.series if (pair := _pair_times(series)) is not None]
    if not pairs:
        return None
    measured, predicted = (np.concatenate([pair[place] for _, pair in pairs]) for place in (0, 1))
    error = predicted / measured - 1
    size = np.abs(error)
    middle, ninth = (
        significant(100 * float(value), 2) for value in (np.median(size), np.quantile(size, 0.9))
    )
    inside = int(((error + 1 <= BAND) & (error + 1 >= 1 / BAND)).sum())
    within = f"{BAND:g} times"
    subject = (
        "On the shapes that it was fitted to, the model has"
        if data.study.fitted_to_measured
        else "Predicted times have"
    )
    return Plan(
        slug="agreement",
        title=(
            f"{subject} a median error of {middle}%; one point in ten is off by more than {ninth}%"
        ),
        description=(
            f"Scatter chart with logarithmic axes: predicted against measured time of "
            f"{size.size:,} points. {inside:,} lie within {within} of each other. "
            + " ".join(_words(series, *pair) for series, pair in pairs)
        ),
        caption=(
            "Each circle is one series of one layer at one setting. On the line, both times are "
            f"equal. In the band, they are within {within} of each other; {inside:,} of the "
            f"{size.size:,} points are. Below the line, the predicted time is too short."
        ),
        spec=Agreement(
            band=BAND,
            series=tuple(
                TimePairs(
                    label=series.label,
                    key=series.key,
                    role=series.points.role,
                    measured=tuple(pair[0].tolist()),
                    predicted=tuple(pair[1].tolist()),
                )
                for series, pair in pairs
            ),
        ),
        table=DataTable.of(
            {
                "label": ("", [series.label for series, pair in pairs for _ in pair[0]]),
                "batch": ("sequence", _settings(pairs, "batch")),
                "sequence_length": ("token", _settings(pairs, "length")),
                "candidates": ("token", _settings(pairs, "candidates")),
                "measured_seconds": ("s", measured),
                "predicted_seconds": ("s", predicted),
                "prediction_error": ("1", error),
            }
        ),
    )


_Pair = tuple[FloatArray, FloatArray]
"""Measured and predicted times of the same points [s]."""


def _pair_times(series: StudySeries) -> _Pair | None:
    """Find the times of the points that have both; None where none has."""
    measured, predicted = series.result.measured, series.result.predicted
    if measured is None or predicted is None or not measured.known.any():
        return None
    return measured.seconds[measured.known], predicted.seconds[measured.known]


def _words(series: StudySeries, measured: FloatArray, predicted: FloatArray) -> str:
    size = np.abs(predicted / measured - 1)
    return f"{series.label}: off by {significant(100 * float(np.median(size)), 2)}% in the median."


def _settings(pairs: list[tuple[StudySeries, _Pair]], name: str) -> NDArray[Any]:
    """Find the settings of the points that have both times."""
    return np.concatenate(
        [
            np.array(getattr(series.points, name))[series.result.measured.known.ravel()]
            for series, _ in pairs
            if series.result.measured is not None
        ]
    )
