"""What entries of the catalogue are made of: published values, sources, number formats."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

from roofline.errors import unknown
from roofline.files.text import UNPRINTABLE, unprintable


def _shown(text: str) -> str:
    """Check that a page can show a text: JSON has escapes for any character."""
    if character := UNPRINTABLE.search(text):
        raise ValueError(unprintable(character[0]))
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_shown),
]
# Within these ends, products and quotients of several numbers neither overflow nor vanish.
PositiveFloat = Annotated[float, Field(ge=1e-30, lt=1e30, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(gt=0, le=10**18)]
Ceiling = Annotated[float, Field(ge=1, le=1e24, allow_inf_nan=False)]
"""A rate or a size of a device, of any that there may ever be [FLOP/s, byte/s or byte]."""
LEAST_WIDTH, MOST_WIDTH = 1 / 16, 64
"""Ends of the range of bytes per element: half a bit, and eight doubles [byte]."""
Width = Annotated[float, Field(ge=LEAST_WIDTH, le=MOST_WIDTH, allow_inf_nan=False)]


def known_source(key: str, info: ValidationInfo) -> str:
    """Check that a source key exists; the sources are the context's, if given."""
    known = (info.context or {}).get("sources")
    if known is not None and key not in known:
        raise ValueError(unknown("source", key, sorted(known)))
    return key


SourceKey = Annotated[str, AfterValidator(known_source)]


class Entry(BaseModel):
    """Base of everything read from the catalogue: frozen, strict, no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


T = TypeVar("T")
# YAML gives lists; strict validation alone would insist on tuples.
ListOf = Annotated[tuple[T, ...], Field(strict=False)]


class Published(Entry, Generic[T]):
    """A published number and where it is published."""

    value: T
    """The number, in base units."""
    source: SourceKey
    """Key in ``sources.yml``."""
    where: Text
    """Page, table, row or key inside the source."""


class Reference(Entry):
    """A source and the place in it."""

    source: SourceKey
    """Key in ``sources.yml``."""
    where: Text
    """Page, table, row or key inside the source."""


class Source(Entry):
    """A publication."""

    title: Text
    """Title."""
    authors: Text
    """Authors."""
    year: Annotated[int, Field(ge=1900, le=2100)]
    """Year of publication."""
    kind: Literal[
        "data sheet",
        "paper",
        "model configuration",
        "blog post",
        "software",
        "standard",
        "measurement",
        "discussion",
    ]
    """Kind of publication."""
    identifier: Text | None = None
    """Number, DOI or date that names the publication."""
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    """Address."""


class Sources(Entry):
    """Every source by its key."""

    entries: dict[str, Source]


class NumberFormat(Entry):
    """A number format and its width."""

    bytes: Published[Width]
    """Bytes per element, without scales [byte]."""
    meaning: Text
    """What it is, in words."""


class NumberFormats(Entry):
    """Every number format by its name."""

    entries: dict[str, NumberFormat]


E = TypeVar("E", bound=Entry)
