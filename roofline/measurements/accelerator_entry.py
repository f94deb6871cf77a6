"""A device whose ceilings were measured, written as its catalogue entry."""

from typing import Any

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.reader import context
from roofline.errors import InputError, Problem
from roofline.files.validation import write_checked
from roofline.measurements.conditions import Conditions
from roofline.units import quantity

SOURCE = "own-measurement"
"""Key in the catalogue of what was measured by oneself."""
DIGITS = 3
"""Significant digits of a ceiling; another run would give other ones behind them."""

_HEAD = """\
Ceilings as `roofline bench` measured them, to three digits, not a data sheet's: peak
[FLOP/s], bandwidth [byte/s], memory, rounded down [byte]. Written by `roofline accelerator`.
"""


def accelerator_text(conditions: Conditions, file: str, name: str | None = None) -> str:
    """Write an accelerator as YAML, as `roofline.catalog.accelerator.Accelerator` reads it.

    Args:
        conditions: What was measured, and its ceilings.
        file: Name of the file with them, for the source.
        name: Name for people; the device's own by default.

    Raises:
        InputError: The device's memory is not known, or a value is none that the catalogue takes.
    """
    device, ceilings = conditions.device, conditions.ceilings
    if ceilings is None:
        rule = "expected the device's ceilings, as `roofline bench` measures them"
        raise InputError(file, [Problem(place="ceilings", rule=rule)])
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
    step = 10 ** max(0, len(str(device.memory)) - DIGITS)
    entry: dict[str, Any] = {
        "name": name or device.label,
        "devices": [device.label],
        "peaks": {conditions.dtype: _published(_rounded(ceilings.peak), product)},
        "bandwidth": _published(_rounded(ceilings.bandwidth), moved),
        "capacity": _published(
            device.memory // step * step, f"{file}, device.memory, rounded down"
        ),
    }
    if device.cache is not None:
        entry["l2_cache"] = _published(device.cache, f"{file}, device.cache")
    return write_checked(Accelerator, entry, file, head=_HEAD, comments={}, context=context())


def _rounded(ceiling: float) -> float:
    return float(f"{ceiling:.{DIGITS}g}")


def _published(value: float, where: str) -> dict[str, Any]:
    return {"value": value, "source": SOURCE, "where": where}
