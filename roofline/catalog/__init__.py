"""The catalogue: every published number the model uses, with its source.

Data files beside this module hold accelerators, transformers, number formats,
sources and the operator table. A number without a source does not load.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
)

from roofline.errors import unknown
from roofline.files import Document, read_yaml, validate

FOLDER = Path(__file__).parent
Kind = Literal["accelerators", "calibrations", "transformers"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
PositiveFloat = Annotated[float, Field(gt=0, lt=1e30, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(gt=0, le=10**12)]


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


class Quoted(Entry, Generic[T]):
    """A published number and where it is published."""

    value: T
    source: SourceKey
    """Key in ``sources.yml``."""
    where: Text
    """Page, table, row or key inside the source."""


class Citation(Entry):
    """A source and the place in it."""

    source: SourceKey
    where: Text


class Source(Entry):
    """A publication."""

    title: Text
    authors: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    kind: Literal[
        "data sheet",
        "paper",
        "model configuration",
        "blog post",
        "software",
        "standard",
        "measurement",
    ]
    identifier: Text | None = None
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None


class _Sources(Entry):
    entries: dict[str, Source]


class NumberFormat(Entry):
    """A number format and its width."""

    bytes: Quoted[PositiveFloat]
    """Bytes per element, without scales [byte]."""
    meaning: Text


class _NumberFormats(Entry):
    entries: dict[str, NumberFormat]


E = TypeVar("E", bound=Entry)


def catalogue_path(path: Path) -> str:
    """Name a catalogue file in messages by its place in the package."""
    return (Path("roofline") / "catalog" / path.relative_to(FOLDER)).as_posix()


def read_catalogue(relative: str) -> Document:
    """Read one data file of the catalogue."""
    path = FOLDER / relative
    return read_yaml(path, catalogue_path(path))


def _wrapped(relative: str) -> Document:
    """Read a file that is one mapping from keys to entries."""
    document = read_catalogue(relative)
    return Document(origin=document.origin, data={"entries": document.data}, root=document.root)


@cache
def sources() -> dict[str, Source]:
    """Every source, by key."""
    return validate(_Sources, _wrapped("sources.yml")).entries


@cache
def number_formats() -> dict[str, NumberFormat]:
    """Every number format, by name."""
    document = _wrapped("dtypes.yml")
    return validate(_NumberFormats, document, context()).entries


def context() -> dict[str, Any]:
    """What validators of catalogue entries need to know."""
    return {"sources": sources()}


@cache
def identifiers(kind: Kind) -> tuple[str, ...]:
    """Identifiers of all entries of a kind: the names of their files."""
    return tuple(sorted(path.stem for path in (FOLDER / kind).glob("*.yml")))


def read_entry(kind: Kind, identifier: str, model: type[E]) -> E:
    """Read and check one entry.

    Args:
        kind: Which folder of the catalogue.
        identifier: Name of the file, without its ending.
        model: What the entry must look like.

    Returns:
        The checked entry.

    Raises:
        LookupError: There is no such entry; the message names the nearest.
        InputError: The entry breaks a rule.
    """
    if identifier not in identifiers(kind):
        raise LookupError(unknown(kind.removesuffix("s"), identifier, identifiers(kind)))
    return validate(model, read_catalogue(f"{kind}/{identifier}.yml"), context())
