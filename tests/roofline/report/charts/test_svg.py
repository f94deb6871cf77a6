"""Drawings are small, deterministic, well-formed, and fit to stand inside a page."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from roofline.report.charts.drawing import palette
from roofline.report.charts.drawing.sheet import Canvas, Layout
from roofline.report.charts.output import svg

XLINK = f"{{{svg.XLINK}}}href"
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
"""Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB."""
NORMAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def _figure() -> Figure:
    with svg.style():
        return _drawn()


def _drawn() -> Figure:
    canvas = Canvas.blank(Layout(kind="wide", width=300, height=200, font=9), title='A <b> & "c"')
    axes = canvas.axes(40, 30, 10, 10)
    axes.scatter([1, 2, 3], [1, 2, 3], marker="x", color=palette.light("qk-pv-ar"), gid="marks")
    axes.set_xlabel("a $b$ & <script>", color=palette.light("ink"))
    return canvas.figure


def _inline(prefix: str = "one") -> str:
    return svg.inline_svg(
        svg.figure_svg(_figure()), prefix=prefix, title="<script>", description='"quoted" & so on'
    )


def _parsed(text: str | bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own drawing


def _linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear: np.ndarray = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear


def _luminance(colour: str) -> float:
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def _contrast(one: str, two: str) -> float:
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


def _oklab(linear: np.ndarray) -> np.ndarray:
    cones = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(linear, 0, 1)
    )
    lab: np.ndarray = (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ cones
    )
    return lab


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


def test_an_inlined_drawing_is_named_and_described() -> None:
    root = _parsed(_inline())
    assert root.get("role") == "img"
    labelled = (root.get("aria-labelledby") or "").split()
    texts = {element.get("id"): element.text for element in root}
    assert [texts[name] for name in labelled] == ["<script>", '"quoted" & so on']
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


@pytest.mark.parametrize(
    ("text", "clean"), [("a\n b\t c", "a b c"), ("a\x07b\x00", "ab"), ("\ud800é\ufffe", "é")]
)
def test_text_keeps_what_xml_allows(text: str, clean: str) -> None:
    assert svg.clean_text(text) == clean


def test_every_role_has_a_colour_of_its_own() -> None:
    lights = [light for light, _ in palette.ROLES.values()]
    assert len(set(lights)) == len(lights)


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_and_marks_stand_out_from_the_paper(scheme: int) -> None:
    paper = palette.ROLES["paper"][scheme]
    for role in ("ink", "muted", "memory", "compute"):
        assert _contrast(palette.ROLES[role][scheme], paper) >= 4.5
    for role in palette.NAMES:
        assert _contrast(palette.ROLES[role][scheme], paper) >= 3


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("vision", [NORMAL, DEUTERANOPIA, PROTANOPIA])
def test_readers_who_confuse_hues_can_tell_the_series_apart(
    scheme: int, vision: tuple[tuple[float, ...], ...]
) -> None:
    seen = {
        role: _oklab(np.array(vision) @ _linear(palette.ROLES[role][scheme]))
        for role in palette.NAMES
    }
    close = [
        (one, two)
        for one in seen
        for two in seen
        if one < two and np.linalg.norm(seen[one] - seen[two]) < 0.1
    ]
    assert close == []


def test_the_style_sheet_has_every_role_in_both_schemes_and_paper_in_light() -> None:
    sheet = palette.stylesheet()
    on_screen = sheet.split("@media screen {")[1].split("\n}\n")[0]
    for role, (light, dark) in palette.ROLES.items():
        if role != "paper":
            assert f"--rl-{role}: {light};" in sheet.split("@media screen")[0]
            assert f"--rl-{role}: {dark};" in on_screen
    assert sheet.count("{") == sheet.count("}")
