"""The language of dimensions: evaluation, substitution, TeX, and what it refuses."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from roofline.model.expression import Expression

SYMBOLS = {"b": 3.0, "s": 7.0, "a_kv": 2.0, "d": 5.0}
TEX = {"b": "b", "s": "s", "a_kv": "a_{kv}", "d": "128"}
NUMBERS = st.integers(1, 9).map(float).map(str)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.integers(0, 3)).map(lambda p: f"({p[0]}) ** {p[1]}"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
    )


TREES = st.recursive(st.sampled_from([*SYMBOLS]) | NUMBERS, _grow, max_leaves=8).filter(
    lambda text: len(text) <= 120
)


def python_value(text: str, symbols: dict[str, float]) -> float:
    """The value that Python itself gives, where there is one of ordinary size."""
    scope = {"__builtins__": {}, "min": min, "max": max, **symbols}
    try:
        value = float(eval(text, scope))  # noqa: S307  # the reference that the language is held to
    except (ZeroDivisionError, OverflowError):
        value = float("inf")
    assume(abs(value) < 1e12)
    return value


@given(TREES)
def test_an_expression_has_the_value_that_python_gives_it(text: str) -> None:
    """Precedence, powers, minima and maxima mean what they mean in Python."""
    expected = python_value(text, SYMBOLS)
    assert_allclose(Expression.parse(text).evaluate(SYMBOLS), expected, rtol=1e-9, atol=1e-9)


@given(TREES, TREES)
def test_substitution_keeps_the_value(text: str, definition: str) -> None:
    """Replacing a symbol by its definition is like giving it the definition's value."""
    inner = python_value(definition, SYMBOLS)
    expected = python_value(text, SYMBOLS | {"s": inner})
    substituted = Expression.parse(text).substitute({"s": Expression.parse(definition)})
    assert_allclose(substituted.evaluate(SYMBOLS), expected, rtol=1e-9, atol=1e-9)


@given(TREES)
def test_tex_has_balanced_braces_and_parentheses(text: str) -> None:
    """Every brace and every sized parenthesis that opens closes, in order."""
    tex = Expression.parse(text).tex(TEX)
    for opening, closing in (("{", "}"), (r"\left(", r"\right)")):
        depth = 0
        for part in tex.split(opening)[1:]:
            depth += 1 - part.count(closing)
            assert depth >= 0, tex
        assert tex.split(opening)[0].count(closing) == 0
        assert depth == 0, tex


@given(TREES)
def test_an_expression_of_arrays_is_that_of_each_element(text: str) -> None:
    """Arrays broadcast as in numpy."""
    values = np.array([1.0, 2.0, 4.0])
    for value in values:
        python_value(text, SYMBOLS | {"s": float(value)})
    expression = Expression.parse(text)
    together = np.broadcast_to(expression.evaluate(SYMBOLS | {"s": values}), values.shape)
    alone = [float(expression.evaluate(SYMBOLS | {"s": float(value)})) for value in values]
    assert_allclose(together, alone, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("b * a_kv", r"b\,a_{kv}"),
        ("2 * b * d", r"2 \times b \times 128"),
        ("b * (s + 1)", r"b\,\left(s + 1\right)"),
        ("b - (s - 1)", r"b - \left(s - 1\right)"),
        ("b - s - 1", "b - s - 1"),
        ("b / (s + 1)", r"\frac{b}{s + 1}"),
        ("s ** 2", "s^{2}"),
        ("(b ** s) ** 2", r"\left(b^{s}\right)^{2}"),
        ("(b / s) ** 2", r"\left(\frac{b}{s}\right)^{2}"),
        ("(b + s) ** 2", r"\left(b + s\right)^{2}"),
        ("min(b, s + 1)", r"\min\left(b,s + 1\right)"),
        ("1234567 * b", r"1234567 \times b"),
    ],
)
def test_tex_means_what_the_expression_means(text: str, tex: str) -> None:
    """Parentheses stand where leaving them out would change the meaning."""
    assert Expression.parse(text).tex(TEX) == tex


@pytest.mark.parametrize(
    ("text", "simpler"),
    [("1 * b", "b"), ("b * 1 / 1", "b"), ("b * (s / s)", "b"), ("b + 1", "b + 1")],
)
def test_factors_of_one_are_dropped(text: str, simpler: str) -> None:
    """Formulas read well after substitution."""
    assert Expression.parse(text).substitute({}).text == simpler


def test_numbers_keep_all_their_digits() -> None:
    """A number in the table is evaluated as it was written."""
    assert Expression.parse(1_234_567).evaluate({}) == 1_234_567
    assert Expression.parse(0.1234567).evaluate({}) == 0.1234567


def test_names_are_the_symbols_alone() -> None:
    """A function is not a symbol."""
    assert Expression.parse("min(b, 2 * s) ** d").names == {"b", "s", "d"}


def test_one_is_recognised() -> None:
    """The number one, however it is written."""
    assert Expression.parse("1").is_one
    assert Expression.parse(1.0).is_one
    assert not Expression.parse("L").is_one


def test_a_tower_of_powers_fails_at_once() -> None:
    """Numbers are floats, so that no power can fill the memory."""
    with pytest.raises(OverflowError):
        Expression.parse("9 ** 9 ** 9").evaluate({})


LANGUAGE = "expected symbols, numbers, + - * / **, min(x, y) or max(x, y), got "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'expected an expression such as "b * s", got ""'),
        ("b *", 'expected an expression such as "b * s", got "b *"'),
        ("b = 1", 'expected an expression such as "b * s", got "b = 1"'),
        ("b\x00", r'expected an expression such as "b * s", got "b\x00"'),
        ("x" * 201, "expected at most 200 characters, got 201"),
        ("b.real", f'{LANGUAGE}"b.real"'),
        ("__import__('os')", f"{LANGUAGE}\"__import__('os')\""),
        ("[b]", f'{LANGUAGE}"[b]"'),
        ("-b", f'{LANGUAGE}"-b"'),
        ("b % s", f'{LANGUAGE}"b % s"'),
        ("b if s else d", f'{LANGUAGE}"b if s else d"'),
        ("min(b)", f'{LANGUAGE}"min(b)"'),
        ("min(b, *s)", f'{LANGUAGE}"*s"'),
        ("sum(b, s)", f'{LANGUAGE}"sum(b, s)"'),
        ("True", f'{LANGUAGE}"True"'),
        ("'b'", f"{LANGUAGE}\"'b'\""),
        ("1e999", f'{LANGUAGE}"1e309"'),
        ("2j", f'{LANGUAGE}"2j"'),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    """The message names the part that is not of the language."""
    with pytest.raises(ValueError) as error:
        Expression.parse(text)
    assert str(error.value) == message


@pytest.mark.parametrize("text", ["(" * 100 + "b" + ")" * 100, "b" + "**b" * 66, "+" * 200])
def test_deep_nesting_ends_in_an_answer(text: str) -> None:
    """Whatever 200 characters hold, it is an expression or a refusal."""
    try:
        parsed = Expression.parse(text[:200])
    except ValueError:
        return
    assert parsed.names == {"b"}
