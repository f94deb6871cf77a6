"""Text in a given room: as large as it fits, in even lines."""

import re
from typing import Final

from roofline.report.charts.drawing.sheet import clean_text, shortened, text_width

LEADING: Final = 1.2
"""Distance of two lines, in sizes of the font."""
SAFE: Final = 0.97
"""Pixels widen text a little beyond what is measured."""

_BREAK: Final = re.compile(
    r"""
    [ ](?!\d)(?<!\d[ ])                            # between two words
    | [ ](?=\d)(?<!batch[ ])(?<!length[ ])         # before a number, but for "batch 64"
    | [ ](?!\d)(?<=\d[ ])(?!\S*/|\w?(?:B|s)\b|bytes?\b|tokens?\b|sequences?\b)
                                                  # after one, but for a unit
    """,
    re.VERBOSE,
)


def fitted(
    text: str, width: float, height: float, sizes: tuple[float, float]
) -> tuple[float, list[str]]:
    """Break text into even lines, as large as they fit.

    Args:
        text: Any text.
        width: Room [point].
        height: Room [point].
        sizes: Largest and smallest size of the font.

    Returns:
        Size and lines; what does not fit at the smallest size ends in an ellipsis.
    """
    text, width = clean_text(text), width * SAFE
    size, smallest = sizes
    while True:
        lines = _lines(text, width, size, "bold")
        most = int((height / size - 1) / LEADING) + 1
        whole = all(text_width(word, size, "bold") <= width for word in _BREAK.split(text))
        if len(lines) <= most and (whole or size <= smallest):
            return size, even(text, width, size, "bold")
        if size <= smallest:
            rest = shortened(" ".join(lines[most - 1 :]) + "…", width / 1.2, size)
            return size, [*lines[: most - 1], rest]
        size = max(smallest, size - 2)


def even(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break text into as few lines as a width [point] needs, about as long as each other."""
    lines = _lines(text, width, size, weight)
    for _ in range(20):
        width *= 0.96
        narrower = _lines(text, width, size, weight)
        # A word broken in the middle would not join again.
        if len(narrower) > len(lines) or " ".join(narrower) != " ".join(lines):
            break
        lines = narrower
    return lines


def _lines(text: str, width: float, size: float, weight: str) -> list[str]:
    """Break text into lines at spaces, and inside a word that is wider than a line.

    A number stays with its unit.
    """
    lines: list[str] = []
    for word in _BREAK.split(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if text_width(longer, size, weight) <= width and lines:
            lines[-1] = longer
            continue
        lines.append("")
        for mark in word:
            if lines[-1] and text_width(lines[-1] + mark, size, weight) > width:
                lines.append("")
            lines[-1] += mark
    return lines
