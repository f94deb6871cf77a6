"""The cache gives back what was stored; whatever is wrong with it is a miss, and said."""

import io
import logging
import os
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from roofline.report.charts.output import cache
from roofline.report.charts.output.cache import STORE, Store, drawing_modules, entry_key
from roofline.report.charts.spec import Role

FILES = {"a.txt": b"one", "b.bin": bytes(range(256))}


def _same(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return dict(files)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Lines that the cache says, as they are said."""
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Handler()
    logging.getLogger("roofline.charts").addHandler(handler)
    yield lines
    logging.getLogger("roofline.charts").removeHandler(handler)


def _entry(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_an_entry_comes_back_as_it_was_stored(tmp_path: Path, said: list[str]) -> None:
    store = Store(tmp_path / "not" / "yet" / "there")
    assert not store.holds("entry")
    assert store.writable()
    store.save("entry", FILES)
    assert store.holds("entry")
    assert store.load("entry", _same) == FILES
    assert store.load("another", _same) is None
    assert not said


def test_a_store_without_a_folder_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """So an installed package writes nowhere unless it is told to."""
    monkeypatch.chdir(tmp_path)
    store = Store()
    store.save("entry", FILES)
    assert store.load("entry", _same) is None
    assert not store.holds("entry")
    assert not store.writable()
    assert not said
    assert not [*tmp_path.iterdir()]


ENTRIES: dict[str, bytes] = {
    "empty": b"",
    "a signature alone": b"PK",
    "no archive": b"not an archive at all",
    "zeros": bytes(1000),
    "truncated": _entry(FILES | {"key": b"entry"})[:-40],
    "no key": _entry(FILES),
    "another chart's": _entry(FILES | {"key": b"another"}),
    "no members": _entry({}),
    "a manifest of before": _entry({"manifest.json": b"[]"}),
    "a folder": _entry({"key": b"entry", "a.txt/": b""}),
}


@pytest.mark.parametrize("content", ENTRIES.values(), ids=ENTRIES)
def test_what_is_no_entry_is_a_miss_that_is_said(
    tmp_path: Path, said: list[str], content: bytes
) -> None:
    (tmp_path / "entry.zip").write_bytes(content)
    assert Store(tmp_path).load("entry", lambda files: files["a.txt"]) is None
    (line,) = said
    assert line.startswith(f"{tmp_path / 'entry.zip'}: damaged, so it is drawn anew: ")
    assert "\n" not in line


@pytest.mark.parametrize("place", range(len(_entry({"a": b"12", "key": b"entry"}))))
def test_a_flipped_bit_is_a_miss_or_changes_nothing(tmp_path: Path, place: int) -> None:
    """At any place of an entry, whichever the bit."""
    store = Store(tmp_path)
    store.save("entry", {"a": b"12"})
    path = tmp_path / "entry.zip"
    whole = path.read_bytes()
    for bit in range(8):
        changed = bytearray(whole)
        changed[place % len(whole)] ^= 1 << bit
        path.write_bytes(changed)
        assert store.load("entry", lambda files: files["a"]) in {None, b"12"}


@pytest.mark.parametrize(
    "error",
    [
        KeyError("svg"),
        TypeError("wrong"),
        ValueError("wrong"),
        RecursionError("deep"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "wrong"),
        MemoryError(),
        ZeroDivisionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_its_reader_stumbles_on_is_damage(
    tmp_path: Path, said: list[str], error: Exception
) -> None:
    store = Store(tmp_path)
    store.save("entry", FILES)

    def stumble(files: Mapping[str, bytes]) -> None:
        raise error

    assert store.load("entry", stumble) is None
    assert len(said) == 1
    assert store.load("entry", _same) == FILES


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_stop_is_let(tmp_path: Path, stop: type[BaseException]) -> None:
    store = Store(tmp_path)
    store.save("entry", FILES)

    def interrupt(files: Mapping[str, bytes]) -> None:
        raise stop

    with pytest.raises(stop):
        store.load("entry", interrupt)


def _file_in_the_way(folder: Path) -> None:
    folder.write_text("in the way", encoding="utf-8")


def _link_in_a_circle(folder: Path) -> None:
    folder.symlink_to(folder)


@pytest.mark.parametrize("spoil", [_file_in_the_way, _link_in_a_circle])
def test_a_folder_that_cannot_be_used_is_said_once(
    tmp_path: Path, said: list[str], spoil: object
) -> None:
    folder = tmp_path / "charts"
    assert callable(spoil)
    spoil(folder)
    store = Store(folder)
    assert not store.writable()
    for name in ("one", "two"):
        store.save(name, FILES)
        assert store.load(name, _same) is None
    (line,) = said
    assert line.startswith(f"{folder}: charts are not kept: ")


@pytest.mark.parametrize("number", [28, 30, 13], ids=["full", "read-only", "forbidden"])
def test_a_disk_that_takes_nothing_is_said_once(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(cache, "write_whole", refuse)
    store = Store(tmp_path)
    store.save("one", FILES)
    store.save("two", FILES)
    assert said == [f"{tmp_path}: charts are not kept: {os.strerror(number)}"]


def test_a_place_that_may_not_be_looked_at_holds_nothing(tmp_path: Path) -> None:
    """A name that no disk takes is refused as a folder without permission is."""
    assert not Store(tmp_path).holds("x" * 300)


def test_what_is_said_never_ends_a_strict_build() -> None:
    """MkDocs counts warnings of the loggers below its own."""
    assert cache._log.name.partition(".")[0] != "mkdocs"  # noqa: SLF001  # the name is the promise


def test_the_oldest_entries_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 2)
    store = Store(tmp_path)
    for age, name in ((30, "oldest"), (20, "older")):
        store.save(name, {})
        os.utime(tmp_path / f"{name}.zip", (1_000_000 - age, 1_000_000 - age))
    store.save("new", {})
    assert {path.stem for path in tmp_path.iterdir()} == {"older", "new"}


def test_the_key_is_that_of_the_data() -> None:
    assert entry_key(Role("blue")) == entry_key(Role("blue"))
    assert entry_key(Role("blue")) != entry_key(Role("red"))
    copy = pickle.loads(pickle.dumps(Role("blue")))  # noqa: S301  # what was pickled here
    assert entry_key(copy) == entry_key(Role("blue"))


def test_the_key_depends_on_the_code_that_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "module.py"
    keys = set()
    monkeypatch.setattr(cache, "drawing_modules", lambda: iter([module]))
    for content in (b"before", b"after"):
        module.write_bytes(content)
        cache._drawing_digest.cache_clear()  # noqa: SLF001  # another process would begin without
        keys.add(entry_key(Role("blue")))
    cache._drawing_digest.cache_clear()  # noqa: SLF001  # as above
    assert len(keys) == 2
    monkeypatch.undo()
    for content in (b"before", b"after"):
        module.write_bytes(content)
        keys.add(entry_key(Role("blue"), [module]))
    assert len(keys | {entry_key(Role("blue"))}) == 5


def test_the_key_covers_drawings_and_not_what_is_computed() -> None:
    """An edited docstring of the model draws nothing anew."""
    names = {"/".join(path.parts[-3:]) for path in drawing_modules()}
    assert {
        "charts/drawing/palette.py",
        "charts/drawing/roofline.py",
        "charts/output/svg.py",
        "report/charts/spec.py",
        "report/charts/labels.py",
    } <= names
    assert not [name for name in names if "plans/" in name or "gallery" in name]
    assert [path.name for path in drawing_modules() if "charts" not in path.parts] == ["units.py"]


def test_this_process_keeps_drawings_where_tests_told_it_to() -> None:
    assert STORE.folder is not None
    assert STORE.folder.name == "charts"
