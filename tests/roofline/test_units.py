"""Display of quantities, and reading them back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from roofline.units import parse_quantity, quantity, scaled, significant

PREFIXES = {
    -15: "f",
    -12: "p",
    -9: "n",
    -6: "µ",
    -3: "m",
    0: "",
    3: "k",
    6: "M",
    9: "G",
    12: "T",
    15: "P",
    18: "E",
}


@pytest.mark.parametrize(("exponent", "prefix"), PREFIXES.items())
def test_every_prefix_stands_for_its_own_power_of_ten(exponent: int, prefix: str) -> None:
    """1.25e12 FLOP is 1.25 TFLOP, and so on for each prefix, both ways."""
    value = float(f"1.25e{exponent}")
    text = f"1.25 {prefix}FLOP"
    assert quantity(value, "FLOP") == text
    assert_allclose(parse_quantity(text, "FLOP"), value, rtol=1e-15)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 3, "0"),
        (161.24031, 3, "161"),
        (161.24031, 5, "161.24"),
        (1234.5, 3, "1,234"),
        (0.98474, 3, "0.985"),
        (9.996, 3, "10.0"),
        (999.6, 3, "1,000"),
        (-0.00123456, 2, "-0.0012"),
        (math.inf, 3, "inf"),
    ],
)
def test_significant_digits_are_counted_after_rounding(
    value: float, digits: int, text: str
) -> None:
    """9.996 with three digits is 10.0, not 10.00."""
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.935e12, "byte/s", "1.94 TB/s"),
        (312e12, "FLOP/s", "312 TFLOP/s"),
        (80e9, "byte", "80.0 GB"),
        (12, "byte", "12.0 byte"),
        (0, "byte", "0 byte"),
        (999_999, "FLOP", "1.00 MFLOP"),
        (27e-6, "s", "27.0 µs"),
        (41.3, "", "41.3"),
    ],
)
def test_quantities_carry_decimal_prefixes(value: float, unit: str, text: str) -> None:
    """The prefix is chosen after rounding; byte is B where it has a prefix."""
    assert quantity(value, unit) == text


def test_a_quantity_splits_into_number_and_unit() -> None:
    """The number and the unit can stand in two columns of a table."""
    assert scaled(1.935e12, "byte/s", 4) == ("1.935", "TB/s")


@given(
    st.floats(1e-14, 9e20),
    st.sampled_from(["FLOP", "FLOP/s", "byte", "byte/s", "s"]),
    st.integers(1, 12),
)
def test_a_quantity_reads_back_within_its_digits(value: float, unit: str, digits: int) -> None:
    """Half a unit of the last digit is all that writing and reading lose."""
    read = parse_quantity(quantity(value, unit, digits), unit)
    assert_allclose(read, value, rtol=0.501 * 10.0 ** (1 - digits))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1,935 GB/s", "byte/s", 1.935e12),
        ("1935GB/s", "byte/s", 1.935e12),
        (" 27 us ", "s", 27e-6),
        ("3e3 kbyte", "byte", 3e6),
        ("80 B", "byte", 80),
        ("-1.5 TFLOP/s", "FLOP/s", -1.5e12),
    ],
)
def test_common_spellings_are_read(text: str, unit: str, value: float) -> None:
    """Separators, exponents, a missing space and `u` for micro are understood."""
    assert_allclose(parse_quantity(text, unit), value, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'expected a number and a unit, such as "1 byte/s", got ""'),
        ("fast", 'expected a number and a unit, such as "1 byte/s", got "fast"'),
        ("nan byte/s", 'expected a number and a unit, such as "1 byte/s", got "nan byte/s"'),
        ("1 FLOP/s", 'expected a value in byte/s, got one in "FLOP/s"'),
        ("1 GiB/s", 'expected a value in byte/s, got one in "GiB/s"'),
        ("1 XB/s", 'expected a value in byte/s, got one in "XB/s"'),
        ("1", 'expected a value in byte/s, got one in ""'),
        ("1e999 B/s", 'expected a finite number, got "1e999 B/s"'),
    ],
)
def test_what_is_no_quantity_is_refused(text: str, message: str) -> None:
    """The message says what was expected and what was found."""
    with pytest.raises(ValueError) as error:
        parse_quantity(text, "byte/s")
    assert str(error.value) == message
