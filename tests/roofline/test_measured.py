"""Files of measurements that a study names: what is read, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import roofline.cli.bench as command
from measurements import (
    DEVICE,
    HEADER,
    Row,
    attention,
    measured_study,
    row,
    side,
    write_rows,
)
from roofline.accelerator import load_accelerator
from roofline.accelerator_file import accelerator_text
from roofline.bench.cpu import NumpyBackend
from roofline.calibrate import calibrate
from roofline.calibration import load_calibration
from roofline.catalog import FOLDER, identifiers
from roofline.cli import main
from roofline.errors import InputError
from roofline.export import point_records
from roofline.latency import NAMES
from roofline.measured import read_conditions, read_measured
from roofline.measurement_file import read_measurements
from roofline.study import FOLDER as STUDIES
from roofline.study import load_study
from studies import write_study

CARD = "h100-80gb-sxm"
EXAMPLE = "tinyllama-cpu-2-threads"
EXAMPLE_CARD = "amd-epyc-2-threads"
GOOD = attention(1, 512, 10e-6, 30e-6)


def run(*arguments: str) -> Result:
    """Run a command inside this process."""
    result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_files_are_read_with_their_conditions(tmp_path: Path) -> None:
    (tmp_path / "own.csv.json").write_text(side())
    study = measured_study(tmp_path, GOOD)
    found = study.measured
    assert found is not None
    assert found.devices == (DEVICE,)
    (file,) = found.files
    assert file.name == "own.csv"
    assert file.conditions is not None
    assert file.conditions.libraries == {"torch": "2.9.0"}
    published = file.published()
    assert [*published] == ["own.csv", "own.csv.json"]
    assert published["own.csv"] == (tmp_path / "own.csv").read_bytes()


def test_a_file_needs_no_conditions(tmp_path: Path) -> None:
    found = measured_study(tmp_path, GOOD).measured
    assert found is not None
    assert found.files[0].conditions is None
    assert [*found.files[0].published()] == ["own.csv"]


def other(place: int, value: object) -> Row:
    """The first good row with one field changed."""
    return (*GOOD[0][:place], value, *GOOD[0][place + 1 :])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [other(5, "NVIDIA A40"), GOOD[1]],
            (
                'device (line 2): measured on "NVIDIA A40", expected "NVIDIA H100 80GB SXM" or '
                '"NVIDIA H100 80GB HBM3"'
            ),
        ),
        (
            [GOOD[0], other(5, "NVIDIA A40"), row(1, 2, 3, 4, 1e-5), other(5, "NVIDIA A40")],
            '"NVIDIA H100 80GB HBM3", in this row and 1 more',
        ),
        (
            [other(4, "fp16")],
            'dtype (line 2): measured in "fp16", but the study computes in "bf16"',
        ),
        ([other(6, "yes")], 'flushed (line 2): expected true or false, got "yes"'),
        ([other(7, 0)], "seconds (line 2): expected a number above 0"),
        ([other(7, "fast")], 'seconds (line 2): expected a number above 0, got "fast"'),
        ([GOOD[0][:5]], "line 2: expected 8 fields, got 5"),
        (
            [*GOOD, GOOD[0]],
            "line 4: the product 8 of 4 x 512 x 128 stands twice, first in own.csv, line 2",
        ),
    ],
)
def test_rows_that_are_not_the_studys_are_refused(
    rows: list[Row], message: str, tmp_path: Path
) -> None:
    """Each with its line, and by every command that shows points."""
    study = measured_study(tmp_path, rows)
    with pytest.raises(InputError) as error:
        _ = study.measured
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "own.csv"))
    result = run("points", str(tmp_path / "small.yml"))
    assert result.exit_code == 1
    assert message in result.stderr
    assert not result.stdout


def test_every_other_device_is_named_once(tmp_path: Path) -> None:
    """Not once for each of its rows."""
    rows = [other(5, name) for name in ("NVIDIA A40", "Tesla T4") * 30]
    with pytest.raises(InputError, match="2 problems") as error:
        _ = measured_study(tmp_path, rows).measured
    assert str(error.value).count("in this row and 29 more") == 2


def test_a_file_must_say_what_was_measured(tmp_path: Path) -> None:
    """A column device, or accelerator with the catalogue's name."""
    path = tmp_path / "times.csv"
    plain = "count,m,n,k,dtype,seconds"
    write_rows(path, [(1, 2, 3, 4, "bf16", 1e-5)], plain)
    with pytest.raises(InputError, match=r"device \(line 1\): required column, or accelerator"):
        read_measured([path], CARD, "bf16")
    write_rows(path, [(1, 2, 3, 4, "bf16", 1e-5, CARD)], f"{plain},accelerator")
    assert read_measured([path], CARD, "bf16").devices == ("NVIDIA H100 80GB SXM",)
    write_rows(path, [(1, 2, 3, 4, "bf16", 1e-5, "a40")], f"{plain},accelerator")
    with pytest.raises(InputError, match=r'accelerator \(line 2\): measured on "a40"'):
        read_measured([path], CARD, "bf16")


def test_a_product_stands_in_one_file_alone(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.csv", GOOD[1:])
    study = measured_study(tmp_path, GOOD, measurements=["own.csv", "more.csv"])
    with pytest.raises(InputError, match=r"more\.csv: line 2: the product .*own\.csv, line 3"):
        _ = study.measured


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (side("NVIDIA A40"), 'device.label: measured on "NVIDIA A40", expected "NVIDIA H100'),
        ("{", "not YAML that can be read"),
        (side(date=None), "date (line 1)"),
        (side(ceilings={}), "ceilings"),
    ],
)
def test_conditions_of_another_device_are_refused(
    content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "own.csv.json").write_text(content)
    with pytest.raises(InputError) as error:
        _ = measured_study(tmp_path, GOOD).measured
    assert message in str(error.value)
    assert "own.csv.json" in str(error.value)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["owm.csv"], 'unknown file beside the study "owm.csv"; did you mean "own.csv"?'),
        (["own.csv", "own.csv"], "expected every file once, got own.csv again"),
        (["../own.csv"], "measurements[0]"),
        (["own.txt"], "measurements[0]"),
        ("own.csv", "measurements (line"),
    ],
)
def test_files_lie_beside_the_study(names: Any, message: str, tmp_path: Path) -> None:
    """By their bare names, each once."""
    with pytest.raises(InputError) as error:
        measured_study(tmp_path, GOOD, measurements=names)
    assert message in str(error.value)


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    """A study of the repository publishes its files: none from elsewhere."""
    write_rows(tmp_path / "elsewhere.csv", GOOD)
    link, study = STUDIES / "leading-out.csv", STUDIES / "leading-out.yml"
    try:
        link.symlink_to(tmp_path / "elsewhere.csv")
        write_study(study, measurements=[link.name])
        with pytest.raises(InputError, match="the path leads out of it"):
            load_study(str(study))
    finally:
        link.unlink()
        study.unlink()


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
