"""Files of measurements that a study names: what is read, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from measurements import (
    DEVICE,
    Row,
    attention,
    measured_study,
    row,
    side,
    write_rows,
)
from roofline.cli import main
from roofline.errors import InputError
from roofline.measurements.study_files import read_measured
from roofline.study.study import load_study
from studies import write_study

CARD = "h200-141gb-sxm"
GOOD = attention(1, 512, 10e-6, 30e-6)


def run(*arguments: str) -> Result:
    """Run a command inside this process."""
    result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_files_are_read_with_their_conditions(tmp_path: Path) -> None:
    (tmp_path / "own.csv.json").write_text(side())
    study = measured_study(tmp_path, GOOD)
    measured = study.measured
    assert measured is not None
    assert measured.devices == (DEVICE,)
    (file,) = measured.files
    assert file.name == "own.csv"
    assert file.conditions is not None
    assert file.conditions.libraries == {"torch": "2.9.0"}
    published = file.published
    assert [*published] == ["own.csv", "own.csv.json"]
    assert published["own.csv"] == (tmp_path / "own.csv").read_bytes()


def test_a_file_needs_no_conditions(tmp_path: Path) -> None:
    measured = measured_study(tmp_path, GOOD).measured
    assert measured is not None
    assert measured.files[0].conditions is None
    assert [*measured.files[0].published] == ["own.csv"]


def other(place: int, value: object) -> Row:
    """The first good row with one field changed."""
    return (*GOOD[0][:place], value, *GOOD[0][place + 1 :])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [other(5, "NVIDIA A40"), GOOD[1]],
            (
                'device (line 2): measured on "NVIDIA A40", expected "NVIDIA H200 141GB SXM" or '
                '"NVIDIA H200"'
            ),
        ),
        (
            [GOOD[0], other(5, "NVIDIA A40"), row(1, 2, 3, 4, 1e-5), other(5, "NVIDIA A40")],
            '"NVIDIA H200", in this row and 1 more',
        ),
        (
            [other(4, "fp16")],
            'dtype (line 2): measured in "fp16", but the study computes in "bf16"',
        ),
        ([other(6, "yes")], 'flushed (line 2): expected true or false, got "yes"'),
        ([other(7, 0)], 'seconds (line 2): expected a number from 1e-12 to 1e+06, got "0"'),
        ([other(7, "fast")], 'from 1e-12 to 1e+06, got "fast"'),
        ([GOOD[0][:5]], "line 2: expected 8 fields, got 5"),
        # 2 · 8192³ = 1.0995e12 FLOP in 1 ms, above the peak
        (
            [GOOD[0], row(1, 8192, 8192, 8192, 1e-3)],
            "line 3: faster than its roof: the time implies 1.100 PFLOP/s, expected at most 989",
        ),
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
    assert read_measured([path], CARD, "bf16").devices == ("NVIDIA H200 141GB SXM",)
    write_rows(path, [(1, 2, 3, 4, "bf16", 1e-5, "a40")], f"{plain},accelerator")
    with pytest.raises(InputError, match=r'accelerator \(line 2\): measured on "a40"'):
        read_measured([path], CARD, "bf16")


def test_several_bad_files_are_told_at_once(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.csv", [other(5, "Tesla T4")])
    study = measured_study(tmp_path, [other(7, 0)], measurements=["own.csv", "more.csv"])
    with pytest.raises(InputError, match="measurements: 2 problems") as error:
        _ = study.measured
    assert "own.csv: seconds (line 2)" in str(error.value)
    assert "more.csv: device (line 2)" in str(error.value)


def test_a_product_stands_in_one_file_alone(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.csv", GOOD[1:])
    study = measured_study(tmp_path, GOOD, measurements=["own.csv", "more.csv"])
    with pytest.raises(InputError, match=r"more\.csv: line 2: the product .*own\.csv, line 3"):
        _ = study.measured


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (side("NVIDIA A40"), 'device.label: measured on "NVIDIA A40", expected "NVIDIA H200'),
        ("{", "line 1: not JSON that can be read"),
        ("[1]", "expected an object, got a list"),
        (side(dtype="fp16"), 'dtype: measured in "fp16", but the study computes in "bf16"'),
        (side(dtype=None), "dtype: expected text, got nothing"),
        (side(date="bell \x07"), "date: expected text, got the character U+0007"),
        (side(libraries={"half": "\ud800"}), "libraries.half: expected "),
        (side(ceilings={}), "ceilings.peak: required, but missing"),
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


@pytest.mark.parametrize("name", ["own.csv", "own.csv.json"])
def test_a_link_out_of_the_repository_is_not_followed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study of the repository publishes its files: none from elsewhere."""
    studies = tmp_path / "repository" / "docs" / "studies"
    studies.mkdir(parents=True)
    monkeypatch.setattr("roofline.study.repository.REPOSITORY", tmp_path / "repository")
    write_rows(studies / "own.csv", GOOD)
    write_study(studies / "small.yml", measurements=["own.csv"])
    assert load_study("small").measured is not None
    (studies / name).unlink(missing_ok=True)
    write_rows(tmp_path / "elsewhere", GOOD)
    (studies / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="the path leads out of it"):
        load_study("small")


def test_a_study_beside_the_repository_has_its_measurements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path begins in the repository and leads out of it, as the caller wants."""
    repository, elsewhere = tmp_path / "repository", tmp_path / "elsewhere"
    repository.mkdir()
    elsewhere.mkdir()
    monkeypatch.setattr("roofline.study.repository.REPOSITORY", repository)
    monkeypatch.chdir(repository)
    write_rows(elsewhere / "own.csv", GOOD)
    write_study(elsewhere / "small.yml", measurements=["own.csv"])
    (repository / "link").symlink_to(elsewhere)
    for folder in ("../elsewhere", "link"):
        assert load_study(f"{folder}/small.yml").measured is not None
