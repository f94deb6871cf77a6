"""Measurements: two forms, and every kind of damage with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from roofline.errors import InputError
from roofline.measurements.products import group_names
from roofline.measurements.reader import read_measurements

CARD = "a100-80gb-pcie"
HEADS = "n,d,seqlen,bs,series,latency\n"
PRODUCTS = "count,m,n,k,seconds\n"


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "times.csv"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    return write


@pytest.fixture
def refusal(written: Callable[[str], Path]) -> Callable[[str], str]:
    def refuse(text: str) -> str:
        path = written(text)
        with pytest.raises(InputError) as error:
            read_measurements(path, CARD)
        message = str(error.value)
        assert message.startswith(f"{path}: ")
        return message.removeprefix(f"{path}: ")

    return refuse


def test_heads_stand_for_products(written: Callable[[str], Path]) -> None:
    """12 heads of 64 are h = 768; batch 2 and length 5 are 10 tokens, 24 heads in all."""
    lines = (
        "12,64,1,2,dense,1e-5\n12,64,5,2,dense,2e-5\n12,64,5,2,qk_init,3e-5\n12,64,5,2,qk_ar,4e-5"
    )
    rows = read_measurements(written(HEADS + lines), CARD)
    assert_array_equal(rows.count, [1, 1, 24, 24])
    assert_array_equal(rows.m, [2, 10, 5, 1])
    assert_array_equal(rows.n, [768, 768, 5, 5])
    assert_array_equal(rows.k, [768, 768, 64, 64])
    assert_array_equal(rows.seconds, [1e-5, 2e-5, 3e-5, 4e-5])
    assert rows.stage == ("dense_ar", "dense_init", "qk_init", "qk_ar")
    assert set(rows.group) == {"12 heads of 64"}
    assert set(rows.dtypes) == {"fp16"}


def test_products_stand_for_themselves(written: Callable[[str], Path]) -> None:
    """With or without groups, stages, dtypes; in any order, with more columns and CRLF."""
    text = "seconds,note,k,n,m,count,dtype,group,stage\r\n1e-5,x,4,3,2,1,bf16,one,thin\r\n"
    rows = read_measurements(written("\ufeff" + text), CARD)
    assert (rows.count[0], rows.m[0], rows.n[0], rows.k[0]) == (1, 2, 3, 4)
    assert (rows.dtypes, rows.group, rows.stage) == (("bf16",), ("one",), ("thin",))
    plain = read_measurements(written(PRODUCTS + "1,2,3,4,1e-5\n1,2,3,8,1e-5\n"), CARD)
    assert group_names(plain) == ("k = 4", "k = 8")


def test_a_file_that_a_spreadsheet_saved_is_read(written: Callable[[str], Path]) -> None:
    """Semicolons, CR line breaks, and TRUE for true."""
    text = "Count;M;N;K;Seconds;Flushed\r1;2;3;4;1e-5;TRUE\r1;2;3;8;2e-5;False\r"
    rows = read_measurements(written(text), CARD)
    assert_array_equal(rows.k, [4, 8])
    assert_array_equal(rows.seconds, [1e-5, 2e-5])
    assert rows.flushed.tolist() == [True, False]
    assert rows.line.tolist() == [2, 3]


def test_a_group_may_be_called_all(written: Callable[[str], Path]) -> None:
    """Only the errors of stages are listed under that name."""
    rows = read_measurements(written(PRODUCTS[:-1] + ",group\n1,2,3,4,1e-5,all\n"), CARD)
    assert rows.group == ("all",)


def test_names_have_no_space_around_them(written: Callable[[str], Path]) -> None:
    """And a row may begin on any line."""
    header = PRODUCTS[:-1] + ",stage,group,dtype\n"
    rows = read_measurements(written(header + '\n1,2,3,4,1e-5,"a\nb", c , bf16 \n'), CARD)
    assert (rows.stage, rows.group, rows.dtypes) == (("a\nb",), ("c",), ("bf16",))
    assert rows.line.tolist() == [3]


def test_one_group_cannot_be_held_out(written: Callable[[str], Path]) -> None:
    rows = read_measurements(written(PRODUCTS + "1,2,3,4,1e-5\n" * 3), CARD)
    with pytest.raises(ValueError, match="at least two groups to hold out in turn, got one: k = 4"):
        group_names(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "expected a header with count, m, n, k, seconds, or n, d, seqlen, bs, series, latency",
        ),
        (PRODUCTS, "expected measurements, got no rows"),
        (
            "Count;m;n;k\n1;2;3;4\n",
            (
                "seconds (line 1): required column, but missing; the header has "
                '"Count", "m", "n" and "k"'
            ),
        ),
        ("n,d,seqlen,bs,latency\n", "series (line 1): required column, but missing"),
        ("count,m,m,n,k,seconds\n", "m (line 1): the column stands twice"),
        (PRODUCTS + "1,2,3,4,1e-5\n1,2,3", "line 3: expected 5 fields, got 3"),
        (
            PRODUCTS + "1,2,x,4,1e-5\n",
            'n (line 2): expected a number from 1 to 1e+15, got "x"',
        ),
        (
            PRODUCTS + "1,2,,4,1e-5\n",
            'n (line 2): expected a number from 1 to 1e+15, got ""',
        ),
        (PRODUCTS + "1,2,3,4,0\n", "seconds (line 2): expected a number from 1e-12 to 1e+06"),
        (PRODUCTS + "1,2,3,4,-1e-5\n", 'to 1e+06, got "-1e-5"'),
        (PRODUCTS + "1,2,3,4,nan\n", 'to 1e+06, got "nan"'),
        (PRODUCTS + "1,2,3,4,inf\n", 'to 1e+06, got "inf"'),
        (HEADS + "12,64,1,1,qk,1e-5\n", 'series (line 2): unknown series "qk"; did you mean'),
        (PRODUCTS[:-1] + ",dtype\n1,2,3,4,1e-5,fp61\n", 'dtype (line 2): unknown dtype "fp61"'),
        (
            PRODUCTS[:-1] + ",accelerator\n1,2,3,4,1e-5,a40\n",
            f'accelerator (line 2): measured on "a40", expected "{CARD}"',
        ),
        (PRODUCTS + '1,2,3,4,"1e-5\n', "line 2: a quote is never closed"),
        (PRODUCTS[:-1] + ",flushed\n1,2,3,4,1e-5,\n", "flushed (line 2): expected true or false"),
        (PRODUCTS[:-1] + ",device\n1,2,3,4,1e-5,\n", 'device (line 2): measured on "", expected'),
        (PRODUCTS[:-1] + ",stage\n1,2,3,4,1e-5,all\n", 'stage (line 2): the name "all" is taken'),
        (
            PRODUCTS[:-1] + ",group\n1,2,3,4,1e-5," + "x" * 501,
            "group (line 2): expected at most 500",
        ),
        (PRODUCTS + "1,2,3,4,1e-5\x07\n", "line 2: expected text, got the character U+0007"),
        (PRODUCTS + "1,2,3,4,\udcff\n", "line 2: expected UTF-8 text, got the byte 0xff"),
    ],
)
def test_damage_is_named_with_its_line(
    text: str, message: str, refusal: Callable[[str], str]
) -> None:
    assert message in refusal(text)


def test_all_problems_are_told_and_twenty_are_shown(refusal: Callable[[str], str]) -> None:
    message = refusal(PRODUCTS + "1,2,3,4,1e-5\n" + "0,2,3,x,1e-5\n" * 15)
    lines = message.splitlines()
    assert lines[0] == "30 problems"
    assert lines[1].startswith("  count (line 3): ")
    assert lines[2].startswith("  k (line 3): ")
    assert lines[-1] == "  and 10 more"
    assert len(lines) == 22


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read: No such file"):
        read_measurements(Path("nowhere.csv"), CARD)
