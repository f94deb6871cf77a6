"""Every study has its charts, which pages can show as they are."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from drawings import EXAMPLE, ODD, UNFRIENDLY, odd_finding, odd_study
from roofline.citations.site_address import load_identity
from roofline.latency.calibration import all_calibrations
from roofline.report import charts
from roofline.report.charts.gallery import candidate_plans, study_plans
from roofline.report.charts.output import chart as output
from roofline.report.charts.output.svg import SVG
from roofline.report.charts.plans.roofline import operator_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import MemoryMap, to_canonical_json
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


def test_the_footer_of_a_chart_has_the_address_of_its_page() -> None:
    """In this version of the site; without a version, where an address leads to the newest."""
    site = load_identity().site_url
    study = load_study()
    for version, edition in (("1", "dev/"), ("", "")):
        first = charts.study_charts(study, version)[0]
        one = charts.operator_chart(study, "qk/pv", "ar", version)
        for chart, page in ((first, ""), (one, "operators/qk-pv-ar/")):
            texts = [text.text for text in _parsed(chart.svg.decode()).iter(f"{{{SVG}}}text")]
            assert f"{site}{edition}studies/{FLAGSHIP}/{page}" in texts
            assert site not in chart.inline


def test_a_measured_study_has_its_agreement_and_a_calibrated_one_its_spread() -> None:
    measured = [chart.slug for chart in charts.study_charts(load_study(EXAMPLE), "1")]
    assert measured == [*SLUGS, "agreement"]
    spreads = [chart.slug for chart in charts.calibration_charts(load_study(), "1")]
    # The example's own, of few products, is not shown.
    others = set(all_calibrations()) - {"a100-80gb-pcie-isolated", "amd-epyc-2-threads-isolated"}
    carried = ["spread-carried-isolated", "spread-carried-stream"]
    assert spreads == ["spread", *(f"spread-{name}" for name in sorted(others)), *carried]
    assert not charts.calibration_charts(odd_study(storage={"weight": "int8"}), "1")


def test_one_study_reproduces_the_reference_chart() -> None:
    assert [chart.slug for chart in charts.reproduction_charts(load_study(), "1")] == [
        "reproduction"
    ]
    assert not charts.reproduction_charts(load_study(EXAMPLE), "1")


def test_a_study_says_whether_it_measured() -> None:
    assert charts.measured_title(load_study()) == "No point was measured"


@pytest.mark.parametrize(
    ("plan", "positions"), [("flagship", 3), ("example", 3)], ids=["predicted", "measured"]
)
def test_the_switch_over_a_chart_is_its_own(
    plan: str, positions: int, request: pytest.FixtureRequest
) -> None:
    """All layers, one of them in place of or without another, attainable alone."""
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
        assert ("Measured and attainable" in page) == (plan == "example")
        assert ("Predicted in a stream" in page) == (plan == "flagship")
        for layer in chart.views[0].layers:
            assert f'class="rl-{layer}"' in chart.inline
    assert len(set(names)) == 4


def test_a_chart_of_one_layer_has_no_switch() -> None:
    chart = charts.study_charts(odd_study(storage={"weight": "int8"}), "1")[0]
    assert "rl-predicted" not in chart.inline
    assert "radiogroup" not in figure(chart, "studies/odd", str, HERE)


def test_a_finding_has_its_own_title_over_its_chart() -> None:
    """What a title holds stays text; the claim itself stays out of the drawing."""
    finding = odd_finding(slug="capacity", title=UNFRIENDLY, claim="<b>no</b>", highlight=())
    made = charts.finding_chart(load_study(), finding, "1")
    assert made is not None
    assert "<script" not in made.inline
    assert b"<script" not in made.svg
    assert made.title == json.loads(made.json)["title"] == UNFRIENDLY
    assert "<b>" not in made.inline


def test_a_finding_without_a_picture_has_no_chart() -> None:
    assert charts.finding_chart(load_study(), odd_finding(slug="trained-context"), "1") is None


def test_what_is_missing_is_listed_for_all_pages_of_a_study(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards nothing of it is drawn when pages ask for it."""
    study = load_study()
    findings = [
        odd_finding(slug=slug, highlight=()) for slug in ("ridge", "capacity", "trained-context")
    ]
    monkeypatch.setattr(charts.STORE, "folder", tmp_path)

    def blank(picture: output.Picture) -> output.Drawing:
        svg = f'<svg xmlns="{SVG}" viewBox="0 0 9 999"/>'.encode()
        return output.Drawing(wide=svg, narrow=svg, png=picture.title.encode())

    monkeypatch.setattr(output, "draw", blank)
    jobs: list[Callable[[], None]] = charts.missing_charts(study, findings, "1")
    # Six of the study, two of candidates, one of each calibration but the example's and one of
    # each protocol that is carried over, one of the
    # reproduction, one of each series, and two of findings: one has no chart.
    assert len(jobs) == 6 + 2 + len(all_calibrations()) - 1 + 2 + 1 + 6 + 2
    for job in jobs:
        job()
    assert not charts.missing_charts(study, findings, "1")
    monkeypatch.setattr(output, "draw", None)
    drawn = (charts.finding_chart(study, finding, "1") for finding in findings)
    made = [
        *_all(study),
        *charts.calibration_charts(study, "1"),
        *charts.reproduction_charts(study, "1"),
        *filter(None, drawn),
    ]
    assert all(chart.png.decode() == chart.title for chart in made)
    assert isinstance(made[-1].spec, MemoryMap)
