"""Calibrating: the same on every run, and the committed values are those of the rows."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from builds import REPOSITORY
from made_products import CARD, TRUE, made_products
from roofline.catalog.accelerator import load_accelerator
from roofline.latency.calibration import all_calibrations, make_device
from roofline.latency.carried_over import load_calibration
from roofline.latency.cross_validation import LEAST_ROWS, calibrate
from roofline.latency.fit import fit
from roofline.latency.law import NAMES, predict_products
from roofline.measurements.agreement import agree
from roofline.measurements.products import Measurements
from roofline.measurements.reader import read_measurements
from roofline.study.repository import EXAMPLES

VARIABLE = "ROOFLINE_MEASUREMENTS"
ROWS = REPOSITORY.parent / "shared" / "data" / "a100-train.csv"
EXAMPLE = EXAMPLES / "tinyllama-cpu-2-threads.csv"
EXAMPLE_CARD = "amd-epyc-2-threads"
FIGURES = ("rows", "median", "p90", "roof_median", "roof_p90")


def test_intervals_hold_the_truth_and_errors_are_the_noise() -> None:
    """The fit, four groups, ten resamples; the same on every run."""
    rows = made_products(noise=0.02, size=600)
    card = load_accelerator(CARD)
    counted: list[tuple[int, int]] = []
    outcome = calibrate(rows, card, progress=lambda *done: counted.append(done), resamples=10)
    assert counted == [(done, 15) for done in range(1, 16)]
    again = calibrate(rows, card, resamples=10)
    assert (outcome.parameters, outcome.intervals) == (again.parameters, again.intervals)
    assert tuple(outcome.refits) == tuple(dict.fromkeys(rows.group))
    for name in NAMES:
        low, high = outcome.intervals[name]
        assert low <= getattr(outcome.parameters, name) <= high
        assert 0.9 * low < getattr(TRUE, name) < 1.1 * high, name
    assert set(outcome.held_out) == {"all"}
    assert 0.01 < outcome.fitted["all"].median < 0.03
    assert outcome.fitted["all"].roof_median > 0.3
    assert outcome.fitted["all"].rows == len(rows)


def test_what_rows_say_nothing_of_has_the_widest_interval() -> None:
    """All rows are aligned, so that any cost of misaligned ones is as good."""
    rows = made_products(size=600)
    aligned = rows.where((rows.n % 8 == 0) & (rows.k % 8 == 0))
    outcome = calibrate(aligned, load_accelerator(CARD), resamples=0)
    low, high = outcome.intervals["misaligned"]
    assert (low, high) == (1.0, 1000.0)
    fitted = load_calibration(EXAMPLE_CARD).parameters["misaligned"]
    assert (fitted.low, fitted.high) == (1, 1000)


def test_too_little_is_refused() -> None:
    rows = made_products(size=LEAST_ROWS - 1)
    with pytest.raises(ValueError, match="at least 44 measurements, got 43"):
        calibrate(rows, load_accelerator(CARD))


def test_a_time_that_makes_no_sense_is_named() -> None:
    rows = made_products(size=100)
    seconds = rows.seconds.copy()
    seconds[7] = 1e-300
    with pytest.raises(ValueError, match="line 9: no parameters come near this time"):
        calibrate(replace(rows, seconds=seconds), load_accelerator(CARD), resamples=0)


def test_times_in_milliseconds_are_refused() -> None:
    """The nearest row is that of most efficiency: none comes within 1,000 times of its least."""
    rows = made_products(size=300)
    slow = replace(rows, seconds=rows.seconds * 1e3)
    message = (
        r"expected times in seconds.* in line \d+, is 1,\d{3} times as long: are they in milli"
    )
    with pytest.raises(ValueError, match=message):
        calibrate(slow, load_accelerator(CARD), resamples=0)


def test_a_fit_that_is_far_off_is_refused() -> None:
    """Times that have nothing to do with their products."""
    rows = made_products(size=300)
    random = np.random.default_rng(0)
    noise = replace(rows, seconds=rows.seconds * 10 ** random.uniform(0, 2.5, len(rows)))
    message = r"no parameters describe these rows: the fit is off by \d+% in the median, expected"
    with pytest.raises(ValueError, match=message):
        calibrate(noise, load_accelerator(CARD), resamples=0)


def test_what_the_fit_does_not_tell_is_said_in_words() -> None:
    """No launch cost in the times, and all rows aligned."""
    rows = made_products(parameters=replace(TRUE, launch=0.0), size=600)
    aligned = rows.where((rows.n % 8 == 0) & (rows.k % 8 == 0))
    remarks = calibrate(aligned, load_accelerator(CARD), resamples=0).remarks
    assert remarks.pop("launch") == "at the least that the law allows"
    assert remarks.pop("misaligned") == "not determined: any value fits these rows as well"
    assert not any(remarks.values())


def rows_or_skip() -> Measurements:
    path = Path(os.environ.get(VARIABLE, ROWS))
    if not path.exists():
        pytest.skip(f"no measurements at {path}; name a file in {VARIABLE}")
    return read_measurements(path, CARD)


def test_the_committed_calibration_is_that_of_the_rows() -> None:
    """Refitted from the file: inside the intervals, and with the errors that are stated."""
    rows = rows_or_skip()
    entry = load_calibration(CARD)
    assert len(rows) == entry.provenance.rows
    scalar = entry.scalar_peak
    assert scalar is not None
    outcome = calibrate(rows, load_accelerator(CARD), scalar.value, resamples=0)
    for name in NAMES:
        interval = entry.parameters[name]
        value = getattr(outcome.parameters, name)
        assert interval.low <= value <= interval.high, name
        assert_allclose(value, interval.value, rtol=1e-5, err_msg=name)
        for refit in outcome.refits.values():
            inside = interval.low * (1 - 1e-5) <= getattr(refit, name)
            assert inside, name
            assert getattr(refit, name) <= interval.high * (1 + 1e-5), name
    for stated, fresh in (
        (entry.errors.fitted, outcome.fitted),
        (entry.errors.held_out, outcome.held_out),
    ):
        assert [*stated] == [*fresh]
        for stage, figures in fresh.items():
            for key in FIGURES:
                expected = getattr(figures, key)
                assert_allclose(getattr(stated[stage], key), expected, rtol=6e-3, err_msg=stage)
    assert len(outcome.spread) == len(entry.errors.spread)
    for part, other in zip(outcome.spread, entry.errors.spread, strict=True):
        assert (part.stage, part.rows) == (other.stage, other.rows)
        for key in ("low", "high", "p10", "median", "p90"):
            assert_allclose(getattr(other, key), getattr(part, key), rtol=6e-3)
    for kind, spans in entry.measured.items():
        chosen = (rows.count > 1) == (kind == "batched")
        for name, span in spans.items():
            values = getattr(rows, name)[chosen]
            assert (span.low, span.high) == (values.min(), values.max())


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a100-80gb-pcie-stream", "a100-stream.csv"),
        ("a100-80gb-sxm-stream", "a100-sxm-graph.csv"),
        ("a40-stream", "a40-stream.csv"),
        ("h100-80gb-sxm-isolated", "h100-train.csv"),
        ("h100-80gb-sxm-stream", "h100-stream.csv"),
        ("h100-80gb-sxm-stream-graph", "h100-sxm-graph.csv"),
    ],
)
def test_every_committed_calibration_is_that_of_its_rows(name: str, file: str) -> None:
    """Fitted again to the whole file: the parameters, and the errors on what was fitted."""
    path = ROWS.with_name(file)
    if not path.exists():
        pytest.skip(f"no measurements at {path}")
    entry = all_calibrations()[name]
    (dtype,) = entry.provenance.dtypes
    rows = agree(
        read_measurements(path, entry.accelerator, dtype), path, entry.protocol, entry.library
    ).rows
    assert len(rows) == entry.provenance.rows
    device = make_device(load_accelerator(entry.accelerator), rows.dtypes)
    parameters = fit(rows, device, flushed=entry.protocol == "isolated")
    for parameter in NAMES:
        value = getattr(parameters, parameter)
        assert_allclose(value, entry.parameters[parameter].value, rtol=1e-4, err_msg=parameter)
    predicted = predict_products(
        parameters, device, count=rows.count, m=rows.m, n=rows.n, k=rows.k
    ).seconds
    errors, stated = abs(predicted / rows.seconds - 1.0), entry.errors.fitted["all"]
    assert_allclose(np.median(errors), stated.median, rtol=6e-3)
    assert_allclose(np.quantile(errors, 0.9), stated.p90, rtol=6e-3)


def test_the_examples_calibration_is_fitted_to_its_measurements() -> None:
    """A refit gives the same parameters, errors and groups."""
    rows = read_measurements(EXAMPLE, EXAMPLE_CARD)
    outcome = calibrate(rows.where(rows.flushed), load_accelerator(EXAMPLE_CARD), resamples=0)
    shipped = load_calibration(EXAMPLE_CARD)
    for name in NAMES:
        fitted = shipped.parameters[name]
        slack = 1e-4 * max(fitted.value, 1e-6)
        value = getattr(outcome.parameters, name)
        assert value == pytest.approx(fitted.value, rel=1e-4, abs=1e-12), name
        assert fitted.low - slack <= value <= fitted.high + slack
    for stated, fresh in (
        (shipped.errors.fitted, outcome.fitted),
        (shipped.errors.held_out, outcome.held_out),
    ):
        assert [*stated] == [*fresh]
        for stage, figures in fresh.items():
            for key in FIGURES:
                expected = getattr(figures, key)
                assert_allclose(getattr(stated[stage], key), expected, rtol=6e-3, err_msg=stage)
    assert tuple(outcome.refits) == shipped.provenance.groups
    assert shipped.provenance.rows == int(rows.flushed.sum())


def test_deciles_need_ten_rows_and_a_stage() -> None:
    """Nine rows of a range of time have none; rows without a stage are one."""
    rows = made_products(noise=0.02, size=600)
    assert {part.stage for part in calibrate(rows, load_accelerator(CARD), resamples=0).spread} == {
        "all"
    }
    stages = np.full(len(rows), "", dtype=object)
    slow = np.flatnonzero((rows.seconds > 10 ** (-14 / 3)) & (rows.seconds < 10 ** (-13 / 3)))
    stages[slow[:9]], stages[slow[9:19]] = "few", "some"
    rows = replace(rows, stage=tuple(stages))
    outcome = calibrate(rows, load_accelerator(CARD), resamples=0)
    assert set(outcome.held_out) == {"all", "few", "some"}
    (part,) = (part for part in outcome.spread if part.stage != "all")
    assert (part.stage, part.rows) == ("some", 10)
    assert (part.low, part.high) == pytest.approx((10 ** (-14 / 3), 10 ** (-13 / 3)))
    assert part.p10 <= part.median <= part.p90
