"""Badges are small static images whose text fits, whatever it says."""

import re
from typing import get_args
from xml.etree import ElementTree as ET

import pytest

from gen.link_images.badge import MOST, badge
from roofline.findings.finding import FindingBound
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.output import svg

LABEL = "qk/pv ar · memory-bound · 0.992 FLOP/Byte"
BOUNDS: tuple[FindingBound, ...] = get_args(FindingBound)
UNFRIENDLY = '</title><script>alert("x")</script> & $5 · \x00\ud800 · \u6f22\u5b57'


def _parsed(label: str, bound: FindingBound = "memory") -> ET.Element:
    return ET.fromstring(badge(label, bound))  # noqa: S314  # our own drawing


def _texts(root: ET.Element) -> list[ET.Element]:
    return list(root.iter(f"{{{svg.SVG}}}text"))


def test_a_badge_is_a_titled_image_of_twenty_pixels() -> None:
    root = _parsed(LABEL)
    assert root.get("role") == "img"
    assert root.get("height") == "20"
    assert root.findtext(f"{{{svg.SVG}}}title") == LABEL
    assert [text.text for text in _texts(root)] == ["qk/pv ar", "memory-bound · 0.992 FLOP/Byte"]


@pytest.mark.parametrize(
    "label", [LABEL, "alone", UNFRIENDLY, "long " * 100 + "· a", "\u6f22" * 90]
)
def test_the_text_has_its_room(label: str) -> None:
    root = _parsed(label)
    width = float(root.get("width", "0"))
    end = 0.0
    for text in _texts(root):
        start, length = float(text.get("x", "0")), float(text.get("textLength", "0"))
        assert text.get("lengthAdjust") == "spacingAndGlyphs"
        assert start >= end + 7
        end = start + length
    assert end + 7 <= width <= MOST + 50


def test_equal_inputs_give_equal_bytes() -> None:
    assert badge(LABEL, "both") == badge(LABEL, "both")


def test_each_bound_has_its_mark() -> None:
    marks = {bound: [path.get("d") for path in _parsed("a · b", bound)[1:]] for bound in BOUNDS}
    assert len({str(mark) for mark in marks.values()}) == len(BOUNDS)


def test_hostile_text_stays_text() -> None:
    drawn = badge(UNFRIENDLY, "compute")
    assert b"<script" not in drawn
    assert "$5" in (_parsed(UNFRIENDLY).findtext(f"{{{svg.SVG}}}title") or "")
    names = {element.tag.rpartition("}")[2] for element in _parsed(UNFRIENDLY).iter()}
    assert names == {"svg", "title", "path", "text", "rect"}
    assert not re.search(rb"href|url\(|@import|\bon\w+=", drawn)


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_text_stands_out_from_its_ground(bound: FindingBound) -> None:
    root = _parsed("a · b", bound)
    grounds = [str(path.get("fill")) for path in root.iter(f"{{{svg.SVG}}}path")][:2]
    for ground in grounds:
        assert _contrast(light("paper"), ground) >= 4.5
    assert light("ink") in grounds


def _contrast(first: str, second: str) -> float:
    """Contrast of two colours as WCAG defines it."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
