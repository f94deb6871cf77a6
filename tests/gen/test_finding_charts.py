"""A finding's chart brings forward what it is about; its link preview shows claim and number."""

import io
import json
import struct
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation
from PIL import Image

from gen import cache, charts, preview, svg
from gen.charts.card import Card, draw_card
from gen.charts.chart import blank
from gen.charts.data import StudyData
from gen.charts.findings import finding_plan
from gen.charts.fitting import fitted
from gen.palette import light
from roofline.findings.finding import Finding, Number
from roofline.study import Study, StudyFile, load_study

SHORT = "The ridge is at 161.2 FLOP/Byte"
LONG = (
    "Unfused prefill attention can never be compute-bound on this card, at any length, because "
    "its intensity stays below the head dimension of 128 and the ridge lies at 161.2 FLOP/Byte"
)
UNFRIENDLY = "</title><script>alert(\"x\")</script> & 'so' on, for $5 and $6 \u6f22\u5b57"
NUMBER = Number(key="n", label="Highest intensity", value=0.992, unit="FLOP/Byte", kind="computed")
PROJECTIONS = ("qkv-mlp-ar", "up-gate-down-ar")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _study(**changes: Any) -> Study:
    given = load_study().file.model_dump() | changes
    return Study(identifier="odd-study", file=StudyFile.model_validate(given))


def _finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "slug": "decode-attention",
        "claim": "Decode attention stays below 1 FLOP/Byte at every batch and length",
        "verdict": "Only fewer bytes help",
        "bound": "memory",
        "phases": ("ar",),
        "series": ("qk/pv",),
        "numbers": (NUMBER,),
        "proof": (),
        "conditions": (),
        "changes": (),
        "related": (),
        "chart": "roofline",
        "highlight": ("qk-pv-ar",),
    }
    return Finding(**(given | changes))


def _axes(data: StudyData, finding: Finding) -> Axes:
    plan = finding_plan(data, finding)
    canvas = blank(plan)
    with svg.style():
        plan.draw(canvas)
        canvas.figure.draw_without_rendering()
    return canvas.figure.axes[0]


def _solid(axes: Axes) -> dict[str, bool]:
    """Which of the series are drawn at full strength, by key."""
    keys = {one.key for one in StudyData(study=load_study()).series}
    return {
        key: child.get_alpha() in {None, 1}
        for child in axes.get_children()
        if (key := str(child.get_gid()).removeprefix("predicted-")) in keys
    }


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch"])
@pytest.mark.parametrize("highlight", [("qk-pv-ar",), PROJECTIONS])
def test_what_a_finding_is_about_is_forward_and_the_rest_faint(
    flagship: StudyData, chart: str, highlight: tuple[str, ...]
) -> None:
    solid = _solid(_axes(flagship, _finding(chart=chart, highlight=highlight)))
    assert len(solid) == 6
    assert {key for key, forward in solid.items() if forward} == set(highlight)


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch", "intensity-length"])
def test_nothing_is_faint_where_nothing_is_highlighted(flagship: StudyData, chart: str) -> None:
    assert all(_solid(_axes(flagship, _finding(chart=chart, highlight=()))).values())


def test_both_variants_of_a_series_are_forward(flagship: StudyData) -> None:
    axes = _axes(flagship, _finding(chart="intensity-length", highlight=("qk-pv-init",)))
    forward = {line.get_gid() for line in axes.lines if line.get_alpha() is None}
    assert {"qk-pv-init", "qk-pv-init-variant"} <= forward
    assert not {"qk-pv-ar", "qk-pv-ar-variant"} & forward


def test_keys_that_a_chart_lacks_leave_it_as_it_is(flagship: StudyData) -> None:
    axes = _axes(flagship, _finding(chart="intensity-length", highlight=("qkv-mlp-ar",)))
    assert all(_solid(axes).values())


def test_the_names_of_the_series_follow(flagship: StudyData) -> None:
    legend = _axes(flagship, _finding(highlight=PROJECTIONS)).get_legend()
    assert legend is not None
    bold = {text.get_text() for text in legend.get_texts() if text.get_fontweight() == "bold"}
    assert bold == {"qkv mlp ar", "up/gate/down ar"}
    axes = _axes(flagship, _finding(chart="intensity-batch", highlight=PROJECTIONS))
    named = {
        text.get_text(): to_hex(str(text.get_color()))
        for text in axes.texts
        if isinstance(text, Annotation)
    }
    assert named["qkv mlp ar"] == light("ink")
    assert named["qk/pv ar"] == light("muted")


def test_only_crossings_of_what_is_forward_are_ringed(flagship: StudyData) -> None:
    def rings(*highlight: str) -> int:
        axes = _axes(flagship, _finding(chart="intensity-batch", highlight=highlight))
        return sum(str(one.get_gid()).startswith("crossing") for one in axes.collections)

    assert rings() == rings(*PROJECTIONS) == 1
    assert rings("qk-pv-ar") == 0


@pytest.mark.parametrize(
    "changes", [{"highlight": ("qk-pv-sideways",)}, {"chart": "pie", "highlight": ()}]
)
def test_what_a_study_does_not_have_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match=r"decode-attention: .*(qk-pv-sideways|pie)"):
        charts.finding_chart(load_study(), _finding(**changes), "1")


@pytest.mark.parametrize(
    "chart", ["roofline", "intensity-batch", "intensity-length", "capacity", "time-decode"]
)
def test_a_findings_chart_has_the_charts_message_and_conditions(chart: str) -> None:
    study = load_study()
    finding = _finding(chart=chart, claim=UNFRIENDLY, highlight=())
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
    first = charts.finding_chart(study, _finding(), "1")
    other = charts.finding_chart(study, _finding(highlight=PROJECTIONS), "1")
    assert first.inline != other.inline
    monkeypatch.setattr(charts, "finished", None)
    assert charts.finding_chart(study, _finding(), "1") == first


# Link previews.


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _previews(study: Study) -> list[bytes]:
    return [
        preview.finding_preview(study, _finding()),
        preview.finding_preview(study, _finding(claim=LONG, chart="capacity", bound="capacity")),
        preview.study_preview(study),
        preview.site_preview(study, "What limits LLM inference"),
    ]


def test_previews_are_small_images_of_the_expected_size() -> None:
    for png in _previews(load_study()):
        assert _size(png) == (1200, 630)
        assert len(png) < 60_000


def test_previews_are_the_same_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _previews(load_study())
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "other")
    assert _previews(load_study()) == first


def test_previews_come_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _previews(load_study())
    assert len(set(first)) == len(first)
    monkeypatch.setattr(preview, "draw_card", None)
    assert _previews(load_study()) == first


@pytest.mark.parametrize("chart", ["roofline", "capacity"])
def test_previews_keep_the_paper_white_and_the_colours_of_roles(chart: str) -> None:
    png = preview.finding_preview(load_study(), _finding(chart=chart, highlight=()))
    colours = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1200 * 630) or []
    by_count = sorted(colours, key=lambda one: -int(one[0]))
    assert by_count[0][1] == (255, 255, 255)
    found = np.asarray([colour for _, colour in by_count])
    for role in ("memory", "compute", "ink"):
        wanted = [int(light(role)[at : at + 2], 16) for at in (1, 3, 5)]
        # A palette rounds; nobody sees a few steps of 255.
        assert np.abs(found - wanted).max(axis=1).min() <= 6


def _card(**changes: Any) -> Card:
    given: dict[str, Any] = {
        "claim": SHORT,
        "number": "161.2",
        "unit": "FLOP/Byte",
        "label": "Intensity at the ridge",
        "above": "Llama 33B on an A100 80GB PCIe",
        "site": "Roofline",
        "role": "memory",
        "forward": (),
        "fits": False,
    }
    return Card(**(given | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"claim": LONG},
        {"claim": LONG * 8},
        {"claim": UNFRIENDLY * 3, "above": UNFRIENDLY * 5, "label": UNFRIENDLY * 3},
        {"claim": "\u6f22" * 200},
        {"claim": "w" * 300, "label": "w" * 300},
        {"number": "1,234,567,890,123", "unit": "FLOP/Byte"},
        {"number": "1" * 80, "unit": ""},
        {"number": "28", "unit": "", "fits": True, "label": LONG},
        {"claim": LONG, "number": "1.42346", "unit": "PFLOP/s per sequence", "label": LONG},
    ],
)
def test_no_text_is_clipped_or_runs_into_another(
    flagship: StudyData, changes: dict[str, Any]
) -> None:
    with svg.style():
        figure = draw_card(_card(**changes), flagship)
        figure.draw_without_rendering()
        (axes,) = figure.axes
        texts = [text for text in (*figure.texts, *axes.texts) if text.get_text()]
        boxes = [text.get_window_extent() for text in texts]
    for box in boxes:
        assert box.x0 >= 40
        assert box.x1 <= 1200 - 40
        assert box.y0 >= 20
        assert box.y1 <= 630 - 20
    chart = axes.get_window_extent()
    assert chart.height >= 150
    for box in boxes[: len(figure.texts)]:
        assert not (box.x1 > chart.x0 and box.y0 < chart.y1)
    for first, second in combinations(boxes, 2):
        # Lines of one text may touch by their ascents.
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 0 or down <= 0.3 * min(first.height, second.height)


@pytest.mark.parametrize("words", range(6, 31))
def test_claims_of_six_to_thirty_words_are_large_and_whole(words: int) -> None:
    claim = " ".join((LONG + " " + SHORT).split()[:words])
    size, lines = fitted(claim, 1072, 226, (62, 28))
    assert " ".join(lines) == claim
    assert size >= 36
    assert size * (1 + (len(lines) - 1) * 1.2) <= 226


def test_a_number_stays_with_its_unit() -> None:
    for width in range(400, 900, 50):
        _, lines = fitted("the ridge lies at 161.2 FLOP/Byte on this card", width, 226, (40, 28))
        assert any("161.2 FLOP/Byte" in line for line in lines)
        _, lines = fitted("up to batch 73 at length 128, batch 1 at length 8", width, 226, (40, 28))
        assert " | ".join(lines).count("batch |") + " | ".join(lines).count("length |") == 0


def test_a_preview_brings_forward_what_the_finding_is_about(flagship: StudyData) -> None:
    with svg.style():
        (axes,) = draw_card(_card(forward=PROJECTIONS), flagship).axes
    assert {key for key, forward in _solid(axes).items() if forward} == set(PROJECTIONS)
    with svg.style():
        (axes,) = draw_card(_card(fits=True), flagship).axes
    (cells,) = [one for one in axes.collections if one.get_gid() == "fits"]
    values = cells.get_array()
    assert values is not None
    # 28 of the 49 settings of the flagship fit.
    assert values.sum() == 28
    assert values.size == 49


@pytest.mark.parametrize(
    "changes",
    [
        {"title": UNFRIENDLY[:120]},
        {"batches": [1], "lengths": [1]},
        {"batches": list(range(1, 101)), "lengths": list(range(10, 1010, 10))},
        {"batches": [1, 10**9], "lengths": [1, 10**9]},
        {"dtype": "tf32"},
    ],
)
def test_any_study_has_previews(changes: dict[str, Any]) -> None:
    for png in _previews(_study(**changes)):
        assert _size(png) == (1200, 630)
        assert len(png) < 60_000
