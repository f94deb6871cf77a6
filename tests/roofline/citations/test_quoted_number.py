"""Numbers as quoted, read back with their precision."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from citations import number
from roofline.citations.quoted_number import QuotedNumber
from roofline.findings.finding import Number

UNITS = ["1", "FLOP/Byte", "FLOP/s", "byte", "byte/s", "s", "token", "token/s", "sequence",
         "setting", "times"]  # fmt: skip
NUMBERS = st.builds(
    number,
    value=st.floats(1e-9, 1e18) | st.integers(1, 10**9).map(float),
    unit=st.sampled_from(UNITS),
    digits=st.integers(1, 6),
) | st.builds(
    number,
    value=st.floats(1e-9, 10),
    unit=st.just("1"),
    digits=st.integers(1, 6),
    percent=st.just(True),
)


@pytest.mark.parametrize(
    ("text", "value", "decimals", "suffix"),
    [
        ("1.92 TFLOP/s", "1.92", 2, "TFLOP/s"),
        ("0.62%", "0.62", 2, "%"),
        ("161.2 FLOP/Byte", "161.2", 1, "FLOP/Byte"),
        ("29.9 tokens/s", "29.9", 1, "tokens/s"),
        ("28", "28", 0, ""),
        ("9,354 tokens", "9354", 0, "tokens"),
        ("9354 tokens", "9354", 0, "tokens"),
        ("65.06 GB", "65.06", 2, "GB"),
        ("1,234,567.8", "1234567.8", 1, ""),
        ("-3 µs", "-3", 0, "µs"),
    ],
)
def test_value_precision_and_unit_are_read(
    text: str, value: str, decimals: int, suffix: str
) -> None:
    """Exactly, without a binary fraction in between."""
    read = QuotedNumber.read(text)
    assert (read.number, read.decimals, read.suffix) == (Fraction(value), decimals, suffix)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FLOP/s",
        "1e9",
        "1,23 token",
        "1.",
        ".5",
        "1 000",
        "1.2.3",
        "nan",
        "inf",
        "0x1",
        "1 2 s",
        "1.92TFLOP/s",
        "5  s",
        "1" * 41,
        "1," + "000," * 20 + "000",
        "1." + "1" * 41,
        "1 " + "s" * 40,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(
        ValueError, match=r'expected a number and its unit, such as "1\.92 TFLOP/s"'
    ):
        QuotedNumber.read(text)


@given(NUMBERS)
def test_every_number_holds_as_it_is_quoted(shown: Number) -> None:
    """Whatever its unit, prefix and digits."""
    quoted = QuotedNumber.read(shown.text)
    assert quoted.holds(shown.value, shown.unit)
    rewritten = quoted.rewrite(shown.value, shown.unit)
    assert rewritten is not None
    assert QuotedNumber.read(rewritten).holds(shown.value, shown.unit)


@given(NUMBERS, st.sampled_from([-1, 1]))
def test_a_number_that_moves_by_one_quoted_unit_does_not_hold(shown: Number, way: int) -> None:
    """Unless it stood at a tie, where both neighbours are right."""
    quoted = QuotedNumber.read(shown.text)
    scale = quoted.scale(shown.unit)
    assert scale is not None
    unit = scale / 10**quoted.decimals
    away = (Fraction(shown.value) - quoted.number * scale) / unit
    assume(abs(abs(away) - Fraction(1, 2)) > Fraction(1, 10**6))
    assume(abs(Fraction(shown.value)) / unit < 10**12)
    moved = float(Fraction(shown.value) + way * unit)
    assert not quoted.holds(moved, shown.unit)
    assert quoted.rewrite(moved, shown.unit) != shown.text


@pytest.mark.parametrize("value", [2.5, 3.5])
def test_at_a_tie_either_rounding_holds(value: float) -> None:
    """2.5 and 3.5 both round to 3, one up and one down."""
    assert QuotedNumber.read("3").holds(value, "1")


@pytest.mark.parametrize(
    ("text", "value", "unit", "holds"),
    [
        # 0.62% is 0.0062 ± 0.00005
        ("0.62%", 0.00615, "1", True),
        ("0.62%", 0.00624, "1", True),
        ("0.62%", 0.00626, "1", False),
        ("0.62%", 0.62, "1", False),
        ("65.06 GB", 65.064e9, "byte", True),
        ("65.06 GB", 65.064 * 2**30, "byte", False),
        ("65.06 GB", 65.064e9, "byte/s", False),
        ("28", 28.4, "1", True),
        ("28", 28.0, "token", False),
        ("28 token", 28.0, "1", False),
        ("0", 0.0, "1", True),
        ("0", 0.3, "1", False),
        ("1", 0.0, "1", False),
        ("28", math.inf, "1", False),
        ("28", math.nan, "1", False),
    ],
)
def test_holds(text: str, value: float, unit: str, *, holds: bool) -> None:
    """At the precision quoted, in the unit quoted, and no other."""
    assert QuotedNumber.read(text).holds(value, unit) == holds


@pytest.mark.parametrize(
    ("text", "value", "unit", "now"),
    [
        ("0.62%", 0.0065, "1", "0.65%"),
        ("1.92 TFLOP/s", 2.5e12, "FLOP/s", "2.50 TFLOP/s"),
        ("999 GB/s", 1.2345e12, "byte/s", "1,234 GB/s"),
        ("28", -3.0, "1", "-3"),
        ("1 token", 2.0, "token", "2 tokens"),
        ("2 tokens", 1.0, "token", "1 token"),
        ("29.9 tokens/s", 31.0, "token/s", "31.0 tokens/s"),
        ("1.92 TFLOP/s", 1e3, "FLOP/s", None),
        ("1.92 TFLOP/s", 1e3, "byte/s", None),
        ("28", math.inf, "1", None),
        ("1 fs", 1e300, "s", f"{10**315 + (round(Fraction(1e300) * 10**15) - 10**315):,} fs"),
    ],
)
def test_another_value_is_written_in_the_same_way(
    text: str, value: float, unit: str, now: str | None
) -> None:
    """1,234.5 is written 1,234: the even neighbour of a tie."""
    assert QuotedNumber.read(text).rewrite(value, unit) == now
