"""`roofline new` and `roofline check`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from measurements import attention, measured_study
from roofline.cli import main
from roofline.study.study import load_study
from studies import write_study


def run(*arguments: str | Path, answers: str | None = None) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments)], input=answers)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


OPTIONS = ("new", "--model", "llama-3-8b", "--accelerator", "h100-80gb-sxm")


def test_a_new_study_can_be_used_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    assert run(*OPTIONS, "--output", path).exit_code == 0
    assert load_study(str(path)).file.title == "Llama 3 8B on NVIDIA H100 80GB SXM"
    checked = run("check", path)
    assert checked.exit_code == 0
    assert "9 settings on NVIDIA H100 80GB SXM" in checked.output


def test_what_is_not_given_is_asked_for_beside_the_output() -> None:
    result = run("new", answers="llama-3-8b\nh100-80gb-sxm\n")
    assert result.exit_code == 0
    assert result.stdout == run(*OPTIONS).stdout
    assert "Model:" in result.stderr
    assert "Accelerator:" in result.stderr
    assert run("new", answers="").exit_code == 1


def test_no_study_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("mine")
    result = run(*OPTIONS, "--output", path)
    assert result.exit_code == 1
    assert "exists already; name another file" in result.output
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--batches", "1,two"), "expected whole numbers such as 1,8,64"),
        (("--lengths", "0"), "lengths[0]"),
        (("--dtype", "int1"), "unknown dtype"),
    ],
)
def test_bad_options_are_told(options: tuple[str, str], expected: str) -> None:
    result = run(*OPTIONS, *options)
    assert result.exit_code in {1, 2}
    assert expected in result.output


def test_every_problem_of_several_studies_is_told(tmp_path: Path) -> None:
    good = write_study(tmp_path / "good.yml")
    bad = write_study(tmp_path / "bad.yml", model="llama", dtype="fp61")
    gone = tmp_path / "gone.yml"
    result = run("check", good, bad, gone)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{good}: ")
    for expected in ("unknown model", "unknown dtype", "gone.yml"):
        assert expected in result.stderr


def test_measurements_are_checked_too(tmp_path: Path) -> None:
    measured_study(tmp_path, attention(1, 512, 10e-6, 30e-6))
    path = tmp_path / "small.yml"
    assert "2 measured products" in run("check", path).output
    (tmp_path / "own.csv").write_text("count,m,n,k,seconds\n1,2,3,4,soon\n")
    assert "own.csv" in run("check", path).output
