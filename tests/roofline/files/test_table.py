"""Tables: written as JSON and CSV, read in blocks, and refused with lines."""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roofline.errors import InputError
from roofline.files import table as tables
from roofline.files.table import Block, Table, join_fields, to_csv, to_json
from roofline.files.text import UNPRINTABLE


def opened(content: str | bytes) -> Table:
    """A table of some content."""
    raw = content.encode() if isinstance(content, str) else content
    return Table(io.BytesIO(raw), "own.csv", "a and b")


def read(content: str | bytes) -> list[list[str]]:
    """All rows of a table."""
    table = opened(content)
    rows = [row for block in table.blocks() for row in block.rows]
    table.refuse()
    return rows


def refusal(act: Callable[[], object]) -> str:
    """The message of what is refused."""
    with pytest.raises(InputError) as error:
        act()
    return str(error.value)


def test_records_are_written_in_full_precision() -> None:
    records = [{"a": 0.1 + 0.2, "b": True, "c": None, "d": 'x, "y"'}]
    assert to_csv(records) == 'a,b,c,d\n0.30000000000000004,true,,"x, ""y"""\n'
    assert json.loads(to_json(records[0])) == records[0]
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": math.nan})


FIELDS = st.text(st.sampled_from('a,"\n\r é大'), max_size=4)


@given(st.lists(FIELDS, min_size=2, max_size=5))
@example(["a", "b"])
@example(["a,b", 'c"d', "e\nf", "g\rh", " i ", ""])
def test_a_row_of_any_texts_reads_back(fields: list[str]) -> None:
    line = join_fields(fields)
    assert next(csv.reader(io.StringIO(line, newline=""), strict=True)) == fields


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "\ufeffa,b\r\n1,2\r\n3,4",
        "\n\na , b\n\n1,2\n\n\n3,4\n\n",
        '"a",b\n"1",2\n3,"4"\n',
        "a,b\r1,2\r3,4",
        "\r\ra,b\r\r1,2\r\n3,4\n\r",
        "a;b\n1;2\n3;4\n",
        '"a";"b"\r"1";"2"\r3;4\r',
        "a\tb\n1\t2\n3\t4\n",
        " A , B\n1,2\n3,4\n",
    ],
)
def test_spellings_of_one_table(content: str) -> None:
    """Marks, line breaks of three kinds, blank lines, quotes, separators, and letters of case."""
    assert opened(content).names == ["a", "b"]
    assert read(content) == [["1", "2"], ["3", "4"]]


def test_a_header_with_a_comma_is_separated_by_commas() -> None:
    """Other marks are text then, in the header and below."""
    assert opened("a;x,b\n1;2,3\n").names == ["a;x", "b"]
    assert read("a;x,b\n1;2,3\n") == [["1;2", "3"]]


def test_columns_are_read_by_name() -> None:
    """A name that is not there, or not given, is the default."""
    (block,) = opened("b,a,c\n 1 ,x, y \n,2,\n").blocks()
    assert block.column("b") == [" 1 ", ""]
    assert block.names("c", "z") == ["y", "z"]
    assert block.names("d", "z") == ["z", "z"]
    assert block.lines == [2, 3]


def test_numbers_are_read_and_everything_else_is_noted() -> None:
    """Python's 1_000 is no number of a file, nor is what no size can be."""
    good = ["1", " 2.5 ", "1e3", "0002", "+7"]
    bad = ["", "x", "1_0", "nan", "inf", "0", "-1", "1e99", "0x10", "é", "0.9", "5e-324"]
    table = opened("a,b\n" + "".join(f"{text},\n" for text in good + bad))
    (block,) = table.blocks()
    values = block.numbers("a", 1, 1e6)
    assert values[:5].tolist() == [1, 2.5, 1000, 2, 7]
    assert np.isnan(values[5:]).all()
    assert [problem.line for problem in table.problems] == list(range(7, 19))
    lines = refusal(table.refuse).splitlines()
    assert lines[0] == "own.csv: 12 problems"
    assert lines[2] == '  a (line 8): expected a number from 1 to 1e+06, got "x"'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "own.csv: expected a header with a and b, got nothing"),
        ("\n\n", "own.csv: expected a header with a and b, got nothing"),
        (",\n1,2\n", "own.csv: expected a header with a and b, got nothing"),
        ("a,b\n1\n", "own.csv: line 2: expected 2 fields, got 1"),
        ("a,b\n1,2,3\n", "own.csv: line 2: expected 2 fields, got 3"),
        ('a,b\n1,2\n3,"4\n5,6\n', "own.csv: line 3: a quote is never closed"),
        ('a,b\n1,"2"3\n', "own.csv: line 2: not CSV: ',' expected after '\"'"),
        ("a,b\n1,2\n" + "x" * 200_000, "own.csv: line 3: not CSV: field larger than field limit"),
        ('a,b\n"' + "x\n" * 100_000, "own.csv: line 2: not CSV: field larger than field limit"),
        ("a,b\r1,2\r3\r", "own.csv: line 3: expected 2 fields, got 1"),
        ("a;b\n1;2;3\n", "own.csv: line 2: expected 2 fields, got 3"),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n\xff,4", "own.csv: line 3: expected UTF-8 text, got the byte"),
        ("a,b\r1,2\r1,\0\r", "own.csv: line 3: expected text, got the character U+0000"),
        (b"a,b\n1,2\n\xff,4\n", "own.csv: line 3: expected UTF-8 text, got the byte 0xff"),
        (b"\xff\xfea\0", "own.csv: line 1: expected UTF-8 text, got the byte 0xff"),
        ("a,b\n1,\0\n", "own.csv: line 2: expected text, got the character U+0000"),
        ("a,b\n1,\x1b[2J\n", "own.csv: line 2: expected text, got the character U+001B"),
    ],
)
def test_damage_is_named_with_its_line(content: str | bytes, message: str) -> None:
    assert refusal(lambda: read(content)).startswith(message)


PIECES = st.sampled_from(
    [
        *(b"count", b"m", b"1", b"1e400", b" ", b",", b";", b"\t", b'"', b"\r", b"\n", b"\r\n"),
        *(b"\xff", b"\xef\xbb\xbf", b"\0", b"\x85", b"\xe2\x80\xa8", b"\xc3\xa9", b"\xed\xa0\x80"),
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=40), st.integers(1, 9))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes, chunk: int) -> None:
    """Nothing but an `InputError`, with a line that the file has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK", chunk)
        try:
            rows = read(content)
        except InputError as error:
            lines = [problem.line for problem in error.problems if problem.line is not None]
            assert all(
                1 <= line <= content.count(b"\n") + content.count(b"\r") + 1 for line in lines
            )  # either outcome is right
            return
    assert all(len(row) == len(rows[0]) for row in rows)


def test_a_header_lacks_nothing_and_has_nothing_twice() -> None:
    table = opened("a,c,c,d,d,e,e\n")
    table.check_header(["a"], ["c"] * 0)
    lines = refusal(lambda: table.check_header(["a", "b"], ["c"], ["d"])).splitlines()
    assert lines == [
        "own.csv: 3 problems",
        (
            '  b (line 1): required column, but missing; the header has "a", "c", "c", "d", "d", '
            '"e" and "e"'
        ),
        "  c (line 1): the column stands twice",
        "  d (line 1): the column is there already; it would stand twice",
    ]


def test_columns_that_are_missing_are_named_at_once_beside_those_that_are_there() -> None:
    """Once, however many: the header is what the reader has to look at."""
    table = opened("sizes,A\n")
    message = refusal(lambda: table.check_header(["a", "b", "c"]))
    assert message == (
        'own.csv: b and c (line 1): required columns, but missing; the header has "sizes" and "A"'
    )


def test_a_row_of_several_lines_is_named_by_its_first() -> None:
    content = 'a,b\n"1\n2\n3",4\n5\n"6\n7",8\n9\n'
    table = opened(content)
    (block,) = table.blocks()
    assert block.lines == [2, 6]
    assert [problem.line for problem in table.problems] == [5, 8]


def test_a_line_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK", 1000)
    monkeypatch.setattr(tables, "LONGEST_LINE", 5000)
    message = refusal(lambda: read("a,b\n1," + "x" * 10_000))
    assert message == "own.csv: line 2: expected lines of at most 5,000 bytes, got more"


def test_a_disk_that_fails_is_told() -> None:
    class Failing(io.BytesIO):
        def read(self, _: int | None = None) -> bytes:
            raise OSError(5, "Input/output error")

    message = refusal(lambda: Table(Failing(), "own.csv", "a"))
    assert message == "own.csv: cannot be read: Input/output error"


def test_too_large_a_table_is_refused() -> None:
    content = "a,b\n" + "1,2\n" * 10
    assert len(opened(content).read(len(content)).rows) == 10
    message = refusal(lambda: opened(content).read(len(content) - 1))
    assert message == "own.csv: expected at most 43 bytes, got more"


def test_reading_stops_after_many_problems() -> None:
    """The rows before are told too."""
    message = refusal(lambda: read("a,b\n" + "1\n" * 5000))
    assert message.startswith("own.csv: 1001 problems")


@given(st.lists(st.tuples(FIELDS, FIELDS), max_size=30), st.integers(1, 40))
def test_blocks_join_to_the_whole(rows: list[Sequence[str]], chunk: int) -> None:
    """No row is lost, doubled or cut where one chunk ends and the next begins."""
    content = "a,b\n" + "".join(f"{join_fields(row)}\n" for row in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK", chunk)
        table = opened(content)
        blocks = [*table.blocks()]
    assert [row for block in blocks for row in block.rows] == [[*row] for row in rows]
    assert table.size == len(content.encode())
    assert not table.problems
    begins = [line for block in blocks for line in block.lines]
    heights = [len(io.StringIO(join_fields(row), newline="").readlines()) for row in rows]
    assert begins == [*accumulate(heights, initial=2)][:-1]


@given(st.lists(st.tuples(FIELDS, FIELDS), max_size=9), st.sampled_from([*tables.SEPARATORS]))
@example([("\r", "\n"), ("\r\n", "")], ";")
def test_whatever_separates_fields_and_rows_reads_alike(
    rows: list[Sequence[str]], separator: str
) -> None:
    """As Python's own writer writes it, with each kind of line break."""
    for end in ("\n", "\r", "\r\n"):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b"), *rows])
        assert read(out.getvalue()) == [[*row] for row in rows]


PRINTABLE = st.text(
    st.characters(codec="utf-8").filter(lambda character: not UNPRINTABLE.search(character)),
    min_size=1,
)


@given(st.lists(st.tuples(PRINTABLE, st.floats(allow_nan=False), st.booleans()), max_size=9))
@example([("a\rb", 1.0, True), ('"', 5e-324, False), (";", -0.0, False)])
def test_records_that_are_written_are_read_again(rows: list[tuple[str, float, bool]]) -> None:
    """Every text that a page can show, and every number to its last digit."""
    records = [{"name": name, "size": size, "flag": flag} for name, size, flag in rows]
    records.append({"name": None, "size": 0.1 + 0.2, "flag": True})
    found = [(name, float(size), flag) for name, size, flag in read(to_csv(records))]
    assert found[:-1] == [(name, size, str(flag).lower()) for name, size, flag in rows]
    assert found[-1] == ("", 0.30000000000000004, "true")


def test_a_block_is_about_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not grow with the file."""
    monkeypatch.setattr(tables, "CHUNK", 1000)
    blocks: list[Block] = [*opened("a,b\n" + "10,20\n" * 10_000).blocks()]
    assert len(blocks) >= 60
    assert max(len(block.rows) for block in blocks) <= 1000 / len("10,20\n") + 1
