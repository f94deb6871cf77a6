"""What is read off a drawing is what was drawn."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from roofline.report.charts import study_look
from roofline.report.charts.drawing import look
from roofline.report.charts.drawing.roofline import draw_roofline
from roofline.report.charts.drawing.sheet import Canvas, Layout
from roofline.report.charts.plans.roofline import roofline_spec
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Role, Roofline
from roofline.study.reference_chart import Part
from roofline.study.study import load_study

LAYOUT = Layout(kind="wide", width=500, height=360, font=9)


def test_every_part_is_read(flagship: StudyData) -> None:
    assert set(study_look(flagship.study)) == set(get_args(Part))


def test_axes_are_read_with_their_limits(flagship: StudyData) -> None:
    spec = replace(roofline_spec(flagship), x=(10.0, 1e3), y=(1e12, 1e15))
    seen = look.read_look(LAYOUT, spec)
    assert seen["horizontal ticks"] == ("10", "100", "1k")
    assert seen["vertical ticks"] == ("1T", "10T", "100T", "1000T")
    assert seen["horizontal scale"] == ("log",)


def test_the_legend_is_read_with_its_colours(flagship: StudyData) -> None:
    spec = roofline_spec(flagship)
    one = replace(spec.series[0], role=Role("brown"))
    seen = look.read_look(LAYOUT, replace(spec, series=(one,)))
    assert seen["legend"] == ("qkv mlp init: brown",)
    assert seen["markers"] == ("x",)


def test_a_series_without_a_colour_of_its_own_is_read_too(recall: Path) -> None:
    """Added to the operator table alone, it shares a colour, in both phases another one."""
    legend = study_look(load_study())["legend"]
    assert {"recall init: slate", "recall ar: khaki"} <= {*legend}


def test_measured_points_have_another_marker(example: StudyData) -> None:
    """Circles, which the legend shows as squares of the series' colour."""
    assert study_look(example.study)["markers"] == ("s",)


def test_lines_have_their_direction_and_style(flagship: StudyData) -> None:
    seen = study_look(flagship.study)
    assert seen["bandwidth limit"] == ("rising", "solid", "teal")
    assert seen["peak limit"] == ("horizontal", "solid", "rust")
    assert seen["ridge"] == ("vertical", "dashed")
    assert sorted(seen["grid"]) == ["dashed", "horizontal", "vertical"]


@pytest.mark.parametrize(
    ("place", "words"), [((0.0, 0.9), ("top", "left")), ((0.7, 0.0), ("bottom", "right"))]
)
def test_the_legend_is_found_where_it_is(
    flagship: StudyData,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[float, float],
    words: tuple[str, str],
) -> None:
    def moved(canvas: Canvas, spec: Roofline) -> None:
        draw_roofline(canvas, spec)
        legend = canvas.figure.axes[0].get_legend()
        assert legend is not None
        legend.set_loc(place)

    monkeypatch.setattr(look, "draw_roofline", moved)
    assert look.read_look(LAYOUT, roofline_spec(flagship))["legend place"] == words
