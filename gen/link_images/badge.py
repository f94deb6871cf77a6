"""Badges: a finding as a small image that documents embed."""

import math
import unicodedata
from typing import Final
from xml.etree import ElementTree as ET

from roofline.findings.finding import FindingBound
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import clean_text, text_width
from roofline.report.charts.output import svg

HEIGHT: Final = 20
"""Height of a badge [pixel]."""
MOST: Final = 480.0
"""A longer label is cut off; the badge's title keeps it whole [pixel]."""
SEPARATOR: Final = " · "

_FONTS: Final = "Verdana, 'DejaVu Sans', Geneva, sans-serif"
"""The first ones are as wide as the font that measures; all others are fitted."""
_SIZE: Final = 11
_BASELINE: Final = 14
_PAD: Final = 7
_MARK: Final = 9
_GAP: Final = 5
_RADIUS: Final = 3

_GROUNDS: Final[dict[FindingBound, str]] = {
    "memory": "memory",
    "compute": "compute",
    "overhead": "muted",
    "capacity": "muted",
    "both": "muted",
    "none": "muted",
}
# On a square of nine pixels, as beside the words on the pages: the slope, the ceiling,
# kernels apart, a card that is full, the whole roof, or nothing.
_MARKS: Final[dict[FindingBound, str]] = {
    "memory": "M0 9L9 0V9z",
    "compute": "M0 1H9V4H0z",
    "overhead": "M0 0H1.8V9H0zM3.6 0H5.4V9H3.6zM7.2 0H9V9H7.2z",
    "capacity": "M0 0H9V9H0zM1.5 1.5V4H7.5V1.5z",
    "both": "M0 7L5 1H9V3.5H6.2L1.6 9H0z",
    "none": "",
}


def badge(label: str, bound: FindingBound) -> bytes:
    """Draw a badge: a static SVG, readable on white and on dark paper.

    Args:
        label: Parts joined by ``·``, such as ``qk/pv ar · memory-bound · 0.992 FLOP/Byte``;
            the first says what it is about and stands apart.
        bound: What limits it; decides colour and mark.

    Returns:
        The file; equal inputs give equal bytes.
    """
    label = clean_text(label)
    subject, _, rest = label.partition(SEPARATOR)
    if not rest:
        subject, rest = "", subject
    rest = _cut(rest, MOST)
    subject = _cut(subject, MOST - _width(rest))
    left = _width(subject) + 2 * _PAD if subject else 0
    place = left + _PAD
    shift = _MARK + _GAP if _MARKS[bound] else 0
    width = place + shift + _width(rest) + _PAD
    root = ET.Element(
        f"{{{svg.SVG}}}svg",
        {
            "width": str(width),
            "height": str(HEIGHT),
            "viewBox": f"0 0 {width} {HEIGHT}",
            "role": "img",
            "font-family": _FONTS,
            "font-size": str(_SIZE),
        },
    )
    _add(root, "title", {}, label)
    _add(root, "path", {"fill": light(_GROUNDS[bound]), "d": _sheet(left, width)})
    if subject:
        _add(root, "path", {"fill": light("ink"), "d": _sheet(0, left, left=True)})
        _write(root, subject, _PAD)
    if shift:
        look = {"fill": light("paper"), "transform": f"translate({place} 5.5)"}
        _add(root, "path", look | {"d": _MARKS[bound]})
    _write(root, rest, place + shift)
    # Parts the badge from paper as dark as its first part.
    edge = {"width": str(width - 1), "height": str(HEIGHT - 1), "x": "0.5", "y": "0.5"}
    _add(root, "rect", edge | {"rx": "2.5", "fill": "none", "stroke": light("rule")})
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _width(text: str) -> int:
    """Width of a line of text, rounded up; wide characters take a square each [pixel]."""
    wide = sum(unicodedata.east_asian_width(mark) in {"W", "F"} for mark in text)
    narrow = "".join(mark for mark in text if unicodedata.east_asian_width(mark) not in {"W", "F"})
    return math.ceil(text_width(narrow, _SIZE) + wide * _SIZE)


def _cut(text: str, width: float) -> str:
    """Cut text off with an ellipsis where it is wider than a width."""
    if _width(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _width(text[:middle] + "…") <= width else (low, middle - 1)
    return text[:low].rstrip() + "…"


def _sheet(start: int, end: int, *, left: bool = False) -> str:
    """Outline of one part, round at the badge's own ends."""
    near, far = (_RADIUS if left or not start else 0), (0 if left else _RADIUS)
    return (
        f"M{start + near} 0H{end - far}"
        f"{_corner(far, far)}V{HEIGHT - far}{_corner(-far, far)}"
        f"H{start + near}{_corner(-near, -near)}V{near}{_corner(near, -near)}z"
    )


def _corner(x: int, y: int) -> str:
    return f"a{_RADIUS} {_RADIUS} 0 0 1 {x} {y}" if x else ""


def _write(root: ET.Element, text: str, place: int) -> None:
    look = {
        "x": str(place),
        "y": str(_BASELINE),
        "fill": light("paper"),
        "textLength": str(_width(text)),
        "lengthAdjust": "spacingAndGlyphs",
    }
    _add(root, "text", look, text)


def _add(root: ET.Element, name: str, attributes: dict[str, str], text: str = "") -> None:
    ET.SubElement(root, f"{{{svg.SVG}}}{name}", attributes).text = text or None
