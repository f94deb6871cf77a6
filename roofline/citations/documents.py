"""Documents that people write, found in folders and read as text."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roofline.errors import InputError, Problem, join_choices
from roofline.files.text import decode_text, read_text

MOST_BYTES = 10_000_000
"""A larger document is refused unread [byte]."""
SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".rst", ".adoc")
"""Endings by which documents are found in a folder; a file that is named may have any."""
STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document that was asked for."""

    name: str
    """Its path as given, for messages; letters that no text can hold are replaced."""
    path: Path | None
    """None for standard input."""

    def read(self) -> str:
        """Read the whole text.

        Raises:
            InputError: It is missing, no file, too large, binary, or not UTF-8.
        """
        if self.path is None:
            text = decode_text(sys.stdin.buffer.read(MOST_BYTES + 1), self.name, MOST_BYTES)
        else:
            _is_file(self.path, self.name)
            text = read_text(self.path, self.name, MOST_BYTES)
        before, null, _ = text.partition("\0")
        if null:
            rule = "expected text, got a null character, as in a binary file"
            raise InputError.at(self.name, rule, before.count("\n") + 1)
        return text


def _is_file(path: Path, name: str) -> None:
    """Refuse what would block or never end when it is read, such as a pipe or a device."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise InputError.failed(name, "cannot be read", error) from error
    if not stat.S_ISREG(mode):
        raise InputError.at(name, "expected a file or a folder")


def list_documents(places: Iterable[str]) -> tuple[Document, ...]:
    """List the documents at some places, each once, in the order given.

    Args:
        places: Files, folders, or ``-`` for standard input. In a folder, and the folders in
            it, files count whose ending is that of a document; hidden ones do not.

    Raises:
        InputError: A folder has no documents.
    """
    known: dict[str, Document] = {}
    problems = []
    for place in places:
        if place == STANDARD_INPUT:
            known.setdefault(place, Document(name="standard input", path=None))
            continue
        is_folder = os.path.isdir(place)  # noqa: PTH112  # Path refuses a null character
        inside = sorted(_inside(Path(place))) if is_folder else [Path(place)]
        if not inside:
            rule = f"a folder without documents, which end in {join_choices(SUFFIXES)}"
            problems.append(Problem(place=_name(place), rule=rule))
        for path in inside:
            known.setdefault(str(path), Document(name=_name(str(path)), path=path))
    if problems:
        raise join_problems(problems)
    return tuple(known.values())


def join_problems(problems: Iterable[Problem]) -> InputError:
    """Make one error of those of all documents that cannot be read, whose names are the places."""
    problems = tuple(problems)
    if len(problems) == 1:
        only = problems[0]
        return InputError.at(only.place, only.rule, only.line)
    return InputError("documents", problems)


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(parent) / name


def _name(path: str) -> str:
    text = os.fsencode(path).decode(errors="replace")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
