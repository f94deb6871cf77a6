"""One layer of a model: which products run one after the other, and on what."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from roofline.model.deployment import Deployment
from roofline.model.expression import Expression, Value
from roofline.model.grid import Grid
from roofline.model.operators import PHASE_NAMES, PHASES, Phase, Row
from roofline.model.points import Product, products
from roofline.report.charts.labels import size
from roofline.report.charts.plans.series import series_role
from roofline.report.charts.spec import Layer, LayerGroup, LayerProduct, PhaseSizes, Term
from roofline.units import significant

CACHE: Final = "kv-cache"


def layer_plan(deployment: Deployment, batch: int, length: int) -> Layer:
    """Plan the drawing of one layer, with sizes at one setting.

    Args:
        deployment: Its operators are drawn, with the choices made.
        batch: Sequences.
        length: Tokens of each sequence.
    """
    grid = Grid(batch, length)
    steps = deployment.operators.steps()
    rows = sorted((row for row in deployment.rows if row.per_layer), key=lambda r: steps[r.name])
    sized = {phase: _by_name(deployment, rows, phase, grid) for phase in PHASES}
    groups = tuple(
        LayerGroup(
            label=series,
            title=deployment.operators.series[series].title,
            products=tuple(_product(deployment, row, sized) for row in members),
        )
        for series, members in groupby(rows, key=lambda row: row.series)
    )
    where = f"batch {size(batch)} and length {size(length)}"
    return Layer(
        title=f"One of {_layers(deployment, rows)} layers of {deployment.transformer.name}: "
        "its matrix products and their operands",
        caption=(
            f"The products run from top to bottom. Below each are its sizes at {where}, "
            "in the colours of the charts: "
            + " and ".join(f"{phase} is {PHASE_NAMES[phase]}" for phase in PHASES)
            + ". Norms, softmax and other element-wise kernels between the products are left out."
        ),
        description=" ".join(_words(group) for group in groups),
        groups=groups,
    )


def _layers(deployment: Deployment, rows: Sequence[Row]) -> str:
    symbols = deployment.symbols("ar", Grid(1, 1))
    return _number(max(float(row.launches.evaluate(symbols)) for row in rows))


def _by_name(
    deployment: Deployment, rows: Sequence[Row], phase: Phase, grid: Grid
) -> dict[str, Product]:
    """Products of the rows that take part in a phase, by the names of their rows."""
    taking = [row for row in rows if phase in row.phases]
    return {product.row.name: product for product in products(deployment, taking, phase, grid)}


def _product(
    deployment: Deployment, row: Row, sized: dict[Phase, dict[str, Product]]
) -> LayerProduct:
    a, b, c = row.operands
    many = () if row.count.is_one else (Term(text=f"{_symbols(row.count)} × "),)
    return LayerProduct(
        name=row.meaning,
        shape=(
            *many,
            _matrix(row.m, row.k, a),
            Term(text=" · "),
            _matrix(row.k, row.n, b),
            Term(text=" → "),
            _matrix(row.m, row.n, c),
        ),
        sizes=tuple(
            PhaseSizes(
                phase=phase,
                role=series_role(deployment.operators, row.series, phase),
                text=_sizes(named[row.name]),
            )
            for phase, named in sized.items()
            if row.name in named
        ),
        writes=c == CACHE,
        reads=CACHE in {a, b},
    )


def _matrix(rows: Expression, columns: Expression, kind: str) -> Term:
    return Term(text=f"[{_symbols(rows)} × {_symbols(columns)}]", kind=kind)


def _symbols(expression: Expression) -> str:
    """Write an expression of the operator table with the signs of a formula."""
    return expression.text.replace(" ** ", "^").replace(" * ", "·").replace(" / ", "/")


def _sizes(product: Product) -> str:
    m, n, k = (_number(value) for value in (product.m, product.n, product.k))
    count = _number(product.count)
    return f"{f'{count} × ' if count != '1' else ''}[{m} × {k}] · [{k} × {n}]"


def _number(value: Value) -> str:
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() else significant(number, 3)


def _words(group: LayerGroup) -> str:
    """Say what a group multiplies, and what it has to do with the KV cache."""
    told = []
    for product in group.products:
        shape = "".join(term.text for term in product.shape)
        cache = " into the KV cache" * product.writes + " with the KV cache" * product.reads
        sizes = "; ".join(f"{part.phase} {part.text}" for part in product.sizes)
        told.append(f"{product.name} {shape}{cache}, {sizes}")
    return f"{group.title}, {group.label}: {'. '.join(told)}."
