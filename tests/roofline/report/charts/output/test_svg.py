"""Drawings are small, deterministic, well-formed, and fit to stand inside a page."""

import re
from xml.etree import ElementTree as ET

import pytest
from matplotlib.figure import Figure

from roofline.report.charts.drawing import palette
from roofline.report.charts.drawing.sheet import Canvas, Layout, style
from roofline.report.charts.output import svg

XLINK = f"{{{svg.XLINK}}}href"


def _figure() -> Figure:
    with style():
        return _drawn()


def _drawn() -> Figure:
    canvas = Canvas.blank(Layout(kind="wide", width=300, height=200, font=9), title='A <b> & "c"')
    axes = canvas.axes(40, 30, 10, 10)
    axes.scatter([1, 2, 3], [1, 2, 3], marker="x", color=palette.light("qk-pv-ar"), gid="marks")
    axes.set_xlabel("a $b$ & <script>", color=palette.light("ink"))
    return canvas.figure


def _inline(prefix: str = "one") -> str:
    return svg.inline_svg(
        svg.figure_svg(_figure()), prefix=prefix, title="its-name", description="its-words"
    )


def _parsed(text: str | bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own drawing


def test_a_drawing_is_the_same_every_time() -> None:
    assert svg.figure_svg(_figure()) == svg.figure_svg(_figure())
    assert svg.figure_png(_figure()) == svg.figure_png(_figure())


def test_a_file_is_well_formed_and_carries_nothing_but_the_drawing() -> None:
    source = svg.figure_svg(_figure())
    root = _parsed(source)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"metadata", "style", "script"}
    assert b"DOCTYPE" not in source
    assert "a $b$ & <script>" in [text.text for text in root.iter(f"{{{svg.SVG}}}text")]
    assert b"DejaVu" not in source


def test_an_inlined_drawing_is_named_and_described_by_the_page() -> None:
    """A title inside of it would show as a tooltip over all of the drawing."""
    root = _parsed(_inline())
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "its-name"
    assert root.get("aria-describedby") == "its-words"
    assert not [*root.iter(f"{{{svg.SVG}}}title")]
    assert "\n" not in _inline()


def test_ids_are_prefixed_and_unique_and_references_lead_somewhere() -> None:
    root = _parsed(_inline("chart"))
    names = [name for element in root.iter() if (name := element.get("id"))]
    assert len(names) == len(set(names))
    assert all(name.startswith("chart-") for name in names)
    references = {
        value.removeprefix("#") for element in root.iter() if (value := element.get(XLINK))
    }
    assert references
    assert references <= set(names)
    assert not {element.get("href") for element in root.iter()} - {None}


def test_an_inlined_drawing_takes_its_colours_from_the_page() -> None:
    root = _parsed(_inline())
    styles = [style for element in root.iter() if (style := element.get("style"))]
    bare = [style for style in styles if re.search(r"#[0-9a-f]{6}(?!\))", style)]
    assert bare == []
    markers = [
        path.get("style", "")
        for definitions in root.iter(f"{{{svg.SVG}}}defs")
        for path in definitions.iter(f"{{{svg.SVG}}}path")
    ]
    assert any("var(--rl-qk-pv-ar" in style for style in markers + styles)
    assert all("#000" not in style for style in markers)


def test_the_background_and_named_groups_can_be_left_out() -> None:
    source = svg.figure_svg(_figure())
    kept = svg.inline_svg(source, prefix="p", title="t", description="d")
    cut = svg.inline_svg(
        source, prefix="p", title="t", description="d", crop=(20, 5), drop=("marks",)
    )
    assert "p-marks" in kept
    assert "p-paper" not in kept
    assert "p-marks" not in cut
    before, after = (
        [float(part) for part in str(_parsed(text).get("viewBox")).split()] for text in (kept, cut)
    )
    assert after[1] == 20
    assert after[3] == pytest.approx(before[3] - 25)
