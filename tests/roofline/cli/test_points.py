"""The command line: what it writes, and how it refuses."""

import csv
import io
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import roofline
from roofline.catalog.entries import LEAST_WIDTH, MOST_WIDTH
from roofline.cli import main
from roofline.model.operators import STORED
from roofline.study.records import point_records, points_json
from roofline.study.study import load_study
from studies import write_study

HEADER = (
    "series,phase,batch,sequence_length,candidates,flops,bytes,intensity,attainable,bound,fits,"
    "predicted_seconds,predicted_flops_per_s,predicted_bound,extrapolated,"
    "streamed_seconds,streamed_flops_per_s,streamed_extrapolated,"
    "measured_seconds,measured_flops_per_s,fraction_of_attainable,prediction_error,"
    "unflushed_seconds"
)
AT = ["--batch", "16", "--length", "1024"]


def run(*arguments: str) -> Result:
    """Run the command inside this process; only a clean exit is no failure."""
    result = CliRunner().invoke(main, arguments, prog_name="roofline")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def output(*arguments: str) -> str:
    """What a command that succeeds writes to standard output alone."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert not result.stderr
    return result.stdout


def refusal(*arguments: str) -> str:
    """What a command that fails writes to standard error alone."""
    result = run(*arguments)
    assert result.exit_code in {1, 2}
    assert not result.stdout
    assert "Traceback" not in result.stderr
    assert "Error: " in result.stderr
    return result.stderr


SIZES = st.lists(
    st.integers(1, 10**9) | st.sampled_from([1, 10**9]), min_size=1, max_size=3, unique=True
)
WIDTHS = st.floats(LEAST_WIDTH, MOST_WIDTH) | st.sampled_from(["int4", LEAST_WIDTH, MOST_WIDTH])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIZES, SIZES, SIZES, st.dictionaries(st.sampled_from(STORED), WIDTHS))
def test_whatever_numbers_pass_come_through(
    tmp_path: Path,
    batches: list[int],
    lengths: list[int],
    candidates: list[int],
    storage: dict[str, Any],
) -> None:
    """Every point of a study is a finite number, in every form, without a warning."""
    changes = {"batches": batches, "lengths": lengths, "candidates": candidates, "storage": storage}
    study = write_study(tmp_path / "any.yml", **changes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        records = list(csv.DictReader(io.StringIO(output("points", study, "--format", "csv"))))
        point = ["--batch", str(batches[0]), "--length", str(lengths[0])]
        explained = output("explain", study, "--series", "qk/pv init", *point)
        assert len(output("points", study).splitlines()) == 2 + len(records)
    assert "nan" not in explained
    assert "inf" not in explained
    for record in records:
        for name in ("flops", "bytes", "intensity", "attainable"):
            assert 0 < float(record[name]) < math.inf


def test_without_a_study_the_points_are_the_flagships() -> None:
    """294 points under a header and a rule; JSON is that of the export."""
    assert len(output("points").splitlines()) == 2 + 294
    study = load_study()
    expected = points_json(study, point_records(study), roofline.__version__)
    assert output("points", "--format", "json") == expected
    assert output("points", "llama-33b-a100-80gb-pcie", "--format", "json") == expected


def test_a_study_file_takes_the_place_of_a_name(tmp_path: Path) -> None:
    """6 series of 2 × 2 settings; decode has them for each number of candidates."""
    path = write_study(tmp_path / "own.yml", candidates=[1, 4])
    lines = output("points", path, "--format", "csv").splitlines()
    assert lines[0] == HEADER
    assert len(lines) == 1 + 3 * 4 + 3 * 8
    assert json.loads(output("points", path, "--format", "json"))["study"]["id"] == "own"


@pytest.mark.parametrize(
    ("labels", "series"),
    [
        (["qk/pv ar"], [("qk/pv", "ar")]),
        (["qk-pv-decode", "qk/pv ar"], [("qk/pv", "ar")]),
        (["lm_head prefill", "qkv mlp ar"], [("lm_head", "init"), ("qkv mlp", "ar")]),
        (["embedding ar"], [("embedding", "ar")]),
    ],
)
def test_series_are_chosen_by_name_in_the_order_asked(
    labels: list[str], series: list[tuple[str, str]]
) -> None:
    """Once each, charted or not."""
    options = [part for label in labels for part in ("--series", label)]
    for form in ("csv", "table", "json"):
        text = output("points", "--format", form, *options)
        if form == "csv":
            rows = [(row["series"], row["phase"]) for row in csv.DictReader(io.StringIO(text))]
            assert [*dict.fromkeys(rows)] == series
            assert len(rows) == 49 * len(series)


def test_an_explanation_is_a_short_text() -> None:
    """What is multiplied, the formula with and without values, the verdict."""
    assert output("explain", "--series", "qk/pv ar", *AT) == (
        "qk/pv ar (decode), one layer of Llama 33B on NVIDIA A100 80GB PCIe, fp16\n"
        "batch b = 16, length s = 1024\n"
        "\n"
        "  qk         count = b * a = 832, m = 1, n = s = 1024, k = d = 128\n"
        "  pv         count = b * a = 832, m = 1, n = d = 128, k = s = 1024\n"
        "\n"
        # 2 · 2 · 832 · 1024 · 128 = 436.2 MFLOP
        "  work       W = 436.2 MFLOP\n"
        # 2 · 832 · 2 (128 + 1024 · 128 + 1024) = 440.0 MB
        "  traffic    Q = 440.0 MB\n"
        "  intensity  I = W / Q = 1 / (1 + 1/s + 1/d)\n"
        "               = 1 / (1 + 1/1024 + 1/128)\n"
        "               = 0.9913 FLOP/Byte\n"
        "\n"
        "memory-bound: 0.991 FLOP/Byte is below the ridge at 161.2 FLOP/Byte; "
        "attainable 1.92 TFLOP/s, 0.615% of peak\n"
        "does not fit: weights and KV cache exceed the card's memory\n"
    )


def test_an_explanation_of_a_gather_reads_well() -> None:
    """No formula of nothing, no inner dimension; once in a step, not in a layer."""
    text = output("explain", "--series", "embedding decode", "--batch", "8", "--length", "128")
    assert text.startswith("embedding ar (decode), one step of Llama 33B")
    assert "  embedding  gathers m rows of n elements: m = b = 8, n = h = 6656\n" in text
    assert "I = W / Q = 0 / (4 * b * h)\n               = 0 / (4 * 8 * 6656)\n" in text
    assert "memory-bound: it moves 213 kB without arithmetic" in text


def test_candidates_are_told_where_they_matter(tmp_path: Path) -> None:
    """In decode, if there are any."""
    given = ["explain", "--series", "qk/pv ar", *AT, "--candidates", "4"]
    assert "length s = 1024, candidates q = 4\n" in output(*given)
    path = write_study(tmp_path / "own.yml", candidates=[1, 4])
    assert "candidates q = 1\n" in output("explain", path, "--series", "qk/pv ar", *AT)
    assert "candidates" not in output("explain", path, "--series", "qk/pv init", *AT)


def test_explanations_are_data_too() -> None:
    """JSON is one object, CSV a row for each kernel and their sum."""
    given = ["explain", "--series", "qk-pv-ar", *AT, "--format"]
    record = json.loads(output(*given, "json"))
    assert record["schema"] == "roofline.explain/1"
    rows = [*csv.DictReader(io.StringIO(output(*given, "csv")))]
    assert [row["kernel"] for row in rows] == ["qk", "pv", "sum"]
    assert float(rows[-1]["intensity"]) == record["intensity"]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_output_goes_to_a_file_byte_for_byte(tmp_path: Path, form: str) -> None:
    """In place of the terminal, over an older file, in a folder that is made."""
    path = tmp_path / "new" / "points.txt"
    for _ in range(2):
        assert not output("points", "--format", form, "--output", str(path))
        assert path.read_bytes() == output("points", "--format", form).encode()
    assert [*path.parent.iterdir()] == [path]


def test_a_file_is_kept_when_the_study_is_bad(tmp_path: Path) -> None:
    """Nothing is opened before everything is computed."""
    path = tmp_path / "points.json"
    path.write_text("precious")
    study = write_study(tmp_path / "own.yml", dtype="fp7")
    assert "fp7" in refusal("points", study, "--output", str(path))
    assert path.read_text() == "precious"
    assert len([*tmp_path.iterdir()]) == 2


def test_a_file_is_kept_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new one is complete before it takes the old one's place."""
    path = tmp_path / "points.json"
    path.write_text("precious")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    told = refusal("points", "--output", str(path))
    assert told == f"Error: {path}: cannot be written: No space left on device\n"
    assert path.read_text() == "precious"
    assert [*tmp_path.iterdir()] == [path]


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    """A file where a folder is needed, and a folder where a file is."""
    (tmp_path / "file").write_text("precious")
    inside = str(tmp_path / "file" / "points.csv")
    assert refusal("points", "--output", inside).startswith(f"Error: {inside}: cannot be written: ")
    assert "is a directory" in refusal("points", "--output", str(tmp_path))
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["points", "llama-33b-a100"], 'did you mean "llama-33b-a100-80gb-pcie"?', 1),
        (["points", ""], 'study: unknown study ""', 1),
        (["points", "no/such.yml"], "no/such.yml: cannot be read: No such file", 1),
        (["points", "--series", "qk/"], 'unknown series "qk/"; did you mean "qk/pv init"?', 1),
        (["points", "--format", "xml"], "'xml' is not one of 'table', 'json', 'csv'", 2),
        (["points", "one", "two"], "unexpected extra argument (two)", 2),
        (["points", "--what"], "No such option", 2),
        (["what"], "No such command 'what'", 2),
        (["explain", *AT], "Missing option '--series'", 2),
        (["explain", "--series", "qk/pv", *AT], 'did you mean "qk/pv init"?', 1),
        (
            ["explain", "--series", "qk/pv init", *AT, "--candidates", "4"],
            "--candidates: expected 1 in prefill, which has no candidates, got 4",
            1,
        ),
    ],
)
def test_bad_words_are_refused_in_one_message(arguments: list[str], words: str, code: int) -> None:
    """With what was found and what is allowed; 2 for usage, 1 for what was asked."""
    result = run(*arguments)
    assert words in refusal(*arguments)
    assert result.exit_code == code


@pytest.mark.parametrize("option", ["--batch", "--length", "--candidates"])
@pytest.mark.parametrize("value", ["0", "-1", "1e30", "1" + "0" * 30, "many", "", "nan", "1.5"])
def test_sizes_that_are_no_counts_are_refused(option: str, value: str) -> None:
    """From 1 to 10⁹, in digits."""
    given = {"--batch": "1", "--length": "1", "--candidates": "1"} | {option: value}
    arguments = [part for pair in given.items() for part in pair]
    told = refusal("explain", "--series", "qk/pv ar", *arguments)
    assert f"Invalid value for '{option}'" in told


def _folder(path: Path) -> None:
    path.mkdir()


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def _empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_folder, "cannot be read: Is a directory"),
        (_binary, "expected UTF-8 text, got the byte 0x80"),
        (_empty, "expected a mapping of keys and values, got an empty file"),
    ],
)
@pytest.mark.parametrize("command", ["points", "explain"])
def test_files_that_are_no_studies_are_refused(
    tmp_path: Path, command: str, make: Callable[[Path], None], words: str
) -> None:
    """With their path, by either command."""
    path = tmp_path / "own.yml"
    make(path)
    options = ["--series", "qk/pv ar", *AT] if command == "explain" else []
    told = refusal(command, str(path), *options)
    assert told.startswith(f"Error: {path}: ")
    assert words in told


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], ["points"], ["explain"]])
def test_help_tells_every_option(command: list[str], option: str) -> None:
    """Short and long, of the program and of each command."""
    text = output(*command, option)
    assert text.startswith(" ".join(["Usage: roofline", *command]))
    assert "-h, --help" in text


def test_the_version_is_the_packages() -> None:
    """One line."""
    assert output("--version") == f"roofline, version {roofline.__version__}\n"
