"""The result as files: rows as CSV, and everything about them as JSON."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from roofline.files.table import to_csv, to_json
from roofline.measurements.bench import host
from roofline.measurements.bench.backend import Backend
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.plan import Task
from roofline.measurements.bench.rows import Ceilings, MeasuredRow
from roofline.measurements.bench.session import Outcome, Terms

SCHEMA = "roofline.measurements/1"
COLUMNS = tuple(MeasuredRow.model_fields)
UNITS = {
    "memory": "byte",
    "cache": "byte",
    "flush": "byte",
    "clocks": "Hz",
    "peak": "FLOP/s",
    "bandwidth": "byte/s",
    "ridge": "FLOP/Byte",
    "seconds": "s",
    "seconds_low": "s",
    "seconds_high": "s",
    "bytes": "byte",
    "sequence_length": "token",
    "candidates": "token",
    "fraction_of_attainable": "1",
}
"""Units of the numeric keys, all base units."""
ABOVE = (
    "faster than the measured ceilings allow: without a flush, operands come from the cache; "
    "with one, the square product, the copy and the read are not the best that the device can do"
)


def rows_csv(tasks: Sequence[Task], rows: Sequence[MeasuredRow]) -> str:
    """All rows, those of the study in its order first, flushed ones before others."""
    place = {task.shape: number for number, task in enumerate(tasks)}
    ordered = sorted(rows, key=lambda row: (place.get(row.shape, len(place)), not row.flushed))
    return to_csv([row.model_dump() for row in ordered])


def above_ceilings(
    rows: Sequence[MeasuredRow], ceilings: Ceilings, item_bytes: int
) -> list[dict[str, Any]]:
    """Rows that are faster than the measured ceilings allow, with how much."""
    above = []
    for row in rows:
        fraction = ceilings.minimum_seconds(row.shape, item_bytes) / row.seconds
        if fraction > 1:
            above.append(
                asdict(row.shape) | {"flushed": row.flushed, "fraction_of_attainable": fraction}
            )
    return above


def report_json(
    study: Mapping[str, str],
    backend: Backend,
    journal: Journal,
    terms: Terms,
    outcome: Outcome,
    *,
    version: str,
) -> str:
    """What was measured, on what, how, and what was not, as a JSON object.

    Args:
        study: Its id, title and model.
        backend: What measured.
        journal: The rows.
        terms: How was measured.
        outcome: The ceilings, and what was left out.
        version: Of this package.
    """
    ceilings, device = outcome.ceilings, backend.device()
    return to_json(
        {
            "schema": SCHEMA,
            "version": version,
            "date": journal.started,
            "study": dict(study),
            "backend": backend.name,
            "protocol": "isolated",
            "dtype": backend.dtype,
            "device": asdict(device) | {"label": device.label},
            "host": {
                "cpu": host.cpu_name(),
                "memory": host.memory_bytes(),
                "system": platform.system(),
                "python": platform.python_version(),
            },
            "libraries": backend.libraries(),
            "conditions": {
                "repetitions": terms.repetitions,
                "flush": backend.flush_bytes,
                "operands": "random, row-major",
            },
            "units": UNITS,
            "ceilings": {
                "peak": ceilings.peak,
                "bandwidth": ceilings.bandwidth,
                "ridge": ceilings.peak / ceilings.bandwidth,
                "product": ceilings.product.model_dump(),
                "copy": ceilings.copied.model_dump(),
                "read": ceilings.read.model_dump(),
            },
            "rows": len(journal.rows),
            "complete": not outcome.out_of_time,
            "above_ceilings": {
                "note": ABOVE,
                "rows": above_ceilings(journal.rows, ceilings, backend.item_bytes),
            },
            "skipped": [
                {
                    "series": skipped.task.series,
                    "phase": skipped.task.phase,
                    "batch": skipped.task.batch,
                    "sequence_length": skipped.task.sequence_length,
                    "candidates": skipped.task.candidates,
                    "kernel": skipped.task.kernel,
                    **asdict(skipped.task.shape),
                    "bytes": skipped.task.shape.elements * backend.item_bytes,
                    "reason": skipped.reason,
                }
                for skipped in outcome.skipped
            ],
        }
    )
