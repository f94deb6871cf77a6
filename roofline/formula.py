"""The intensity of a kernel as a formula: in symbols, and with the values in it.

The formulas are typeset from the same rows that are evaluated.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roofline.deployment import Deployment
from roofline.expression import Expression
from roofline.operators import Operators, Phase, Row

_LAW_WIDTH = 2.0
"""At 2 bytes for every element the law loses its factors: 1/(1/m + 1/n + 1/k)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """One right-hand side, in symbols and with values."""

    text: str
    values_text: str
    tex: str
    values_tex: str


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How the symbols of one deployment, phase and setting are written."""

    definitions: Mapping[str, Expression]
    """Derived symbols, and base symbols that are one or equal here, in base symbols."""
    tex: Mapping[str, str]
    values: Mapping[str, Expression]
    """Numbers of the setting and the model."""

    def symbolic(self, expression: Expression) -> Expression:
        """Write in base symbols."""
        return expression.substitute(self.definitions)

    def numeric(self, expression: Expression) -> Expression:
        """Write with the values in place of the symbols."""
        return self.symbolic(expression).substitute(self.values)


def notation(
    deployment: Deployment,
    phase: Phase,
    setting: tuple[int, int, int],
    candidates: Iterable[int],
) -> Notation:
    """Choose the notation for one setting of a study.

    Args:
        deployment: Model, accelerator and choices.
        phase: Chooses the definitions of derived symbols.
        setting: Batch, sequence length and candidate tokens.
        candidates: All that the study has; a lone 1 is not written.
    """
    operators: Operators = deployment.operators
    known: dict[str, Expression] = {}
    if set(candidates) == {1}:
        known["q"] = Expression("1")
    transformer = deployment.transformer
    if transformer.heads.value == transformer.kv_heads.value:
        known["a_kv"] = Expression("a")
    definitions = known | {
        name: definition.substitute(known)
        for name, definition in operators.definitions(phase).items()
    }
    numbers = dict(zip("bsq", setting, strict=True)) | transformer.symbols
    return Notation(
        definitions=definitions,
        tex={name: symbol.tex for name, symbol in operators.symbols.items()},
        values={name: Expression.parse(repr(number)) for name, number in numbers.items()},
    )


def _terms(deployment: Deployment, row: Row, written: Notation) -> list[tuple[float, Expression]]:
    """Terms of the law, ``bytes / dimension``, of operands that leave the chip."""
    a, b, c = (deployment.element_bytes[kind] for kind in row.operands)
    pairs = ((b, row.m), (a, row.n), (c, row.k))
    return [(width, written.symbolic(size)) for width, size in pairs if width]


def kernel_formula(deployment: Deployment, rows: Sequence[Row], written: Notation) -> Formula:
    """Intensity of one kernel.

    Args:
        deployment: Model, accelerator and choices.
        rows: Rows that share the launch.
        written: How symbols are written.

    Returns:
        The law ``2 / (e_b/m + e_a/n + e_c/k)`` for a single product, work over
        traffic in full for several.
    """
    if len(rows) == 1 and not rows[0].gather and rows[0].fill.is_one:
        return _law(_terms(deployment, rows[0], written), written)
    return _ratio(deployment, rows, written)


def _law(terms: list[tuple[float, Expression]], written: Notation) -> Formula:
    plain = all(width == _LAW_WIDTH for width, _ in terms)
    top = "1" if plain else "2"
    widths = ["1" if plain else f"{width:g}" for width, _ in terms]
    sizes = [size for _, size in terms]
    values = [size.substitute(written.values) for size in sizes]

    def text(denominators: list[Expression]) -> str:
        parts = [
            width if size.is_one else f"{width}/{_grouped(size)}"
            for width, size in zip(widths, denominators, strict=True)
        ]
        return f"{top} / ({' + '.join(parts)})"

    def tex(denominators: list[Expression]) -> str:
        parts = [
            width if size.is_one else rf"\frac{{{width}}}{{{size.tex(written.tex)}}}"
            for width, size in zip(widths, denominators, strict=True)
        ]
        return rf"\frac{{{top}}}{{{' + '.join(parts)}}}"

    return Formula(
        text=text(sizes), values_text=text(values), tex=tex(sizes), values_tex=tex(values)
    )


def _grouped(expression: Expression) -> str:
    simple = expression.text.replace("_", "").replace(".", "").isalnum()
    return expression.text if simple else f"({expression.text})"


def _ratio(deployment: Deployment, rows: Sequence[Row], written: Notation) -> Formula:
    work: list[Expression] = []
    moved: list[Expression] = []
    for row in rows:
        sizes = {name: f"({getattr(row, name).text})" for name in ("count", "m", "n", "k")}
        if not row.gather:
            fill = "" if row.fill.is_one else f"({row.fill.text}) * "
            work.append(_product(f"2 * {fill}{{count}} * {{m}} * {{n}} * {{k}}", sizes))
        for kind, elements in zip(
            row.operands, ("{m} * {k}", "{k} * {n}", "{m} * {n}"), strict=True
        ):
            width = deployment.element_bytes[kind]
            if width:
                moved.append(_product(f"{width:g} * {{count}} * {elements}", sizes))
    top = [written.symbolic(one) for one in work] or [Expression("0")]
    bottom = [written.symbolic(one) for one in moved]
    top_values = [one.substitute(written.values) for one in top]
    bottom_values = [one.substitute(written.values) for one in bottom]

    def text(above: list[Expression], below: list[Expression]) -> str:
        return f"({_sum_text(above)}) / ({_sum_text(below)})"

    def tex(above: list[Expression], below: list[Expression]) -> str:
        sums = (" + ".join(one.tex(written.tex) for one in part) for part in (above, below))
        return rf"\frac{{{next(sums)}}}{{{next(sums)}}}"

    return Formula(
        text=text(top, bottom),
        values_text=text(top_values, bottom_values),
        tex=tex(top, bottom),
        values_tex=tex(top_values, bottom_values),
    )


def _product(template: str, sizes: Mapping[str, str]) -> Expression:
    return Expression.parse(template.format(**sizes))


def _sum_text(parts: list[Expression]) -> str:
    return " + ".join(part.text for part in parts)


def one_law(deployment: Deployment, kernels: Sequence[Sequence[Row]], written: Notation) -> bool:
    """Whether all kernels of a series have the same formula for their intensity."""
    if any(len(rows) > 1 or rows[0].gather or not rows[0].fill.is_one for rows in kernels):
        return len(kernels) == 1
    laws = {
        frozenset(
            Counter(
                (width, size.text) for width, size in _terms(deployment, rows[0], written)
            ).items()
        )
        for rows in kernels
    }
    return len(laws) == 1
