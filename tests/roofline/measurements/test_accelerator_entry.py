"""A measured device as a catalogue entry, and the example that was made of one."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import roofline.cli.bench as command
from measurements import (
    DEVICE,
    HEADER,
    side,
)
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import FOLDER, identifiers
from roofline.cli import main
from roofline.errors import InputError
from roofline.latency.calibration import load_calibration
from roofline.latency.cross_validation import calibrate
from roofline.latency.law import NAMES
from roofline.measurements.accelerator_entry import accelerator_text
from roofline.measurements.bench.cpu import NumpyBackend
from roofline.measurements.conditions import read_conditions
from roofline.measurements.reader import read_measurements
from roofline.study.records import point_records
from roofline.study.repository import FOLDER as STUDIES
from roofline.study.study import load_study
from studies import write_study

EXAMPLE = "tinyllama-cpu-2-threads"
EXAMPLE_CARD = "amd-epyc-2-threads"


def run(*arguments: str) -> Result:
    """Run a command inside this process."""
    result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_whole_way_from_a_bench_to_measured_points(
    tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measure, make a catalogue entry of it, name it in a study: every point is measured."""
    backend = NumpyBackend(square=64, copy_bytes=1 << 16, cache_bytes=1 << 16)
    monkeypatch.setitem(command._BACKENDS, "numpy", lambda _: backend)  # noqa: SLF001  # where the command looks
    changes: dict[str, Any] = {"batches": [1, 2], "lengths": [4, 8], "model": "tinyllama-1.1b"}
    series = ("--series", "qk/pv ar", "--series", "qk/pv init")
    first = write_study(tmp_path / "first.yml", **changes)
    csv = tmp_path / "laptop.csv"
    result = run("bench", first, *series, "--output", str(csv))
    assert result.exit_code == 0
    assert "not the study's NVIDIA H100 80GB SXM: a study on this device" in result.stdout
    entry = catalogue / "accelerators" / "laptop.yml"
    assert run("accelerator", f"{csv}.json", "--output", str(entry)).exit_code == 0
    identifiers.cache_clear()  # as in a new process
    card = load_accelerator("laptop")
    report = json.loads(Path(f"{csv}.json").read_text())
    assert card.peaks["fp32"].value == pytest.approx(report["ceilings"]["peak"], rel=5e-3)
    assert card.bandwidth.value == pytest.approx(report["ceilings"]["bandwidth"], rel=5e-3)
    assert card.capacity.value == pytest.approx(report["device"]["memory"], rel=5e-3)
    changes |= {"accelerator": "laptop", "dtype": "fp32", "measurements": ["laptop.csv"]}
    study = load_study(write_study(tmp_path / "second.yml", **changes))
    records = [one for one in point_records(study) if one["series"] == "qk/pv"]
    assert len(records) == 8
    for one in records:
        assert one["measured_seconds"] > 0
        assert one["measured_flops_per_s"] == pytest.approx(one["flops"] / one["measured_seconds"])
    table = run("points", str(tmp_path / "second.yml"), "--series", "qk/pv ar")
    assert "measured [µs]" in table.stdout
    assert "measured" not in run("points", first).stdout


def test_a_device_without_known_memory_makes_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "own.csv.json"
    device = {"label": DEVICE, "memory": None}
    path.write_text(side(device=device))
    with pytest.raises(InputError, match=r"device\.memory: expected the device's memory"):
        accelerator_text(read_conditions(path), path.name)


@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        ({"dtype": "nonsense: {a: b}"}, None, 'unknown dtype "nonsense: {a: b}"'),
        ({}, "   ", "name: expected text that is not empty"),
    ],
)
def test_what_the_catalogue_would_refuse_makes_no_entry(
    changes: dict[str, Any], name: str | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv.json"
    path.write_text(side(**changes))
    with pytest.raises(InputError) as error:
        accelerator_text(read_conditions(path), path.name, name)
    assert message in str(error.value)


def test_a_long_report_is_read(tmp_path: Path) -> None:
    """A bench that runs out of time lists every product that it skipped."""
    path = tmp_path / "own.csv.json"
    path.write_text(side(skipped=[{"reason": "x" * 1_000}] * 1_000))
    assert read_conditions(path).device.label == DEVICE


def test_the_examples_entry_is_what_was_measured() -> None:
    """No number of it was typed by hand."""
    report = STUDIES / f"{EXAMPLE}.csv.json"
    name = load_accelerator(EXAMPLE_CARD).name
    written = (FOLDER / "accelerators" / f"{EXAMPLE_CARD}.yml").read_text(encoding="utf-8")
    assert accelerator_text(read_conditions(report), report.name, name) == written


def test_the_examples_calibration_is_fitted_to_its_measurements() -> None:
    """A refit gives the same parameters, errors and groups."""
    rows = read_measurements(STUDIES / f"{EXAMPLE}.csv", EXAMPLE_CARD)
    found = calibrate(rows.where(rows.flushed), load_accelerator(EXAMPLE_CARD), resamples=0)
    shipped = load_calibration(EXAMPLE_CARD)
    assert found.parameters.launch == pytest.approx(shipped.values.launch, rel=1e-3)
    for name in NAMES:
        fitted = shipped.parameters[name]
        slack = 1e-3 * max(fitted.value, 1e-6)
        assert fitted.low - slack <= getattr(found.parameters, name) <= fitted.high + slack
    for stage, figures in found.held_out.items():
        assert figures.median == pytest.approx(shipped.errors.held_out[stage].median, rel=0.05)
    assert tuple(found.refits) == shipped.provenance.groups
    assert shipped.provenance.rows == int(rows.flushed.sum())


def test_a_fit_leaves_rows_without_a_flush_out(tmp_path: Path) -> None:
    """The model is of flushed kernels; the command says how many it left out."""
    source = (STUDIES / f"{EXAMPLE}.csv").read_text(encoding="utf-8")
    result = run("calibrate", str(STUDIES / f"{EXAMPLE}.csv"), "--accelerator", EXAMPLE_CARD,
                 "--output", str(tmp_path / "fitted.yml"))  # fmt: skip
    assert result.exit_code == 0
    warm = source.count(",false,")
    assert warm > 100
    assert f"left out, measured without a flush: {warm}\n" in result.stdout
    path = tmp_path / "warm.csv"
    path.write_text(source.replace(",true,", ",false,"), encoding="utf-8")
    result = run("calibrate", str(path), "--accelerator", EXAMPLE_CARD)
    assert result.exit_code == 1
    assert "expected rows measured after a flush of the cache" in result.stderr


def test_what_rows_say_nothing_of_has_the_widest_interval() -> None:
    """All of the example's rows are aligned, so that any cost of misaligned ones is as good."""
    fitted = load_calibration(EXAMPLE_CARD).parameters["misaligned"]
    assert (fitted.low, fitted.high) == (1, 1000)


def test_the_header_of_a_bench_is_that_of_these_tests() -> None:
    """So that what is tested here is what `roofline bench` writes."""
    header = (STUDIES / f"{EXAMPLE}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert set(HEADER.split(",")) <= set(header.split(","))
