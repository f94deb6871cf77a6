"""Drawn curves ring their crossings, and bring forward what they are told to."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from drawings import by_gid, drawn_axes, odd_finding, solid
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.plans.finding import finding_plan
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.series import StudyData

PROJECTIONS = ("qkv-mlp-ar", "up-gate-down-ar")


def _axes(data: StudyData, chart: str, *highlight: str) -> Axes:
    return drawn_axes(finding_plan(data, odd_finding(chart=chart, highlight=highlight)))


def _rings(axes: Axes) -> int:
    return sum(str(one.get_gid()).startswith("crossing") for one in axes.collections)


def test_intensity_charts_ring_the_crossings(flagship: StudyData) -> None:
    axes = drawn_axes(batch_plan(flagship))
    (ring,) = [one for gid, one in by_gid(axes).items() if gid.startswith("crossing")]
    np.testing.assert_allclose(np.asarray(ring.get_offsets())[:, 0], [166.8, 169.5], rtol=1e-3)
    assert axes.get_xlim()[1] > 2 * 169.5
    assert "b = 166.8 and 169.5" in {text.get_text() for text in axes.texts}
    axes = drawn_axes(length_plan(flagship))
    assert any(text.get_text() == "s = 322.5" for text in axes.texts)


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch"])
@pytest.mark.parametrize("highlight", [("qk-pv-ar",), PROJECTIONS])
def test_what_a_finding_is_about_is_forward_and_the_rest_faint(
    flagship: StudyData, chart: str, highlight: tuple[str, ...]
) -> None:
    series = solid(_axes(flagship, chart, *highlight))
    assert len(series) == 6
    assert {key for key, forward in series.items() if forward} == set(highlight)


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch", "intensity-length"])
def test_nothing_is_faint_where_nothing_is_highlighted(flagship: StudyData, chart: str) -> None:
    assert all(solid(_axes(flagship, chart)).values())


def test_both_variants_of_a_series_are_forward(flagship: StudyData) -> None:
    axes = _axes(flagship, "intensity-length", "qk-pv-init")
    forward = {line.get_gid() for line in axes.lines if line.get_alpha() is None}
    assert {"qk-pv-init", "qk-pv-init-variant"} <= forward
    assert not {"qk-pv-ar", "qk-pv-ar-variant"} & forward


def test_keys_that_a_chart_lacks_leave_it_as_it_is(flagship: StudyData) -> None:
    assert all(solid(_axes(flagship, "intensity-length", "qkv-mlp-ar")).values())


def test_the_names_of_the_curves_follow(flagship: StudyData) -> None:
    axes = _axes(flagship, "intensity-batch", *PROJECTIONS)
    named = {
        text.get_text(): to_hex(str(text.get_color()))
        for text in axes.texts
        if isinstance(text, Annotation)
    }
    assert named["qkv mlp ar"] == light("ink")
    assert named["qk/pv ar"] == light("muted")


def test_only_crossings_of_what_is_forward_are_ringed(flagship: StudyData) -> None:
    assert _rings(_axes(flagship, "intensity-batch")) == 1
    assert _rings(_axes(flagship, "intensity-batch", *PROJECTIONS)) == 1
    assert _rings(_axes(flagship, "intensity-batch", "qk-pv-ar")) == 0
