"""Measured times of batched matrix products, read from CSV in one of two forms.

Products: ``count, m, n, k, seconds``. Heads: ``n, d, seqlen, bs, series, latency``, with n
heads of dimension d, length seqlen and batch bs, in which a series stands for products:

- ``dense``: one product ``[bs·seqlen × n·d] · [n·d × n·d]``
- ``qk_init``: bs·n products ``[seqlen × d] · [d × seqlen]``
- ``qk_ar``: bs·n products ``[1 × d] · [d × seqlen]``

Either may have the columns ``dtype``; ``device``, what the driver calls what was measured, and
``accelerator``, its name in the catalogue; and ``flushed``, whether the cache was flushed
before; ``protocol``, ``isolated`` or ``stream``; and ``library``, with its version. That of
products may have ``group``, what is held out together, and ``stage``, what errors are listed by,
for which ``series`` and ``phase`` serve too. Others are ignored, so that a file of
`roofline bench` is of this form.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.errors import InputError, Problem, as_written, join_choices, unknown
from roofline.files.table import Block, Table
from roofline.files.text import open_bytes
from roofline.measurements.products import PROTOCOLS, Measurements

MOST_BYTES = 100_000_000
"""Largest file of measurements that is read, about two million rows [byte]."""
PRODUCTS = ("count", "m", "n", "k", "seconds")
HEADS = ("n", "d", "seqlen", "bs", "series", "latency")
SERIES = ("dense", "qk_init", "qk_ar")
_OPTIONAL = (
    "dtype", "device", "accelerator", "flushed", "protocol", "library", "group", "stage", "series",
    "phase",
)  # fmt: skip
_FLAGS = ("true", "false")
_SIZES = (1.0, 1e15)
"""Range of a dimension."""
_SECONDS = (1e-12, 1e6)
"""Range of a kernel's time [s]."""
_LONGEST_NAME = 500
"""The catalogue takes no longer name [character]."""


def read_measurements(path: Path, accelerator: str, dtype: str = "fp16") -> Measurements:
    """Read measurements of one accelerator.

    Args:
        path: The CSV file.
        accelerator: Identifier in the catalogue; every row must be of it, where there is a
            column that says so.
        dtype: Number format of all rows where there is no such column.

    Raises:
        InputError: With every problem and its line.
        LookupError: There is no such accelerator.
    """
    card = load_accelerator(accelerator)
    origin = str(path)
    with open_bytes(path, origin) as file:
        table = Table(file, origin, f"{', '.join(PRODUCTS)}, or {', '.join(HEADS)}")
        heads = len({*HEADS} & {*table.names}) > len({*PRODUCTS} & {*table.names})
        table.check_header(HEADS if heads else PRODUCTS, _OPTIONAL)
        rows = table.read(MOST_BYTES)
    measurements = (_from_heads if heads else _from_products)(rows, dtype)
    others = [
        *_other_devices(rows, "device", card.device_names),
        *_other_devices(rows, "accelerator", (accelerator,)),
    ]
    table.refuse(*others)
    if not len(measurements):
        raise InputError.at(origin, "expected measurements, got no rows")
    if "device" not in table.names and "accelerator" in table.names:
        return replace(measurements, devices=card.device_names[:1])
    return measurements


def _from_products(rows: Block, dtype: str) -> Measurements:
    count, m, n, k = (rows.numbers(name, *_SIZES) for name in ("count", "m", "n", "k"))
    stages = zip(rows.names("stage"), rows.names("series"), rows.names("phase"), strict=True)
    groups = zip(rows.names("group"), k.tolist(), strict=True)
    return _gathered(
        rows,
        (count, m, n, k),
        rows.numbers("seconds", *_SECONDS),
        dtype,
        group=[group or f"k = {inner:g}" for group, inner in groups],
        stage=[stage or f"{series} {phase}".strip() for stage, series, phase in stages],
    )


def _from_heads(rows: Block, dtype: str) -> Measurements:
    heads, d, s, b = (rows.numbers(name, *_SIZES) for name in ("n", "d", "seqlen", "bs"))
    series = np.array(rows.names("series"), dtype=object)
    rows.check("series", series, lambda name: _unless_known("series", name, SERIES))
    dense, prefill = series == "dense", series == "qk_init"
    return _gathered(
        rows,
        (
            np.where(dense, 1.0, b * heads),
            np.where(dense, b * s, np.where(prefill, s, 1.0)),
            np.where(dense, heads * d, s),
            np.where(dense, heads * d, d),
        ),
        rows.numbers("latency", *_SECONDS),
        dtype,
        group=[f"{number:g} heads of {size:g}" for number, size in zip(heads, d, strict=True)],
        stage=np.where(dense, np.where(s == 1, "dense_ar", "dense_init"), series).tolist(),
    )


def _gathered(
    rows: Block,
    dimensions: Sequence[FloatArray],
    seconds: FloatArray,
    dtype: str,
    *,
    group: Sequence[str],
    stage: Sequence[str],
) -> Measurements:
    """Put measurements together, with what either form of file says of them."""
    header, dtypes = rows.table.names, rows.names("dtype", dtype)
    flushed = [flag.lower() for flag in rows.names("flushed")]
    protocol, library = rows.names("protocol"), rows.names("library")
    if "flushed" not in header:
        flushed = ["false" if name == "stream" else "true" for name in protocol]
    formats = sorted(number_formats())
    rows.check("dtype", dtypes, lambda name: _unless_known("dtype", name, formats))
    rows.check("group", group, _unless_short)
    rows.check("stage", stage, _unless_stage)
    rows.check("flushed", flushed, _unless_flag)
    rows.check(
        "protocol", protocol, lambda name: name and _unless_known("protocol", name, PROTOCOLS)
    )
    rows.check("library", library, _unless_short)
    count, m, n, k = dimensions
    return Measurements(
        count=count,
        m=m,
        n=n,
        k=k,
        seconds=seconds,
        dtypes=tuple(dtypes),
        group=tuple(group),
        stage=tuple(stage),
        flushed=np.array([flag == "true" for flag in flushed], dtype=bool),
        protocol=tuple(protocol),
        library=tuple(library),
        line=np.array(rows.lines, dtype=np.intp),
        devices=tuple(dict.fromkeys(rows.names("device"))) if "device" in header else (),
    )


def _unless_known(what: str, name: str, known: Sequence[str]) -> str:
    return "" if name in known else unknown(what, name, known)


def _unless_flag(flag: str) -> str:
    return "" if flag in _FLAGS else f"expected {join_choices(_FLAGS)}, got {as_written(flag)}"


def _unless_short(name: str) -> str:
    short = len(name) <= _LONGEST_NAME
    return "" if short else f"expected at most {_LONGEST_NAME} characters, got {len(name):,}"


def _unless_stage(name: str) -> str:
    if name == "all":
        return 'the name "all" is taken by the errors over all rows'
    return _unless_short(name)


def _other_devices(rows: Block, column: str, known: Sequence[str]) -> Iterator[Problem]:
    """One problem for each device that is not the one expected, however many its rows."""
    if column not in rows.table.names:
        return
    lines: dict[str, list[int]] = {}
    for name, line in zip(rows.names(column), rows.lines, strict=True):
        if name not in known:
            lines.setdefault(name, []).append(line)
    for name, where in lines.items():
        choices = join_choices([as_written(choice) for choice in known])
        rule = f"measured on {as_written(name)}, expected {choices}"
        if len(where) > 1:
            rule += f", in this row and {len(where) - 1:,} more"
        yield Problem(place=column, rule=rule, line=where[0])
