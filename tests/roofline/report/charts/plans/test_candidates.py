"""Plans of candidate tokens hold the model's numbers, for any study."""

from typing import Any

import numpy as np
import pytest

from drawings import odd_data
from roofline.model.grid import Grid
from roofline.report.charts.plans.candidates import intensity_plan, speed_up_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import CandidateIntensity, Plan, SpeedUps
from roofline.study.candidates import (
    best_candidates,
    published_candidates,
    speculation,
    tokens_per_step,
)


def _intensity(plan: Plan) -> CandidateIntensity:
    assert isinstance(plan.spec, CandidateIntensity)
    return plan.spec


def _speed_ups(plan: Plan) -> SpeedUps:
    assert isinstance(plan.spec, SpeedUps)
    return plan.spec


def test_the_titles_carry_the_computed_numbers(flagship: StudyData) -> None:
    # 40.96 / 0.9913 = 41.3; 166.8 / 16 = 10.4 and 169.5 / 16 = 10.6, both of them 11.
    title = intensity_plan(flagship).title
    assert title == (
        "64 candidates give decode attention 41.3 times its intensity; "
        "up/gate/down and qkv mlp reach the ridge with 11"
    )
    assert speed_up_plan(flagship).title.startswith("The best number of candidates falls with")


def test_series_reach_the_ridge_where_their_batch_does(flagship: StudyData) -> None:
    spec = _intensity(intensity_plan(flagship))
    assert spec.ridge == pytest.approx(312e12 / 1.935e12, rel=1e-12)
    crosses = {curve.series: curve.crosses for curve in spec.curves}
    assert crosses["up/gate/down"] == pytest.approx(166.8 / 16, rel=1e-3)
    assert crosses["qkv mlp"] == pytest.approx(169.5 / 16, rel=1e-3)
    assert spec.marked == published_candidates().grid
    assert spec.candidates == tuple(range(1, 113))


def test_curves_are_the_models(flagship: StudyData) -> None:
    spec = _speed_ups(speed_up_plan(flagship))
    deployment, length = flagship.study.deployment, published_candidates().length.value
    assert [gains.batch for gains in spec.batches] == [1, 4, 16, 32, 64]
    for gains in spec.batches:
        grid = Grid(gains.batch, length, published_candidates().whole)
        decoding = speculation(deployment, grid)
        (best,) = best_candidates(deployment, [gains.batch], length)
        assert gains.predicted is not None
        assert gains.best_predicted is not None
        assert decoding.predicted is not None
        assert best.predicted is not None
        for values, gain in (
            (gains.attainable, decoding.attainable),
            (gains.predicted[0], decoding.predicted[0]),
            (gains.predicted[1], decoding.predicted[1]),
        ):
            np.testing.assert_allclose(values, gain.speed_up, rtol=1e-12)
        for mark, optimum, values in (
            (gains.best, best.attainable, gains.attainable),
            (gains.best_predicted, best.predicted[0], gains.predicted[0]),
        ):
            assert mark.candidates == optimum.candidates
            assert mark.speed_up == pytest.approx(max(values), rel=1e-12)
            assert mark.tokens == tokens_per_step(mark.candidates)


def test_batches_that_do_not_fit_are_named(flagship: StudyData) -> None:
    """At 1,597,440 bytes per token 13,047 tokens fit: 12 sequences of 1,024."""
    plan = speed_up_plan(flagship)
    assert "batch 16, 32 and 64 do not fit in 85.9 GB" in plan.caption
    assert [gains.fits for gains in _speed_ups(plan).batches] == [True, True, False, False, False]


def test_a_study_without_calibration_shows_no_prediction() -> None:
    plan = speed_up_plan(odd_data(model="llama-3-8b", storage={"weight": "int8"}))
    assert "No prediction" in plan.caption
    assert "(attainable)" in plan.title
    assert not any("predicted" in column.name for column in plan.table.columns)
    for gains in _speed_ups(plan).batches:
        assert gains.predicted is None
        assert gains.best_predicted is None


def test_the_data_are_every_number_of_candidates(flagship: StudyData) -> None:
    assert len(intensity_plan(flagship).table.rows()) == 3 * 112
    table = speed_up_plan(flagship).table
    assert len(table.rows()) == 5 * 112
    columns = {column.name: column for column in table.columns}
    assert columns["tokens_per_step"].unit == "token"
    without = [place for place, q in enumerate(columns["candidates"].values) if q == 1]
    assert len(without) == 5
    for name in ("attainable_speed_up", "predicted_speed_up", "predicted_isolated_speed_up"):
        assert {columns[name].values[place] for place in without} == {1.0}


@pytest.mark.parametrize(
    ("changes", "batches"),
    [
        ({"batches": [3], "lengths": [1000]}, [3]),
        ({"batches": [4, 5]}, [4, 5]),
        ({"batches": [64, 128]}, [64, 128]),
        ({"batches": list(range(1, 101)), "lengths": [10, 20]}, [1, 4, 16, 32, 64]),
        ({"batches": [3, 5, 7, 9, 11, 13, 15, 17, 19]}, [3, 7, 11, 15, 19]),
    ],
)
def test_any_grid_has_batches_to_compare(changes: dict[str, Any], batches: list[int]) -> None:
    spec = _speed_ups(speed_up_plan(odd_data(**changes)))
    assert [gains.batch for gains in spec.batches] == batches


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batches": [1024, 2048]}, "reach the ridge at 161.2 without any"),
        ({"batches": [1]}, "no series reaches the ridge at 161.2"),
    ],
)
def test_titles_of_studies_that_cross_at_once_or_never(changes: dict[str, Any], words: str) -> None:
    assert intensity_plan(odd_data(**changes)).title.endswith(words)
