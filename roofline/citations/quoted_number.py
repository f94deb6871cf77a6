"""Numbers as documents quote them: read back, with the precision that they are quoted at."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from roofline.errors import as_written
from roofline.findings.finding import COUNTED
from roofline.units import prefix_exponent

_QUOTED = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,12}|[0-9]{1,40})(?:\.(?P<decimals>[0-9]{1,40}))?)"
    r"(?P<suffix>%| [^0-9\s+,.-]\S{0,30}|)"
)
_ROUNDING = Fraction(1, 10**15)
"""Share of a value within which two ways of computing it may differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotedNumber:
    """A number as quoted, such as ``1.92 TFLOP/s``, ``0.62%`` or ``9,354 token``."""

    number: Fraction
    """As written, in the unit as written."""
    decimals: int
    """Digits after the point; the last one is what rounding leaves open."""
    suffix: str
    """The unit as written, ``%``, or nothing for counts and ratios."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a quoted number.

        Raises:
            ValueError: The text is not a number, with or without a unit.
        """
        match = _QUOTED.fullmatch(text)
        if match is None:
            message = (
                f'expected a number and its unit, such as "1.92 TFLOP/s", got {as_written(text)}'
            )
            raise ValueError(message)
        return cls(
            number=Fraction(match["number"].replace(",", "")),
            decimals=len(match["decimals"] or ""),
            suffix=match["suffix"].strip(),
        )

    def holds(self, value: float, unit: str) -> bool:
        """Whether a value rounds to this number, at the precision it is quoted at.

        At a tie it may have been rounded either way. A quoted zero is exactly zero.

        Args:
            value: In the base unit.
            unit: The base unit; ``1`` for counts and ratios.
        """
        scale = self.scale(unit)
        if scale is None or not math.isfinite(value):
            return False
        exact = Fraction(value) / scale
        if self.number == 0 or exact == 0:
            return self.number == exact
        slack = Fraction(1, 2 * 10**self.decimals) + abs(exact) * _ROUNDING
        return abs(exact - self.number) <= slack

    def rewrite(self, value: float, unit: str) -> str | None:
        """Write a value in the unit and at the precision of this number.

        Args:
            value: In the base unit.
            unit: The base unit; ``1`` for counts and ratios.

        Returns:
            The text; None where the unit is another, or nothing but zeros would be left.
        """
        scale = self.scale(unit)
        if scale is None or not math.isfinite(value):
            return None
        units = round(Fraction(value) / scale * 10**self.decimals)
        if units == 0 and value != 0:
            return None
        whole, rest = divmod(abs(units), 10**self.decimals)
        number = "-" * (units < 0) + f"{whole:,}"
        if self.decimals:
            number += f".{rest:0{self.decimals}d}"
        suffix = self.suffix
        if unit in COUNTED:
            suffix = unit if number == "1" else COUNTED[unit]
        return f"{number} {suffix}" if suffix not in {"", "%"} else f"{number}{suffix}"

    def scale(self, unit: str) -> Fraction | None:
        """What the unit as written is in the base unit; None where it is another unit."""
        if unit == "1":
            return {"": Fraction(1), "%": Fraction(1, 100)}.get(self.suffix)
        if self.suffix == COUNTED.get(unit):
            return Fraction(1)
        exponent = prefix_exponent(self.suffix, unit)
        return None if exponent is None else Fraction(10) ** exponent
