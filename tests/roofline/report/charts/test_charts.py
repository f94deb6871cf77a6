"""Charts show the model's numbers, for any study, the same way every time."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from drawings import by_gid, drawn_axes, odd_study
from roofline.model.crossing import crossing
from roofline.report.charts import library as charts
from roofline.report.charts.drawing import palette
from roofline.report.charts.output import cache, svg
from roofline.report.charts.output.chart import blank, draw_chart
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.time import time_plan
from roofline.study.repository import FLAGSHIP
from roofline.study.study import Study, load_study

SLUGS = [
    "roofline",
    "intensity-batch",
    "intensity-length",
    "capacity",
    "time-decode",
    "time-prefill",
]
ODD: dict[str, dict[str, Any]] = {
    "one batch": {"batches": [1]},
    "one length": {"lengths": [1]},
    "one setting": {"batches": [3], "lengths": [1000]},
    "many settings": {"batches": list(range(1, 101)), "lengths": list(range(10, 1010, 10))},
    "all in one row": {"batches": [7], "lengths": list(range(1, 10_001))},
    "all in one column": {"batches": list(range(1, 10_001)), "lengths": [7]},
    "nothing fits": {"model": "llama-65b", "batches": [1, 2], "lengths": [128, 256]},
    "no cache fits": {"batches": [64, 128], "lengths": [8192]},
    "all fit": {"model": "llama-7b", "batches": [1, 2], "lengths": [128, 256]},
    "low ridge": {"dtype": "tf32"},
    "grouped": {"model": "llama-3-8b", "accelerator": "h100-80gb-sxm"},
    "candidates": {"candidates": [1, 16, 64]},
    "candidates alone": {"candidates": [64]},
    "fused": {"choices": {"attention": "fused", "projections": "fused", "logits": "all"}},
    "narrow weights": {"storage": {"weight": "int4", "kv-cache": 0.53125}},
    "huge": {"batches": [1, 10**9], "lengths": [1, 10**9]},
}
UNFRIENDLY = "</title><script>alert(\"x\")</script> & 'so' on, for $5 and $6 \u6f22\u5b57"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own drawing


def test_the_reference_chart_has_the_reference_axes(flagship: StudyData) -> None:
    axes = drawn_axes(roofline_plan(flagship))
    assert axes.get_xlim() == (0.6, 1e4)
    assert axes.get_ylim() == (1e10, 1e15)
    assert axes.get_xlabel() == "Operational Intensity (FLOP/Byte)"
    assert axes.get_ylabel() == "Performance (FLOP/s)"
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "1",
        "10",
        "100",
        "1k",
        "10k",
    ]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "10G",
        "100G",
        "1T",
        "10T",
        "100T",
        "1000T",
    ]


def test_the_roof_is_that_of_the_model(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(roofline_plan(flagship)))
    roof = flagship.study.deployment.roof
    x, y = found["bandwidth"].get_data()
    np.testing.assert_allclose(y, roof.bandwidth * np.asarray(x), rtol=1e-12)
    assert list(found["peak"].get_ydata()) == [312e12, 312e12]
    np.testing.assert_allclose(found["ridge"].get_xdata(), 312e12 / 1.935e12, rtol=1e-12)


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
        "qkv mlp init",
        "qkv mlp ar",
        "up/gate/down init",
        "up/gate/down ar",
        "qk/pv init",
        "qk/pv ar",
        "attainable",
    ]
    assert palette.NAMES["qkv-mlp-init"] == "blue"


def test_one_series_can_be_brought_forward(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(operator_plan(flagship, "qk-pv", "ar")))
    assert found["predicted-qk-pv-ar"].get_alpha() == 1
    assert found["attainable-qk-pv-ar"].get_alpha() == palette.QUIET
    assert found["predicted-qkv-mlp-ar"].get_alpha() < 0.5
    with pytest.raises(KeyError, match="qk-pv-sideways"):
        operator_plan(flagship, "qk-pv", "sideways")


def test_an_operator_chart_takes_labels_and_slugs() -> None:
    by_label = charts.operator_chart(load_study(), "up/gate/down", "init", "1")
    assert by_label.slug == "roofline-up-gate-down-init"
    assert by_label == charts.operator_chart(load_study(), "up-gate-down", "init", "1")


def test_projections_cross_the_ridge_where_hand_arithmetic_says(flagship: StudyData) -> None:
    # 1/(1/b + 2/6656) = 161.24 at b = 169.5; 1/(1/b + 1/6656 + 1/17920) at b = 166.8.
    deployment = flagship.study.deployment
    ridge = 312e12 / 1.935e12
    for series, other in (("qkv mlp", 2 / 6656), ("up/gate/down", 1 / 6656 + 1 / 17920)):
        found = crossing(deployment, series, "ar", vary="batch", length=1024)
        assert found == pytest.approx(1 / (1 / ridge - other), rel=1e-9)
    assert crossing(deployment, "qk/pv", "ar", vary="batch", length=1024) is None
    assert crossing(deployment, "qk/pv", "init", vary="length", batch=1) is None
    assert crossing(deployment, "qkv mlp", "init", vary="batch", length=8192) == 1


def test_intensity_charts_ring_the_crossings(flagship: StudyData) -> None:
    axes = drawn_axes(batch_plan(flagship))
    (ring,) = [one for gid, one in by_gid(axes).items() if gid.startswith("crossing")]
    np.testing.assert_allclose(np.asarray(ring.get_offsets())[:, 0], [166.8, 169.5], rtol=1e-3)
    assert axes.get_xlim()[1] > 2 * 169.5
    assert "b = 166.8 and 169.5" in {text.get_text() for text in axes.texts}
    axes = drawn_axes(length_plan(flagship))
    assert any(text.get_text() == "s = 322.5" for text in axes.texts)


def test_shares_of_time_add_up(flagship: StudyData) -> None:
    for phase in ("ar", "init"):
        table = time_plan(flagship, phase).table
        columns = {name: np.asarray(values) for name, (_, values) in table.columns.items()}
        keys = list(zip(columns["batch"], columns["sequence_length"], strict=True))
        total: dict[Any, float] = {}
        for key, series, value in zip(keys, columns["series"], columns["seconds"], strict=True):
            total[key, series] = value
        for key, step in zip(keys, columns["step_seconds"], strict=True):
            parts = sum(value for (other, _), value in total.items() if other == key)
            assert parts == pytest.approx(step, rel=1e-12)


def test_drawing_twice_gives_the_same_bytes(flagship: StudyData) -> None:
    for plan in (roofline_plan, batch_plan):
        first, second = (draw_chart(plan(flagship), flagship.study, "1.0") for _ in range(2))
        assert first == second


def test_the_data_are_base_units_in_full_precision() -> None:
    chart = charts.study_charts(load_study(), "1.2.3")[0]
    rows = list(csv.DictReader(io.StringIO(chart.csv.decode())))
    assert len(rows) == 6 * 49
    document = json.loads(chart.json)
    assert document["schema"] == "roofline.chart/1"
    assert document["version"] == "1.2.3"
    assert document["study"] == FLAGSHIP
    assert document["units"]["attainable"] == "FLOP/s"
    first = dict(zip(document["columns"], document["rows"][0], strict=True))
    assert first["intensity"] == 1 / (1 / 128 + 2 / 6656)
    assert float(rows[0]["intensity"]) == first["intensity"]
    assert {row["fits"] for row in rows} == {"true", "false"}


def test_the_captions_count_what_is_faint(flagship: StudyData) -> None:
    caption = roofline_plan(flagship).caption
    assert "21 of the 49 settings do not fit in 80 GB" in caption
    assert "Crosses are predicted rates of isolated kernels" in caption
    assert "Neither are measurements" in caption
    outside = [one.predicted.extrapolated for one in flagship.series if one.predicted is not None]
    assert f"{sum(int(one.sum()) for one in outside)} of the 294 predictions" in caption
    found = by_gid(drawn_axes(roofline_plan(flagship)))
    layer = {gid: one for gid, one in found.items() if gid.startswith("predicted-")}
    sizes = {gid: len(np.asarray(one.get_offsets())) for gid, one in layer.items()}
    faint = sum(size for gid, size in sizes.items() if gid.endswith("-faint"))
    assert f"{faint} of the {sum(sizes.values())} predicted marks" in caption


def test_the_reference_chart_is_small() -> None:
    chart = charts.study_charts(load_study(), "1")[0]
    assert len(chart.inline) < 60_000
    assert len(gzip.compress(chart.inline.encode(), 6)) < 6_000


def _all(study: Study) -> Iterator[charts.Chart]:
    yield from charts.study_charts(study, "1")
    yield charts.operator_chart(study, "qk/pv", "init", "1")


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_any_study_has_every_chart(changes: dict[str, Any]) -> None:
    found = list(_all(odd_study(**changes)))
    assert [chart.slug for chart in found] == [*SLUGS, "roofline-qk-pv-init"]
    names: list[str] = []
    for chart in found:
        root = _parsed(f"<body>{chart.inline}</body>")
        names += [name for element in root.iter() if (name := element.get("id"))]
        _parsed(chart.svg.decode())
        assert len(chart.inline) < 1_000_000
        assert chart.png.startswith(b"\x89PNG")
        for text in (chart.title, chart.caption, chart.description):
            assert not re.search(r"\b(nan|inf|None)\b", text)
        json.loads(chart.json)
    assert len(names) == len(set(names))


def test_titles_are_escaped() -> None:
    study = odd_study(title=UNFRIENDLY[:120])
    for chart in _all(study):
        assert "<script" not in chart.inline
        assert b"<script" not in chart.svg
        root = _parsed(chart.svg.decode())
        texts = [text.text or "" for text in root.iter(f"{{{svg.SVG}}}text")]
        assert any("<script>" in text and "$5 and $6" in text for text in texts)


def test_nothing_is_drawn_outside_the_sheet_or_over_another_label() -> None:
    data = StudyData(study=load_study())
    for plan in (roofline_plan(data), batch_plan(data), length_plan(data)):
        canvas = blank(plan, data.study, "1")
        with svg.style():
            plan.draw(canvas)
            canvas.figure.draw_without_rendering()
            width, height = canvas.figure.get_size_inches() * 72
            for axes in canvas.figure.axes:
                labels = [*axes.texts, axes.xaxis.label, axes.yaxis.label]
                labels += [*axes.get_xticklabels(), *axes.get_yticklabels()]
                boxes = [text.get_window_extent() for text in labels if text.get_text()]
                for box in boxes:
                    assert box.x0 >= 0
                    assert box.x1 <= width
                    assert box.y0 >= 0
                    assert box.y1 <= height
