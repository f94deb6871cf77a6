"""Files of measurements for tests, and a study that names them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roofline.study.study import Study, load_study
from studies import write_study

DEVICE = "NVIDIA H200"
HEADER = "count,m,n,k,dtype,device,flushed,seconds"

Row = tuple[Any, ...]


def row(  # the dimensions of a product, then its time
    count: int, m: int, n: int, k: int, seconds: float, *, flushed: bool = True
) -> Row:
    """One measured product of the small study."""
    return (count, m, n, k, "bf16", DEVICE, str(flushed).lower(), seconds)


def attention(batch: int, length: int, first: float, second: float) -> list[Row]:
    """Both decode attention products of the small study: 8 KV heads, groups of 4, d 128."""
    return [
        row(8 * batch, 4, length, 128, first),
        row(8 * batch, 4, 128, length, second),
    ]


def side(label: str = DEVICE, **changes: Any) -> str:
    """A side file, as `roofline bench` writes it."""
    ceiling = {"seconds": 1e-3, "seconds_low": 1e-3, "seconds_high": 1e-3, "repetitions": 7}
    document = {
        "schema": "roofline.measurements/1",
        "date": "2026-11-22T10:00:00+00:00",
        "backend": "torch",
        "dtype": "bf16",
        "device": {"label": label, "memory": 80_000_000_000, "cache": 50_000_000, "driver": None},
        "libraries": {"torch": "2.9.0"},
        "ceilings": {
            "peak": 7.126e14,
            "bandwidth": 2.8e12,
            "product": {"size": 8192, **ceiling},
            "copy": {"size": 1 << 30, **ceiling},
            "read": {"size": 1 << 30, **ceiling},
        },
    }
    return json.dumps(document | changes)


def write_rows(path: Path, rows: Sequence[Row], header: str = HEADER) -> None:
    """Write a file of measurements."""
    lines = [header, *(",".join(str(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measured_study(folder: Path, rows: Sequence[Row], **changes: Any) -> Study:
    """The small study with measurements, both as files."""
    write_rows(folder / "own.csv", rows)
    changes = {"measurements": ["own.csv"]} | changes
    return load_study(write_study(folder / "small.yml", **changes))
