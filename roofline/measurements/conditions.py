"""The conditions that measurements were taken under: the file beside the rows."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.entries import Ceiling, PositiveInt, Text
from roofline.errors import InputError, Problem, as_written, join_choices
from roofline.files.text import read_text
from roofline.files.validation import validate
from roofline.files.yaml import ParsedFile
from roofline.measurements.products import Protocol
from roofline.measurements.reader import MOST_BYTES

SIDE = ".json"
"""Ending of the file that says how a CSV was measured, after the whole name of the CSV."""


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
    """One measured ceiling: how large what was run was, and how often it ran."""

    size: PositiveInt
    repetitions: PositiveInt


class MeasuredCeilings(_Part):
    """The two ceilings of the device."""

    peak: Ceiling
    """Rate of a large square product [FLOP/s]."""
    bandwidth: Ceiling
    """The faster of a large copy, reads plus writes, and a large read [byte/s]."""
    product: MeasuredCeiling
    copied: Annotated[MeasuredCeiling, Field(alias="copy")]
    read: MeasuredCeiling


class Conditions(_Part):
    """How a file was measured: its side file, as `roofline bench` writes it."""

    date: Text | None = None
    """When it began, in UTC; None where others measured and did not say."""
    backend: Text | None = None
    protocol: Protocol = "isolated"
    """How the rows were measured; `roofline bench` has always synchronised each."""
    dtype: Text
    device: MeasuredDevice
    libraries: dict[Text, Text]
    ceilings: MeasuredCeilings | None = None
    """None where they were not measured with the rows."""


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
    origin = str(path)
    text = read_text(path, origin, MOST_BYTES)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise InputError.at(origin, "not JSON that can be read", line) from error
    if not isinstance(data, dict):
        raise InputError.at(origin, f"expected an object, got {as_written(data)}")
    return validate(Conditions, ParsedFile(origin=origin, data=data, root=None))


def check_side(side: Path, conditions: Conditions, card: Accelerator, dtype: str) -> None:
    """Refuse conditions of another device, or of another number format, than a study's.

    Args:
        side: Their file, for messages.
        conditions: What it says.
        card: The study's accelerator.
        dtype: The study's number format.

    Raises:
        InputError: With each difference.
    """
    device, known = conditions.device.label, card.device_names
    problems = []
    if device not in known:
        choices = join_choices([as_written(name) for name in known])
        rule = f"measured on {as_written(device)}, expected {choices}"
        problems.append(Problem(place="device.label", rule=rule))
    if conditions.dtype != dtype:
        rule = f'measured in {as_written(conditions.dtype)}, but the study computes in "{dtype}"'
        problems.append(Problem(place="dtype", rule=rule))
    if problems:
        raise InputError(str(side), problems)
