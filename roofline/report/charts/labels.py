"""Words and numbers on charts."""

import math
from collections.abc import Sequence
from typing import Final

from roofline.model.roof import Roof
from roofline.units import scaled, significant


def join_words(words: Sequence[str]) -> str:
    """Join words with commas and an `and`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


X_LABEL = "Operational Intensity (FLOP/Byte)"


Y_LABEL = "Performance (FLOP/s)"


def bandwidth_text(roof: Roof) -> str:
    """Write the bandwidth as the reference chart does, in GB/s."""
    if roof.bandwidth < 1e9:  # noqa: PLR2004  # a gigabyte
        return without_zeros(roof.bandwidth, "byte/s")
    number = significant(roof.bandwidth / 1e9, 4)
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} GB/s"


def peak_text(roof: Roof) -> str:
    """Write the peak, such as ``312 TFLOP/s``."""
    return without_zeros(roof.peak, "FLOP/s")


def ridge_text(roof: Roof) -> str:
    """Write the ridge without its unit."""
    return significant(roof.ridge, 4)


_LETTERS: Final = {0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}


def without_zeros(value: float, unit: str = "", digits: int = 4) -> str:
    """Write a quantity with an SI prefix and no trailing zeros, such as ``312 TFLOP/s``."""
    number, prefixed = scaled(value, unit, digits)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {prefixed}".rstrip()


def tick(value: float) -> str:
    """Write a power of ten as the reference chart does: ``10k``, ``100G``, ``1000T``."""
    exponent = round(math.log10(value))
    if exponent < 0:
        return f"{value:.{-exponent}f}"
    step = min(3 * (exponent // 3), 18)
    if exponent == 15:  # noqa: PLR2004  # the top of the reference chart, in its words
        step = 12
    return f"{10 ** (exponent - step)}{_LETTERS[step]}"


def size(value: float) -> str:
    """Write a batch or a length; long ones with a prefix."""
    return f"{value:,.0f}" if value < 1e6 else without_zeros(value, digits=3).replace(" ", "")  # noqa: PLR2004  # see above
