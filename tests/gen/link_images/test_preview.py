"""A finding's link preview shows its claim and its number, whole and legible."""

import io
import struct
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from drawings import LONG, SHORT, UNFRIENDLY, by_gid, odd_finding, odd_study, solid
from gen.link_images import preview
from gen.link_images.card import HEIGHT, WIDTH, Card, draw_card
from roofline.report.charts import STORE
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import style
from roofline.report.charts.drawing.text_layout import fitted
from roofline.report.charts.plans.capacity import memory_map
from roofline.report.charts.plans.roofline import roofline_spec
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import ATTAINABLE, Kind
from roofline.study.study import Study, load_study

PROJECTIONS = ("qkv-mlp-ar", "up-gate-down-ar")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STORE, "folder", tmp_path)


@pytest.fixture(scope="module")
def flagship() -> StudyData:
    return StudyData(study=load_study())


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _previews(study: Study) -> list[bytes]:
    return [
        preview.finding_preview(study, odd_finding()),
        preview.finding_preview(study, odd_finding(slug="capacity", claim=LONG, bound="capacity")),
        preview.study_preview(study),
        preview.site_preview(study, "What limits LLM inference"),
    ]


def test_previews_are_small_images_of_the_expected_size() -> None:
    for png in _previews(load_study()):
        assert _size(png) == (1200, 630)
        assert len(png) < 60_000


def test_previews_are_the_same_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _previews(load_study())
    monkeypatch.setattr(STORE, "folder", tmp_path / "other")
    assert _previews(load_study()) == first


def test_previews_come_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _previews(load_study())
    assert len(set(first)) == len(first)
    monkeypatch.setattr(preview, "draw_card", None)
    assert _previews(load_study()) == first


def test_what_the_cache_lacks_are_jobs_that_fill_it() -> None:
    """Of the study and each of its findings."""
    study, finding = load_study(), odd_finding()
    jobs = preview.missing_previews(study, [finding])
    drawn = [job() for job in jobs]
    assert preview.missing_previews(study, [finding]) == []
    assert drawn == [preview.study_preview(study), preview.finding_preview(study, finding)]


@pytest.mark.parametrize("slug", ["ridge", "capacity"])
def test_previews_keep_the_paper_white_and_the_colours_of_roles(slug: str) -> None:
    png = preview.finding_preview(load_study(), odd_finding(slug=slug, highlight=()))
    colours = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1200 * 630) or []
    by_count = sorted(colours, key=lambda pair: -int(pair[0]))
    assert by_count[0][1] == (255, 255, 255)
    shown = np.asarray([colour for _, colour in by_count])
    for role in ("memory", "compute", "ink"):
        wanted = [int(light(role)[at : at + 2], 16) for at in (1, 3, 5)]
        # A palette rounds; nobody sees a few steps of 255.
        assert np.abs(shown - wanted).max(axis=1).min() <= 6


def _card(data: StudyData, *, forward: tuple[str, ...] = (), **changes: Any) -> Card:
    given: dict[str, Any] = {
        "claim": SHORT,
        "number": "161.2",
        "unit": "FLOP/Byte",
        "label": "Intensity at the ridge",
        "above": "Llama 33B on an A100 80GB PCIe",
        "site": "Roofline",
        "role": "memory",
        "chart": roofline_spec(data, forward),
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
        {"number": "28", "unit": "", "label": LONG},
        {"claim": LONG, "number": "1.42346", "unit": "PFLOP/s per sequence", "label": LONG},
    ],
)
@pytest.mark.parametrize("fits", [False, True])
def test_no_text_is_clipped_or_runs_into_another(
    flagship: StudyData,
    changes: dict[str, Any],
    fits: bool,  # noqa: FBT001  # pytest calls by keyword
) -> None:
    if fits:
        changes = changes | {"chart": memory_map(flagship)}
    with style():
        figure = draw_card(_card(flagship, **changes))
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
    with style():
        (axes,) = draw_card(_card(flagship, forward=PROJECTIONS)).axes
    assert {key for key, forward in solid(axes).items() if forward} == set(PROJECTIONS)
    with style():
        (axes,) = draw_card(_card(flagship, chart=memory_map(flagship))).axes
    (cells,) = [artist for artist in axes.collections if artist.get_gid() == "fits"]
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
    for png in _previews(odd_study(**changes)):
        assert _size(png) == (1200, 630)
        assert len(png) < 60_000


@pytest.mark.parametrize(
    ("study", "kind"),
    [("tinyllama-cpu-2-threads", "measured"), ("llama-33b-a100-80gb-pcie", "predicted")],
)
def test_a_study_shows_what_is_reached_and_says_what_that_is(
    study: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a finding shows what is attainable."""
    data = StudyData(study=load_study(study))
    drawn: list[Card] = []

    def noted(card: Card) -> Figure:
        drawn.append(card)
        return Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)

    monkeypatch.setattr(preview, "draw_card", noted)
    preview.study_preview(data.study)
    assert drawn[0].above.endswith(f" · {kind} rates")
    assert drawn[0].reached
    points = data.series[-1].points
    for reached in (True, False):
        with style():
            (axes,) = draw_card(_card(data, reached=reached)).axes
        heights = by_gid(axes)[points.key].get_offsets()[:, 1]
        marks = points.marks(kind if reached else ATTAINABLE)
        assert sorted(heights) == pytest.approx(sorted(marks.y[marks.fits]))
