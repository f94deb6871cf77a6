"""Display of quantities: SI prefixes, and back.

The model computes in base units; only text for people goes through here.
"""

import math
import re

from roofline.errors import as_written

_PREFIXES = {
    -15: "f",
    -12: "p",
    -9: "n",
    -6: "µ",
    -3: "m",
    0: "",
    3: "k",
    6: "M",
    9: "G",
    12: "T",
    15: "P",
    18: "E",
}


def prefix(value: float, unit: str, digits: int = 3) -> tuple[float, str]:
    """Choose the prefix that suits a value.

    Args:
        value: Quantity in the base unit.
        unit: Base unit.
        digits: Significant digits that the value will be written with.

    Returns:
        What to divide by, and the prefixed unit.
    """
    exponent = 0
    if value != 0 and math.isfinite(value):
        rounded = abs(float(f"{value:.{digits - 1}e}"))
        exponent = 3 * math.floor(math.log10(rounded) / 3)
        exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    if exponent and unit.startswith("byte"):
        unit = "B" + unit.removeprefix("byte")
    return 10.0**exponent, _PREFIXES[exponent] + unit


_EXPONENTS = {prefix: exponent for exponent, prefix in _PREFIXES.items()} | {"u": -6}
_QUANTITY = re.compile(
    r"\s*(?P<number>[+-]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*(?P<unit>\S*)\s*"
)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, never in exponent form.

    Digits before the decimal point are always written, separated in
    thousands: ``1234.5`` with 3 digits is ``1,234``.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{value:,.{decimals}f}"


def trimmed(number: str) -> str:
    """Leave out the zeros that end a number's decimals: ``2.00`` is ``2``."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def scaled(value: float, unit: str, digits: int = 3) -> tuple[str, str]:
    """Split a quantity for display into its number and its prefixed unit.

    Args:
        value: Quantity in the base unit.
        unit: Base unit, such as ``FLOP/s`` or ``byte``.
        digits: Significant digits.

    Returns:
        Number and unit, such as ``("1.94", "TB/s")``; ``byte`` is shortened
        to B where it has a prefix.
    """
    factor, prefixed = prefix(value, unit, digits)
    return significant(value / factor, digits), prefixed


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """Write a quantity with an SI prefix, such as ``312 TFLOP/s``."""
    number, prefixed = scaled(value, unit, digits)
    return f"{number} {prefixed}".rstrip()


def parse_quantity(text: str, unit: str) -> float:
    """Read a quantity such as ``1,935 GB/s`` back into its base unit.

    Args:
        text: Number, optional space, optional SI prefix, unit.
        unit: Base unit that the text must be in.

    Returns:
        The value in the base unit.

    Raises:
        ValueError: The text is not a number, or is in another unit.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        message = f'expected a number and a unit, such as "1 {unit}", got {as_written(text)}'
        raise ValueError(message)
    exponent = prefix_exponent(match["unit"], unit)
    if exponent is None:
        message = f"expected a value in {unit}, got one in {as_written(match['unit'])}"
        raise ValueError(message)
    value = float(match["number"].replace(",", "")) * 10.0**exponent
    if not math.isfinite(value):
        message = f"expected a finite number, got {as_written(text)}"
        raise ValueError(message)
    return value


def prefix_exponent(prefixed: str, unit: str) -> int | None:
    """Power of ten of a unit's SI prefix: 12 for ``TFLOP/s`` in ``FLOP/s``.

    Args:
        prefixed: The unit as written; B stands for ``byte`` too.
        unit: The base unit.

    Returns:
        The exponent; None where it is another unit.
    """
    names = {unit}
    if unit.startswith("byte"):
        names.add("B" + unit.removeprefix("byte"))
    for name in names:
        prefix = prefixed.removesuffix(name)
        if prefixed.endswith(name) and prefix in _EXPONENTS:
            return _EXPONENTS[prefix]
    return None
