"""Points and explanations as JSON and CSV, in base units and at full precision."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from roofline.capacity import capacity
from roofline.comparison import Measured, measured
from roofline.explain import Explanation, Share
from roofline.forecast import Forecast, forecast
from roofline.operators import PHASES, Phase
from roofline.points import evaluate
from roofline.roof import bound_name
from roofline.study import Study

Record = dict[str, Any]

POINTS_SCHEMA = "roofline.points/1"
EXPLAIN_SCHEMA = "roofline.explain/1"
UNITS = {
    "batch": "1",
    "sequence_length": "token",
    "candidates": "token",
    "flops": "FLOP",
    "bytes": "byte",
    "intensity": "FLOP/Byte",
    "attainable": "FLOP/s",
    "predicted_seconds": "s",
    "predicted_flops_per_s": "FLOP/s",
    "measured_seconds": "s",
    "measured_flops_per_s": "FLOP/s",
    "fraction_of_attainable": "1",
    "prediction_error": "1",
    "unflushed_seconds": "s",
}
"""Units of the numeric columns, all base units."""

PREDICTED = (
    "predicted_seconds",
    "predicted_flops_per_s",
    "predicted_bound",
    "extrapolated",
)
"""Columns of the calibrated model; empty where the study's card is not calibrated."""

MEASURED = (
    "measured_seconds",
    "measured_flops_per_s",
    "fraction_of_attainable",
    "prediction_error",
    "unflushed_seconds",
)
"""Columns of the study's measurements; empty where it names none of a point."""


def series_records(study: Study, series: str, phase: Phase) -> list[Record]:
    """One record for each setting of a series, in the order of the grid."""
    file = study.file
    batches, lengths, candidates = np.meshgrid(
        file.batches,
        file.lengths,
        file.candidates if phase == "ar" else (1,),
        indexing="ij",
    )
    points = evaluate(study.deployment, series, phase, batches, lengths, candidates)
    fits = capacity(study.deployment).fits(batches, lengths)
    predicted = forecast(study, series, phase, batches, lengths, candidates)
    found = measured(study, series, phase, batches, lengths, candidates)
    return [
        {
            "series": series,
            "phase": phase,
            "batch": int(batches[index]),
            "sequence_length": int(lengths[index]),
            "candidates": int(candidates[index]),
            "flops": float(points.flops[index]),
            "bytes": float(points.bytes[index]),
            "intensity": float(points.intensity[index]),
            "attainable": float(points.attainable[index]),
            "bound": bound_name(compute_bound=bool(points.compute_bound[index])),
            "fits": bool(fits[index]),
            **_predicted(predicted, index),
            **measured_record(found, index),
        }
        for index in np.ndindex(batches.shape)
    ]


def _predicted(predicted: Forecast | None, index: tuple[int, ...]) -> Record:
    """What the calibrated model expects of a point; nothing where the card has none."""
    if predicted is None:
        return dict.fromkeys(PREDICTED)
    return {
        "predicted_seconds": float(predicted.seconds[index]),
        "predicted_flops_per_s": float(predicted.flops_per_s[index]),
        "predicted_bound": predicted.bound_name(index),
        "extrapolated": bool(predicted.extrapolated[index]),
    }


def measured_record(found: Measured | None, index: tuple[int, ...]) -> Record:
    """What was measured of a point; nothing where it was not."""
    if found is None:
        return dict.fromkeys(MEASURED)
    values = (
        found.seconds,
        found.flops_per_s,
        found.fraction,
        found.error,
        found.unflushed_seconds,
    )
    numbers = (float(one[index]) for one in values)
    return {
        name: number if math.isfinite(number) else None
        for name, number in zip(MEASURED, numbers, strict=True)
    }


def charted_series(study: Study) -> tuple[tuple[str, Phase], ...]:
    """Series and phases that the chart shows, in the order of its legend."""
    return tuple(
        (name, phase)
        for name, series in study.deployment.operators.series.items()
        if series.charted
        for phase in PHASES
    )


def point_records(study: Study) -> list[Record]:
    """One record for each point of the chart."""
    return [
        record
        for series, phase in charted_series(study)
        for record in series_records(study, series, phase)
    ]


def study_record(study: Study) -> Record:
    """What a study is, for the head of a JSON file."""
    deployment = study.deployment
    return {
        "id": study.identifier,
        "title": study.file.title,
        "model": study.file.model,
        "accelerator": study.file.accelerator,
        "dtype": study.file.dtype,
        "choices": deployment.operators.defaults() | dict(deployment.choices),
        "bytes_per_element": dict(deployment.element_bytes),
        "peak": deployment.roof.peak,
        "bandwidth": deployment.roof.bandwidth,
        "ridge": deployment.roof.ridge,
    }


def points_json(study: Study, records: Sequence[Record], version: str) -> str:
    """The points as a JSON object of schema ``roofline.points/1``."""
    return _json(
        {
            "schema": POINTS_SCHEMA,
            "version": version,
            "study": study_record(study),
            "units": UNITS | {"peak": "FLOP/s", "bandwidth": "byte/s", "ridge": "FLOP/Byte"},
            "points": list(records),
        }
    )


def explanation_record(explanation: Explanation, version: str) -> Record:
    """An explanation as a JSON object of schema ``roofline.explain/1``."""
    batch, length, candidates = explanation.setting
    return {
        "schema": EXPLAIN_SCHEMA,
        "version": version,
        "study": study_record(explanation.study),
        "units": UNITS,
        "series": explanation.series,
        "phase": explanation.phase,
        "batch": batch,
        "sequence_length": length,
        "candidates": candidates,
        "formula": explanation.total.formula.text,
        "formula_with_values": explanation.total.formula.values_text,
        **_share_record(explanation.total),
        "fits": explanation.fits,
        "verdict": explanation.verdict,
        "kernels": [
            {
                "kernel": share.name,
                "formula": share.formula.text,
                "formula_with_values": share.formula.values_text,
                **_share_record(share),
            }
            for share in explanation.kernels
        ],
    }


def explanation_rows(explanation: Explanation) -> list[Record]:
    """Flatten an explanation: one record for each kernel, and the sum last."""
    batch, length, candidates = explanation.setting
    head = {
        "series": explanation.series,
        "phase": explanation.phase,
        "batch": batch,
        "sequence_length": length,
        "candidates": candidates,
    }
    return [
        {**head, "kernel": name, **_share_record(share), "fits": explanation.fits}
        for name, share in [
            *((share.name, share) for share in explanation.kernels),
            ("sum", explanation.total),
        ]
    ]


def _share_record(share: Share) -> Record:
    return {
        "flops": share.flops,
        "bytes": share.bytes,
        "intensity": share.intensity,
        "attainable": share.attainable,
        "bound": share.bound,
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_json(record: Mapping[str, object]) -> str:
    """Write one object."""
    return _json(dict(record))


def to_csv(records: Sequence[Record]) -> str:
    """Write records of equal keys; booleans are ``true`` and ``false`` as in JSON."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow(
            {
                key: str(value).lower() if isinstance(value, bool) else value
                for key, value in record.items()
            }
        )
    return out.getvalue()
