"""One layer is drawn as the operator table has it."""

from pathlib import Path

import pytest

from catalogues import RECALL, extend_operators
from drawings import odd_study
from roofline.model.operators import load_operators
from roofline.report.charts.plans.layer import layer_plan
from roofline.report.charts.spec import Layer, LayerProduct
from roofline.study.study import load_study


def _products(layer: Layer) -> dict[str, LayerProduct]:
    return {product.name: product for group in layer.groups for product in group.products}


def _shape(product: LayerProduct) -> str:
    return "".join(term.text for term in product.shape)


@pytest.fixture(scope="module")
def layer() -> Layer:
    return layer_plan(load_study().deployment, 8, 1024)


def test_products_stand_in_the_order_in_which_they_run(layer: Layer) -> None:
    """The order of the table is the legend's; that of the layer has attention in its middle."""
    assert [group.label for group in layer.groups] == [
        "qkv mlp",
        "qk/pv",
        "attention output",
        "up/gate/down",
    ]
    assert [product.name for product in layer.groups[1].products] == [
        "query-key product",
        "probability-value product",
    ]
    rows = [row for row in load_operators().rows if row.per_layer]
    assert len(_products(layer)) == len(rows) == 9


def test_shapes_are_in_the_symbols_of_the_table_and_sizes_in_numbers(layer: Layer) -> None:
    """Prefill has t = 8 · 1024 rows, decode 8; there are 8 · 52 heads."""
    up = _products(layer)["up projection"]
    assert _shape(up) == "[t × h] · [h × i] → [t × i]"
    assert [(sizes.phase, sizes.role.colour, sizes.text) for sizes in up.sizes] == [
        ("init", "green", "[8,192 × 6,656] · [6,656 × 17,920]"),
        ("ar", "red", "[8 × 6,656] · [6,656 × 17,920]"),
    ]
    scores = _products(layer)["query-key product"]
    assert _shape(scores) == "b·a_kv × [u·g × d] · [d × c] → [u·g × c]"
    assert [sizes.text for sizes in scores.sizes] == [
        "416 × [1,024 × 128] · [128 × 1,024]",
        "416 × [1 × 128] · [128 × 1,024]",
    ]


def test_the_cache_is_written_by_keys_and_values_and_read_by_attention(layer: Layer) -> None:
    products = _products(layer).values()
    assert [product.name for product in products if product.writes] == [
        "key projection",
        "value projection",
    ]
    assert [product.name for product in products if product.reads] == [
        "query-key product",
        "probability-value product",
    ]
    assert layer.description.count("into the KV cache") == 2
    assert layer.description.count("with the KV cache") == 2


def test_the_title_names_layers_and_model(layer: Layer) -> None:
    assert layer.title.startswith("One of 60 layers of Llama 33B")
    assert "batch 8 and length 1,024" in layer.caption
    assert "init is prefill and ar is decode" in layer.caption


def test_what_a_study_chooses_is_drawn() -> None:
    """Fused attention keeps the scores on-chip; grouped heads share keys: g = 64/8 rows."""
    study = odd_study(model="llama-2-70b", choices={"attention": "fused"})
    scores = _products(layer_plan(study.deployment, 1, 128))["query-key product"]
    assert scores.shape[-1].kind == "on-chip"
    assert scores.sizes[1].text == "8 × [8 × 128] · [128 × 128]"


def test_a_row_that_no_code_knows_is_drawn_where_it_says(catalogue: Path) -> None:
    (lookup, _) = RECALL["rows"]
    extend_operators(catalogue, RECALL | {"rows": [{**lookup, "after": ["o"]}]})
    layer = layer_plan(load_study().deployment, 1, 128)
    labels = [group.label for group in layer.groups]
    assert labels.index("attention output") < labels.index("recall")
    # Its rows are there in both phases, in two colours of those that are shared.
    (product,) = layer.groups[labels.index("recall")].products
    assert [sizes.role.colour for sizes in product.sizes] == ["other-1", "other-2"]
