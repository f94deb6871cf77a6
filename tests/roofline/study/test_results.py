"""Results of a study: read from its grid or off it, and measured points worked by hand."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from measurements import attention, measured_study, row
from roofline.catalog.accelerator import load_accelerator
from roofline.latency.prediction import predict_series
from roofline.latency.step import predict_step
from roofline.model.budget import budget, decode_ceiling
from roofline.model.capacity import capacity
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import evaluate
from roofline.study import results
from roofline.study.records import series_records
from roofline.study.results import MeasuredSeries, charted_series, evaluate_series
from roofline.study.study import Study, load_study
from studies import small_study

EXAMPLE = "tinyllama-cpu-2-threads"


def measured(study: Study, series: str = "qk/pv", *setting: int) -> MeasuredSeries | None:
    """What was measured of a series in decode at one setting, the first by default."""
    grid = Grid(*(setting or (1, 512)))
    return evaluate_series(study.deployment, series, "ar", grid, study.measured).measured


def known(study: Study) -> MeasuredSeries:
    """The same of decode attention, where there is something."""
    attention = measured(study)
    assert attention is not None
    return attention


def test_charted_series_are_in_the_order_of_the_legend() -> None:
    names = ("qkv mlp", "up/gate/down", "qk/pv")
    expected = tuple((name, phase) for name in names for phase in ("init", "ar"))
    assert charted_series(small_study().deployment) == expected
    shown = tuple((result.series, result.phase) for result in small_study().results.series)
    assert shown == expected


@pytest.mark.parametrize("phase", ["init", "ar"])
@pytest.mark.parametrize("series", ["qk/pv", "qkv mlp", "lm_head"])
def test_a_series_is_evaluated_predicted_and_fitted_at_every_setting(
    series: str, phase: Phase
) -> None:
    """In the grid's shape: batch, length, candidates."""
    study = load_study()
    result = study.results.of(series, phase)
    grid = Grid.of(study.file, phase)
    assert result.label == f"{series} {phase}"
    assert result.points.flops.shape == result.fits.shape == grid.shape == (7, 7, 1)
    points = evaluate(study.deployment, series, phase, grid)
    predicted = predict_series(study.deployment, series, phase, grid)
    assert predicted is not None
    assert result.predicted is not None
    np.testing.assert_array_equal(result.points.attainable, points.attainable)
    np.testing.assert_array_equal(result.predicted.seconds, predicted.seconds)
    fits = capacity(study.deployment).fits(grid.batch, grid.length)
    np.testing.assert_array_equal(result.fits, fits)
    assert result.measured is None
    assert result.summary() is None


def test_nothing_is_worked_out_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a series nor a setting, however it is asked for."""
    calls = []

    def counted(*given: Any) -> Any:
        calls.append(given[1:3])
        return evaluate(*given)

    monkeypatch.setattr(results, "evaluate", counted)
    study = small_study(candidates=[1, 4])
    assert study.results is study.results
    first = study.results.of("qk/pv", "ar")
    assert study.results.series[5] is study.results.of("qk/pv", "ar") is first
    for _ in range(2):
        study.results.at("qk/pv", "ar", 8, 512, 4)  # on the grid
        study.results.at("qk/pv", "ar", 3, 512, candidates=4)  # off it
        study.results.at("qk/pv", "ar", 3, 512, 4)
    assert len(calls) == len(set(calls)) + 1 == 7


def test_a_point_on_the_grid_is_that_of_the_arrays() -> None:
    """And one off it is evaluated alone."""
    study = small_study(candidates=[1, 4])
    for phase, settings in (
        ("ar", [(8, 2048, 4), (8, 2048, 1), (3, 777, 4), (8, 2048, 5)]),
        ("init", [(8, 2048, 1), (8, 777, 1), (1, 512, 4)]),
    ):
        for setting in settings:
            alone = evaluate(study.deployment, "qkv mlp", phase, Grid(*setting)).point()  # type: ignore[arg-type]  # a phase
            assert study.results.at("qkv mlp", phase, *setting) == alone  # type: ignore[arg-type]  # as above


def test_wrong_settings_and_series_are_refused() -> None:
    study = small_study()
    with pytest.raises(KeyError, match="qk-pv"):
        study.results.of("qk-pv", "ar")
    for batch in (1, 3):
        with pytest.raises(KeyError, match="qk-pv"):
            study.results.at("qk-pv", "ar", batch, 512)
    with pytest.raises(ValueError, match="length"):
        study.results.at("qk/pv", "ar", 1, 0)


def test_steps_are_those_of_the_model() -> None:
    """Minimum and predicted time, one layer alone, and the ceiling of decoding."""
    study = load_study()
    held = study.results
    step = held.step("ar", 4, 512, 2)
    assert step is held.step("ar", 4.0, 512, candidates=2)
    assert step.seconds == budget(study.deployment, "ar", Grid(4, 512, 2)).seconds
    layer = held.step("init", 4, 512, layers=True)
    assert layer.flops == budget(study.deployment, "init", Grid(4, 512), layers=True).flops
    ceiling = decode_ceiling(study.deployment, Grid(4, 0))
    assert held.step("ar", 4, 0).tokens_per_second == ceiling
    predicted = held.predicted_step("ar", 4, 512)
    expected = predict_step(study.deployment, "ar", Grid(4, 512))
    assert predicted is not None
    assert expected is not None
    assert (predicted.low, predicted.high) == (expected.low, expected.high)
    assert small_study(storage={"weight": "fp8"}).results.predicted_step("ar", 1, 512) is None


@pytest.mark.usefixtures("uncalibrated")
def test_a_point_is_the_sum_of_its_kernels(tmp_path: Path) -> None:
    """8 products of 4 x 512 x 128 and of 4 x 128 x 512 are 2 · 2 · 8 · 4 · 512 · 128 FLOP.

    That is 8,388,608 in 10 + 30 µs: 0.2097152 TFLOP/s. Each product moves
    8 · (4 · 128 + 128 · 512 + 4 · 512) · 2 = 1,089,536 byte, both 2,179,072, in 650.469 ns
    at 4.8 TB/s: of 40 µs the roof allows 1.6262%.
    """
    study = measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6))
    products = known(study)
    assert products.known.all()
    assert float(products.seconds) == pytest.approx(40e-6)
    assert float(products.flops_per_s) == pytest.approx(8_388_608 / 40e-6)
    assert float(products.fraction) == pytest.approx(2_179_072 / 4.8e12 / 40e-6)
    assert float(products.fraction) == pytest.approx(0.011349, rel=1e-4)
    assert np.isnan(products.error)  # the card has no calibration
    assert np.isnan(products.unflushed_seconds)


def test_a_point_without_one_of_its_kernels_is_not_measured(tmp_path: Path) -> None:
    study = measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6)[:1])
    result = study.results.of("qk/pv", "ar")
    assert result.measured is not None
    assert not result.measured.known.any()
    assert result.summary() is None


@pytest.mark.usefixtures("uncalibrated")
def test_times_without_a_flush_stay_apart(tmp_path: Path) -> None:
    """10 + 30 µs after a flush, 4 + 5 µs without: the point is of the first."""
    warm = [(*product[:6], "false", time) for product, time in
            zip(attention(1, 512, 0, 0), (4e-6, 5e-6), strict=True)]  # fmt: skip
    study = measured_study(tmp_path, [*attention(1, 512, 10e-6, 30e-6), *warm])
    (record, *others) = series_records(study.results.of("qk/pv", "ar"))
    assert record["measured_seconds"] == pytest.approx(40e-6)
    assert record["unflushed_seconds"] == pytest.approx(9e-6)
    assert record["prediction_error"] is None
    assert {other["measured_seconds"] for other in others} == {None}
    alone = tmp_path / "alone"
    alone.mkdir()
    products = known(measured_study(alone, warm))
    assert not products.known.any()
    assert float(products.unflushed_seconds) == pytest.approx(9e-6)


def test_several_files_are_one(tmp_path: Path) -> None:
    first, second = attention(1, 512, 10e-6, 30e-6)
    study = measured_study(tmp_path, [first], measurements=[])
    (tmp_path / "more.csv").write_text((tmp_path / "own.csv").read_text())
    study = measured_study(tmp_path, [second], measurements=["own.csv", "more.csv"])
    assert float(known(study).seconds) == pytest.approx(40e-6)


@pytest.mark.usefixtures("uncalibrated")
def test_the_summary_counts_and_ranks(tmp_path: Path) -> None:
    """1.6262% at 40 µs; four times the work and 40 µs: four times the share, and so on."""
    rows = attention(1, 512, 10e-6, 30e-6) + attention(8, 512, 10e-6, 30e-6)
    summary = measured_study(tmp_path, rows).results.of("qk/pv", "ar").summary()
    assert summary is not None
    assert (summary.points, summary.settings) == (2, 4)
    least = 2_179_072 / 4.8e12 / 40e-6
    assert summary.slowest == pytest.approx(8_388_608 / 40e-6)
    assert summary.fastest == pytest.approx(8 * 8_388_608 / 40e-6)
    assert summary.fraction_low == pytest.approx(least)
    assert summary.fraction_high == pytest.approx(8 * least)
    assert summary.fraction_median == pytest.approx(4.5 * least)
    assert summary.error_median is None
    assert summary.error_p90 is None


def test_errors_compare_with_the_prediction() -> None:
    """Predicted over measured, less 1, for every point of the example."""
    for result in load_study(EXAMPLE).results.series:
        assert result.measured is not None
        assert result.predicted is not None
        assert result.measured.known.all()
        seconds = result.measured.seconds
        expected = (result.predicted.seconds - seconds) / seconds
        np.testing.assert_allclose(result.measured.error, expected, rtol=1e-12)
        summary = result.summary()
        assert summary is not None
        assert summary.error_median == pytest.approx(float(np.median(np.abs(expected))))
        assert summary.error_p90 == pytest.approx(float(np.quantile(np.abs(expected), 0.9)))


def test_kernels_that_were_not_measured_have_no_points(tmp_path: Path) -> None:
    """Fused attention, narrow weights, a gather, another card, and no file at all."""
    rows = [*attention(1, 512, 10e-6, 30e-6), row(1, 1, 4096, 4096, 1e-5)]
    study = measured_study(tmp_path, rows)
    assert measured(study) is not None
    assert measured(study, "embedding") is None
    other = dataclasses.replace(study.deployment, accelerator=load_accelerator("a40"))
    assert study.results.of("qk/pv", "ar").measured is not None
    assert study.on(other).results.of("qk/pv", "ar").measured is None
    narrow = dataclasses.replace(study.deployment, dtype="fp8")
    assert study.on(narrow).results.of("qk/pv", "ar").measured is None
    faster = study.deployment.accelerator.bandwidth.model_copy(update={"value": 1e15})
    card = study.deployment.accelerator.model_copy(update={"bandwidth": faster})
    assert measured(study.on(dataclasses.replace(study.deployment, accelerator=card))) is None
    changed_fields: tuple[dict[str, Any], ...] = (
        {"choices": {"attention": "fused"}},
        {"storage": {"weight": "int4"}},
        {"measurements": []},
    )
    for changes in changed_fields:
        changed = measured_study(tmp_path, rows, **changes)
        assert measured(changed) is None
        records = series_records(changed.results.of("qk/pv", "ar"))
        assert {record["measured_seconds"] for record in records} == {None}


def test_the_summary_is_plain_numbers() -> None:
    """Templates and files take it as it is."""
    summary = load_study(EXAMPLE).results.of("qk/pv", "ar").summary()
    assert summary is not None
    assert all(isinstance(value, int | float) for value in dataclasses.asdict(summary).values())
