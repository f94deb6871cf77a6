"""Charts of candidate tokens show the model's numbers, for any study."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.axes import Axes

from drawings import by_gid, odd_study
from roofline.model.grid import Grid
from roofline.report.charts.drawing.sheet import Canvas
from roofline.report.charts.library import candidate_charts
from roofline.report.charts.output import cache, svg
from roofline.report.charts.output.chart import blank
from roofline.report.charts.plans.candidates import intensity_plan, speed_up_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Plan
from roofline.study.candidates import best_candidates, published_candidates, speculation
from roofline.study.study import load_study

ODD: dict[str, dict[str, Any]] = {
    "one setting": {"batches": [3], "lengths": [1000]},
    "one batch of the usual ones": {"batches": [4, 5]},
    "many batches": {"batches": list(range(1, 101)), "lengths": [10, 20]},
    "past the ridge": {"batches": [1024, 2048]},
    "low ridge": {"dtype": "tf32"},
    "not calibrated": {"model": "llama-3-8b", "accelerator": "h100-80gb-sxm"},
    "candidates alone": {"candidates": [64]},
    "fused": {"choices": {"attention": "fused", "projections": "fused", "logits": "all"}},
    "narrow weights": {"storage": {"weight": "int4", "kv-cache": 0.53125}},
    "huge": {"batches": [1, 10**9], "lengths": [1, 10**9]},
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _drawn(plan: Plan) -> Canvas:
    canvas = blank(plan)
    with svg.style():
        plan.draw(canvas)
        canvas.figure.draw_without_rendering()
    return canvas


def _axes(plan: Plan) -> Axes:
    return _drawn(plan).figure.axes[0]


def test_the_titles_carry_the_computed_numbers(flagship: StudyData) -> None:
    # 40.96 / 0.9913 = 41.3; 166.8 / 16 = 10.4 and 169.5 / 16 = 10.6.
    title = intensity_plan(flagship).title
    assert title == (
        "64 candidates give decode attention 41.3 times its intensity; "
        "up/gate/down and qkv mlp reach the ridge at 10.4 and 10.6"
    )
    assert speed_up_plan(flagship).title.startswith("The best number of candidates falls with")


def test_rings_lie_on_the_ridge(flagship: StudyData) -> None:
    found = by_gid(_axes(intensity_plan(flagship)))
    rings = np.asarray(found["crossings"].get_offsets())
    np.testing.assert_allclose(sorted(rings[:, 0]), [166.8 / 16, 169.5 / 16], rtol=1e-3)
    np.testing.assert_allclose(rings[:, 1], 312e12 / 1.935e12, rtol=1e-12)


def test_lines_are_the_models(flagship: StudyData) -> None:
    found = by_gid(_axes(speed_up_plan(flagship)))
    length = published_candidates().length.value
    for batch in (1, 4, 16, 32, 64):
        gains = speculation(flagship.study, Grid(batch, length, published_candidates().whole))
        (best,) = best_candidates(flagship.study, [batch], length)
        assert gains.predicted is not None
        assert best.predicted is not None
        for name, role, values, mark in (
            ("attainable", "ink", gains.attainable, best.attainable),
            ("predicted", "compute", gains.predicted[0], best.predicted[0]),
        ):
            drawn = found[f"{name}-{batch}"].get_ydata()
            np.testing.assert_allclose(drawn, values.speed_up, rtol=1e-12)
            ring = np.asarray(found[f"best-{role}-{batch}"].get_offsets())
            np.testing.assert_allclose(ring, [[mark.candidates, drawn.max()]], rtol=1e-12)


def test_batches_that_do_not_fit_are_named(flagship: StudyData) -> None:
    """At 1,597,440 bytes per token 9,354 tokens fit: 9 sequences of 1,024."""
    caption = speed_up_plan(flagship).caption
    assert "batch 16, 32 and 64 do not fit in 80 GB" in caption


def test_a_study_without_calibration_shows_no_prediction() -> None:
    data = StudyData(study=odd_study(**ODD["not calibrated"]))
    plan = speed_up_plan(data)
    assert "No prediction" in plan.caption
    assert "(attainable)" in plan.title
    assert not any("predicted" in name for name in plan.table.columns)
    assert not any("predicted" in gid for gid in by_gid(_axes(plan)))


def test_the_data_are_every_number_of_candidates() -> None:
    first, second = candidate_charts(load_study(), "1.2.3")
    rows = list(csv.DictReader(io.StringIO(first.csv.decode())))
    assert len(rows) == 3 * 112
    rows = list(csv.DictReader(io.StringIO(second.csv.decode())))
    assert len(rows) == 5 * 112
    for row in rows:
        if row["candidates"] == "1":
            assert row["attainable_speed_up"] == row["predicted_speed_up"] == "1.0"
    document = json.loads(second.json)
    assert document["version"] == "1.2.3"
    assert document["units"]["tokens_per_step"] == "token"


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_any_study_has_both_charts(changes: dict[str, Any]) -> None:
    found = candidate_charts(odd_study(**changes), "1")
    assert [chart.slug for chart in found] == ["candidates-intensity", "candidates-speedup"]
    names: list[str] = []
    for chart in found:
        root = ET.fromstring(f"<body>{chart.inline}</body>")  # noqa: S314  # our own drawing
        names += [name for element in root.iter() if (name := element.get("id"))]
        assert chart.png.startswith(b"\x89PNG")
        for text in (chart.title, chart.caption, chart.description):
            assert not re.search(r"\b(nan|inf|None)\b", text)
        json.loads(chart.json)
    assert len(names) == len(set(names))
    assert candidate_charts(odd_study(**changes), "1") == found


def test_nothing_is_drawn_outside_the_sheet(flagship: StudyData) -> None:
    for plan in (intensity_plan(flagship), speed_up_plan(flagship)):
        canvas = _drawn(plan)
        axes = canvas.figure.axes[0]
        width, height = canvas.figure.get_size_inches() * 72
        labels = [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        labels += [*axes.get_xticklabels(), *axes.get_yticklabels()]
        for box in (text.get_window_extent() for text in labels if text.get_text()):
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y0 >= 0
            assert box.y1 <= height
