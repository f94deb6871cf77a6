"""A finding's chart brings forward what it is about; its link preview shows claim and number."""

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from drawings import UNFRIENDLY, odd_finding, solid
from roofline.findings.finding import Finding
from roofline.report.charts import library as charts
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.output import cache, svg
from roofline.report.charts.output.chart import blank
from roofline.report.charts.plans.finding import finding_plan
from roofline.report.charts.plans.series import StudyData
from roofline.study.study import load_study

PROJECTIONS = ("qkv-mlp-ar", "up-gate-down-ar")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _axes(data: StudyData, finding: Finding) -> Axes:
    plan = finding_plan(data, finding)
    canvas = blank(plan)
    with svg.style():
        plan.draw(canvas)
        canvas.figure.draw_without_rendering()
    return canvas.figure.axes[0]


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch"])
@pytest.mark.parametrize("highlight", [("qk-pv-ar",), PROJECTIONS])
def test_what_a_finding_is_about_is_forward_and_the_rest_faint(
    flagship: StudyData, chart: str, highlight: tuple[str, ...]
) -> None:
    found = solid(_axes(flagship, odd_finding(chart=chart, highlight=highlight)))
    assert len(found) == 6
    assert {key for key, forward in found.items() if forward} == set(highlight)


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch", "intensity-length"])
def test_nothing_is_faint_where_nothing_is_highlighted(flagship: StudyData, chart: str) -> None:
    assert all(solid(_axes(flagship, odd_finding(chart=chart, highlight=()))).values())


def test_both_variants_of_a_series_are_forward(flagship: StudyData) -> None:
    axes = _axes(flagship, odd_finding(chart="intensity-length", highlight=("qk-pv-init",)))
    forward = {line.get_gid() for line in axes.lines if line.get_alpha() is None}
    assert {"qk-pv-init", "qk-pv-init-variant"} <= forward
    assert not {"qk-pv-ar", "qk-pv-ar-variant"} & forward


def test_keys_that_a_chart_lacks_leave_it_as_it_is(flagship: StudyData) -> None:
    axes = _axes(flagship, odd_finding(chart="intensity-length", highlight=("qkv-mlp-ar",)))
    assert all(solid(axes).values())


def test_the_names_of_the_series_follow(flagship: StudyData) -> None:
    legend = _axes(flagship, odd_finding(highlight=PROJECTIONS)).get_legend()
    assert legend is not None
    bold = {text.get_text() for text in legend.get_texts() if text.get_fontweight() == "bold"}
    assert bold == {"qkv mlp ar", "up/gate/down ar"}
    axes = _axes(flagship, odd_finding(chart="intensity-batch", highlight=PROJECTIONS))
    named = {
        text.get_text(): to_hex(str(text.get_color()))
        for text in axes.texts
        if isinstance(text, Annotation)
    }
    assert named["qkv mlp ar"] == light("ink")
    assert named["qk/pv ar"] == light("muted")


def test_only_crossings_of_what_is_forward_are_ringed(flagship: StudyData) -> None:
    def rings(*highlight: str) -> int:
        axes = _axes(flagship, odd_finding(chart="intensity-batch", highlight=highlight))
        return sum(str(one.get_gid()).startswith("crossing") for one in axes.collections)

    assert rings() == rings(*PROJECTIONS) == 1
    assert rings("qk-pv-ar") == 0


@pytest.mark.parametrize(
    "changes", [{"highlight": ("qk-pv-sideways",)}, {"chart": "pie", "highlight": ()}]
)
def test_what_a_study_does_not_have_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match=r"decode-attention: .*(qk-pv-sideways|pie)"):
        charts.finding_chart(load_study(), odd_finding(**changes), "1")


@pytest.mark.parametrize(
    "chart", ["roofline", "intensity-batch", "intensity-length", "capacity", "time-decode"]
)
def test_a_findings_chart_has_the_charts_message_and_conditions(chart: str) -> None:
    study = load_study()
    finding = odd_finding(chart=chart, claim=UNFRIENDLY, highlight=())
    found = charts.finding_chart(study, finding, "1")
    assert found.slug == "finding-decode-attention"
    assert "<script" not in found.inline
    assert b"<script" not in found.svg
    whole = next(one for one in charts.study_charts(study, "1") if one.slug == chart)
    # The claim stands over it on the page; a chart says only what it draws.
    assert found.title == json.loads(found.json)["title"] == whole.title
    assert found.caption == whole.caption
    assert found.csv == whole.csv


def test_charts_of_findings_are_cached_by_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    study = load_study()
    first = charts.finding_chart(study, odd_finding(), "1")
    other = charts.finding_chart(study, odd_finding(highlight=PROJECTIONS), "1")
    assert first.inline != other.inline
    monkeypatch.setattr(charts, "finished", None)
    assert charts.finding_chart(study, odd_finding(), "1") == first
