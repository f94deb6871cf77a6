"""Messages: every problem, its place, and texts of bounded length."""

import datetime as dt
import pickle
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roofline.errors import (
    InputError,
    Problem,
    as_written,
    join_choices,
    join_errors,
    printable,
    unknown,
)


def test_one_problem_is_one_line() -> None:
    """File, place, line and rule stand in one line."""
    problem = Problem(place="batches[2]", rule="expected a number of at least 1, got 0", line=5)
    assert str(InputError("s.yml", [problem])) == (
        "s.yml: batches[2] (line 5): expected a number of at least 1, got 0"
    )


def test_several_problems_are_a_list() -> None:
    """A problem without a place stands with its line, or alone."""
    problems = [Problem(place="", rule="first"), Problem(place="", rule="second", line=2)]
    assert str(InputError("s.yml", problems)) == ("s.yml: 2 problems\n  first\n  line 2: second")


def test_a_problem_of_a_whole_file_needs_no_place() -> None:
    """Nor one of a whole line."""
    assert str(InputError.at("s.yml", "empty")) == "s.yml: empty"
    assert str(InputError.at("s.yml", "damaged", 3)) == "s.yml: line 3: damaged"


def test_what_the_system_refuses_is_told_with_its_reason() -> None:
    """Errors without a number say what they have to say."""
    missing = FileNotFoundError(2, "No such file or directory", "s.yml")
    told = "s.yml: cannot be read: No such file or directory"
    assert str(InputError.failed("s.yml", "cannot be read", missing)) == told
    null = ValueError("embedded null byte")
    assert str(InputError.failed("s", "cannot be read", null)).endswith("read: embedded null byte")


def test_a_missing_package_is_named_with_its_extra() -> None:
    assert str(InputError.lacking("--backend", "PyTorch", "cuda")) == (
        '--backend: PyTorch is not installed; install the extra: pip install "llm-roofline[cuda]"'
    )


def test_several_files_make_one_error_and_each_is_named() -> None:
    """One alone stays as it is."""
    first, second = InputError.at("a.csv", "empty"), InputError.at("b.csv", "damaged", 2)
    assert join_errors("both", [first]) is first
    assert str(join_errors("both", [first, second])).splitlines() == [
        "both: 2 problems",
        "  a.csv: empty",
        "  b.csv (line 2): damaged",
    ]


def test_very_many_problems_are_counted() -> None:
    """The first 20 are shown, the rest counted."""
    error = InputError("s.yml", [Problem(place=f"a[{i}]", rule="no") for i in range(23)])
    lines = str(error).splitlines()
    assert lines[0] == "s.yml: 23 problems"
    assert lines[-1] == "  and 3 more"
    assert len(lines) == 22


def test_an_error_survives_pickling() -> None:
    """A worker process can hand its error to the one that started it."""
    error = InputError("s.yml", [Problem(place="a", rule="no")])
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # the test's own bytes
    assert str(copy) == str(error)
    assert copy.problems == error.problems


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (1.5, "1.5"),
        (float("nan"), "not a number"),
        (float("-inf"), "-infinity"),
        ("fp16", '"fp16"'),
        ("a\nb\x00", r'"a\nb\x00"'),
        ([], "an empty list"),
        ({"a": 1}, "a mapping"),
        (dt.date(2024, 1, 2), "the date 2024-01-02"),
        pytest.param(1 << 20_000, "an integer of 20001 bits", id="large integer"),
    ],
)
def test_values_are_shown_as_a_file_has_them(value: object, text: str) -> None:
    """No Python spelling reaches a reader."""
    assert as_written(value) == text


def test_a_long_text_is_cut() -> None:
    """A megabyte of input makes a short message."""
    assert len(as_written("x" * 1_000_000)) < 80


CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that move a cursor, turn the direction of text, or are none."""


@given(st.text(), st.text(), st.text(), st.integers(0, 100))
@example("a\nb.yml", "\x1b[2J", "\u202egpj.exe\u2066", 1)
@example("x" * 150_000, "y" * 150_000, "z" * 150_000, 100)
@example("\ud800" * 9_000, "", "\x00" * 9_000, 50)
def test_a_message_is_short_and_fit_for_a_terminal(
    origin: str, place: str, rule: str, times: int
) -> None:
    """Whatever the input holds: a few lines of printable text, each problem in one of them."""
    message = str(InputError(origin, [Problem(place=place, rule=rule, line=3)] * times))
    assert len(message) < 6_000
    assert len(message.split("\n")) <= 22
    shown = message.replace("\n", "")
    assert not any(unicodedata.category(character) in CONTROLS for character in shown)
    assert message.encode()


def test_what_is_cut_or_escaped_can_still_be_recognised() -> None:
    """The ends of a long name stay, and a control is written as its escape."""
    assert printable("left\u202eright\x07\n", 99) == r"left\u202eright\x07\n"
    assert printable("é 大 😀", 9) == "é 大 😀"
    assert printable("abcdefghij", 10) == "abcdefghij"
    assert printable("abcdefghijk", 10) == "abcde … ghijk"
    long = InputError("s.yml", [Problem(place="a", rule="x" * 10_000)] * 9)
    # Each is cut to 700 characters and a few more, so that 5 of them fit into 4,000.
    assert str(long).splitlines()[-1] == "  and 4 more"


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ([], "nothing"),
        (["a"], "a"),
        (["a", "b"], "a or b"),
        (["a", "b", "c"], "a, b or c"),
        (list("abcdefghijkl"), "a, b, c, d, e, f, g, h, i, j, k or l"),
        (list("abcdefghijklmn"), "a, b, c, d, e, f, g, h, i, j, k, l and 2 more"),
    ],
)
def test_choices_are_joined_without_dropping_one(choices: list[str], text: str) -> None:
    """A list that is cut says by how many."""
    assert join_choices(choices) == text


def test_the_nearest_name_is_offered_whatever_the_case() -> None:
    """A name in capitals finds its lower-case spelling."""
    assert unknown("dtype", "BF16", ["fp16", "bf16"]) == (
        'unknown dtype "BF16"; did you mean "bf16"? Known: fp16 and bf16'
    )
    assert unknown("dtype", "posit", ["fp16"]) == 'unknown dtype "posit"; known: fp16'
