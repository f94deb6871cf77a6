"""Transformers of the catalogue: their dimensions, by the names of their fields."""

import pytest
from pydantic import ValidationError

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.reader import identifiers
from roofline.catalog.transformer import Transformer, load_transformer, published_fields

FIELDS = (
    "hidden",
    "intermediate",
    "layers",
    "heads",
    "kv_heads",
    "head_dimension",
    "vocabulary",
    "context",
    "tied_embeddings",
)


def test_the_flagship_model() -> None:
    """Dimensions: h 6656, i 17920, L 60, a 52, d 128, V 32000, no grouping."""
    values = (6656, 17920, 60, 52, 52, 128, 32000, 2048, False)
    assert load_transformer("llama-33b").fields == dict(zip(FIELDS, values, strict=True))


def test_only_published_numbers_are_fields_that_a_symbol_can_read() -> None:
    """Neither a name nor the peaks of a card, of which there are several."""
    assert published_fields(Transformer) == FIELDS
    assert published_fields(Accelerator) == ("bandwidth", "capacity")


@pytest.mark.parametrize("name", identifiers("transformers"))
def test_heads_of_the_llamas_span_the_hidden_dimension(name: str) -> None:
    """In this family a · d = h, and the groups are equal."""
    fields = load_transformer(name).fields
    assert fields["heads"] * fields["head_dimension"] == fields["hidden"]
    assert fields["heads"] % fields["kv_heads"] == 0


@pytest.mark.parametrize(
    ("field", "most"), [("layers", 10**4), ("heads", 10**4), ("hidden", 10**9), ("context", 10**9)]
)
def test_no_dimension_is_beyond_what_can_be_worked_out(field: str, most: int) -> None:
    """The largest that passes, and one more."""
    data = load_transformer("llama-33b").model_dump()
    data["kv_heads"]["value"] = 1
    data[field]["value"] = most
    assert Transformer.model_validate(data).fields[field] == most
    data[field]["value"] = most + 1
    with pytest.raises(ValidationError, match=f"less than or equal to {most}"):
        Transformer.model_validate(data)
