"""The command that measures: what it writes, keeps and refuses."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import roofline.cli.bench as command
from builds import REPOSITORY
from devices import FakeBackend, interrupt, tiny
from roofline.cli import main
from roofline.cli.common import StatusLine
from roofline.errors import InputError
from roofline.measurements.bench.cpu import NumpyBackend
from roofline.measurements.bench.report import COLUMNS, SCHEMA
from roofline.measurements.bench.session import Progress
from roofline.measurements.reader import read_measurements

GUIDE = REPOSITORY / "docs" / "guide" / "measure.md"
SERIES = ("--series", "qk/pv ar")  # six products


def bench(output: Path, *options: str) -> Result:
    """Run the command inside this process."""
    result = CliRunner().invoke(main, ["bench", "--output", str(output), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeBackend | NumpyBackend], None]:
    """Measures the tiny study, with a backend in numpy's place."""
    monkeypatch.setattr(command, "load_study", lambda _: tiny())
    monkeypatch.setattr("roofline.measurements.bench.timing.LIMIT", 0.0)  # three of each will do

    def put(backend: FakeBackend | NumpyBackend) -> None:
        backends = command._BACKENDS  # noqa: SLF001  # where the command looks
        monkeypatch.setitem(backends, "numpy", lambda _: backend)
        if isinstance(backend, FakeBackend):
            monkeypatch.setattr(command, "monotonic", backend.clock)

    return put


Use = Callable[[FakeBackend | NumpyBackend], None]


def test_numpy_measures_a_tiny_study_for_real(tmp_path: Path, use: Use) -> None:
    """6 + 4 products of decode, twice each; another device than the study's."""
    use(NumpyBackend(square=64, copy_bytes=1 << 16, cache_bytes=1 << 16))
    output = tmp_path / "new" / "own.csv"
    result = bench(output, *SERIES, "--series", "qkv mlp ar", "--both")
    assert result.exit_code == 0, result.stderr
    assert not result.stderr
    rows = list(csv.DictReader(io.StringIO(output.read_text())))
    assert len(rows) == 20
    assert tuple(rows[0]) == COLUMNS
    assert [row["flushed"] for row in rows[:2]] == ["true", "false"]
    assert {row["dtype"] for row in rows} == {"fp32"}
    for row in rows:
        low, middle, high = (float(row[f"seconds{end}"]) for end in ("_low", "", "_high"))
        assert 0 < low <= middle <= high
        assert int(row["repetitions"]) >= 3
    with pytest.raises(InputError, match=r"device \(line 2\): measured on .* and 19 more"):
        read_measurements(output, "a100-80gb-pcie")
    report = json.loads(output.with_name("own.csv.json").read_text())
    assert report["schema"] == SCHEMA
    assert report["backend"] == "numpy"
    assert report["libraries"]["numpy"]
    assert report["device"]["threads"] >= 1
    assert report["date"].endswith("+00:00")
    assert report["rows"] == 20
    assert report["complete"] is True
    ceilings = report["ceilings"]
    assert ceilings["peak"] == pytest.approx(2 * 64**3 / ceilings["product"]["seconds"])
    copied, read = (2**16 / ceilings[name]["seconds"] for name in ("copy", "read"))
    assert ceilings["bandwidth"] == pytest.approx(max(2 * copied, read))
    assert sorted(path.name for path in output.parent.iterdir()) == ["own.csv", "own.csv.json"]
    above = report["above_ceilings"]["rows"]
    assert ("above the measured ceilings" in result.stdout) == bool(above)


def test_ctrl_c_keeps_the_rows_and_the_same_command_goes_on(tmp_path: Path, use: Use) -> None:
    """4 runs of the ceiling, 4 of each product; the 10th is within the second."""
    output = tmp_path / "own.csv"
    backend = FakeBackend()
    backend.before = interrupt(10)
    use(backend)
    result = bench(output, *SERIES)
    assert result.exit_code == 130
    assert result.stderr == (
        f"Interrupted; rows are kept in {output}.journal, and the same command goes on\n"
    )
    assert not output.exists()
    backend = FakeBackend()
    use(backend)
    result = bench(output, *SERIES)
    assert result.exit_code == 0
    assert len(backend.runs) == 4 * 5
    assert len(output.read_text().splitlines()) == 1 + 6
    assert not Path(f"{output}.journal").exists()
    assert result.stdout.startswith("Made-up 1, fp32: measured 1.00 kFLOP/s and 16.8 MB/s\n")
    assert f"6 rows in {output}\n" in result.stdout


def test_a_limit_of_time_writes_what_there_is_and_goes_on(tmp_path: Path, use: Use) -> None:
    """The ceilings take 33.268 s; the products 4 · 0.256 s and more."""
    output = tmp_path / "own.csv"
    use(FakeBackend())
    result = bench(output, *SERIES, "--seconds", "36")
    assert result.exit_code == 0
    assert "out of time; the same command goes on" in result.stdout
    report = json.loads(Path(f"{output}.json").read_text())
    assert report["complete"] is False
    assert 0 < report["rows"] < 6
    assert report["rows"] + len(report["skipped"]) == 6
    assert report["skipped"][0]["reason"] == "not begun within 36.0 s"
    use(FakeBackend())
    assert bench(output, *SERIES).exit_code == 0
    report = json.loads(Path(f"{output}.json").read_text())
    assert (report["rows"], report["skipped"], report["complete"]) == (6, [], True)


def test_a_finished_file_is_not_overwritten_unasked(tmp_path: Path, use: Use) -> None:
    output = tmp_path / "own.csv"
    use(FakeBackend())
    bench(output, *SERIES)
    before = output.read_bytes()
    result = bench(output, *SERIES)
    assert result.exit_code == 1
    assert "exists already; name another file, or measure again with --no-resume" in result.stderr
    assert output.read_bytes() == before
    backend = FakeBackend()
    use(backend)
    assert bench(output, *SERIES, "--no-resume", "--repetitions", "4").exit_code == 0
    assert len(backend.runs) == 6 * 5


def test_another_device_is_refused(tmp_path: Path, use: Use) -> None:
    """The rows of the first one stay."""
    output = tmp_path / "own.csv"
    backend = FakeBackend()
    backend.before = interrupt(10)
    use(backend)
    bench(output, *SERIES)
    other = FakeBackend()
    other.name = "other"
    use(other)
    result = bench(output, *SERIES)
    assert result.exit_code == 1
    assert 'backend: the rows kept so far are of "fake", this run is of "other"' in result.stderr
    assert Path(f"{output}.journal").exists()


def test_a_study_of_which_nothing_fits_leaves_nothing_behind(tmp_path: Path, use: Use) -> None:
    use(FakeBackend(space=100))
    result = bench(tmp_path / "own.csv", *SERIES)
    assert result.exit_code == 1
    assert "made-up: none of its 6 products fits in the memory of this device" in result.stderr
    assert not list(tmp_path.iterdir())


def test_bad_options_are_refused(tmp_path: Path, use: Use) -> None:
    use(FakeBackend())
    output = tmp_path / "own.csv"
    assert bench(output, "--repetitions", "2").exit_code == 2
    assert bench(output, "--seconds", "0").exit_code == 2
    assert bench(output, "--series", "qk").exit_code == 1
    assert "nothing to measure" in bench(output, "--series", "embedding ar").stderr
    assert not list(tmp_path.iterdir())


def test_progress_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = StatusLine()
    line.show(command.progress_text(Progress(done=1, total=3, remaining=None)))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line.show(command.progress_text(Progress(done=1, total=3, remaining=125.4)))
    line.close()
    shown = capsys.readouterr().err
    assert "1 of 3 products, about 2 min 5 s left" in shown
    assert shown.endswith("\r")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (7_384, "2 h 3 min")],
)
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    """7,384 = 2 · 3,600 + 3 · 60 + 4."""
    assert command.duration(seconds) == text


def test_the_guide_lists_every_column_in_order() -> None:
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    listed = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert tuple(listed) == COLUMNS
