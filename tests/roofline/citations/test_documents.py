"""Documents as they are found and read."""

import os
from pathlib import Path

import pytest

from roofline.citations.documents import MOST_BYTES, list_documents
from roofline.errors import InputError


def names(*places: Path) -> list[str]:
    """Last parts of the documents' names, in their order."""
    return [Path(document.name).name for document in list_documents(str(place) for place in places)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents, and what is none."""
    for name in ("b.md", "a.TXT", "deep/c.html", "deep/d.rst", "x.png", "y", ".e.md", ".git/f.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


def test_a_folder_has_the_documents_in_it(folder: Path) -> None:
    """By their endings, also in folders of its own; hidden ones have none."""
    assert names(folder) == ["a.TXT", "b.md", "c.html", "d.rst"]


def test_a_file_that_is_named_may_have_any_ending(folder: Path) -> None:
    """Each document comes once, in the order given."""
    assert names(folder / "y", folder / "b.md", folder) == ["y", "b.md", "a.TXT", "c.html", "d.rst"]
    assert [document.read() for document in list_documents([str(folder / "y")] * 2)] == ["y"]


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    """All of them at once."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=r"a folder without documents, which end in \.md, "):
        list_documents([str(tmp_path / "one")])
    with pytest.raises(InputError, match="documents: 2 problems"):
        list_documents([str(tmp_path / "one"), str(tmp_path / "two")])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"text\n\0more", "line 2: expected text, got a null character, as in a binary file"),
        (b"\x89PNG\r\n", "line 1: expected UTF-8 text, got the byte 0x89"),
        ("größe".encode("latin-1"), "line 1: expected UTF-8 text, got the byte 0xf6"),
        ("a".encode("utf-16"), "line 1: expected UTF-8 text, got the byte 0xff"),
        (b"a" * (MOST_BYTES + 1), "expected at most 10,000,000 bytes, got more"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """With the line."""
    path = tmp_path / "bad.md"
    path.write_bytes(content)
    (document,) = list_documents([str(path)])
    with pytest.raises(InputError) as caught:
        document.read()
    assert str(caught.value) == f"{path}: {words}"


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    """Empty, or with a mark of its encoding in front."""
    path = tmp_path / "good.md"
    for content, text in ((b"", ""), (b"\xef\xbb\xbfa\r\nb", "a\r\nb")):
        path.write_bytes(content)
        assert list_documents([str(path)])[0].read() == text


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Reading a pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "circle.md").symlink_to(tmp_path / "circle.md")
    (tmp_path / "dangling.md").symlink_to(tmp_path / "nothing")
    rules = {
        "pipe.md": "expected a file or a folder",
        "circle.md": "cannot be read: Too many levels of symbolic links",
        "dangling.md": "cannot be read: No such file or directory",
        "missing.md": "cannot be read: No such file or directory",
        "a" * 5_000: "cannot be read: File name too long",
        "a\0b": "cannot be read: embedded null byte",
    }
    for name, rule in rules.items():
        (document,) = list_documents([str(tmp_path / name)])
        with pytest.raises(InputError, match=rule):
            document.read()


def test_a_name_that_no_text_can_hold_is_still_a_document(tmp_path: Path) -> None:
    """The letter that is none is replaced."""
    path = os.fsencode(tmp_path) + b"/\xff\x1b.md"
    Path(os.fsdecode(path)).write_text("text")
    (document,) = list_documents([os.fsdecode(path)])
    assert document.read() == "text"
    assert document.name == f"{tmp_path}/\ufffd\ufffd.md"
