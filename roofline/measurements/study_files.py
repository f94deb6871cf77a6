"""Measurements that a study names: its own products, on its own device, read from files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from roofline.catalog.accelerator import load_accelerator
from roofline.errors import InputError, Problem, as_written, join_errors
from roofline.measurements.conditions import Conditions, check_side, read_conditions, side_path
from roofline.measurements.plausibility import judge
from roofline.measurements.products import KERNELS, Measurements, Protocol
from roofline.measurements.reader import read_measurements

Key = tuple[float, float, float, float, bool]
"""Count, m, n and k of a product, and whether the cache was flushed before."""


@dataclass(frozen=True, kw_only=True)
class MeasuredFile:
    """One file of measurements of a study."""

    name: str
    rows: Measurements
    conditions: Conditions | None
    """None where no side file lies beside it."""
    published: Mapping[str, bytes]
    """The file and its side file as they are, by name."""
    protocol: Protocol
    """How its rows were measured; alone where nothing says it."""

    @property
    def unflushed(self) -> int:
        """Rows run alone without a flush of the cache, which points leave out."""
        return int((~self.rows.flushed).sum()) if self.protocol == "isolated" else 0


@dataclass(frozen=True, kw_only=True)
class MeasuredProducts:
    """All measurements of a study."""

    files: tuple[MeasuredFile, ...]

    @property
    def protocol(self) -> Protocol:
        """How all of them were measured; alone where no file says it."""
        return self.files[0].protocol

    @cached_property
    def seconds(self) -> Mapping[Key, float]:
        """Measured time of each product [s]."""
        return {key: seconds for file in self.files for key, _, seconds in _keyed(file.rows)}

    @property
    def devices(self) -> tuple[str, ...]:
        """What was measured, as the files call it."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.rows.devices))


def read_measured(paths: Iterable[Path], accelerator: str, dtype: str) -> MeasuredProducts:
    """Read the measurements of one study.

    Args:
        paths: CSV files; what a side file says of one is read too, where there is one.
        accelerator: Identifier of the study's accelerator, which all rows must be of.
        dtype: The study's number format, which all rows must be in.

    Raises:
        InputError: A file cannot be read, does not say which device was measured, or was
            measured on another device or in another format than the study's; or a product
            stands twice, or is faster than it can be. With every problem of that file.
    """
    seen: dict[Key, str] = {}
    files: list[MeasuredFile] = []
    errors: list[InputError] = []
    for path in paths:
        try:
            files.append(_read_file(path, accelerator, dtype, seen))
        except InputError as error:
            errors.append(error)
    errors += _other_protocols(files)
    if errors:
        raise join_errors("measurements", errors)
    return MeasuredProducts(files=tuple(files))


def _read_file(path: Path, accelerator: str, dtype: str, seen: dict[Key, str]) -> MeasuredFile:
    rows = read_measurements(path, accelerator, dtype)
    card = load_accelerator(accelerator)
    problems = [*_unnamed(rows), *_other_formats(rows, dtype), *_note_repeated(path, rows, seen)]
    side, conditions, paths = side_path(path), None, [path]
    if side.exists() or side.is_symlink():
        conditions = read_conditions(side)
        paths.append(side)
    protocol, mixed = _protocol(rows, conditions)
    problems += [*mixed, *judge(rows, card, protocol).problems()]
    if problems:
        raise InputError(str(path), problems)
    if conditions is not None:
        check_side(side, conditions, card, dtype)
    published = {file.name: file.read_bytes() for file in paths}
    return MeasuredFile(
        name=path.name,
        rows=rows,
        conditions=conditions,
        published=published,
        protocol=protocol,
    )


def _protocol(rows: Measurements, conditions: Conditions | None) -> tuple[Protocol, list[Problem]]:
    """How a file's rows were measured, as they or its side file say; what mixes protocols."""
    beside = "isolated" if conditions is None else conditions.protocol
    named = [name or beside for name in rows.protocol]
    first: Protocol = "stream" if named[0] == "stream" else "isolated"
    others = [line for name, line in zip(named, rows.line.tolist(), strict=True) if name != first]
    if not others:
        return first, []
    rule = f"expected {KERNELS[first]} as in the rows before, got another protocol"
    return first, [Problem(place="protocol", rule=rule, line=others[0])]


def _other_protocols(files: Sequence[MeasuredFile]) -> list[InputError]:
    """One error for each file of another protocol than the first's."""
    return [
        InputError.at(
            file.name,
            f"has {KERNELS[file.protocol]}, but {files[0].name} has {KERNELS[files[0].protocol]}; "
            "a study shows one of them",
        )
        for file in files[1:]
        if file.protocol != files[0].protocol
    ]


def _keyed(rows: Measurements) -> Iterable[tuple[Key, int, float]]:
    """Key, line and time of each row."""
    columns = (rows.count, rows.m, rows.n, rows.k, rows.flushed, rows.line, rows.seconds)
    lists = (column.tolist() for column in columns)
    for count, m, n, k, flushed, line, seconds in zip(*lists, strict=True):
        yield (count, m, n, k, flushed), line, seconds


def _unnamed(rows: Measurements) -> list[Problem]:
    if rows.devices:
        return []
    rule = "required column, or accelerator in its place, but missing: which device is this?"
    return [Problem(place="device", rule=rule, line=1)]


def _other_formats(rows: Measurements, dtype: str) -> list[Problem]:
    """One problem for each number format that is not the study's."""
    return [
        Problem(
            place="dtype",
            rule=f'measured in {as_written(other)}, but the study computes in "{dtype}"',
            line=int(rows.line[rows.dtypes.index(other)]),
        )
        for other in dict.fromkeys(rows.dtypes)
        if other != dtype
    ]


def _note_repeated(path: Path, rows: Measurements, seen: dict[Key, str]) -> list[Problem]:
    """One problem for each product that stands twice; what is seen is noted."""
    problems = []
    for key, line, _ in _keyed(rows):
        if key in seen:
            count, m, n, k = (f"{size:g}" for size in key[:4])
            rule = f"the product {count} of {m} x {n} x {k} stands twice, first in {seen[key]}"
            problems.append(Problem(place="", rule=rule, line=line))
        seen.setdefault(key, f"{path.name}, line {line}")
    return problems
