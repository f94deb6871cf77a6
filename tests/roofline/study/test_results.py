"""Measured points beside attainable and predicted ones, worked by hand."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from measurements import attention, measured_study, row
from roofline.catalog.accelerator import load_accelerator
from roofline.latency.prediction import predict_series
from roofline.model.grid import Grid
from roofline.study.records import series_records
from roofline.study.results import measured, summary
from roofline.study.study import load_study

EXAMPLE = "tinyllama-cpu-2-threads"


def test_a_point_is_the_sum_of_its_kernels(tmp_path: Path) -> None:
    """8 products of 4 x 512 x 128 and of 4 x 128 x 512 are 2 · 2 · 8 · 4 · 512 · 128 FLOP.

    That is 8,388,608 in 10 + 30 µs: 0.2097152 TFLOP/s. Each product moves
    8 · (4 · 128 + 128 · 512 + 4 · 512) · 2 = 1,089,536 byte, both 2,179,072, in 650.469 ns
    at 3.35 TB/s: of 40 µs the roof allows 1.6262%.
    """
    study = measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6))
    found = measured(study, "qk/pv", "ar", Grid(1, 512))
    assert found is not None
    assert found.known.all()
    assert float(found.seconds) == pytest.approx(40e-6)
    assert float(found.flops_per_s) == pytest.approx(8_388_608 / 40e-6)
    assert float(found.fraction) == pytest.approx(2_179_072 / 3.35e12 / 40e-6)
    assert float(found.fraction) == pytest.approx(0.016262, rel=1e-4)
    assert np.isnan(found.error)  # the card has no calibration
    assert np.isnan(found.unflushed_seconds)


def test_a_point_without_one_of_its_kernels_is_not_measured(tmp_path: Path) -> None:
    study = measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6)[:1])
    found = measured(study, "qk/pv", "ar", Grid(*np.meshgrid([1, 8], [512, 2048], indexing="ij")))
    assert found is not None
    assert not found.known.any()
    assert summary(study, "qk/pv", "ar") is None


def test_times_without_a_flush_stay_apart(tmp_path: Path) -> None:
    """10 + 30 µs after a flush, 4 + 5 µs without: the point is of the first."""
    warm = [(*one[:6], "false", time) for one, time in
            zip(attention(1, 512, 0, 0), (4e-6, 5e-6), strict=True)]  # fmt: skip
    study = measured_study(tmp_path, [*attention(1, 512, 10e-6, 30e-6), *warm])
    (record, *others) = series_records(study, "qk/pv", "ar")
    assert record["measured_seconds"] == pytest.approx(40e-6)
    assert record["unflushed_seconds"] == pytest.approx(9e-6)
    assert record["prediction_error"] is None
    assert {one["measured_seconds"] for one in others} == {None}
    alone = tmp_path / "alone"
    alone.mkdir()
    found = measured(measured_study(alone, warm), "qk/pv", "ar", Grid(1, 512))
    assert found is not None
    assert not found.known.any()
    assert float(found.unflushed_seconds) == pytest.approx(9e-6)


def test_several_files_are_one(tmp_path: Path) -> None:
    first, second = attention(1, 512, 10e-6, 30e-6)
    study = measured_study(tmp_path, [first], measurements=[])
    (tmp_path / "more.csv").write_text((tmp_path / "own.csv").read_text())
    study = measured_study(tmp_path, [second], measurements=["own.csv", "more.csv"])
    found = measured(study, "qk/pv", "ar", Grid(1, 512))
    assert found is not None
    assert float(found.seconds) == pytest.approx(40e-6)


def test_the_summary_counts_and_ranks(tmp_path: Path) -> None:
    """1.6262% at 40 µs; four times the work and 40 µs: four times the share, and so on."""
    rows = attention(1, 512, 10e-6, 30e-6) + attention(8, 512, 10e-6, 30e-6)
    found = summary(measured_study(tmp_path, rows), "qk/pv", "ar")
    assert found is not None
    assert (found.points, found.settings) == (2, 4)
    least = 2_179_072 / 3.35e12 / 40e-6
    assert found.slowest == pytest.approx(8_388_608 / 40e-6)
    assert found.fastest == pytest.approx(8 * 8_388_608 / 40e-6)
    assert found.fraction_low == pytest.approx(least)
    assert found.fraction_high == pytest.approx(8 * least)
    assert found.fraction_median == pytest.approx(4.5 * least)
    assert found.error_median is None
    assert found.error_p90 is None


def test_errors_compare_with_the_prediction() -> None:
    """Predicted over measured, less 1, for every point of the example."""
    study = load_study(EXAMPLE)
    grid = np.meshgrid(study.file.batches, study.file.lengths, indexing="ij")
    for series in ("qkv mlp", "up/gate/down", "qk/pv"):
        for phase in ("init", "ar"):
            found = measured(study, series, phase, Grid(*grid))
            predicted = predict_series(study, series, phase, Grid(*grid))
            assert found is not None
            assert predicted is not None
            assert found.known.all()
            expected = (predicted.seconds - found.seconds) / found.seconds
            np.testing.assert_allclose(found.error, expected, rtol=1e-12)
            short = summary(study, series, phase)
            assert short is not None
            assert short.error_median == pytest.approx(float(np.median(np.abs(expected))))


def test_kernels_that_were_not_measured_have_no_points(tmp_path: Path) -> None:
    """Fused attention, narrow weights, a gather, another card, and no file at all."""
    rows = [*attention(1, 512, 10e-6, 30e-6), row(1, 1, 4096, 4096, 1e-5)]
    study = measured_study(tmp_path, rows)
    assert measured(study, "qk/pv", "ar", Grid(1, 512)) is not None
    assert measured(study, "embedding", "ar", Grid(1, 512)) is None
    other = dataclasses.replace(study.deployment, accelerator=load_accelerator("a40"))
    assert measured(study.on(other), "qk/pv", "ar", Grid(1, 512)) is None
    changed_fields: tuple[dict[str, Any], ...] = (
        {"choices": {"attention": "fused"}},
        {"storage": {"weight": "int4"}},
        {"measurements": []},
    )
    for changes in changed_fields:
        changed = measured_study(tmp_path, rows, **changes)
        assert measured(changed, "qk/pv", "ar", Grid(1, 512)) is None
        assert {one["measured_seconds"] for one in series_records(changed, "qk/pv", "ar")} == {None}


def test_the_summary_is_plain_numbers() -> None:
    """Templates and files take it as it is."""
    found = summary(load_study(EXAMPLE), "qk/pv", "ar")
    assert found is not None
    assert all(isinstance(value, int | float) for value in dataclasses.asdict(found).values())
