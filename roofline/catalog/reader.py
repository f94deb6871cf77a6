"""Reading the catalogue: every published number the model uses, with its source.

Data files beside this module hold accelerators, transformers, number formats,
sources and the operator table. A number without a source does not load.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

from roofline.catalog.entries import E, NumberFormat, NumberFormats, Source, Sources
from roofline.errors import unknown
from roofline.files.validation import validate
from roofline.files.yaml import ParsedFile, read_yaml

FOLDER = Path(__file__).parent
Kind = Literal["accelerators", "calibrations", "transformers"]


def catalogue_path(path: Path) -> str:
    """Name a catalogue file in messages by its place in the package."""
    return (Path("roofline") / "catalog" / path.relative_to(FOLDER)).as_posix()


def read_catalogue(relative: str) -> ParsedFile:
    """Read one data file of the catalogue."""
    path = FOLDER / relative
    return read_yaml(path, catalogue_path(path))


def _wrapped(relative: str) -> ParsedFile:
    """Read a file that is one mapping from keys to entries."""
    document = read_catalogue(relative)
    return ParsedFile(origin=document.origin, data={"entries": document.data}, root=document.root)


@cache
def sources() -> dict[str, Source]:
    """Every source, by key."""
    return validate(Sources, _wrapped("sources.yml")).entries


@cache
def number_formats() -> dict[str, NumberFormat]:
    """Every number format, by name."""
    document = _wrapped("dtypes.yml")
    return validate(NumberFormats, document, context()).entries


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
    document = read_catalogue(f"{kind}/{identifier}.yml")
    return validate(model, document, context() | {"identifier": identifier})
