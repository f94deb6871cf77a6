"""A transformer: the dimensions of one model."""

from functools import cache
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from roofline.catalog.entries import Entry, Published, Text
from roofline.catalog.reader import read_entry

Dimension = Annotated[int, Field(gt=0, le=10**9)]
Repeats = Annotated[int, Field(gt=0, le=10**4)]
"""How often a part of the model stands in it."""


class Transformer(Entry):
    """Dimensions of a decoder-only transformer with a gated feed-forward network."""

    name: Text
    """Name shown on the pages."""
    hidden: Published[Dimension]
    """h."""
    intermediate: Published[Dimension]
    """i, of the feed-forward network."""
    layers: Published[Repeats]
    """L."""
    heads: Published[Repeats]
    """a, query heads."""
    kv_heads: Published[Repeats]
    """Key and value heads; equal to the heads without grouping."""
    head_dimension: Published[Dimension]
    """d."""
    vocabulary: Published[Dimension]
    """V."""
    context: Published[Dimension]
    """Longest sequence that the model was trained on [token]."""
    tied_embeddings: Published[bool]
    """Whether the output head is the input embedding."""

    @field_validator("kv_heads")
    @classmethod
    def _groups_divide(
        cls, kv_heads: Published[Repeats], info: ValidationInfo
    ) -> Published[Repeats]:
        heads: Published[Repeats] | None = info.data.get("heads")
        if heads is not None and heads.value % kv_heads.value:
            message = f"expected a divisor of heads ({heads.value}), got {kv_heads.value}"
            raise ValueError(message)
        return kv_heads

    @property
    def fields(self) -> dict[str, Any]:
        """Every published number by the name of its field."""
        return {name: getattr(self, name).value for name in published_fields(type(self))}


@cache
def published_fields(model: type[Entry]) -> tuple[str, ...]:
    """Names of the fields of an entry that hold a published value."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Published)
    )


@cache
def load_transformer(identifier: str) -> Transformer:
    """Load one transformer of the catalogue.

    Args:
        identifier: Name of its file, such as ``llama-33b``.

    Returns:
        The transformer.

    Raises:
        LookupError: There is no such transformer; the message names the nearest.
        InputError: The entry breaks a rule.
    """
    return read_entry("transformers", identifier, Transformer)
