"""The drawn reference chart shows its spec: axes, roof, layers, names."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from numpy.testing import assert_allclose

from drawings import by_gid, drawn_axes, odd_data
from roofline.report.charts.drawing import palette
from roofline.report.charts.drawing.sheet import FAINT
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import ATTAINABLE, MEASURED, PREDICTED, Marks, Roofline
from roofline.units import significant


def _assert_drawn(found: dict[str, PathCollection], name: str, marks: Marks, alpha: float) -> None:
    """Every mark is drawn, faint where nothing there fits."""
    for chosen, suffix, strength in (
        (marks.fits, "", alpha),
        (~marks.fits, "-faint", alpha * FAINT),
    ):
        artist = found.get(name + suffix)
        assert (artist is not None) == bool(chosen.any())
        if artist is not None:
            places = np.stack([marks.x[chosen], marks.y[chosen]], axis=1)
            assert_allclose(np.asarray(artist.get_offsets()), places, rtol=1e-12)
            assert artist.get_alpha() == pytest.approx(strength)


def test_the_reference_chart_has_the_reference_axes(flagship: StudyData) -> None:
    axes = drawn_axes(roofline_plan(flagship))
    assert axes.get_xlim() == (0.6, 1e4)
    assert axes.get_ylim() == (1e10, 1e15)
    assert axes.get_xlabel() == "Operational Intensity (FLOP/Byte)"
    assert axes.get_ylabel() == "Performance (FLOP/s)"
    x = [label.get_text() for label in axes.get_xticklabels()]
    y = [label.get_text() for label in axes.get_yticklabels()]
    assert x == ["1", "10", "100", "1k", "10k"]
    assert y == ["10G", "100G", "1T", "10T", "100T", "1000T"]


def test_the_roof_is_that_of_the_spec(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(roofline_plan(flagship)))
    x, y = found["bandwidth"].get_data()
    assert_allclose(y, 1.935e12 * np.asarray(x), rtol=1e-12)
    assert list(found["peak"].get_ydata()) == [312e12, 312e12]
    assert_allclose(found["ridge"].get_xdata(), 312e12 / 1.935e12, rtol=1e-12)


def test_the_reference_chart_labels_its_lines_and_regions(flagship: StudyData) -> None:
    axes = drawn_axes(roofline_plan(flagship))
    texts = {text.get_text() for text in axes.texts}
    assert {
        "1,935 GB/s",
        "312 TFLOP/s",
        "ridge 161.2 FLOP/Byte",
        "Memory-bound",
        "Compute-bound",
    } <= texts
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "QKV, prefill (qkv mlp init)",
        "QKV, decode (qkv mlp ar)",
        "Feed-forward, prefill (up/gate/down init)",
        "Feed-forward, decode (up/gate/down ar)",
        "Attention, prefill (qk/pv init)",
        "Attention, decode (qk/pv ar)",
        "attainable",
    ]
    assert palette.NAMES["qkv-mlp-init"] == "blue"


def test_predicted_points_lie_over_attainable_ones(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(roofline_plan(flagship)))
    for series in flagship.series:
        points, key = series.points, series.key
        _assert_drawn(found, f"predicted-{key}", points.marks(PREDICTED), 1.0)
        _assert_drawn(found, f"attainable-{key}", points.backdrop, palette.QUIET)
        assert key not in found
        assert found[f"predicted-{key}"].get_zorder() > found[f"attainable-{key}"].get_zorder()


def test_circles_are_measured_points_over_the_others(example: StudyData) -> None:
    found = by_gid(drawn_axes(roofline_plan(example)))
    for series in example.series:
        circles = found[f"measured-{series.key}"]
        _assert_drawn(found, f"measured-{series.key}", series.points.marks(MEASURED), 1.0)
        assert not len(circles.get_facecolors())
        behind = (found[f"predicted-{series.key}"], found[f"attainable-{series.key}"])
        heights = [circles.get_zorder(), *(marks.get_zorder() for marks in behind)]
        assert heights == sorted(heights, reverse=True)
    legend = drawn_axes(roofline_plan(example)).get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names[-3:] == ["measured", "attainable", "predicted"]


def test_attainable_points_that_stand_alone_are_plain() -> None:
    data = odd_data(storage={"weight": "int8"})
    axes = drawn_axes(roofline_plan(data))
    found = by_gid(axes)
    for series in data.series:
        _assert_drawn(found, series.key, series.points.marks(ATTAINABLE), 1.0)
    assert not [gid for gid in found if gid.startswith(("predicted", "attainable"))]
    legend = axes.get_legend()
    assert legend is not None
    assert "attainable" not in [text.get_text() for text in legend.get_texts()]


def test_one_series_can_be_brought_forward(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(operator_plan(flagship, "qk-pv-ar")))
    assert found["predicted-qk-pv-ar"].get_alpha() == 1
    assert found["attainable-qk-pv-ar"].get_alpha() == palette.QUIET
    assert found["predicted-qkv-mlp-ar"].get_alpha() < 0.5


def test_the_ends_of_what_is_forward_are_named(flagship: StudyData) -> None:
    plan = operator_plan(flagship, "qkv-mlp-ar")
    series = next(one for one in flagship.series if one.key == "qkv-mlp-ar")
    texts = {text.get_text() for text in drawn_axes(plan).texts}
    intensity = series.points.intensity
    assert {significant(min(intensity), 3), significant(max(intensity), 3)} <= texts


def test_the_names_of_the_series_follow(flagship: StudyData) -> None:
    legend = drawn_axes(operator_plan(flagship, "qkv-mlp-ar")).get_legend()
    assert legend is not None
    bold = {text.get_text() for text in legend.get_texts() if text.get_fontweight() == "bold"}
    assert bold == {"QKV, decode (qkv mlp ar)"}


def test_colours_and_sizes_are_those_of_the_roles(flagship: StudyData) -> None:
    """A drawing knows no series by name: another role is drawn otherwise."""
    plan = roofline_plan(odd_data(storage={"weight": "int8"}))
    assert isinstance(plan.spec, Roofline)
    series = replace(plan.spec.series[0], role=flagship.series[-1].points.role)
    found = by_gid(drawn_axes(replace(plan, spec=replace(plan.spec, series=(series,)))))
    marks = found[series.key]
    assert marks.get_sizes().tolist() == [palette.MARK_AREA]
    (colour,) = {tuple(edge[:3]) for edge in marks.get_edgecolors().tolist()}
    expected = [int(palette.light("qk-pv-ar")[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    assert colour == pytest.approx(tuple(expected))
