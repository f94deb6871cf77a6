"""A device whose ceilings were measured, written as its catalogue entry."""

import json
from typing import Any

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.reader import context
from roofline.errors import InputError, Problem
from roofline.files.validation import validate
from roofline.files.yaml import ParsedFile
from roofline.measurements.conditions import Conditions
from roofline.units import quantity

SOURCE = "own-measurement"
"""Key in the catalogue of what was measured by oneself."""
DIGITS = 3
"""Significant digits of a ceiling; another run would give other ones behind them."""

_HEAD = """\
# Ceilings as `roofline bench` measured them, to three digits, not a data sheet's: peak
# [FLOP/s], bandwidth [byte/s], memory, rounded down [byte]. Written by `roofline accelerator`.
"""


def accelerator_text(conditions: Conditions, file: str, name: str | None = None) -> str:
    """Write an accelerator as YAML, as `roofline.accelerator.Accelerator` reads it.

    Args:
        conditions: What was measured, and its ceilings.
        file: Name of the file with them, for the source.
        name: Name for people; the device's own by default.

    Raises:
        InputError: The device's memory is not known, or a value is none that the catalogue takes.
    """
    device, ceilings = conditions.device, conditions.ceilings
    if device.memory is None:
        rule = "expected the device's memory, which could not be read when it was measured"
        raise InputError(file, [Problem(place="device.memory", rule=rule)])
    square, buffer = ceilings.product, ceilings.read
    product = (
        f"{file}, ceilings.peak: median of {square.repetitions} products of {square.size:,} "
        f"square in {conditions.dtype}"
    )
    moved = (
        f"{file}, ceilings.bandwidth: the faster of copying {quantity(buffer.size, 'byte')}, "
        "reads plus writes, and of reading them"
    )
    peak, bandwidth = (float(f"{one:.{DIGITS}g}") for one in (ceilings.peak, ceilings.bandwidth))
    step = 10 ** max(0, len(str(device.memory)) - DIGITS)
    entry: dict[str, Any] = {
        "name": name or device.label,
        "devices": [device.label],
        "peaks": {conditions.dtype: _quoted(peak, product)},
        "bandwidth": _quoted(bandwidth, moved),
        "capacity": _quoted(device.memory // step * step, f"{file}, device.memory, rounded down"),
    }
    if device.cache is not None:
        entry["l2_cache"] = _quoted(device.cache, f"{file}, device.cache")
    data = json.loads(json.dumps(entry))  # as a file gives it
    validate(Accelerator, ParsedFile(origin=file, data=data, root=None), context())
    lines = [f"{key}: {_yaml(entry[key])}" for key in ("name", "devices")]
    lines += ["", "peaks:", *_lines(conditions.dtype, entry["peaks"][conditions.dtype], 2)]
    for key in ("bandwidth", "capacity", "l2_cache"):
        lines += ["", *_lines(key, entry[key])] if key in entry else []
    return "\n".join([_HEAD, *lines]) + "\n"


def _quoted(value: float, where: str) -> dict[str, Any]:
    return {"value": value, "source": SOURCE, "where": where}


def _lines(key: str, quoted: dict[str, Any], indent: int = 0) -> list[str]:
    space, value = " " * indent, quoted["value"]
    number = f"{value:.0f}" if float(value).is_integer() else repr(value)
    return [
        f"{space}{key}:",
        f"{space}  value: {number}",
        f"{space}  source: {quoted['source']}",
        f"{space}  where: {_yaml(quoted['where'])}",
    ]


def _yaml(value: object) -> str:
    """A text, or a list of them, in JSON, which YAML reads too."""
    return json.dumps(value)
