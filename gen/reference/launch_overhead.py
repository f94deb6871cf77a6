"""The page on launch overhead: a picture, and which points it rules."""

import numpy as np
from markupsafe import Markup

from roofline.files.table import Record
from roofline.latency.prediction import predict_series
from roofline.model.grid import Grid
from roofline.model.roof import BOUNDS
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.series_view import SeriesView
from roofline.report.pages.study_view import StudyView
from roofline.units import quantity

_DIGITS = 3


def parts(series: SeriesView, batch: int) -> list[Record]:
    """One row for each length: where the predicted time of kernels run alone goes.

    Args:
        series: Of a study with a calibration.
        batch: Sequences.
    """
    lengths = series.study.file.lengths
    deployment = series.study.deployment
    grid = Grid(batch, np.array(lengths))
    predicted = predict_series(deployment, series.name, series.phase, grid)
    if predicted is None:
        raise ValueError(f"{series.study.identifier}: no calibration applies")
    overhead = predicted.parts["overhead"] / predicted.seconds
    return [
        {
            "length": length,
            "seconds": float(predicted.seconds[place]),
            "flops_per_s": float(predicted.flops_per_s[place]),
            "share": float(overhead[place]),
            "bound": BOUNDS[predicted.bound[place]],
        }
        | {name: float(times[place]) for name, times in predicted.parts.items()}
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


def ruled(study: StudyView) -> list[Record]:
    """One row for each series: its points by predicted bound, and how large they get."""
    rows = []
    for series in study.series:
        sizes = [
            record["batch"] * record["sequence_length"]
            for record in series.records
            if record["predicted_bound"] == "overhead"
        ]
        rows.append(
            {"series": series.label, "tokens": max(sizes, default=None)}
            | {name: series.ruled(name) for name in BOUNDS}
        )
    return rows
