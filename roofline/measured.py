"""Measurements that a study names: its own products, on its own device, read from files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from roofline.accelerator import Accelerator, load_accelerator
from roofline.catalog import PositiveFloat, PositiveInt, Text
from roofline.errors import InputError, Problem, join_choices, shown
from roofline.files import read_yaml, validate
from roofline.measurement_file import read_measurements
from roofline.measurements import Measurements

SIDE = ".json"
"""Ending of the file that says how a CSV was measured, after the whole name of the CSV."""

Key = tuple[float, float, float, float, bool]
"""Count, m, n and k of a product, and whether the cache was flushed before."""


class _Part(BaseModel):
    """Part of a side file; what is not needed here is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class MeasuredDevice(_Part):
    """What was measured."""

    label: Text
    memory: PositiveInt | None = None
    """Its memory [byte]."""
    cache: PositiveInt | None = None
    """Its last-level cache [byte]."""
    driver: Text | None = None


class MeasuredCeiling(_Part):
    """One measured ceiling: how large the product or the copy was, and how often it ran."""

    size: PositiveInt
    repetitions: PositiveInt


class MeasuredCeilings(_Part):
    """The two ceilings of the device."""

    peak: PositiveFloat
    """Rate of a large square product [FLOP/s]."""
    bandwidth: PositiveFloat
    """Bytes read and written by a large copy, over its time [byte/s]."""
    product: MeasuredCeiling
    copied: Annotated[MeasuredCeiling, Field(alias="copy")]


class Conditions(_Part):
    """How a file was measured: its side file, as `roofline bench` writes it."""

    date: Text
    """When it began, in UTC."""
    backend: Text
    dtype: Text
    device: MeasuredDevice
    libraries: dict[Text, Text]
    ceilings: MeasuredCeilings


@dataclass(frozen=True, kw_only=True)
class MeasuredFile:
    """One file of measurements of a study."""

    path: Path
    rows: Measurements
    conditions: Conditions | None
    """None where no side file lies beside it."""

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    def published(self) -> dict[str, bytes]:
        """The file and its side file as they are, by name."""
        side = side_path(self.path)
        paths = [self.path] if self.conditions is None else [self.path, side]
        return {path.name: path.read_bytes() for path in paths}


@dataclass(frozen=True, kw_only=True)
class MeasuredProducts:
    """All measurements of a study."""

    files: tuple[MeasuredFile, ...]

    @cached_property
    def seconds(self) -> Mapping[Key, float]:
        """Measured time of each product [s]."""
        return {key: seconds for file in self.files for key, _, seconds in _keyed(file.rows)}

    @property
    def devices(self) -> tuple[str, ...]:
        """What was measured, as the files call it."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.rows.devices))


def side_path(path: Path) -> Path:
    """Path of the file that says how a CSV was measured."""
    return path.with_name(path.name + SIDE)


def read_conditions(path: Path) -> Conditions:
    """Read how a file was measured.

    Args:
        path: The side file, ``NAME.csv.json``.

    Raises:
        InputError: It cannot be read, or is not of that form.
    """
    return validate(Conditions, read_yaml(path))  # JSON is YAML


def read_measured(paths: Iterable[Path], accelerator: str, dtype: str) -> MeasuredProducts:
    """Read the measurements of one study.

    Args:
        paths: CSV files; what a side file says of one is read too, where there is one.
        accelerator: Identifier of the study's accelerator, which all rows must be of.
        dtype: The study's number format, which all rows must be in.

    Raises:
        InputError: A file cannot be read, does not say which device was measured, or was
            measured on another device or in another format than the study's; or a product
            stands twice. With every problem of that file.
    """
    card = load_accelerator(accelerator)
    seen: dict[Key, str] = {}
    files = []
    for path in paths:
        rows = read_measurements(path, accelerator, dtype)
        problems = [*_unnamed(rows), *_other_formats(rows, dtype), *_repeated(path, rows, seen)]
        if problems:
            raise InputError(str(path), problems)
        side = side_path(path)
        conditions = read_conditions(side) if side.exists() else None
        if conditions is not None:
            _check_side(side, conditions, card)
        files.append(MeasuredFile(path=path, rows=rows, conditions=conditions))
    return MeasuredProducts(files=tuple(files))


def _keyed(rows: Measurements) -> Iterable[tuple[Key, int, float]]:
    """Key, line and time of each row."""
    columns = (rows.count, rows.m, rows.n, rows.k, rows.flushed, rows.line, rows.seconds)
    for count, m, n, k, flushed, line, seconds in zip(*(one.tolist() for one in columns),
                                                      strict=True):  # fmt: skip
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
            rule=f'measured in {shown(other)}, but the study computes in "{dtype}"',
            line=int(rows.line[rows.dtypes.index(other)]),
        )
        for other in dict.fromkeys(rows.dtypes)
        if other != dtype
    ]


def _repeated(path: Path, rows: Measurements, seen: dict[Key, str]) -> list[Problem]:
    """One problem for each product that stands twice; what is seen is noted."""
    problems = []
    for key, line, _ in _keyed(rows):
        if key in seen:
            count, m, n, k = (f"{one:g}" for one in key[:4])
            rule = f"the product {count} of {m} x {n} x {k} stands twice, first in {seen[key]}"
            problems.append(Problem(place="", rule=rule, line=line))
        seen.setdefault(key, f"{path.name}, line {line}")
    return problems


def _check_side(side: Path, conditions: Conditions, card: Accelerator) -> None:
    found, known = conditions.device.label, card.device_names
    if found not in known:
        choices = join_choices([shown(one) for one in known])
        rule = f"measured on {shown(found)}, expected {choices}"
        raise InputError(str(side), [Problem(place="device.label", rule=rule)])
