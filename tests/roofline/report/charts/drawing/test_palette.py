"""Colours stand out from the paper and from each other, for everyone."""

import numpy as np
import pytest

from roofline.model.operators import load_operators
from roofline.report.charts.drawing import palette
from roofline.report.charts.spec import Role

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
    assert f"--rl-lift: {1 / palette.QUIET:.4g};" in sheet


def test_the_operator_table_chooses_what_the_palette_has() -> None:
    """A new series takes one of these words, or none, and needs no code."""
    for series in load_operators().series.values():
        for colour in (series.drawn.init, series.drawn.ar):
            if colour is not None:
                assert colour in palette.NAMES.values()
                assert palette.series_colour(Role(colour)).startswith("#")
        assert palette.series_size(Role("blue", series.drawn.size)).stroke > 0


def test_colours_that_series_share_are_the_palettes() -> None:
    colours = {palette.series_colour(Role(f"other-{place}")) for place in (1, 2, 3)}
    assert len(colours) == 3
    assert palette.series_colour(Role("blue")) == palette.light("qkv-mlp-init")
    with pytest.raises(KeyError, match="mauve"):
        palette.series_colour(Role("mauve"))
