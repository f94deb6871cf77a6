"""Text files: refused where they are none, written whole or not at all."""

from pathlib import Path

import pytest

from roofline.errors import InputError
from roofline.files.text import UNPRINTABLE, open_whole, read_text, write_file, write_whole


def refusal(content: bytes, folder: Path) -> str:
    """The message with which a file of some content is refused."""
    path = folder / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_text(path, "the file", 100)
    return str(error.value)


def test_text_is_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content in ("é\n".encode(), "\ufeffé\n".encode()):
        path.write_bytes(content)
        assert read_text(path, "the file") == "é\n"
    assert (
        refusal(b"a\n\xff", tmp_path) == "the file: line 2: expected UTF-8 text, got the byte 0xff"
    )


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100)
    assert len(read_text(path, "the file", 100)) == 100
    assert refusal(b"x" * 101, tmp_path) == "the file: expected at most 100 bytes, got more"


@pytest.mark.parametrize("name", ["missing", ".", "a\x00b", "x" * 300])
def test_what_cannot_be_opened_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^the file: cannot be read: "):
        read_text(tmp_path / name, "the file")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failure leaves the old content and no other file."""
    path = tmp_path / "folder" / "a.txt"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "text")  # type: ignore[arg-type]  # on purpose
    assert path.read_bytes() == b"old"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for path in (tmp_path / "file" / "below", tmp_path / "a\0b", tmp_path):
        with pytest.raises(InputError, match=r"^the file: cannot be written: "):
            write_file(path, b"", "the file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_half_written_when_something_fails_never_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "out.csv"
    with open_whole(path) as file:
        file.write(b"whole")
    with pytest.raises(RuntimeError), open_whole(path) as file:  # noqa: PT012  # the writing is what fails
        file.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"whole"
    assert [file.name for file in path.parent.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ud800", "\ufffe"])
def test_controls_and_halves_of_characters_are_unprintable(character: str) -> None:
    assert UNPRINTABLE.search(f"a{character}")
    assert not UNPRINTABLE.search("a\t\r\n é 大 😀 \u2028")
