"""Reading YAML files, whatever they hold, and writing what can be read again."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from roofline.errors import InputError
from roofline.files.text import MOST_BYTES
from roofline.files.yaml import Location, parse_yaml, read_yaml, write_yaml
from roofline.study.study import StudyFile, load_study

Refusal = Callable[[str | bytes], str]
UNREADABLE = "not YAML that can be read"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected a mapping of keys and values, got an empty file"),
        ("# nothing\n", "expected a mapping of keys and values, got an empty file"),
        ("- a\n", "expected a mapping of keys and values, got a list"),
        ("text\n", "expected a mapping of keys and values, got text"),
        ("5\n", "expected a mapping of keys and values, got 5"),
        ("a: [1\nb: 2\n", (f"line 2: {UNREADABLE}: while parsing a flow sequence, "
         "expected ',' or ']', but got ':'")),
        ("a: b: c\n", f"line 1: {UNREADABLE}: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", (f"line 2: {UNREADABLE}: expected a single document in the stream, "
         "but found another document")),
        ("a: *b\n", f"line 1: {UNREADABLE}: found undefined alias 'b'"),
        ("a: 1\na: 2\n", 'line 2: the key "a" stands twice'),
        ("\n\na: \x00\n", "line 3: expected text, got the character U+0000"),
        ("\r\r\na: \x00\r", "line 3: expected text, got the character U+0000"),
        (b"a: 1\rb: \xff\r", "line 2: expected UTF-8 text, got the byte 0xff"),
        (b"a: 1\nb: \xff\n", "line 2: expected UTF-8 text, got the byte 0xff"),
        ("a: !!python/object/apply:os.system [ls]\n",
         f"line 1: {UNREADABLE}: the tag !!python/object/apply:os.system is not allowed"),
        ("a: !local b\n", f"line 1: {UNREADABLE}: the tag !local is not allowed"),
        ("a: !!binary aGk=\n", f"line 1: {UNREADABLE}: the tag !!binary is not allowed"),
        ("a: !!bool b\n", f"{UNREADABLE}: a value that its type does not allow"),
        ("a: " + "9" * 5000, f"{UNREADABLE}: a value that its type does not allow"),
        ("a: &a {b: 1}\nc: {<<: *a}\n",
         f"line 2: {UNREADABLE}: merge keys (<<) are not allowed"),
        ("a: " + "[" * 700, "nested too deeply"),
        ("x" * (MOST_BYTES + 1), "expected at most 200,000 bytes, got more"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    refusal: Refusal, content: str | bytes, message: str
) -> None:
    """One line that says what is wrong, and on which line."""
    assert refusal(content) == message


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """A missing file, a folder, and a name that no file can have."""
    (tmp_path / "folder").mkdir()
    for name, reason in [
        ("missing.yml", "No such file or directory"),
        ("folder", "Is a directory"),
        ("x" * 300, "File name too long"),
        ("a\x00b", "embedded null byte"),
    ]:
        with pytest.raises(InputError) as error:
            read_yaml(tmp_path / name, "the file")
        assert str(error.value) == f"the file: cannot be read: {reason}"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """A file saved with one reads as without."""
    path = tmp_path / "a.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(path).data == {"a": 1}


def test_a_character_in_two_escapes_is_one(tmp_path: Path) -> None:
    """U+1F600 is U+D83D U+DE00 to JSON, as key and as value; halves in the wrong order are none."""
    path = tmp_path / "a.yml"
    path.write_text(r'{"\ud83d\ude00": ["caf\u00e9 \ud83d\ude00", "\U0001F600"]}')
    assert read_yaml(path).data == {"😀": ["café 😀", "😀"]}
    for text, half in ((r"\ud83d", "D83D"), (r"\ude00\ud83d", "DE00"), (r"\ud83d \ude00", "D83D")):
        path.write_text(f'a: "{text}"')
        with pytest.raises(InputError, match=rf"the character U\+{half} is not allowed"):
            read_yaml(path)


def test_numbers_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    """An exponent needs no sign or point, and `no` is a word."""
    path = tmp_path / "a.yml"
    path.write_text("a: 312e12\nb: no\nc: 1_000\n")
    assert read_yaml(path).data == {"a": 312e12, "b": "no", "c": 1000}


LAUGHS = "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else 'ha'] * 9)}]\n" for i in range(40)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 40)
)


@pytest.mark.parametrize("bomb", [LAUGHS, MERGES, f"{LAUGHS}batches: *a39\nlengths: *a39\n"])
def test_a_billion_laughs_are_refused_in_little_memory_and_few_words(
    refusal: Refusal, bomb: str
) -> None:
    """9 to the power of 40 elements would never end."""
    tracemalloc.start()
    try:
        message = refusal(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50e6
    assert len(message) < 5_000


def test_aliases_are_read(tmp_path: Path) -> None:
    """A list that stands once can be used twice."""
    path = tmp_path / "study.yml"
    path.write_text(
        "title: x\nmodel: llama-33b\naccelerator: a40\ndtype: fp16\n"
        "batches: &sizes [1, 2]\nlengths: *sizes\n"
    )
    assert load_study(str(path)).file.lengths == (1, 2)


PIECES = st.sampled_from(
    [
        *("title", "model", "batches", "storage", "choices", "notes", "weight", "fp16", "a"),
        *(": ", ":\n", "\n", "\n  ", "- ", ", ", "? ", "[", "]", "{", "}", "&a ", "*a", "<<"),
        *("!!", "!!int ", "!!map ", "!!python/name:os ", "|", ">-", "'", '"', "#", "---\n", "%"),
        *("1", "-1", "0", ".nan", ".inf", "1e400", "null", "true", "2024-01-01", "\t", "\x00"),
    ]
)


PRINTED = st.text(
    st.sampled_from("aZ01 .:-#?{}[],&*!|>%@`'\"\\/~<=_\t\n\r\x85\u2028\ufeffé大😀"), max_size=8
)
"""Texts of what means something in YAML, and of letters from everywhere."""


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("a: !!timestamp x")
@example("? {a: 1}\n: 2")
@example("!!int ''")
@given(
    st.lists(PIECES, max_size=25).map("".join)
    | st.lists(PRINTED, max_size=8).map("".join)
    | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))
)
def test_any_text_is_a_study_or_a_refusal(tmp_path: Path, text: str) -> None:
    """Nothing but an `InputError` comes out of the loader."""
    path = tmp_path / "study.yml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        assert isinstance(load_study(str(path)).file, StudyFile)
    except InputError as error:
        assert str(error).startswith(str(path))  # noqa: PT017  # either outcome is right


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_are_a_refusal(tmp_path: Path, content: bytes) -> None:
    """No bytes of this length are a study."""
    path = tmp_path / "study.yml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_study(str(path))


LEAVES = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | PRINTED
TREES = st.recursive(
    LEAVES | st.lists(LEAVES, max_size=3),
    lambda inner: st.dictionaries(PRINTED, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.dictionaries(PRINTED, TREES, min_size=1, max_size=4))
@example({"no": "null", "1": "0x1f", "~": "2024-01-01", "a: b": "- c", "": "#d", "<<": " e "})
@example({"a": {"b": {"c": {"d": {"e": ["f, g", "{", "h"]}}}}})
def test_what_is_written_is_read_again(data: dict[str, Any]) -> None:
    """Whatever the names look like, however deep."""
    comments: dict[Location, str] = {(key,): "a comment\nof two lines" for key in data}
    text = write_yaml(data, "A file.\nOf ours.", comments)
    assert text.startswith("# A file.\n# Of ours.\n\n")
    assert parse_yaml(text, "own").data == data
    assert text.count("# a comment\n") == len(data)


def test_what_is_written_is_laid_out_for_people() -> None:
    """Blank lines between parts, short lists and deep mappings in one line, whole numbers."""
    data = {
        "name": "A card",
        "sizes": [1, 2.5],
        "part": {"inner": {"value": 3e9, "deep": {"low": 1e-9, "high": "one two"}}},
        "rows": [{"stage": "a", "p10": 0.25}],
    }
    comments: dict[Location, str] = {("part",): "What it is made of.", ("part", "inner"): "[byte]"}
    assert write_yaml(data, "A head.", comments).splitlines() == [
        "# A head.",
        "",
        'name: "A card"',
        "sizes: [1, 2.5]",
        "",
        "# What it is made of.",
        "part:",
        "  # [byte]",
        "  inner:",
        "    value: 3000000000",
        '    deep: {low: 1e-09, high: "one two"}',
        "rows:",
        "  - stage: a",
        "    p10: 0.25",
    ]


def test_a_character_that_no_page_can_show_is_written_but_not_read() -> None:
    text = write_yaml({"name": "bell \x07"}, "", {})
    with pytest.raises(InputError, match=r"the character U\+0007 is not allowed"):
        parse_yaml(text, "own")
