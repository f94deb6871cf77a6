"""Words and numbers on charts: quantities as text, ticks, and limits of axes."""

import math
from collections.abc import Sequence
from typing import Final

from roofline.units import scaled, significant, trimmed

X_LABEL: Final = "Operational Intensity (FLOP/Byte)"
Y_LABEL: Final = "Performance (FLOP/s)"

_LETTERS: Final = {0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}


def join_words(words: Sequence[str]) -> str:
    """Join words with commas and an `and`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def lower_first(name: str) -> str:
    """Write a name inside a sentence; an abbreviation stays as it is."""
    return name if name[1:2].isupper() else f"{name[:1].lower()}{name[1:]}"


def bandwidth_text(bandwidth: float) -> str:
    """Write a bandwidth [byte/s] as the reference chart does, in GB/s."""
    if bandwidth < 1e9:  # noqa: PLR2004  # a gigabyte
        return without_zeros(bandwidth, "byte/s")
    return f"{trimmed(significant(bandwidth / 1e9, 4))} GB/s"


def peak_text(peak: float) -> str:
    """Write a peak [FLOP/s], such as ``312 TFLOP/s``."""
    return without_zeros(peak, "FLOP/s")


def ridge_text(ridge: float) -> str:
    """Write the intensity of a ridge [FLOP/Byte] without its unit."""
    return significant(ridge, 4)


def without_zeros(value: float, unit: str = "", digits: int = 4) -> str:
    """Write a quantity with an SI prefix and no trailing zeros, such as ``312 TFLOP/s``."""
    number, prefixed = scaled(value, unit, digits)
    return f"{trimmed(number)} {prefixed}".rstrip()


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


def power_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """List the powers of two in a range, thinned to so many, for batches and lengths."""
    first, last = math.ceil(math.log2(low) - 1e-9), math.floor(math.log2(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return tuple(float(2**power) for power in range(max(first, 0), last + 1, step))


def round_down(value: float) -> float:
    """Find the largest of 0.1, 0.3, 0.6, 1, 3, 6, 10, … with some room below a value."""
    return _rounded(value * 0.95, (6, 3, 1), up=False)


def round_up(value: float) -> float:
    """Find the smallest of 1, 3, 10, 30, … with some room above a value."""
    return _rounded(value * 1.05, (1, 3, 10), up=True)


def _rounded(value: float, steps: Sequence[int], *, up: bool) -> float:
    decade = math.floor(math.log10(value))
    candidates = (float(f"{step}e{decade}") for step in steps)
    return next(limit for limit in candidates if (limit >= value if up else limit <= value))
