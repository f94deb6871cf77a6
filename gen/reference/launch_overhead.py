"""The page on launch overhead: a picture, and which points it rules."""

from typing import Any

import numpy as np
from markupsafe import Markup

from roofline.latency.law import BOUNDS
from roofline.latency.prediction import predict_series
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.series_view import SeriesView
from roofline.report.pages.study_view import StudyView
from roofline.units import quantity

Row = dict[str, Any]

_DIGITS = 3


def parts(series: SeriesView, batch: int) -> list[Row]:
    """One row for each length: where the predicted time of kernels run alone goes.

    Args:
        series: Of a study with a calibration.
        batch: Sequences.
    """
    lengths = series.study.study.file.lengths
    found = predict_series(series.study.study, series.name, series.phase, batch, np.array(lengths))
    if found is None:
        raise ValueError(f"{series.study.id}: no calibration applies")
    return [
        {
            "length": length,
            "seconds": float(found.seconds[place]),
            "flops_per_s": float(found.flops_per_s[place]),
            "share": float(found.parts[BOUNDS.index("overhead"), place] / found.seconds[place]),
            "bound": found.bound_name((place,)),
        }
        | {name: float(found.parts[part, place]) for part, name in enumerate(BOUNDS)}
        for place, length in enumerate(lengths)
    ]


def picture(series: SeriesView, batch: int) -> Markup:
    """Overhead beside the time to move, length by length."""
    groups = [
        Group(
            label=f"length {row['length']:,}",
            bars=tuple(
                Bar(row[part], quantity(row[part], "s", _DIGITS), role, name)
                for part, role, name in (
                    ("overhead", "muted", "overhead"),
                    ("memory", "memory", "moving"),
                )
            ),
        )
        for row in parts(series, batch)
    ]
    return bars(
        "overhead",
        f"{series.title}, batch {batch:,}: predicted parts of the time of kernels run alone",
        groups,
        "Overhead hardly changes; the time to move grows with the length and overtakes it.",
    )


def ruled(study: StudyView) -> list[Row]:
    """One row for each series: its points by predicted bound, and how large they get."""
    found = []
    for series in study.series:
        sizes = [
            record["batch"] * record["sequence_length"]
            for record in series.records
            if record["predicted_bound"] == "overhead"
        ]
        found.append(
            {"series": series.label, "tokens": max(sizes, default=None)}
            | {name: series.ruled(name) for name in BOUNDS}
        )
    return found
