"""A measured device as a catalogue entry, and the example that was made of one."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import roofline.cli.bench as command
from measurements import DEVICE, side
from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.catalog.reader import FOLDER, context, identifiers
from roofline.cli import main
from roofline.errors import InputError
from roofline.files.validation import validate
from roofline.files.yaml import ParsedFile, parse_yaml
from roofline.measurements.accelerator_entry import accelerator_text
from roofline.measurements.bench.cpu import NumpyBackend
from roofline.measurements.conditions import Conditions, read_conditions
from roofline.study.records import point_records
from roofline.study.repository import EXAMPLES
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
    monkeypatch.setattr("roofline.measurements.bench.timing.LIMIT", 0.0)  # three of each will do
    # On a busy machine tiny ceilings may be measured far too low; they are not judged here.
    monkeypatch.setattr("roofline.measurements.plausibility.MEASURED_CEILING", 1e9)
    backend = NumpyBackend(square=64, copy_bytes=1 << 16, cache_bytes=1 << 16)
    monkeypatch.setitem(command._BACKENDS, "numpy", lambda _: backend)  # noqa: SLF001  # where the command looks
    changes: dict[str, Any] = {"batches": [1, 2], "lengths": [4, 8], "model": "tinyllama-1.1b"}
    series = ("--series", "qk/pv ar", "--series", "qk/pv init")
    first = write_study(tmp_path / "first.yml", **changes)
    csv = tmp_path / "laptop.csv"
    result = run("bench", first, *series, "--output", str(csv))
    assert result.exit_code == 0
    assert "not the study's NVIDIA H200 141GB SXM: a study on this device" in result.stdout
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
    records = [record for record in point_records(study) if record["series"] == "qk/pv"]
    assert len(records) == 8
    for record in records:
        seconds = record["measured_seconds"]
        assert seconds > 0
        assert record["measured_flops_per_s"] == pytest.approx(record["flops"] / seconds)
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


def test_the_examples_entry_is_what_was_measured() -> None:
    """No number of it was typed by hand."""
    report = EXAMPLES / f"{EXAMPLE}.csv.json"
    name = load_accelerator(EXAMPLE_CARD).name
    written = (FOLDER / "accelerators" / f"{EXAMPLE_CARD}.yml").read_text(encoding="utf-8")
    assert accelerator_text(read_conditions(report), report.name, name) == written


RATES = st.floats(1, 1e24)
BYTES = st.integers(1, 10**18)


@settings(max_examples=50)
@given(RATES, RATES, BYTES, BYTES)
def test_whatever_is_measured_is_read_again(
    peak: float, bandwidth: float, memory: int, cache: int
) -> None:
    """To three digits of a ceiling, with memory rounded down; two terabytes of it, for instance."""
    data = json.loads(side())
    data["ceilings"] |= {"peak": peak, "bandwidth": bandwidth}
    data["device"] |= {"memory": memory, "cache": cache}
    conditions = validate(Conditions, ParsedFile(origin="own", data=data, root=None))
    text = accelerator_text(conditions, "own.csv.json")
    entry = validate(Accelerator, parse_yaml(text, "own"), context())
    assert entry.peaks["bf16"].value == pytest.approx(peak, rel=5.1e-3)
    assert entry.bandwidth.value == pytest.approx(bandwidth, rel=5.1e-3)
    assert 0.99 * memory < entry.capacity.value <= memory
    assert entry.l2_cache is not None
    assert entry.l2_cache.value == pytest.approx(cache, rel=1e-12)


ODD = st.text(st.sampled_from("a1 .:-#{[,&*!|\"'\\~\n\t\x07\x85\u2028é大😀"), max_size=12)


@settings(max_examples=50)
@given(label=ODD.filter(str.strip), name=ODD, file=ODD)
def test_whatever_is_written_is_read_again(label: str, name: str, file: str) -> None:
    """Whatever the device and its file are called; what no page can show is refused."""
    data = json.loads(side(label))
    try:
        conditions = validate(Conditions, ParsedFile(origin=file, data=data, root=None))
        text = accelerator_text(conditions, file, name)
    except InputError as error:
        assert "\x07" in label + name + file or (name and not name.strip())
        assert error.origin == file  # noqa: PT017  # either outcome is right
        return
    entry = validate(Accelerator, parse_yaml(text, "own"), context())
    assert entry.name == (name or label).strip()
    assert entry.devices == (label.strip(),)
    assert entry.peaks["bf16"].value == 7.13e14
    assert entry.bandwidth.value == 2.8e12
    assert entry.capacity.where == f"{file}, device.memory, rounded down".strip()
