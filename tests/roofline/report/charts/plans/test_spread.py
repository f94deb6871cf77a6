"""The spread of held-out predictions is that of the calibration."""

import pytest

from roofline.latency.calibration import Calibration
from roofline.latency.carried_over import load_calibration
from roofline.report.charts.plans.spread import spread_plan
from roofline.report.charts.spec import Plan, Role, StageSpread

CARD = "a100-80gb-pcie"


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan = spread_plan(load_calibration(CARD), CARD)
    assert plan is not None
    return plan


def test_there_is_a_range_for_each_stage_and_range_of_time(plan: Plan) -> None:
    errors = load_calibration(CARD).errors.spread
    assert isinstance(plan.spec, StageSpread)
    for part, error in zip(plan.spec.ranges, errors, strict=True):
        for name in ("stage", "low", "high", "p10", "median", "p90"):
            assert getattr(part, name) == getattr(error, name)
    # 0.799 and 1.14 of the catalogue: limits are rounded outward.
    assert "are within 0.80 to 1.12 times the measured time" in plan.title
    counted = sum(error.rows for error in errors)
    assert f"{counted:,} of the {load_calibration(CARD).provenance.rows:,}" in plan.caption


def test_stages_have_the_colours_of_their_series(plan: Plan) -> None:
    assert isinstance(plan.spec, StageSpread)
    colours = {part.stage: part.role.colour for part in plan.spec.ranges}
    assert colours == {
        "dense_ar": "orange",
        "dense_init": "blue",
        "qk_ar": "brown",
        "qk_init": "purple",
    }


def test_stages_named_as_series_have_their_colours_and_others_share_some() -> None:
    calibration = load_calibration(CARD)
    spread = calibration.errors.spread
    stages = ("up/gate/down ar", "a stage", "memory", "lm_head ar")
    renamed = tuple(
        part.model_copy(update={"stage": stage})
        for part, stage in zip(spread, stages, strict=False)
    )
    # Enough products for a chart, in fewer ranges.
    renamed = (renamed[0].model_copy(update={"rows": calibration.provenance.rows}), *renamed[1:])
    errors = calibration.errors.model_copy(update={"spread": renamed})
    plan = spread_plan(calibration.model_copy(update={"errors": errors}), CARD)
    assert plan is not None
    assert isinstance(plan.spec, StageSpread)
    assert {part.stage: part.role for part in plan.spec.ranges} == {
        "up/gate/down ar": Role("red", "slim"),
        "a stage": Role("other-2"),
        "memory": Role("other-3"),
        "lm_head ar": Role("other-1"),
    }


def test_spread_of_few_products_is_not_shown() -> None:
    """It would hide the errors of the others."""
    calibration = load_calibration("amd-epyc-2-threads")
    shown = sum(part.rows for part in calibration.errors.spread)
    assert shown < calibration.provenance.rows / 2
    assert spread_plan(calibration, "card") is None


def test_a_calibration_without_spread_has_no_chart() -> None:
    calibration = load_calibration(CARD)
    errors = calibration.errors.model_copy(update={"spread": ()})
    bare: Calibration = calibration.model_copy(update={"errors": errors})
    assert spread_plan(bare, "card") is None
