"""The installed package works anywhere: without a checkout, git, the network or a home."""

import json
import shlex
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from builds import REPOSITORY
from citations import SITE
from roofline.citations.site_address import load_identity
from roofline.cli import main
from roofline.study.repository import EXAMPLES, FLAGSHIP
from studies import write_study
from wheels import Installation, build_wheel

pytestmark = pytest.mark.slow

PRODUCTS = "count,m,n,k\n1,8,17920,6656\n416,1,1024,128\n"
SUFFIXES = {".csv", ".j2", ".js", ".json", ".py", ".yml"}
REVIEW = f"[roofline {FLAGSHIP}/ridge@dev ridge=161.2 FLOP/Byte]\n"
AT = '--series "qk/pv ar" --batch 16 --length 512'
LINES = (
    "--version",
    "points",
    "points STUDY --format json",
    "points tinyllama-cpu-2-threads --format csv",
    "points llama-33b",
    f"explain {AT}",
    f"explain STUDY {AT} --format json",
    "findings",
    "findings --format json",
    "findings --format markdown --version-in-links 1.2",
    "findings STUDY --format json",
    f"findings STUDY --format markdown --site {SITE}",
    "verify REVIEW",
    "verify REVIEW --format json",
    "predict PRODUCTS --accelerator a100-80gb-pcie",
    "accelerator DEVICE",
)
"""Names in capitals stand for files."""
ANSWER = """
import json, sys
from click.testing import CliRunner
from roofline.cli import main

results = [CliRunner().invoke(main, line, prog_name="roofline") for line in json.load(sys.stdin)]
print(json.dumps([[result.exit_code, result.stdout, result.stderr] for result in results]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the package."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel where nothing else is."""
    return Installation.make(tmp_path_factory.mktemp("installation"), wheel)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The command lines, with the paths of the files that they name."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (folder / "review.md").write_text(REVIEW, encoding="utf-8")
    paths = {
        "STUDY": write_study(folder / "own.yml"),
        "PRODUCTS": str(folder / "products.csv"),
        "REVIEW": str(folder / "review.md"),
        "DEVICE": str(EXAMPLES / "tinyllama-cpu-2-threads.csv.json"),
    }
    return [[paths.get(word, word) for word in shlex.split(line)] for line in LINES]


@pytest.fixture(scope="module")
def answers(installation: Installation, lines: list[list[str]]) -> list[list[object]]:
    """Exit code, output and message of each command of the installed package."""
    done = installation.run("python", "-c", ANSWER, given=json.dumps(lines))
    assert done.returncode == 0, done.stderr
    results: list[list[object]] = json.loads(done.stdout)
    return results


def test_the_wheel_holds_all_data_and_nothing_of_the_site(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name for name in names if name.startswith("roofline/")}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "roofline",
        "llm_roofline",
    }
    expected = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "roofline").rglob("*")
        if path.suffix in SUFFIXES
    }
    assert {name for name in inside if Path(name).suffix in SUFFIXES} == expected
    assert {Path(name).suffix for name in expected} == SUFFIXES


def test_nothing_of_the_checkout_is_imported(installation: Installation) -> None:
    code = "import roofline, sys; print(roofline.__file__, *sys.path, sep='\\n')"
    done = installation.run("python", "-c", code)
    file, *path = done.stdout.splitlines()
    assert Path(file).is_relative_to(installation.folder)
    assert str(REPOSITORY) not in path


@pytest.mark.parametrize("place", range(len(LINES)), ids=LINES)
def test_every_command_answers_as_it_does_here(
    answers: list[list[object]],
    lines: list[list[str]],
    place: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same exit code, output and message, but for the studies that the site adds."""
    monkeypatch.setattr("roofline.study.repository.REPOSITORY", None)
    here = CliRunner().invoke(main, lines[place], prog_name="roofline")
    assert answers[place] == [here.exit_code, here.stdout, here.stderr]
    assert here.stdout or here.exit_code == 1


def test_the_help_is_there(installation: Installation) -> None:
    done = installation.run("roofline", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in main.commands if f"  {name} " not in done.stdout] == []


def test_the_site_is_that_of_the_project(installation: Installation) -> None:
    """Of the package's metadata, where no mkdocs.yml says otherwise."""
    done = installation.run("roofline", "findings", "--format", "markdown")
    assert f"({load_identity().site_url}dev/studies/{FLAGSHIP}/findings/ridge/ " in done.stdout


@pytest.mark.usefixtures("answers")
def test_nothing_is_written_where_nobody_asked(installation: Installation) -> None:
    assert installation.left_behind() == []
