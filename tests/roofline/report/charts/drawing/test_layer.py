"""The drawing of a layer is one figure, named, described, and in the page's colours."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from roofline.report.charts.drawing.layer import draw_layer
from roofline.report.charts.plans.layer import layer_plan
from roofline.report.charts.spec import Layer
from roofline.study.study import load_study

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def layer() -> Layer:
    return layer_plan(load_study().deployment, 8, 1024)


def _svg(layer: Layer) -> ET.Element:
    markup = draw_layer("layer", layer).replace(" data-search-exclude", "")  # HTML, not XML
    figure = ET.fromstring(markup)  # noqa: S314  # our own drawing
    drawing = figure.find("svg")
    assert drawing is not None
    return drawing


def _texts(layer: Layer) -> list[str]:
    return ["".join(text.itertext()) for text in _svg(layer).iter("text")]


def test_it_is_named_and_described_without_a_tooltip(layer: Layer) -> None:
    drawing = _svg(layer)
    assert (drawing.get("role"), drawing.get("aria-label")) == ("img", layer.title)
    described = drawing.get("aria-describedby")
    assert [(part.get("id"), part.text) for part in drawing.iter("desc")] == [
        (described, layer.description)
    ]
    assert not [*drawing.iter("title")]


def test_every_product_is_written_with_its_shape_and_sizes(layer: Layer) -> None:
    texts = _texts(layer)
    for group in layer.groups:
        assert group.label in texts
        for product in group.products:
            assert product.name in texts
            assert "".join(term.text for term in product.shape) in texts
            assert {sizes.text for sizes in product.sizes} <= set(texts)
    assert "weights · KV cache · activations and scores" in texts


def test_all_of_it_lies_on_the_sheet_and_is_readable_on_a_phone(layer: Layer) -> None:
    """At 330 pixels of width, text of 11 is at least 9 pixels high."""
    drawing = _svg(layer)
    _, _, width, height = (float(part) for part in str(drawing.get("viewBox")).split())
    assert 11 * 330 / width >= 9
    for box in drawing.iter("rect"):
        x, y, wide, high = (float(str(box.get(name))) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= width
        assert 0 <= y < y + high <= height
    assert all(0 < float(text.get("y", "1")) < height for text in drawing.iter("text"))


def test_colours_are_those_of_the_page(layer: Layer) -> None:
    markup = str(draw_layer("layer", layer))
    for role in ("qkv-mlp-init", "qkv-mlp-ar", "qk-pv-init", "up-gate-down-ar", "ink"):
        assert f"var(--rl-{role}, #" in markup
    assert not re.search(r'(?:fill|stroke)="#', markup)


def test_without_a_cache_none_is_drawn(layer: Layer) -> None:
    bare = replace(layer, groups=layer.groups[2:])
    assert "KV cache" in _texts(layer)
    assert not [text for text in _texts(bare) if "KV cache" in text]


def test_foreign_text_stays_text(layer: Layer) -> None:
    """A model's name comes from a file."""
    odd = replace(layer, title='</svg><script>"x"</script>', description="a & <b>")
    assert _svg(odd).get("aria-label") == '</svg><script>"x"</script>'
