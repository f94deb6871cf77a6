"""A study's chart with what a finding is about brought forward."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from roofline.findings.finding import Finding
from roofline.report.charts.plans.capacity import capacity_plan
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.roofline import forward_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import Plan

_PLANS: Final[dict[str, Callable[[StudyData, frozenset[str]], Plan]]] = {
    "roofline": forward_plan,
    "intensity-batch": batch_plan,
    "intensity-length": length_plan,
    "capacity": lambda data, _: capacity_plan(data),
    "time-decode": lambda data, _: time_plan(data, "ar"),
    "time-prefill": lambda data, _: time_plan(data, "init"),
}


def highlighted(data: StudyData, finding: Finding) -> frozenset[str]:
    """Check and give the keys of the series that a finding is about.

    Raises:
        KeyError: The study charts no such series.
    """
    known = {series.key for series in data.series}
    for key in finding.highlight:
        if key not in known:
            raise KeyError(f"{finding.slug}: the study charts no series {key}")
    return frozenset(finding.highlight)


def finding_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the chart of a finding, under the chart's own message.

    The claim stands above it on the page; a chart says only what it draws.

    Raises:
        KeyError: There is no such chart, or the study charts no such series.
    """
    if finding.chart not in _PLANS:
        raise KeyError(f"{finding.slug}: there is no chart {finding.chart}")
    plan = _PLANS[finding.chart](data, highlighted(data, finding))
    return replace(plan, slug=f"finding-{finding.slug}")
