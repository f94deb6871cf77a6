"""Draw one layer as an inline drawing: its products from top to bottom, and the KV cache."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

from roofline.report.charts.drawing.inline import colour, inline_figure, text_element
from roofline.report.charts.drawing.palette import series_colour, themed
from roofline.report.charts.drawing.sheet import text_width
from roofline.report.charts.spec import Layer, LayerGroup, LayerProduct, Term

_FONT: Final = 11.0
_LINE: Final = 15.0
_PAD: Final = 8.0
_GAP: Final = 20.0
"""Between two groups, for the arrow from one to the next."""
_INDENT: Final = 40.0
"""Of sizes, for the mark and the name of their phase."""
_REACH: Final = 26.0
"""Between groups and KV cache, for the arrows."""
_CACHE: Final = 26.0
"""Width of the KV cache."""
_HEAD: Final = 4.0
"""Half the width of an arrow's head."""
_LOOKS: Final = {
    "weight": ("ink", 700),
    "kv-cache": ("memory", 700),
    "on-chip": ("muted", 400),
}
"""Role and weight of the operands that stand out."""
_KEY: Final = (
    Term(text="weights", kind="weight"),
    Term(text="KV cache", kind="kv-cache"),
    Term(text="activations and scores"),
    Term(text="on-chip", kind="on-chip"),
)


def draw_layer(slug: str, layer: Layer) -> Markup:
    """Draw one layer.

    Args:
        slug: Part of the ids, which are unique on the page.
        layer: What is drawn.

    Returns:
        A figure whose text is text and whose colours follow the page's scheme.
    """
    width = max(map(_group_width, layer.groups)) + 2 * _PAD
    parts: list[str] = []
    touched: list[tuple[float, LayerProduct]] = []
    top = 0.0
    for group in layer.groups:
        if top:
            parts.append(_arrow(width / 2, top, width / 2, top + _GAP))
            top += _GAP
        height = _group_height(group)
        parts.append(
            f'<rect x="0.5" y="{top + 0.5:g}" width="{width - 1:g}" height="{height - 1:g}"'
            f' rx="4" fill="none" stroke="{colour("rule")}"/>'
        )
        line = top + _PAD + _FONT
        parts.append(text_element(_PAD, line, group.label, weight=700))
        parts.append(text_element(_PAD, line + _LINE, group.title, role="muted"))
        line += 2.4 * _LINE
        for product in group.products:
            parts.extend(_product(product, line))
            touched.append((line + 0.6 * _LINE, product))
            line += _product_lines(product) * _LINE
        top += height
    cached = [(y, product) for y, product in touched if product.reads or product.writes]
    whole = width
    if cached:
        parts.extend(_cache(cached, width))
        whole += _REACH + _CACHE
    key = [term for term in _KEY if not term.kind or _has(layer, term.kind)]
    parts.append(_terms(_PAD, top + _GAP, _separated(key)))
    return inline_figure(
        slug,
        parts,
        (whole, top + _GAP + _PAD),
        title=layer.title,
        caption=layer.caption,
        description=layer.description,
        font=_FONT,
    )


def _has(layer: Layer, kind: str) -> bool:
    return any(
        term.kind == kind
        for group in layer.groups
        for product in group.products
        for term in product.shape
    )


def _separated(terms: list[Term]) -> list[Term]:
    """Put a dot between terms."""
    return [part for term in terms for part in (Term(text=" · "), term)][1:]


def _product_lines(product: LayerProduct) -> float:
    """Lines that a product takes, with the room below it."""
    return 2.4 + len(product.sizes)


def _group_height(group: LayerGroup) -> float:
    lines = 2.4 + sum(map(_product_lines, group.products))
    return (lines - 0.4) * _LINE + 2 * _PAD - (_LINE - _FONT)


def _group_width(group: LayerGroup) -> float:
    widths = [text_width(group.label, _FONT, "bold"), text_width(group.title, _FONT)]
    for product in group.products:
        shape = "".join(term.text for term in product.shape)
        widths += [text_width(product.name, _FONT, "bold"), text_width(shape, _FONT)]
        widths += [_INDENT + text_width(sizes.text, _FONT) for sizes in product.sizes]
    return max(widths)


def _product(product: LayerProduct, line: float) -> Iterator[str]:
    """Write name, shape and sizes of a product, the first on a base line."""
    yield text_element(_PAD, line, product.name, weight=600)
    yield _terms(_PAD, line + _LINE, list(product.shape))
    for position, sizes in enumerate(product.sizes, 2):
        base = line + position * _LINE
        fill = escape(themed(series_colour(sizes.role)))
        yield f'<rect x="{_PAD:g}" y="{base - 9:g}" width="10" height="10" fill="{fill}"/>'
        yield text_element(_PAD + 14, base, sizes.phase)
        yield text_element(_PAD + _INDENT, base, sizes.text)


def _terms(x: float, y: float, terms: list[Term]) -> str:
    """Write terms behind each other, each as what it is."""
    spans = []
    for term in terms:
        role, weight = _LOOKS.get(term.kind, ("ink", 400))
        spans.append(
            f'<tspan fill="{colour(role)}" font-weight="{weight}">{escape(term.text)}</tspan>'
        )
    return f'<text x="{x:g}" y="{y:g}" xml:space="preserve">{"".join(spans)}</text>'


def _cache(cached: list[tuple[float, LayerProduct]], width: float) -> Iterator[str]:
    """Draw the KV cache beside the products, what goes into it, and what comes out."""
    first, last = cached[0][0] - 2 * _LINE, cached[-1][0] + 2 * _LINE
    x, middle = width + _REACH, (first + last) / 2
    yield (
        f'<rect x="{x:g}" y="{first:g}" width="{_CACHE - 1:g}" height="{last - first:g}" rx="4"'
        f' fill="{colour("memory")}" fill-opacity="0.14" stroke="{colour("memory")}"/>'
    )
    yield (
        f'<text transform="translate({x + _CACHE / 2 + 4:g} {middle:g}) rotate(-90)"'
        f' text-anchor="middle" font-weight="700" fill="{colour("memory")}">KV cache</text>'
    )
    for y, product in cached:
        if product.writes:
            yield _arrow(width, y, x, y, role="memory")
        if product.reads:
            yield _arrow(x, y + _HEAD * 2.5 * product.writes, width, y, role="memory")


def _arrow(x: float, y: float, to_x: float, to_y: float, *, role: str = "muted") -> str:
    """Draw an arrow along an axis."""
    length = abs(to_x - x) + abs(to_y - y)
    right, down = (to_x - x) / length, (to_y - y) / length
    back_x, back_y = to_x - right * 2 * _HEAD, to_y - down * 2 * _HEAD
    return (
        f'<path d="M{x:g} {y:g}L{back_x:g} {back_y:g}" stroke="{colour(role)}" fill="none"'
        f' stroke-width="1.4"/><path d="M{to_x:g} {to_y:g}L{back_x - down * _HEAD:g}'
        f" {back_y - right * _HEAD:g}L{back_x + down * _HEAD:g} {back_y + right * _HEAD:g}z"
        f'" fill="{colour(role)}"/>'
    )
