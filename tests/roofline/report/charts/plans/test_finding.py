"""A finding's chart brings forward what it is about, under the chart's own message."""

from dataclasses import replace
from typing import Any

import pytest

from drawings import UNFRIENDLY, odd_finding
from roofline.report.charts.gallery import study_plans
from roofline.report.charts.plans.finding import finding_plan, highlighted
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import IntensityCurves, Roofline

PROJECTIONS = ("qkv-mlp-ar", "up-gate-down-ar")


@pytest.mark.parametrize("chart", ["roofline", "intensity-batch"])
@pytest.mark.parametrize("highlight", [("qk-pv-ar",), PROJECTIONS])
def test_what_a_finding_is_about_is_forward(
    flagship: StudyData, chart: str, highlight: tuple[str, ...]
) -> None:
    finding = odd_finding(chart=chart, highlight=highlight)
    assert highlighted(flagship, finding) == set(highlight)
    spec = finding_plan(flagship, finding).spec
    assert isinstance(spec, Roofline | IntensityCurves)
    assert spec.forward == highlight


@pytest.mark.parametrize(
    "chart",
    ["roofline", "intensity-batch", "intensity-length", "capacity", "time-decode", "time-prefill"],
)
def test_a_findings_chart_has_the_charts_message_and_conditions(
    flagship: StudyData, chart: str
) -> None:
    """The claim stands over it on the page; a chart says only what it draws."""
    finding = odd_finding(chart=chart, claim=UNFRIENDLY, highlight=())
    plan = finding_plan(flagship, finding)
    assert plan.slug == "finding-decode-attention"
    whole = next(one for one in study_plans(flagship) if one.slug == chart)
    assert replace(plan, slug=chart) == whole


@pytest.mark.parametrize(
    "changes", [{"highlight": ("qk-pv-sideways",)}, {"chart": "pie", "highlight": ()}]
)
def test_what_a_study_does_not_have_is_named(flagship: StudyData, changes: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match=r"decode-attention: .*(qk-pv-sideways|pie)"):
        finding_plan(flagship, odd_finding(**changes))
