"""What is written is what the format takes."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from roofline.errors import InputError
from roofline.files.validation import validate, write_checked
from roofline.files.yaml import parse_yaml


class Thing(BaseModel):
    """A small format."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1, max_length=9)]
    sizes: dict[str, float]


def write(name: str, size: object = 1.0) -> str:
    """Write a thing."""
    data = {"name": name, "sizes": {name: size}}
    return write_checked(Thing, data, "the thing", head="A thing.", comments={})


@given(
    st.text(st.sampled_from("a1 .:-#{[,&*!|\"'\\~\n\r\x00\x85\u2028\ud800é😀"), max_size=12),
    st.floats(),
)
def test_what_is_written_can_be_read_and_all_else_is_refused(name: str, size: float) -> None:
    """One or the other, whatever the name."""
    try:
        text = write(name, size)
    except InputError as error:
        assert str(error).startswith("the thing: ")  # noqa: PT017  # either outcome is right
        return
    thing = validate(Thing, parse_yaml(text, "read"))
    assert thing.name == name
    assert thing.sizes[name] == size or size != size  # noqa: PLR0124  # not a number


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("", 1.0, "the thing: name: expected text that is not empty"),
        ("a name too long", 1.0, "the thing: name: expected at most 9 characters, got 15"),
        ("bell \x07", 1.0, "the character U+0007 is not allowed"),
        ("half \ud800", 1.0, "the character U+D800 is not allowed"),
        ("a", "b", 'the thing: sizes.a: expected a number, got "b"'),
    ],
)
def test_what_the_format_would_refuse_is_not_written(name: str, size: object, message: str) -> None:
    """With the place and without a line: there is no file."""
    with pytest.raises(InputError) as error:
        write(name, size)
    assert message in str(error.value)


def test_every_problem_is_told_in_the_order_of_the_file() -> None:
    """What is missing first, then line by line."""
    document = parse_yaml("sizes: {a: x}\nsise: 1\n", "own")
    with pytest.raises(InputError) as error:
        validate(Thing, document)
    assert str(error.value).splitlines() == [
        "own: 3 problems",
        "  name: required, but missing",
        '  sizes.a (line 1): expected a number, got "x"',
        '  sise (line 2): unknown key "sise"; did you mean "sizes"? Known: name and sizes',
    ]
