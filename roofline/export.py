"""Points and explanations as JSON, CSV and aligned text.

Numbers are in base units and at full precision in JSON and CSV; only the text
tables, which people read, are rounded.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from roofline.capacity import capacity
from roofline.explain import Explanation, Share
from roofline.forecast import Forecast, forecast
from roofline.operators import PHASES, Phase
from roofline.points import evaluate
from roofline.roof import bound_name
from roofline.study import Study
from roofline.units import significant

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
}
"""Units of the numeric columns, all base units."""

PREDICTED = (
    "predicted_seconds",
    "predicted_flops_per_s",
    "predicted_bound",
    "extrapolated",
)
"""Columns of the calibrated model; empty where the study's card is not calibrated."""

_PLACES = {
    "predicted_seconds": 1e-6,
    "predicted_flops_per_s": 1e12,
    "flops": 1e9,
    "bytes": 1e6,
    "attainable": 1e12,
}
_HEADERS = {
    "flops": "work [GFLOP]",
    "bytes": "traffic [MB]",
    "intensity": "intensity [FLOP/Byte]",
    "attainable": "attainable [TFLOP/s]",
    "sequence_length": "length",
    "predicted_seconds": "predicted [µs]",
    "predicted_flops_per_s": "predicted [TFLOP/s]",
    "predicted_bound": "predicted bound",
}


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


def to_table(records: Sequence[Record]) -> str:
    """Write records of equal keys as aligned text, rounded for reading."""
    keys = list(records[0])
    cells = [[_HEADERS.get(key, key) for key in keys]]
    cells += [[_cell(key, record[key]) for key in keys] for record in records]
    widths = [max(len(row[column]) for row in cells) for column in range(len(keys))]
    numeric = [isinstance(records[0][key], int | float) for key in keys]
    lines = [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def _cell(key: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value / _PLACES.get(key, 1.0), 4)
    return str(value)
