"""The chart of each finding: it shows the finding's own claim, under the same title."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from roofline.findings.finding import Finding
from roofline.report.charts.plans.capacity import capacity_plan
from roofline.report.charts.plans.claims import attention, memory, overhead, projections, roof
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Plan

_PLANS: Mapping[str, Callable[[StudyData, Finding], Plan]] = MappingProxyType(
    {
        "ridge": roof.ridge_plan,
        "law": roof.law_plan,
        "decode-attention": attention.decode_plan,
        "decode-projections": projections.decode_plan,
        "projection-crossings": projections.crossings_plan,
        "prefill-projections": projections.prefill_plan,
        "prefill-attention": attention.prefill_plan,
        "fused-attention": attention.fused_plan,
        "capacity": lambda data, finding: replace(capacity_plan(data), title=finding.title),
        "decode-ceiling": memory.ceiling_plan,
        "attention-traffic": memory.traffic_plan,
        "narrow-weights": projections.narrow_plan,
        "grouped-heads": attention.grouped_plan,
        "candidates": attention.candidates_plan,
        "chunked-prefill": projections.chunked_plan,
        "overhead": overhead.overhead_plan,
    }
)
"""By the finding's slug; a finding that is not here has no chart, since a picture of it says
nothing."""


def finding_plan(data: StudyData, finding: Finding) -> Plan | None:
    """Plan the chart of a finding; None where a picture says nothing."""
    make = _PLANS.get(finding.slug)
    return None if make is None else replace(make(data, finding), slug=f"finding-{finding.slug}")
