"""Points and explanations as JSON and CSV, in base units and at full precision."""

from collections.abc import Sequence

from roofline.files.table import Record, json_text
from roofline.study.columns import COLUMNS, UNITS
from roofline.study.explain import Explanation, Share
from roofline.study.results import SeriesResult
from roofline.study.study import Study

POINTS_SCHEMA = "roofline.points/1"
EXPLAIN_SCHEMA = "roofline.explain/1"

STUDY_UNITS = {"peak": "FLOP/s", "bandwidth": "byte/s", "ridge": "FLOP/Byte"}
"""Units of what describes a study."""
KEYS = {
    "schema": "name and version of the format",
    "version": "version of this project that wrote the file",
    "study": "what was evaluated, see below",
    "units": "base unit of every numeric key",
    "points": "one object for each point, in the order of the grid",
    "formula": "intensity in symbols",
    "formula_with_values": "the same with the numbers in it",
    "verdict": "bound and reason, one sentence",
    "kernels": "the same quantities for each kernel",
    "kernel": "name of the kernel; `sum` for the whole series",
    "id": "name of the study, as in its address",
    "title": "heading",
    "model": "transformer, by its name in the catalogue",
    "accelerator": "accelerator, by its name in the catalogue",
    "dtype": "number format of the arithmetic",
    "choices": "every implementation choice, defaults included",
    "bytes_per_element": "bytes per element of each kind of operand",
    "peak": "compute ceiling, dense",
    "bandwidth": "memory ceiling, decimal",
    "ridge": "peak over bandwidth",
}
"""What keys mean that are no columns of a point, for the page on data formats."""


def series_records(result: SeriesResult) -> list[Record]:
    """One record for each setting of a series, in the order of the grid."""
    columns = [column.read(result) for column in COLUMNS]
    names = [column.name for column in COLUMNS]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def point_records(study: Study) -> list[Record]:
    """One record for each point of the chart."""
    return [record for result in study.results.series for record in series_records(result)]


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
            "units": UNITS | STUDY_UNITS,
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
