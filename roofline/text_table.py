"""Records as aligned text, rounded for people; JSON and CSV keep full precision."""

from collections.abc import Sequence

from roofline.export import MEASURED, Record
from roofline.units import significant

_PLACES = {
    "measured_seconds": 1e-6,
    "unflushed_seconds": 1e-6,
    "measured_flops_per_s": 1e12,
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
    "measured_seconds": "measured [µs]",
    "measured_flops_per_s": "measured [TFLOP/s]",
    "fraction_of_attainable": "of attainable",
    "prediction_error": "error of prediction",
    "unflushed_seconds": "without flush [µs]",
}


def to_table(records: Sequence[Record]) -> str:
    """Write records of equal keys as aligned text, rounded for reading.

    What was measured is left out where nothing was.
    """
    keys = [
        key
        for key in records[0]
        if key not in MEASURED or any(record[key] is not None for record in records)
    ]
    cells = [[_HEADERS.get(key, key) for key in keys]]
    cells += [[_cell(key, record[key]) for key in keys] for record in records]
    widths = [max(len(row[column]) for row in cells) for column in range(len(keys))]
    numeric = [any(isinstance(one[key], int | float) for one in records) for key in keys]
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
