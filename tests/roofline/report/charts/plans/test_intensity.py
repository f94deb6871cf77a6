"""Intensity against batch and length: curves and crossings are the model's."""

import numpy as np
import pytest

from drawings import odd_data
from roofline.model.crossing import crossing
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import IntensityCurves, Plan

RIDGE = 312e12 / 1.935e12


def _spec(plan: Plan) -> IntensityCurves:
    assert isinstance(plan.spec, IntensityCurves)
    return plan.spec


def test_projections_cross_the_ridge_where_hand_arithmetic_says(flagship: StudyData) -> None:
    # 1/(1/b + 2/6656) = 161.24 at b = 169.5; 1/(1/b + 1/6656 + 1/17920) at b = 166.8.
    deployment = flagship.study.deployment
    crosses = {curve.key: curve.crosses for curve in _spec(batch_plan(flagship)).curves}
    for key, other in (("qkv-mlp-ar", 2 / 6656), ("up-gate-down-ar", 1 / 6656 + 1 / 17920)):
        assert crosses[key] == pytest.approx(1 / (1 / RIDGE - other), rel=1e-9)
    assert crosses["qk-pv-ar"] is None
    assert crossing(deployment, "qk/pv", "init", vary="length", batch=1) is None
    assert crossing(deployment, "qkv mlp", "init", vary="batch", length=8192) == 1


def test_curves_are_the_models(flagship: StudyData) -> None:
    spec = _spec(batch_plan(flagship))
    results = flagship.study.results.series
    deployment = flagship.study.deployment
    assert spec.other == 1024
    assert spec.grid == flagship.study.file.batches
    assert spec.ridge == pytest.approx(RIDGE, rel=1e-15)
    for curve, result in zip(spec.curves, results, strict=True):
        assert curve.label == result.label
        for values, at in ((curve.y, spec.x), (curve.marks, spec.grid)):
            grid = Grid(np.array(at, dtype=np.float64), 1024)
            expected = evaluate(deployment, result.series, result.phase, grid).intensity
            np.testing.assert_allclose(values, expected, rtol=1e-12)
    fits = flagship.capacity.fits(np.array(spec.grid), 1024)
    assert spec.fits == tuple(fits.tolist())


def test_the_axis_goes_beyond_a_crossing_that_is_near(flagship: StudyData) -> None:
    x = _spec(batch_plan(flagship)).x
    assert x[0] == 1
    assert x[-1] > 2 * 169.5
    assert list(x) == sorted(x)


def test_the_title_names_who_crosses_and_who_never_does(flagship: StudyData) -> None:
    assert batch_plan(flagship).title == (
        "Decode QKV and decode feed-forward reach the ridge at 161.2 FLOP/Byte from batch 170 "
        "on; prefill attention and decode attention never reach it"
    )
    assert length_plan(flagship).title == (
        "Prefill attention: unfused, its limit of 128 FLOP/Byte is below the ridge at 161.2; "
        "fused, it is compute-bound from length 323"
    )


def test_attention_is_compared_with_its_other_option(flagship: StudyData) -> None:
    """The study's own is thick, and has marks."""
    curves = _spec(length_plan(flagship)).curves
    assert [(curve.label, curve.thin) for curve in curves] == [
        ("unfused qk/pv init", False),
        ("unfused qk/pv ar", False),
        ("fused qk/pv init", True),
        ("fused qk/pv ar", True),
    ]
    lengths = len(flagship.study.file.lengths)
    assert [len(curve.marks) for curve in curves] == [lengths, lengths, 0, 0]
    fused = odd_data(choices={"attention": "fused"})
    assert [curve.thin for curve in _spec(length_plan(fused)).curves] == [True, True, False, False]


def test_the_data_are_the_samples_of_every_curve(flagship: StudyData) -> None:
    for plan, varies, stays in (
        (batch_plan(flagship), "batch", "sequence_length"),
        (length_plan(flagship), "sequence_length", "batch"),
    ):
        spec = _spec(plan)
        columns = {column.name: column.values for column in plan.table.columns}
        assert columns[varies] == spec.x * len(spec.curves)
        assert set(columns[stays]) == {float(spec.other)}
        assert columns["intensity"] == sum((curve.y for curve in spec.curves), ())
        assert set(columns["ridge"]) == {spec.ridge}
