"""Every study has its charts, which pages can show as they are."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from drawings import EXAMPLE, UNFRIENDLY, odd_finding, odd_study
from roofline.report import charts
from roofline.report.charts.gallery import candidate_plans, study_plans
from roofline.report.charts.output import chart as output
from roofline.report.charts.output.svg import SVG
from roofline.report.charts.plans.roofline import operator_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import IntensityCurves, to_canonical_json
from roofline.report.pages.figures import figure
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
HERE = "https://example.org/roofline/dev/studies/one/"
OF_CANDIDATES = ["candidates-intensity", "candidates-speedup"]
ODD: dict[str, dict[str, Any]] = {
    "one batch": {"batches": [1]},
    "one length": {"lengths": [1]},
    "one setting": {"batches": [3], "lengths": [1000]},
    "one batch of the usual ones": {"batches": [4, 5]},
    "many settings": {"batches": list(range(1, 101)), "lengths": list(range(10, 1010, 10))},
    "all in one row": {"batches": [7], "lengths": list(range(1, 10_001))},
    "all in one column": {"batches": list(range(1, 10_001)), "lengths": [7]},
    "past the ridge": {"batches": [1024, 2048]},
    "nothing fits": {"model": "llama-65b", "batches": [1, 2], "lengths": [128, 256]},
    "no cache fits": {"batches": [64, 128], "lengths": [8192]},
    "all fit": {"model": "llama-7b", "batches": [1, 2], "lengths": [128, 256]},
    "low ridge": {"dtype": "tf32"},
    "grouped, not calibrated": {"model": "llama-3-8b", "accelerator": "h100-80gb-sxm"},
    "candidates": {"candidates": [1, 16, 64]},
    "candidates alone": {"candidates": [64]},
    "fused": {"choices": {"attention": "fused", "projections": "fused", "logits": "all"}},
    "narrow weights": {"storage": {"weight": "int4", "kv-cache": 0.53125}},
    "huge": {"batches": [1, 10**9], "lengths": [1, 10**9]},
    "unfriendly": {"title": UNFRIENDLY[:120]},
}


DRAWN = (
    "one setting",
    "many settings",
    "all in one row",
    "all in one column",
    "past the ridge",
    "nothing fits",
    "grouped, not calibrated",
    "candidates alone",
    "fused",
    "huge",
    "unfriendly",
)
"""Those that put something else onto a sheet; of the others the plans say all."""


def _all(study: Study) -> Iterator[charts.Chart]:
    yield from charts.study_charts(study, "1")
    yield charts.operator_chart(study, "qk/pv", "init", "1")
    yield from charts.candidate_charts(study, "1")


def _parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # our own drawing


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_any_study_has_every_plan(changes: dict[str, Any]) -> None:
    data = StudyData(study=odd_study(**changes))
    plans = [*study_plans(data), operator_plan(data, "qk-pv-init"), *candidate_plans(data)]
    assert [plan.slug for plan in plans] == [*SLUGS, "roofline-qk-pv-init", *OF_CANDIDATES]
    for plan in plans:
        for text in (plan.title, plan.caption, plan.description):
            assert not re.search(r"\b(nan|inf|None)\b", text)
        assert plan.table.rows()
        assert to_canonical_json(plan)


@pytest.mark.parametrize("name", DRAWN)
def test_any_study_has_every_chart(name: str) -> None:
    changes = ODD[name]
    made = [*_all(odd_study(**changes))]
    names: list[str] = []
    for chart in made:
        root = _parsed(f"<body>{chart.inline}</body>")
        names += [own for element in root.iter() if (own := element.get("id"))]
        texts = [text.text or "" for text in _parsed(chart.svg.decode()).iter(f"{{{SVG}}}text")]
        assert "<script" not in chart.inline
        assert b"<script" not in chart.svg
        if "title" in changes:
            assert any("<script>" in text and "$5 and $6" in text for text in texts)
        assert len(chart.inline) < 1_000_000
        assert chart.png.startswith(b"\x89PNG")
        json.loads(chart.json)
    assert len(names) == len(set(names))


def test_an_operator_chart_takes_labels_and_slugs() -> None:
    by_label = charts.operator_chart(load_study(), "up/gate/down", "init", "1")
    assert by_label.slug == "roofline-up-gate-down-init"
    assert by_label == charts.operator_chart(load_study(), "up-gate-down", "init", "1")
    with pytest.raises(KeyError, match="sideways-ar"):
        charts.operator_chart(load_study(), "sideways", "ar", "1")


def test_files_name_study_and_version() -> None:
    chart = charts.study_charts(load_study(), "1.2.3")[0]
    document = json.loads(chart.json)
    assert document["version"] == "1.2.3"
    assert document["study"] == FLAGSHIP
    assert document["units"]["attainable"] == "FLOP/s"


def test_a_measured_study_has_its_agreement_and_a_calibrated_one_its_spread() -> None:
    measured = [chart.slug for chart in charts.study_charts(load_study(EXAMPLE), "1")]
    assert measured == [*SLUGS, "agreement"]
    assert [chart.slug for chart in charts.calibration_charts(load_study(), "1")] == ["spread"]
    assert not charts.calibration_charts(odd_study(accelerator="h100-80gb-sxm"), "1")
    assert charts.measured_title(load_study()) == "No point was measured"


@pytest.mark.parametrize(
    ("plan", "positions"), [("flagship", 2), ("example", 3)], ids=["predicted", "measured"]
)
def test_the_switch_over_a_chart_is_its_own(
    plan: str, positions: int, request: pytest.FixtureRequest
) -> None:
    """All layers, without predictions if there are three, attainable alone."""
    data: StudyData = request.getfixturevalue(plan)
    names = []
    for chart in (
        charts.study_charts(data.study, "1")[0],
        charts.operator_chart(data.study, "qk-pv", "ar", "1"),
    ):
        for folder in ("studies/one", "studies/two"):
            page = figure(chart, folder, str, HERE)
            inputs = re.findall(r'<input type="radio" name="([^"]+)"', page)
            assert len(inputs) == positions
            assert len(set(inputs)) == 1
            assert page.count(" checked>") == 1
            names += inputs[:1]
        assert ("Measured and attainable" in page) == (positions == 3)
        for layer in chart.layers:
            assert f'class="rl-{layer}"' in chart.inline
    assert len(set(names)) == 4


def test_a_chart_of_one_layer_has_no_switch() -> None:
    chart = charts.study_charts(odd_study(accelerator="h100-80gb-sxm"), "1")[0]
    assert "rl-predicted" not in chart.inline
    assert "radiogroup" not in figure(chart, "studies/odd", str, HERE)


def test_a_finding_shows_the_studys_chart_and_a_claim_stays_out_of_it() -> None:
    study = load_study()
    finding = odd_finding(chart="capacity", claim=UNFRIENDLY, highlight=())
    made = charts.finding_chart(study, finding, "1")
    (whole,) = [chart for chart in charts.study_charts(study, "1") if chart.slug == "capacity"]
    assert "script" not in made.inline
    assert made.title == json.loads(made.json)["title"] == whole.title
    assert (made.caption, made.csv, made.svg) == (whole.caption, whole.csv, whole.svg)
    assert made.inline != whole.inline


def test_what_is_missing_is_listed_for_all_pages_of_a_study(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards nothing of it is drawn when pages ask for it."""
    study = load_study()
    findings = [odd_finding(slug=chart, chart=chart, highlight=()) for chart in SLUGS[:4]]
    findings.append(odd_finding(chart="intensity-batch"))
    monkeypatch.setattr(charts.STORE, "folder", tmp_path)

    def blank(picture: output.Picture) -> output.Drawing:
        svg = f'<svg xmlns="{SVG}" viewBox="0 0 9 999"/>'.encode()
        return output.Drawing(wide=svg, narrow=svg, png=picture.title.encode())

    monkeypatch.setattr(output, "draw", blank)
    jobs: list[Callable[[], None]] = charts.missing_charts(study, findings, "1")
    # Six of the study, two of candidates, one of the calibration, one of each series; charts of
    # findings that bring nothing forward are those of the study.
    assert len(jobs) == 6 + 2 + 1 + 6 + 1
    for job in jobs:
        job()
    assert not charts.missing_charts(study, findings, "1")
    monkeypatch.setattr(output, "draw", None)
    made = [
        *_all(study),
        *charts.calibration_charts(study, "1"),
        *(charts.finding_chart(study, finding, "1") for finding in findings),
    ]
    assert all(chart.png.decode() == chart.title for chart in made)
    assert isinstance(made[-1].spec, IntensityCurves)


def test_charts_look_otherwise_where_others_are_in_front() -> None:
    study = load_study()
    first = charts.finding_chart(study, odd_finding(), "1")
    other = charts.finding_chart(study, odd_finding(highlight=("qkv-mlp-ar",)), "1")
    assert first.inline != other.inline
    assert first.svg != other.svg
