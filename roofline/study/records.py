"""Points and explanations as JSON and CSV, in base units and at full precision."""

import math
from collections.abc import Sequence

import numpy as np

from roofline.files.table import Record, json_text
from roofline.latency.prediction import SeriesPrediction, predict_series
from roofline.model.capacity import capacity
from roofline.model.operators import Phase
from roofline.model.points import evaluate
from roofline.model.roof import bound_name
from roofline.study.columns import MEASURED, PREDICTED, UNITS
from roofline.study.explain import Explanation, Share
from roofline.study.results import MeasuredSeries, charted_series, measured
from roofline.study.study import Study

POINTS_SCHEMA = "roofline.points/1"
EXPLAIN_SCHEMA = "roofline.explain/1"


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
    predicted = predict_series(study, series, phase, batches, lengths, candidates)
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


def _predicted(predicted: SeriesPrediction | None, index: tuple[int, ...]) -> Record:
    """What the calibrated model expects of a point; nothing where the card has none."""
    if predicted is None:
        return dict.fromkeys(PREDICTED)
    return {
        "predicted_seconds": float(predicted.seconds[index]),
        "predicted_flops_per_s": float(predicted.flops_per_s[index]),
        "predicted_bound": predicted.bound_name(index),
        "extrapolated": bool(predicted.extrapolated[index]),
    }


def measured_record(found: MeasuredSeries | None, index: tuple[int, ...]) -> Record:
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
    return json_text(
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
