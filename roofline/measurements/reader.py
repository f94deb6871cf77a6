"""Measured times of batched matrix products, read from CSV in one of two forms.

Products: ``count, m, n, k, seconds``. Heads: ``n, d, seqlen, bs, series, latency``, with n
heads of dimension d, length seqlen and batch bs, in which a series stands for products:

- ``dense``: one product ``[bs·seqlen × n·d] · [n·d × n·d]``
- ``qk_init``: bs·n products ``[seqlen × d] · [d × seqlen]``
- ``qk_ar``: bs·n products ``[1 × d] · [d × seqlen]``

Either may have the columns ``dtype``; ``device``, what the driver calls what was measured, and
``accelerator``, its name in the catalogue; and ``flushed``, whether the cache was flushed
before, ``true`` without the column. That of products may have ``group``, what is held out
together, and ``stage``, what errors are listed by, for which ``series`` and ``phase`` serve
too. Others are ignored, so that a file of `roofline bench` is of this form.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.errors import InputError, Problem, as_written, join_choices, unknown
from roofline.files.text import read_text
from roofline.measurements.products import Measurements

MOST_BYTES = 100_000_000
"""Largest file of measurements that is read, about two million rows [byte]."""
PRODUCTS = ("count", "m", "n", "k", "seconds")
HEADS = ("n", "d", "seqlen", "bs", "series", "latency")
SERIES = ("dense", "qk_init", "qk_ar")
_OPTIONAL = ("dtype", "device", "accelerator", "flushed", "group", "stage")
_FLAGS = {"true": True, "false": False}
_LARGEST = 1e15
_LONGEST = 1e6
"""No kernel takes longer [s]."""

Row = Mapping[str, str]


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
    devices = _Devices(accelerator)
    origin = str(path)
    reader = csv.reader(read_text(path, origin, MOST_BYTES).splitlines(keepends=True), strict=True)
    problems: list[Problem] = []
    records: list[_Record] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        heads = _form(header, origin)
        for line, fields in _lines(reader, header, problems):
            row = dict(zip(header, fields, strict=True))
            found = _Problems(line)
            record = (_from_heads if heads else _from_product)(row, found)
            _check_names(row, record, found)
            devices.check(row, line)
            record.dtype = row.get("dtype") or dtype
            record.flushed = _flag(row, found)
            problems += found.problems
            records.append(record)
    except csv.Error as error:
        problems.append(Problem(place="", rule=f"not CSV: {error}", line=reader.line_num))
    problems += devices.problems()
    if problems:
        raise InputError(origin, problems)
    if not records:
        raise InputError(origin, [Problem(place="", rule="expected measurements, got no rows")])
    return _gathered(records, devices.names(header))


@dataclass(kw_only=True, slots=True)
class _Record:
    """One product, while its row is being read; what could not be read is not a number."""

    dimensions: tuple[float, float, float, float]
    seconds: float
    group: str
    stage: str
    line: int
    dtype: str = ""
    flushed: bool = True


class _Problems:
    """What is wrong with one row."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.problems: list[Problem] = []

    def add(self, place: str, rule: str) -> None:
        self.problems.append(Problem(place=place, rule=rule, line=self.line))

    def number(self, row: Row, name: str, most: float = _LARGEST) -> float:
        """Read a number above 0; not a number where it is none, which is noted."""
        try:
            value = float(row[name])
        except ValueError:
            self.add(name, f"expected a number above 0, got {as_written(row[name])}")
            return math.nan
        if not 0 < value <= most:
            found = as_written(row[name]) if math.isnan(value) else as_written(value)
            self.add(name, f"expected a number above 0, at most {most:g}, got {found}")
            return math.nan
        return value


class _Devices:
    """What rows must be measured on; other devices are noted once each, however many rows."""

    def __init__(self, accelerator: str) -> None:
        known = load_accelerator(accelerator).device_names
        self.known = {"device": known, "accelerator": (accelerator,)}
        self.found: dict[str, None] = {}
        self.others: dict[tuple[str, str], list[int]] = {}

    def names(self, header: Sequence[str]) -> tuple[str, ...]:
        """What was measured; nothing if a file with this header does not say."""
        if "device" in header:
            return tuple(self.found)
        return (self.known["device"][0],) if "accelerator" in header else ()

    def check(self, row: Row, line: int) -> None:
        """Note a row's device, and if it is another one."""
        if "device" in row:
            self.found[row["device"]] = None
        for column, known in self.known.items():
            if row.get(column, known[0]) not in known:
                self.others.setdefault((column, row[column]), []).append(line)

    def problems(self) -> list[Problem]:
        """One problem for each other device."""
        return [
            Problem(
                place=column,
                rule=(
                    f"measured on {as_written(name)}, expected "
                    f"{join_choices([as_written(one) for one in self.known[column]])}"
                    + f", in this row and {len(lines) - 1:,} more"
                    * (len(lines) > 1)
                ),
                line=lines[0],
            )
            for (column, name), lines in self.others.items()
        ]


def _form(header: Sequence[str], origin: str) -> bool:
    """Whether the header is that of heads; else it is that of products."""
    if not any(header):
        rule = f"expected a header: {', '.join(PRODUCTS)}, or {', '.join(HEADS)}; got nothing"
        raise InputError(origin, [Problem(place="", rule=rule)])
    heads = len(set(HEADS) & set(header)) > len(set(PRODUCTS) & set(header))
    wanted = HEADS if heads else PRODUCTS
    problems = [
        Problem(place=name, rule="required column, but missing", line=1)
        for name in wanted
        if name not in header
    ]
    problems += [
        Problem(place=name, rule="the column stands twice", line=1)
        for name in dict.fromkeys((*wanted, *_OPTIONAL, "series", "phase"))
        if header.count(name) > 1
    ]
    if problems:
        raise InputError(origin, problems)
    return heads


def _lines(
    reader: Iterator[list[str]], header: Sequence[str], problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Give each row of the right length with its line; note the others."""
    for fields in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]  # csv readers have it
        if len(fields) == len(header):
            yield line, fields
        elif fields:
            rule = f"expected {len(header)} fields, got {len(fields)}"
            problems.append(Problem(place="", rule=rule, line=line))


def _from_product(row: Row, found: _Problems) -> _Record:
    count, m, n, k = (found.number(row, name) for name in ("count", "m", "n", "k"))
    seconds = found.number(row, "seconds", _LONGEST)
    group = row.get("group") or f"k = {k:g}"
    stage = row.get("stage") or f"{row.get('series', '')} {row.get('phase', '')}".strip()
    return _Record(
        dimensions=(count, m, n, k), seconds=seconds, group=group, stage=stage, line=found.line
    )


def _from_heads(row: Row, found: _Problems) -> _Record:
    heads, d, s, b = (found.number(row, name) for name in ("n", "d", "seqlen", "bs"))
    seconds = found.number(row, "latency", _LONGEST)
    series = stage = row["series"]
    match series:
        case "dense":
            stage = "dense_ar" if s == 1 else "dense_init"
            dimensions = (1.0, b * s, heads * d, heads * d)
        case "qk_init":
            dimensions = (b * heads, s, s, d)
        case _:
            dimensions = (b * heads, 1.0, s, d)
    if series not in SERIES:
        found.add("series", unknown("series", series, SERIES))
    group = f"{heads:g} heads of {d:g}"
    return _Record(
        dimensions=dimensions, seconds=seconds, group=group, stage=stage, line=found.line
    )


def _flag(row: Row, found: _Problems) -> bool:
    """Whether the cache was flushed before a row."""
    text = row.get("flushed", "true")
    if text not in _FLAGS:
        found.add("flushed", f"expected {join_choices([*_FLAGS])}, got {as_written(text)}")
    return _FLAGS.get(text, True)


def _check_names(row: Row, record: _Record, found: _Problems) -> None:
    if row.get("dtype") and row["dtype"] not in number_formats():
        found.add("dtype", unknown("dtype", row["dtype"], sorted(number_formats())))
    if record.stage == "all":
        found.add("stage", 'the name "all" is taken by the errors over all rows')


def _gathered(records: Sequence[_Record], devices: tuple[str, ...]) -> Measurements:
    dimensions = np.array([record.dimensions for record in records])
    count, m, n, k = dimensions.T.copy()
    return Measurements(
        count=count,
        m=m,
        n=n,
        k=k,
        seconds=np.array([record.seconds for record in records]),
        dtypes=tuple(record.dtype for record in records),
        group=tuple(record.group for record in records),
        stage=tuple(record.stage for record in records),
        flushed=np.array([record.flushed for record in records]),
        line=np.array([record.line for record in records]),
        devices=devices,
    )
