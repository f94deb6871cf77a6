"""The chart of a finding shows what it claims: its title, and rings where the claim turns."""

import re

import pytest
from numpy.testing import assert_allclose

from drawings import ODD, odd_study
from roofline.findings import Finding, findings
from roofline.report.charts.plans.claims import finding_plan
from roofline.report.charts.plans.series import StudyData, read_study
from roofline.report.charts.spec import Lines, MemoryMap, Plan, to_canonical_json
from roofline.study.study import load_study


def _finding(data: StudyData, slug: str) -> Finding:
    return next(finding for finding in findings(data.study) if finding.slug == slug)


def _plan(data: StudyData, slug: str) -> Plan:
    plan = finding_plan(data, _finding(data, slug))
    assert plan is not None
    return plan


def _lines(data: StudyData, slug: str) -> Lines:
    spec = _plan(data, slug).spec
    assert isinstance(spec, Lines)
    return spec


def test_every_finding_has_a_chart_of_its_own_but_one(flagship: StudyData) -> None:
    """The trained context is a comparison of two numbers: a picture of it says nothing."""
    plans = {one.slug: finding_plan(flagship, one) for one in findings(flagship.study)}
    assert [slug for slug, plan in plans.items() if plan is None] == ["trained-context"]
    drawn = [plan for plan in plans.values() if plan is not None]
    assert len({to_canonical_json(plan.spec) for plan in drawn}) == len(drawn) == 16
    for slug, plan in plans.items():
        if plan is not None:
            assert plan.title == _finding(flagship, slug).title
            assert plan.slug == f"finding-{slug}"


@pytest.mark.parametrize(
    ("slug", "rings"),
    [
        # 312e12 / 1.935e12
        ("ridge", [(161.2, 312e12, "161.2 FLOP/Byte")]),
        # 1 / (1/161.2 - 2/6656) = 169.5, whole sequences from 170 on
        ("projection-crossings", [(169.5, 1, "batch 170")]),
        # 1 / (1/128 + 2/6656) = 123.3, over 161.2
        ("prefill-projections", [(128, 0.7646, "1 × 128 tokens"), (169.5, 1, "170 tokens")]),
        # 1 / (1/85 + 2/6656) = 82.9, over 161.2
        ("chunked-prefill", [(85, 0.514, "85 tokens"), (169.5, 1, "170 tokens")]),
        # 2 · 161.24, and 4 · 161.24 - 1
        ("fused-attention", [(322.5, 161.2, "323"), (644.0, 161.2, "644")]),
        # 1.935e12 / 64.63e9, and 101 · 1.935e12 / (64.63e9 + 101 · 129 · 1,597,440)
        ("decode-ceiling", [(1, 29.94, "29.9 alone, no cache yet"),
                            (101, 2287, "2,287 at 101 × 128"),
                            (12, 276.0, "276 at 12 × 1,024")]),
        # 64.63e9 / 1,597,440; 13,047 tokens of it are 20.84e9 of 85.47e9 byte
        ("attention-traffic", [(40_459, 0.5, "half at 40,459 tokens"),
                               (13_047, 0.2438, "24% with memory full")]),
        # 1/(1 + 1/8192 + 1/128) = 0.992, and with g rows for each key 1/(1/g + 1/s + 1/d)
        ("grouped-heads", [(36.8, 1_017_941, "1 KV head"), (11.8, 249_933, "4 KV heads"),
                           (3.88, 72_159, "13 KV heads"), (0.992, 13_047, "52 KV heads")]),
        # 169.5 tokens, 16 sequences
        ("candidates", [(10.59, 161.2, "11 candidates")]),
    ],
)  # fmt: skip
def test_rings_lie_where_the_claim_turns(
    flagship: StudyData, slug: str, rings: list[tuple[float, float, str]]
) -> None:
    spec = _lines(flagship, slug)
    assert [ring.text for ring in spec.rings] == [text for _, _, text in rings]
    places = [(ring.x, ring.y) for ring in spec.rings]
    assert_allclose(places, [(x, y) for x, y, _ in rings], rtol=2e-3)


def test_a_line_bends_where_its_ring_is(flagship: StudyData) -> None:
    """The share of the peak at the ring is sampled, so the bend is not cut off."""
    spec = _lines(flagship, "projection-crossings")
    for line in spec.lines:
        assert any(abs(x - spec.rings[0].x) < 1e-9 * x for x in line.x)
        assert max(line.y) == pytest.approx(1)


def test_no_mark_of_the_law_lies_above_its_limit(flagship: StudyData) -> None:
    """The dashed line is the limit; six series of 49 settings, two or three products each."""
    dashed, *marks = _lines(flagship, "law").lines
    assert dashed.x == dashed.y
    assert len(marks) == 6
    assert all(y <= x for line in marks for x, y in zip(line.x, line.y, strict=True))
    assert {len(line.x) for line in marks} == {49 * 3, 49 * 2}


def test_marks_above_one_are_the_overhead_bound_points(flagship: StudyData) -> None:
    spec = _lines(flagship, "overhead")
    above = sum(y > 1 for line in spec.lines for y in line.y)
    assert above == _finding(flagship, "overhead").number("overhead").value == 19


def test_decode_attention_is_shown_below_its_limit_alone(flagship: StudyData) -> None:
    """The ridge is 161 times as high: beside it the line would lie on the floor."""
    spec = _lines(flagship, "decode-attention")
    assert spec.ridge is None
    assert [guide.text for guide in spec.guides] == ["limit 1"]
    assert (spec.y.kind, spec.y.low) == ("linear", 0)
    assert _lines(flagship, "prefill-attention").ridge == pytest.approx(161.24, rel=1e-4)


def test_the_map_of_memory_has_the_findings_title(flagship: StudyData) -> None:
    plan = _plan(flagship, "capacity")
    assert isinstance(plan.spec, MemoryMap)
    assert plan.title == "28 of the 49 settings fit"


@pytest.mark.parametrize("name", ODD)
def test_any_study_has_the_charts_of_its_findings(name: str) -> None:
    data = read_study(odd_study(**ODD[name]))
    for finding in findings(data.study):
        plan = finding_plan(data, finding)
        if plan is None:
            continue
        for text in (plan.title, plan.caption, plan.description):
            assert not re.search(r"\b(nan|inf)\b|\bNone\b(?! of)", text), finding.slug
        assert plan.table.rows()
        assert to_canonical_json(plan)
        if isinstance(plan.spec, Lines):
            assert plan.spec.x.low < plan.spec.x.high, finding.slug
            assert plan.spec.y.low < plan.spec.y.high, finding.slug


def test_the_data_of_a_line_chart_are_its_lines() -> None:
    plan = _plan(read_study(load_study()), "narrow-weights")
    spec = plan.spec
    assert isinstance(spec, Lines)
    assert [column.name for column in plan.table.columns] == ["line", "batch", "speed_up"]
    assert len(plan.table.rows()) == sum(len(line.x) for line in spec.lines)
