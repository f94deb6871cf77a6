"""Large CSV files in bounded memory: read block by block, written whole or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from roofline.errors import InputError, Problem

BLOCK = 1 << 20
"""Bytes that are read at once."""
LONGEST = 64 * BLOCK
"""No row, or quoted field, is longer [byte]."""
_COMMA, _NEWLINE, _QUOTE = b',\n"'

Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Block:
    """Whole rows of a CSV file, with the place of every field."""

    text: str
    """One character for each byte, so that places in one are places in the other."""
    codes: NDArray[np.uint8]
    starts: Places
    """Where each row begins; blank ones are left out."""
    ends: Places
    """Where each row ends, before its line break."""
    separators: Places
    """Where commas stand that are outside quotes."""
    first: Places
    """For each row, how many separators stand before it; then the number of all."""
    line: int
    """Line of the file at which the block begins, counted from 1."""
    size: int
    """Bytes of the file in it."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.starts)

    def lines(self) -> list[str]:
        """Every row as it stands in the file, without its line break."""
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [self.text[start:end] for start, end in spans]

    def fields(self) -> Places:
        """Number of fields in each row."""
        return np.diff(self.first) + 1

    def spans(self, column: int, rows: Places, width: int) -> tuple[Places, Places]:
        """Where a field begins and ends in rows that all have `width` fields."""
        before = self.first[rows] + column
        starts = self.starts[rows] if column == 0 else self.separators[before - 1] + 1
        ends = self.ends[rows] if column == width - 1 else self.separators[before]
        return starts, ends

    def line_of(self, row: int) -> int:
        """Line of the file at which a row begins."""
        return self.line + self.text.count("\n", 0, int(self.starts[row]))


def blocks(file: IO[bytes], origin: str) -> Iterator[Block]:
    """Read a CSV file as blocks of whole rows.

    Args:
        file: The file, at its beginning; a byte order mark is dropped.
        origin: Name for messages.

    Yields:
        Blocks that hold at least one line break, or the rest of the file.

    Raises:
        InputError: It cannot be read, is not UTF-8, or a row does not end.
    """
    rest, line, finished, begun = b"", 1, False, False
    while not finished:
        try:
            read = file.read(BLOCK)
        except OSError as error:
            raise _refusal(origin, f"cannot be read: {error.strerror or error}") from error
        finished = not read
        raw = rest + read
        if not begun and (len(raw) > 2 or finished):  # noqa: PLR2004  # bytes of the mark
            raw, begun = raw.removeprefix(b"\xef\xbb\xbf"), True
        end = len(raw) if finished else _last_break(raw) + 1
        raw, rest = raw[:end], raw[end:]
        if len(rest) > LONGEST:
            rule = f"a row of more than {LONGEST:,} bytes; is a quote never closed?"
            raise _refusal(origin, rule, line)
        if raw:
            yield _block(raw, origin, line)
            line += raw.count(b"\n")


def _last_break(raw: bytes) -> int:
    """Where the last line break outside quotes stands; -1 if there is none."""
    if b'"' not in raw:
        return raw.rfind(b"\n")
    codes = np.frombuffer(raw, dtype=np.uint8)
    outside = np.cumsum(codes == _QUOTE) % 2 == 0
    found = np.flatnonzero((codes == _NEWLINE) & outside)
    return int(found[-1]) if len(found) else -1


def _block(raw: bytes, origin: str, line: int) -> Block:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        broken = f"expected UTF-8 text, got the byte 0x{raw[error.start]:02x}"
        where = line + raw.count(b"\n", 0, error.start)
        raise _refusal(origin, broken, where) from error
    codes = np.frombuffer(raw, dtype=np.uint8)
    commas, breaks = codes == _COMMA, codes == _NEWLINE
    if b'"' in raw:
        inside = np.cumsum(codes == _QUOTE) % 2 == 1
        if inside[-1]:
            raise _refusal(origin, "a quote is never closed", line)
        commas &= ~inside
        breaks &= ~inside
    ends = np.flatnonzero(breaks)
    starts = np.concatenate(([0], ends + 1))
    ends = np.concatenate((ends, [len(raw)]))
    ends = ends - ((ends > starts) & (codes[np.maximum(ends - 1, 0)] == ord("\r")))
    some = ends > starts
    starts, ends = starts[some], ends[some]
    separators = np.flatnonzero(commas)
    return Block(
        text=raw.decode("latin-1"),
        codes=codes,
        starts=starts,
        ends=ends,
        separators=separators,
        first=np.searchsorted(separators, np.append(starts, len(raw))),
        line=line,
        size=len(raw),
    )


def _refusal(origin: str, rule: str, line: int | None = None) -> InputError:
    return InputError(origin, [Problem(place="", rule=rule, line=line)])
