"""Numbers and foreign text, written for pages."""

import re

from markupsafe import Markup, escape

from roofline.units import prefix, quantity, significant

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
_MARKDOWN = re.compile(r"[\\`*_{}\[\]#~^|!<>&\"'$]|(?<![^\s])[-+=:.?)]|(?<=\d)[.)](?=\s|$)")


def escaped_text(text: object) -> Markup:
    """Show foreign text as it is, whatever HTML or Markdown it contains."""
    if isinstance(text, Markup):
        return text
    one_line = " ".join(str(text).split())
    return Markup(  # noqa: S704  # every character that could act is a reference
        _MARKDOWN.sub(lambda mark: f"&#{ord(mark[0])};", one_line)
    )


def html(text: object) -> Markup:
    """Escape text for HTML that Markdown does not see."""
    return escape(text)


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits."""
    return significant(float(value), digits)


def whole(value: float) -> str:
    """Write a whole number, with its thousands separated."""
    return f"{round(float(value)):,}"


def percent(share: float, digits: int = 2) -> str:
    """Write a share as a percentage: ``0.394`` is ``39%``."""
    return f"{significant(100 * float(share), digits)}%"


def amount(value: float, unit: str, digits: int = 3, factor: float | None = None) -> str:
    """Write a quantity with an SI prefix, held together by a no-break space.

    Args:
        value: Quantity in the base unit.
        unit: Base unit.
        digits: Significant digits.
        factor: Fixes the prefix, such as 1e9 for GB/s; what suits by default.
    """
    if factor is None:
        return quantity(float(value), unit, digits).replace(" ", NO_BREAK_SPACE)
    shown = significant(float(value) / factor, digits)
    return f"{shown}{NO_BREAK_SPACE}{prefix(factor, unit)[1]}"
