"""Predicted times for files of products, of any length: CSV in, the same rows and more out."""

import csv
import math
from collections.abc import Iterator, Mapping
from typing import IO

import numpy as np

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.errors import InputError, Problem, as_written, unknown
from roofline.files.csv_blocks import Block, Places, blocks
from roofline.latency.calibration import Calibration
from roofline.latency.law import Device, Parameters, latency
from roofline.model.roof import BOUNDS

DIMENSIONS = ("count", "m", "n", "k")
ADDED = ("predicted_seconds", "predicted_flops_per_s", "predicted_bound")
MOST_PROBLEMS = 1000
"""Reading stops after so many."""
_DIGITS = 15
"""Integers of so many digits are exact."""
_LARGEST = 1e15


def predict_file(
    file: IO[bytes],
    origin: str,
    calibration: Calibration,
    parameters: Parameters | None = None,
    dtype: str = "fp16",
) -> Iterator[tuple[bytes, int]]:
    """Predict every product of a CSV file.

    Args:
        file: Columns ``count``, ``m``, ``n``, ``k``, perhaps ``dtype``; others are kept.
        origin: Name for messages.
        calibration: That of the accelerator.
        parameters: Instead of the calibration's own: those of a stream, for instance.
        dtype: Number format where there is no such column, or nothing in it.

    Yields:
        Rows with `ADDED` behind them, at full precision, the header first; and how many
        bytes of the input they come from.

    Raises:
        InputError: With every problem, each with its line. Blocks before the first are given.
    """
    table: _Table | None = None
    problems: list[Problem] = []
    for block in blocks(file, origin):
        output, skip = "", 0
        if table is None:
            if not block.rows:
                continue
            table = _Table(block.lines()[0], origin, calibration, dtype)
            output, skip = table.header, 1
        products = table.read(block, skip, problems)
        if len(problems) >= MOST_PROBLEMS:
            stopped = Problem(place="", rule=f"reading stopped after {MOST_PROBLEMS} problems")
            raise InputError(origin, [*problems[:MOST_PROBLEMS], stopped])
        if products is not None and not problems:
            output += table.rows(block, skip, products, parameters or calibration.values)
        yield output.encode("latin-1"), block.size
    if problems:
        raise InputError(origin, problems)
    if table is None:
        rule = f"expected a header with {', '.join(DIMENSIONS)}, got nothing"
        raise InputError(origin, [Problem(place="", rule=rule)])


class _Products:
    """The products of one block."""

    def __init__(self, dimensions: Mapping[str, FloatArray], device: Device) -> None:
        self.dimensions = dimensions
        self.device = device


class _Table:
    """A CSV file, as its header describes it."""

    def __init__(self, header: str, origin: str, calibration: Calibration, dtype: str) -> None:
        names = [name.strip() for name in _split(header)]
        problems = [
            Problem(place=name, rule="required column, but missing", line=1)
            for name in DIMENSIONS
            if name not in names
        ]
        problems += [
            Problem(place=name, rule="the column stands twice", line=1)
            for name in (*DIMENSIONS, "dtype")
            if names.count(name) > 1
        ]
        problems += [
            Problem(place=name, rule="the column is there already; it would stand twice", line=1)
            for name in ADDED
            if name in names
        ]
        if problems:
            raise InputError(origin, problems)
        self.header = f"{header},{','.join(ADDED)}\n"
        self.width = len(names)
        self.columns = [names.index(name) for name in DIMENSIONS]
        self.dtype_column = names.index("dtype") if "dtype" in names else None
        peaks = load_accelerator(calibration.accelerator).peaks
        if dtype not in peaks:
            rule = unknown("dtype", dtype, sorted(peaks))
            raise InputError("--dtype", [Problem(place="", rule=rule)])
        self.known = [dtype, *(name for name in peaks if name != dtype)]
        self.codes = {"": 0} | {name: code for code, name in enumerate(self.known)}
        self.device = calibration.device(dtype)
        self.peaks = np.array([peaks[name].value for name in self.known])
        self.widths = np.array([number_formats()[name].bytes.value for name in self.known])

    def read(self, block: Block, skip: int, problems: list[Problem]) -> _Products | None:
        """Read the products of a block; None, and notes, where there is something wrong."""
        before = len(problems)
        rows = np.arange(skip, block.rows)
        fields = block.fields()[skip:]
        for row in rows[fields != self.width][:MOST_PROBLEMS]:
            rule = f"expected {self.width} fields, got {fields[row - skip]}"
            problems.append(Problem(place="", rule=rule, line=block.line_of(int(row))))
        rows = rows[fields == self.width]
        dimensions = {
            name: self._numbers(block, rows, name, column, problems)
            for name, column in zip(DIMENSIONS, self.columns, strict=True)
        }
        device = self._device(block, rows, problems)
        if len(problems) > before:
            problems.sort(key=lambda problem: problem.line or 0)
            return None
        return _Products(dimensions, device)

    def _numbers(
        self, block: Block, rows: Places, name: str, column: int, problems: list[Problem]
    ) -> FloatArray:
        """Read a column of numbers: integers all at once, whatever else is there one by one."""
        starts, ends = block.spans(column, rows, self.width)
        lengths = ends - starts
        plain = (lengths > 0) & (lengths <= _DIGITS)
        values = np.zeros(len(rows))
        for place in range(min(int(lengths.max(initial=0)), _DIGITS)):
            more = place < lengths
            digits = block.codes[np.where(more, starts + place, 0)] - np.uint8(ord("0"))
            plain &= (digits < 10) | ~more  # noqa: PLR2004  # the ten digits
            values = np.where(more, values * 10.0 + digits, values)
        for index in np.flatnonzero(~plain):
            text = _unquoted(block.text[starts[index] : ends[index]])
            try:
                values[index] = math.nan if "_" in text else float(text)
            except ValueError:
                values[index] = math.nan
        for index in np.flatnonzero(~((values > 0) & (values <= _LARGEST)))[:MOST_PROBLEMS]:
            text = _unquoted(block.text[starts[index] : ends[index]])
            found = as_written(text.encode("latin-1").decode())
            rule = f"expected a number above 0, at most {_LARGEST:g}, got {found}"
            line = block.line_of(int(rows[index]))
            problems.append(Problem(place=name, rule=rule, line=line))
        return values

    def _device(self, block: Block, rows: Places, problems: list[Problem]) -> Device:
        """The card, with the peak and the width of each row's dtype."""
        if self.dtype_column is None:
            return self.device
        starts, ends = block.spans(self.dtype_column, rows, self.width)
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        names = [_unquoted(block.text[start:end]) for start, end in spans]
        codes = np.array([self.codes.get(name, -1) for name in names], dtype=np.intp)
        for index in np.flatnonzero(codes < 0)[:MOST_PROBLEMS]:
            found = names[index].encode("latin-1").decode()
            rule = unknown("dtype", found, sorted(self.known))
            line = block.line_of(int(rows[index]))
            problems.append(Problem(place="dtype", rule=rule, line=line))
        return Device(
            peak=self.peaks[codes],
            bandwidth=self.device.bandwidth,
            element_bytes=self.widths[codes],
            l2_cache=self.device.l2_cache,
            scalar_peak=self.device.scalar_peak,
        )

    def rows(self, block: Block, skip: int, products: _Products, parameters: Parameters) -> str:
        """Write the rows of a block with their predictions."""
        found = latency(parameters, products.device, **products.dimensions)
        parts = zip(
            block.lines()[skip:],
            found.seconds.tolist(),
            found.flops_per_s.tolist(),
            [BOUNDS[code] for code in found.bound.tolist()],
            strict=True,
        )
        return "".join(
            [f"{line},{seconds!r},{rate!r},{bound}\n" for line, seconds, rate, bound in parts]
        )


def _split(line: str) -> list[str]:
    return next(csv.reader([line]))


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1].replace('""', '"') if text[:1] == text[-1:] == '"' and text[1:] else text
