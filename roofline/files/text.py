"""Text files: read with one clear error, written whole or not at all."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from roofline.errors import InputError

MOST_BYTES = 200_000
"""No study or catalogue file is larger; a larger one is refused unparsed [byte]."""
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not take as they are; as an escape, one would break every page."""


def open_bytes(path: Path, origin: str) -> IO[bytes]:
    """Open a file to read it.

    Args:
        path: The file.
        origin: Name for messages.

    Raises:
        InputError: It cannot be opened.
    """
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:  # a null character in the name is a ValueError
        raise InputError.failed(origin, "cannot be read", error) from error


def read_text(path: Path, origin: str, most_bytes: int = MOST_BYTES) -> str:
    """Read a file of UTF-8 text.

    Args:
        path: The file.
        origin: Name for messages.
        most_bytes: A larger file is refused unread [byte].

    Raises:
        InputError: The file cannot be read, is too large, or is not UTF-8.
    """
    with open_bytes(path, origin) as file:
        try:
            raw = file.read(most_bytes + 1)
        except OSError as error:
            raise InputError.failed(origin, "cannot be read", error) from error
    return decode_text(raw, origin, most_bytes)


def decode_text(raw: bytes, origin: str, most_bytes: int = MOST_BYTES) -> str:
    """Decode UTF-8 text, with or without a byte order mark.

    Args:
        raw: The text, read to one byte more than is allowed.
        origin: Name for messages.
        most_bytes: A larger text is refused [byte].

    Raises:
        InputError: The text is too large, or not UTF-8.
    """
    if len(raw) > most_bytes:
        raise InputError.at(origin, f"expected at most {most_bytes:,} bytes, got more")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = count_breaks(raw[: error.start]) + 1
        raise InputError.at(origin, undecodable(error), line) from error


def count_breaks(raw: bytes) -> int:
    """Count the line breaks in a text, of any of the three kinds: LF, CR, and both together."""
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")


def undecodable(error: UnicodeDecodeError) -> str:
    """Rule text for bytes that are not UTF-8."""
    return f"expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}"


def unprintable(character: str) -> str:
    """Rule text for a character that no page can show."""
    return f"expected text, got the character U+{ord(character):04X}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a new file is renamed over the old one."""
    with open_whole(path) as file:
        file.write(content)


def write_file(path: Path, content: bytes, origin: str) -> None:
    """Write a file that was asked for, whole or not at all.

    Args:
        path: The file.
        content: All of it.
        origin: Name for messages.

    Raises:
        InputError: It cannot be written.
    """
    try:
        write_whole(path, content)
    except (OSError, ValueError) as error:  # as in open_bytes
        raise InputError.failed(origin, "cannot be written", error) from error


@contextmanager
def open_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of an old one only when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
