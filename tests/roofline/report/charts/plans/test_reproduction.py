"""What the reference chart states of each series stands beside what the model says."""

from collections import Counter

import pytest

from drawings import odd_data
from roofline.report.charts.plans.reproduction import reproduction_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Extent, Plan, RangeComparison, RangePanel
from roofline.study.study import load_study


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan = reproduction_plan(StudyData(study=load_study()))
    assert plan is not None
    return plan


def _panels(plan: Plan) -> tuple[RangePanel, RangePanel]:
    assert isinstance(plan.spec, RangeComparison)
    return plan.spec.panels


def _ranges(panel: RangePanel, label: str) -> tuple[Extent, ...]:
    (row,) = (row for row in panel.rows if row.label == label)
    return row.ranges


def test_every_charted_series_has_a_row_in_both_panels(plan: Plan) -> None:
    labels = [series.label for series in StudyData(study=load_study()).series]
    for panel in _panels(plan):
        assert [row.label for row in panel.rows] == labels


def test_intensity_is_stated_and_computed(plan: Plan) -> None:
    """1/(2/s + 1/d): s = 128 gives 128/3, s = 8192 gives 8192/66."""
    stated, computed = _ranges(_panels(plan)[0], "qk/pv init")
    assert (stated.kind, stated.low, stated.high) == ("stated", 40, 150)
    assert computed.kind == "computed"
    assert (computed.low, computed.high) == pytest.approx((128 / 3, 8192 / 66))


def test_rates_are_stated_attainable_and_predicted(plan: Plan) -> None:
    """Attainable rates are intensity times bandwidth: 42.67 and 124.1 times 1.935e12."""
    stated, attainable, predicted = _ranges(_panels(plan)[1], "qk/pv init")
    assert (stated.low, stated.high) == (10e12, 150e12)
    assert (attainable.low, attainable.high) == pytest.approx(
        (1.935e12 * 128 / 3, 1.935e12 * 8192 / 66)
    )
    assert predicted.kind == "predicted"
    assert predicted.high is not None
    assert predicted.high < 1.935e12 * 8192 / 66
    assert _ranges(_panels(plan)[1], "up/gate/down ar")[0].low is None


def test_every_range_lies_on_its_axis(plan: Plan) -> None:
    for panel in _panels(plan):
        low, high = panel.x
        for row in panel.rows:
            for part in row.ranges:
                assert all(low < end < high for end in (part.low, part.high) if end is not None)


def test_the_title_counts_the_verdicts(plan: Plan) -> None:
    count = Counter(row.verdict for panel in _panels(plan) for row in panel.rows)
    assert count.total() == 12
    assert plan.title == (
        f"Of the 12 ranges read off the reference chart, {count['agrees']} agree with the model, "
        f"{count['near']} are near and {count['differs']} differ"
    )
    # 10^0.1 and 2: the thresholds are said.
    assert "within a factor of 1.26" in plan.caption
    assert "near if it is within a factor of 2" in plan.caption


def test_the_description_has_every_range_in_words(plan: Plan) -> None:
    assert (
        "qk/pv ar: stated 1.00 FLOP/Byte, computed 0.985 FLOP/Byte to 0.992 FLOP/Byte; agrees"
        in (plan.description)
    )
    assert "up/gate/down ar: stated up to 40 TFLOP/s, attainable" in plan.description


def test_the_data_have_a_row_for_each_range_and_one_quantity_in_each(plan: Plan) -> None:
    columns = {column.name: column for column in plan.table.columns}
    # Six series: two ranges of intensity and three of rates.
    assert len(plan.table.rows()) == 6 * (2 + 3)
    assert columns["flops_per_s_low"].unit == "FLOP/s"
    pairs = zip(columns["intensity_high"].values, columns["flops_per_s_high"].values, strict=True)
    assert all((intensity is None) != (rate is None) for intensity, rate in pairs)


def test_another_study_reproduces_nothing() -> None:
    assert reproduction_plan(odd_data()) is None
