"""The program as a process of its own: streams, exit codes, encodings, broken pipes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import roofline
from roofline.study.records import point_records, points_json
from roofline.study.repository import REPOSITORY
from roofline.study.study import load_study
from studies import write_study

COMMAND = [sys.executable, "-m", "roofline"]
SETTINGS = {"PYTHONDONTWRITEBYTECODE": "1"}


def program(*arguments: str | bytes, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **SETTINGS, **settings},
    )


def test_json_on_standard_output_is_that_of_the_export() -> None:
    """Byte for byte, and nothing on standard error."""
    done = program("points", "--format", "json")
    study = load_study()
    expected = points_json(study, point_records(study), roofline.__version__)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == expected.encode()


def test_the_version_and_the_help_name_the_program() -> None:
    """Not the module's file."""
    version = f"roofline, version {roofline.__version__}".encode()
    assert program("--version").stdout.splitlines() == [version]
    assert program("-h").stdout.startswith(b"Usage: roofline [OPTIONS] COMMAND")


def test_points_load_nothing_that_only_others_need() -> None:
    """Neither what draws and renders, nor the site, nor what fits and measures."""
    code = (
        "import sys; from roofline.cli import main; "
        "main(['points'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    others = {"PIL", "jinja2", "markupsafe", "matplotlib", "py_mini_racer", "mkdocs", "gen"}
    assert "numpy" in loaded
    assert not loaded & (others | {"scipy", "torch"})


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["points", "no-such-study"], 1),
        (["points", "no-such-file.yml"], 1),
        (["points", b"\xff.yml"], 1),
        (["points", "a" * 5_000 + ".yml"], 1),
        (["points", "docs"], 1),
        (["points", "docs/"], 1),
        (["points", sys.executable], 1),
        (["points", "--series", "no such series"], 1),
        (["points", "--output", "Makefile/points.csv"], 1),
        (["points", "--format", "no-such-format"], 2),
        (["explain", "--series", "qk/pv ar", "--batch", "0", "--length", "1"], 2),
        (["explain", "--series", "qk/pv ar", "--batch", "1e30", "--length", "1"], 2),
        (["no-such-command"], 2),
    ],
)
def test_bad_input_ends_in_a_message_without_a_traceback(
    arguments: list[str | bytes], code: int
) -> None:
    """On standard error; nothing on standard output."""
    done = program(*arguments)
    assert done.returncode == code
    assert done.stdout == b""
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("command", ["points", "explain"])
def test_a_reader_that_leaves_early_is_no_error(command: str, form: str) -> None:
    """As with `| head -1`: not a word."""
    size = ["--series", "qk/pv ar", "--batch", "1", "--length", "1"] if command == "explain" else []
    with subprocess.Popen(
        [*COMMAND, command, *size, "--format", form],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **SETTINGS},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in {0, 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_told() -> None:
    """The output is not there, so the program fails."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "points"],
            cwd=REPOSITORY,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, **SETTINGS},
        )
    assert done.returncode == 1
    assert done.stderr == b"Error: standard output: cannot be written: No space left on device\n"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_output_is_utf_8_whatever_the_terminal(tmp_path: Path, form: str) -> None:
    """A title with letters that the terminal's encoding lacks."""
    path = write_study(tmp_path / "own.yml", title="Größe 大")
    done = program("points", path, "--format", form, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("Größe 大".encode() in done.stdout) == (form == "json")


def test_a_study_that_cannot_be_told_in_the_terminals_letters(tmp_path: Path) -> None:
    """The message is written all the same."""
    path = write_study(tmp_path / "own.yml", model="größe")
    done = program("points", path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert b"unknown model" in done.stderr
    assert b"Traceback" not in done.stderr
