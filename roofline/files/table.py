"""Tables: records written as JSON and as CSV, and CSV files read block by block.

What a spreadsheet makes of a CSV file is read too: any kind of line break, semicolons or tabs
between the fields where the header has no comma, and a header in other letters of case.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, NoReturn

import numpy as np

from roofline.arrays import FloatArray
from roofline.errors import InputError, Problem, as_written, join_choices
from roofline.files.text import UNPRINTABLE, count_breaks, undecodable, unprintable

Record = dict[str, Any]

CHUNK = 1 << 20
"""Bytes of a table that are read at once."""
LONGEST_LINE = 16 * CHUNK
"""No line of a table is longer [byte]."""
MOST_PROBLEMS = 1000
"""Reading a table stops after so many."""
SEPARATORS = ",;\t"
"""What stands between fields: the first of these that the header has."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def json_text(value: object) -> str:
    """Write a value as JSON."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_json(record: Mapping[str, object]) -> str:
    """Write one object as JSON."""
    return json_text(dict(record))


def to_csv(records: Sequence[Record]) -> str:
    """Write records of equal keys; booleans are ``true`` and ``false`` as in JSON."""
    rows = [list(records[0]), *(map(_field, record.values()) for record in records)]
    return "".join(f"{join_fields([*row])}\n" for row in rows)


def _field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def join_fields(fields: Sequence[str]) -> str:
    """Write one row of texts as CSV, without a line break at its end."""
    line = ",".join(fields)
    if '"' not in line and "\n" not in line and "\r" not in line and line.count(",") < len(fields):
        return line  # nearly always, and much faster than a writer
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(fields)  # which puts both in quotes
    return out.getvalue().removesuffix("\r\n")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a table that follow each other, each with as many fields as the header."""

    table: "Table"
    rows: list[list[str]]
    """Fields of each row."""
    lines: list[int]
    """Line at which each row begins, counted from 1."""

    def column(self, name: str) -> list[str]:
        """Fields of one of the header's columns."""
        place = self.table.names.index(name)
        return [row[place] for row in self.rows]

    def names(self, name: str, default: str = "") -> list[str]:
        """Read a column of names, without the space around them.

        Args:
            name: The column; the header may lack it.
            default: Stands where there is nothing.
        """
        if name not in self.table.names:
            return [default] * len(self.rows)
        return [text.strip() or default for text in self.column(name)]

    def check(self, name: str, texts: Iterable[str], broken: Callable[[str], str]) -> None:
        """Note what is wrong with the texts of a column.

        Args:
            name: The column.
            texts: One for each row.
            broken: Gives the rule that a text breaks, empty where it breaks none.
        """
        for line, text in zip(self.lines, texts, strict=True):
            if rule := broken(text):
                self.table.note(rule, line, name)

    def numbers(self, name: str, least: float, most: float) -> FloatArray:
        """Read one of the header's columns as numbers.

        Args:
            name: The column.
            least: Smallest number that makes sense, above 0.
            most: Largest number that makes sense.

        Returns:
            The numbers; NaN where there is none, which the table notes.
        """
        texts = self.column(name)
        try:
            values = np.array(texts, dtype=np.float64)
        except ValueError:
            values = np.array([_parse_number(text) for text in texts])
        wrong = ~((values >= least) & (values <= most))
        if "_" in "".join(texts):  # Python's 1_000 is no number of a file
            wrong |= ["_" in text for text in texts]
        for row in np.flatnonzero(wrong).tolist():
            rule = f"expected a number from {least:g} to {most:g}, got {as_written(texts[row])}"
            self.table.note(rule, self.lines[row], name)
        values[wrong] = math.nan
        return values


def _parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


class Table:
    """A CSV file with a header: rows in blocks, and everything wrong with its line.

    Attributes:
        origin: Name for messages.
        header: Columns as they stand in the file.
        names: Columns without the space around them, in small letters.
        problems: What is wrong so far.
        size: How much of the file has been read [byte].
    """

    def __init__(self, file: IO[bytes], origin: str, expected: str) -> None:
        """Read the header.

        Args:
            file: The file, at its beginning; a byte order mark is passed over.
            origin: Name for messages.
            expected: Columns of the header, for the message that there is none.

        Raises:
            InputError: There is no header, or it cannot be read.
        """
        self.origin = origin
        self.problems: list[Problem] = []
        self.size = 0
        self._file = file
        self._rows = self._read_rows()
        self._header_line, self.header = next(self._rows, (0, []))
        self.names = [name.strip().lower() for name in self.header]
        if not any(self.names):
            raise InputError.at(origin, f"expected a header with {expected}, got nothing")

    def check_header(
        self, required: Sequence[str], optional: Sequence[str] = (), added: Sequence[str] = ()
    ) -> None:
        """Refuse a header that lacks columns, or would have one twice.

        Args:
            required: Columns that must be there.
            optional: Columns that may be there, but once.
            added: Columns that must not be there yet.

        Raises:
            InputError: With every problem.
        """
        rules = {}
        if missing := [name for name in required if name not in self.names]:
            found = join_choices([as_written(name) for name in self.header], "and")
            rules[join_choices(missing, "and")] = (
                f"required column{'s' * (len(missing) > 1)}, but missing; the header has {found}"
            )
        for name in (*required, *optional):
            if self.names.count(name) > 1:
                rules[name] = "the column stands twice"
        for name in added:
            if name in self.names:
                rules[name] = "the column is there already; it would stand twice"
        for name, rule in rules.items():
            self.note(rule, self._header_line, name)
        self.refuse()

    def note(self, rule: str, line: int, name: str = "") -> None:
        """Note what is wrong with a row, or with its field of one column.

        Raises:
            InputError: There are too many problems to go on.
        """
        self.problems.append(Problem(place=name, rule=rule, line=line))
        if len(self.problems) >= MOST_PROBLEMS:
            rule = f"reading stopped after {MOST_PROBLEMS} problems"
            self.refuse(Problem(place="", rule=rule))

    def refuse(self, *more: Problem) -> None:
        """Raise all that was noted, in the order of the file; nothing where all is well.

        Args:
            more: Problems that come last, such as those of the whole file.

        Raises:
            InputError: There are problems.
        """
        self.problems.sort(key=lambda problem: problem.line or 0)
        if self.problems or more:
            raise InputError(self.origin, (*self.problems, *more))

    def blocks(self) -> Iterator[Block]:
        """Read the rows after the header.

        Yields:
            Blocks of about a `CHUNK` of the file; the last one may be empty.

        Raises:
            InputError: The file cannot be read, is not UTF-8, is not CSV, or has too many
                problems; with those before.
        """
        rows: list[list[str]] = []
        lines: list[int] = []
        size = self.size
        for line, fields in self._rows:
            if self.size > size:  # the row came with another chunk
                yield Block(self, rows, lines)
                rows, lines, size = [], [], self.size
            if len(fields) == len(self.names):
                rows.append(fields)
                lines.append(line)
            else:
                self.note(f"expected {len(self.names)} fields, got {len(fields)}", line)
        yield Block(self, rows, lines)

    def read(self, most_bytes: int) -> Block:
        """Read all rows after the header at once.

        Args:
            most_bytes: A larger file is refused [byte].

        Raises:
            InputError: As for `blocks`, or the file is too large.
        """
        whole = Block(self, [], [])
        for block in self.blocks():
            if self.size > most_bytes:
                raise InputError.at(self.origin, f"expected at most {most_bytes:,} bytes, got more")
            whole.rows.extend(block.rows)
            whole.lines.extend(block.lines)
        return whole

    def _read_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give the first line and the fields of each row that is not empty."""
        lines = chain.from_iterable(self._read_chunks())
        blank = 0
        for header in lines:
            if header.strip():
                break
            blank += 1
        else:
            return
        separator = next((mark for mark in SEPARATORS if mark in header), SEPARATORS[0])
        reader = csv.reader(chain([header], lines), delimiter=separator, strict=True)
        line = blank + 1
        try:
            for fields in reader:
                if fields:
                    yield line, fields
                line = blank + reader.line_num + 1
        except csv.Error as error:
            rule = f"not CSV: {error}"
            if str(error) == "unexpected end of data":
                rule = "a quote is never closed"
            self._stop(rule, line)

    def _read_chunks(self) -> Iterator[Iterable[str]]:
        """Give the lines of the file, many at a time; only whole ones but at its end."""
        rest, line, ended = b"", 1, False
        while not ended:
            try:
                read = self._file.read(CHUNK)
            except OSError as error:
                raise InputError.failed(self.origin, "cannot be read", error) from error
            self.size += len(read)
            ended = not read
            raw = rest + read
            # A CR at the very end may be half of a CR LF.
            last = max(raw.rfind(b"\n"), raw.rfind(b"\r", 0, -1))
            end = len(raw) if ended else last + 1
            raw, rest = raw[:end], raw[end:]
            if len(rest) > LONGEST_LINE:
                self._stop(f"expected lines of at most {LONGEST_LINE:,} bytes, got more", line)
            yield io.StringIO(self._decode(raw, line), newline="")
            line += count_breaks(raw)

    def _decode(self, raw: bytes, line: int) -> str:
        """Decode some lines, of which the first has a number."""
        if line == 1:
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self._stop(undecodable(error), line + count_breaks(raw[: error.start]))
        if character := UNPRINTABLE.search(text):
            before = count_breaks(text[: character.start()].encode())
            self._stop(unprintable(character[0]), line + before)
        return text

    def _stop(self, rule: str, line: int) -> NoReturn:
        """Raise a problem that leaves nothing to read, with those before it."""
        raise InputError(self.origin, (*self.problems, Problem(place="", rule=rule, line=line)))
