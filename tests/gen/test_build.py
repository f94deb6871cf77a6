"""The site is put in place whole, whatever interrupts a build, and leftovers are swept."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.__main__ import cli
from mkdocs.exceptions import Abort

from gen import build
from gen.build import build_site

FILES = 200
PROCESSES = multiprocessing.get_context("spawn")


def write(folder: Path, text: str) -> None:
    """Write a site of many files that all hold one text."""
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.html").write_text(text, encoding="utf-8")


def texts(site: Path) -> set[str]:
    """What the files of a site hold; all of them are there."""
    pages = [path for path in site.rglob("*") if path.is_file()]
    assert len(pages) == FILES
    return {page.read_text(encoding="utf-8") for page in pages}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A site that is there already."""
    write(tmp_path / "site", "old")
    return tmp_path / "site"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The folder for what is not finished."""
    return tmp_path / "cache"


def leftovers(cache: Path) -> list[Path]:
    """Folders of builds that are not finished."""
    return [path for path in cache.iterdir() if path.is_dir()]


def test_a_new_site_takes_the_place_of_the_old_one(place: Path, cache: Path) -> None:
    build_site(place, cache, lambda folder: write(folder, "new"))
    assert texts(place) == {"new"}
    assert not leftovers(cache)


def test_the_first_site_needs_no_old_one(tmp_path: Path, cache: Path) -> None:
    build_site(tmp_path / "site", cache, lambda folder: write(folder, "new"))
    assert texts(tmp_path / "site") == {"new"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_a_build_that_ends_early_leaves_the_old_site(
    place: Path, cache: Path, error: type[BaseException]
) -> None:
    def fail(folder: Path) -> None:
        write(folder, "half")
        raise error

    with pytest.raises(error):
        build_site(place, cache, fail)
    assert texts(place) == {"old"}
    assert not leftovers(cache)


def test_the_old_site_comes_back_where_the_new_one_cannot_take_its_place(
    place: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename: Callable[[Path, Path], Path] = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="No space left"):
        build_site(place, cache, lambda folder: write(folder, "new"))
    assert texts(place) == {"old"}


def _build_many(place: Path, cache: Path, text: str) -> None:
    for _ in range(10):
        build_site(place, cache, lambda folder: write(folder, text))


def test_builds_at_once_wait_for_each_other(place: Path, cache: Path) -> None:
    builders = [
        PROCESSES.Process(target=_build_many, args=(place, cache, text)) for text in ("a", "b", "c")
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert [builder.exitcode for builder in builders] == [0, 0, 0]
    assert len(texts(place)) == 1
    assert not leftovers(cache)


def _build_and_die(place: Path, cache: Path, stage: str) -> None:
    """End without any chance to clean up: inside the build, or between the two renames."""

    def die(folder: Path) -> None:
        write(folder, "half")
        if stage == "build":
            os.kill(os.getpid(), signal.SIGKILL)

    rename: Callable[[Path, Path], Path] = Path.rename

    def stop(path: Path, target: Path) -> Path:
        if path.name == "new":
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)

    if stage == "swap":
        Path.rename = stop  # type: ignore[method-assign,assignment]
    build_site(place, cache, die)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on Windows")
@pytest.mark.parametrize("stage", ["build", "swap"])
def test_a_killed_build_leaves_no_part_of_a_site_and_the_next_one_sweeps(
    place: Path, cache: Path, stage: str
) -> None:
    killed = PROCESSES.Process(target=_build_and_die, args=(place, cache, stage))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert leftovers(cache)
    if place.exists():
        assert texts(place) == {"old"}
    build_site(place, cache, lambda folder: write(folder, "new"))
    assert texts(place) == {"new"}
    assert not leftovers(cache)


def test_the_command_says_what_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".cache").write_text("in the way", encoding="utf-8")
    assert build.main() == 1
    assert capsys.readouterr().err.startswith("error: .cache: ")
    assert not (tmp_path / "site").exists()


def test_what_stops_mkdocs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A build that MkDocs gives up exits with its status, and with the reason on the screen."""

    def give_up(*_arguments: object, **_options: object) -> None:
        raise Abort("Aborted with 3 warnings in strict mode!")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "main", give_up)
    with pytest.raises(SystemExit) as ended:
        build.main()
    assert ended.value.code == 1
    assert "Aborted with 3 warnings in strict mode!" in "".join(capfd.readouterr())
    assert not (tmp_path / "site").exists()
