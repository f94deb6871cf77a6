"""A device whose ceilings were measured, written as its catalogue entry."""

import json

from roofline.errors import InputError, Problem
from roofline.measured import Conditions
from roofline.units import quantity

SOURCE = "own-measurement"
"""Key in the catalogue of what was measured by oneself."""
DIGITS = 3
"""Significant digits; another run would give other ones behind them."""

_HEAD = """\
# Ceilings as `roofline bench` measured them, to three digits, not a data sheet's: peak
# [FLOP/s], bandwidth [byte/s] and memory [byte]. Written by `roofline accelerator`.
"""


def accelerator_text(conditions: Conditions, file: str, name: str | None = None) -> str:
    """Write an accelerator as YAML, as `roofline.accelerator.Accelerator` reads it.

    Args:
        conditions: What was measured, and its ceilings.
        file: Name of the file with them, for the source.
        name: Name for people; the device's own by default.

    Raises:
        InputError: The device's memory is not known.
    """
    device, ceilings = conditions.device, conditions.ceilings
    if device.memory is None:
        rule = "expected the device's memory, which could not be read when it was measured"
        raise InputError(file, [Problem(place="device.memory", rule=rule)])
    square, copied = ceilings.product, ceilings.copied
    product = (
        f"{file}, ceilings.peak: median of {square.repetitions} products of {square.size:,} "
        f"square in {conditions.dtype}"
    )
    moved = (
        f"{file}, ceilings.bandwidth: median of {copied.repetitions} copies of "
        f"{quantity(copied.size, 'byte')}, reads plus writes"
    )
    lines = [
        _HEAD,
        f"name: {json.dumps(name or device.label, ensure_ascii=False)}",
        f"devices: {json.dumps([device.label], ensure_ascii=False)}",
        "",
        "peaks:",
        *_quoted(conditions.dtype, ceilings.peak, product, indent=2),
        "",
        *_quoted("bandwidth", ceilings.bandwidth, moved),
        "",
        *_quoted("capacity", device.memory, f"{file}, device.memory: all of the machine's"),
    ]
    if device.cache is not None:
        lines += ["", *_quoted("l2_cache", device.cache, f"{file}, device.cache", digits=12)]
    return "\n".join(lines) + "\n"


def _quoted(
    key: str, value: float, where: str, *, indent: int = 0, digits: int = DIGITS
) -> list[str]:
    space = " " * indent
    return [
        f"{space}{key}:",
        f"{space}  value: {float(f'{value:.{digits}g}'):.0f}",
        f"{space}  source: {SOURCE}",
        f"{space}  where: {json.dumps(where, ensure_ascii=False)}",
    ]
