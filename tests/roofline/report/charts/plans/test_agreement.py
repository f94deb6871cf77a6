"""Every point with both times is compared, and counted."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from measurements import attention, measured_study
from roofline.report.charts.plans.agreement import BAND, agreement_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Agreement


def test_there_is_a_pair_of_times_for_each_point(example: StudyData) -> None:
    """The caption counts those within the band."""
    plan = agreement_plan(example)
    assert plan is not None
    assert isinstance(plan.spec, Agreement)
    inside = 0
    for pairs, result in zip(plan.spec.series, example.study.results.series, strict=True):
        assert result.measured is not None
        assert result.predicted is not None
        assert pairs.label == result.label
        assert_allclose(pairs.measured, result.measured.seconds.ravel())
        assert_allclose(pairs.predicted, result.predicted.seconds.ravel())
        ratio = np.divide(pairs.predicted, pairs.measured)
        inside += int(((ratio <= BAND) & (ratio >= 1 / BAND)).sum())
    assert f"{inside} of the 150 points are" in plan.caption
    columns = {column.name: column.values for column in plan.table.columns}
    assert len(plan.table.rows()) == 150
    assert columns["batch"] == sum((series.points.batch for series in example.series), ())
    for measured, predicted, error in zip(
        *(columns[f"{kind}_seconds"] for kind in ("measured", "predicted")),
        columns["prediction_error"],
        strict=True,
    ):
        assert error == predicted / measured - 1


def test_whose_shapes_they_are_is_said(example: StudyData) -> None:
    plan = agreement_plan(example)
    assert plan is not None
    assert plan.title.startswith(
        "On the shapes that it was fitted to, the model has a median error of "
    )


@pytest.mark.usefixtures("uncalibrated")
def test_without_predictions_or_measurements_there_is_no_chart(
    flagship: StudyData, tmp_path: Path
) -> None:
    assert agreement_plan(flagship) is None
    rows = attention(1, 512, 10e-6, 30e-6)
    assert agreement_plan(StudyData(study=measured_study(tmp_path, rows))) is None
