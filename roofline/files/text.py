"""Text files: read with one clear error, written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from roofline.errors import InputError, Problem

MOST_BYTES = 200_000
"""No study or catalogue file is larger; a larger one is refused unparsed [byte]."""


def refused_file(origin: str, broken: str, line: int | None = None) -> InputError:
    return InputError(origin, [Problem(place="", rule=broken, line=line)])


def read_text(path: Path, origin: str, most_bytes: int = MOST_BYTES) -> str:
    """Read a file of UTF-8 text.

    Args:
        path: The file.
        origin: Name for messages.
        most_bytes: A larger file is refused unread [byte].

    Raises:
        InputError: The file cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refused_file(origin, f"cannot be read: {reason}") from error
    except ValueError as error:  # a null character in the name
        raise refused_file(origin, f"cannot be read: {error}") from error
    return decoded(raw, origin, most_bytes)


def decoded(raw: bytes, origin: str, most_bytes: int = MOST_BYTES) -> str:
    """Decode UTF-8 text, with or without a byte order mark.

    Args:
        raw: The text, read to one byte more than is allowed.
        origin: Name for messages.
        most_bytes: A larger text is refused [byte].

    Raises:
        InputError: The text is too large, or not UTF-8.
    """
    if len(raw) > most_bytes:
        raise refused_file(origin, f"expected at most {most_bytes:,} bytes, got more")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        broken = f"expected UTF-8 text, got the byte 0x{raw[error.start]:02x}"
        raise refused_file(origin, broken, line) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a new file is renamed over the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
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
