"""The intensity of a kernel as a formula: in symbols, and with the values in it.

The formulas are typeset from the same rows that are evaluated.
"""

import ast
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roofline.memo import memoised
from roofline.model.deployment import Deployment
from roofline.model.expression import Expression
from roofline.model.operators import SETTINGS, Phase, Row

_LAW_WIDTH = 2.0
"""At 2 bytes for every element the law loses its factors: 1/(1/m + 1/n + 1/k)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """One right-hand side, in symbols and with values."""

    text: str
    values_text: str
    tex: str
    values_tex: str


@dataclass(frozen=True)
class Definitions:
    """Derived symbols, and base symbols that are one or equal here, in base symbols."""

    known: Mapping[str, Expression]

    @memoised
    def apply(self, expression: Expression) -> Expression:
        """Write in base symbols."""
        return expression.substitute(self.known)


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How the symbols of one deployment, phase and setting are written."""

    definitions: Definitions
    tex: Mapping[str, str]
    values: Mapping[str, Expression]
    """Numbers of the setting and the model."""

    def symbolic(self, expression: Expression) -> Expression:
        """Write in base symbols."""
        return self.definitions.apply(expression)


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
    operators = deployment.operators
    settings = dict(zip(SETTINGS, setting, strict=True))
    numbers = operators.base_values(deployment.transformer, settings)
    return Notation(
        definitions=_definitions(deployment, phase, alone=set(candidates) == {1}),
        tex={name: symbol.tex for name, symbol in operators.symbols.items()},
        values={name: Expression.parse(repr(number)) for name, number in numbers.items()},
    )


@memoised
def _definitions(deployment: Deployment, phase: Phase, *, alone: bool) -> Definitions:
    """Collect what is written in place of symbols.

    Args:
        deployment: Model, accelerator and choices.
        phase: Chooses the definitions.
        alone: Whether the symbol of the candidates is always one.
    """
    operators, transformer = deployment.operators, deployment.transformer
    reading = {symbol.reads: name for name, symbol in operators.symbols.items()}
    known: dict[str, Expression] = {}
    if alone and "candidates" in reading:
        known[reading["candidates"]] = Expression("1")
    grouped = transformer.heads.value != transformer.kv_heads.value
    if not grouped and {"heads", "kv_heads"} <= reading.keys():
        known[reading["kv_heads"]] = Expression(reading["heads"])
    derived = operators.definitions(phase)
    return Definitions(
        known | {name: definition.substitute(known) for name, definition in derived.items()}
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """A number times powers of symbols, such as ``2 b s / a``."""

    number: float
    powers: Mapping[str, int]

    @classmethod
    def of(cls, expression: Expression, number: float = 1.0) -> "_Term":
        """Read a product; what is none, such as a sum, is a factor of its own."""
        powers: dict[str, int] = {}
        waiting = [(expression.node, 1)]
        while waiting:
            node, sign = waiting.pop()
            match node:
                case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                    turned = sign if isinstance(op, ast.Mult) else -sign
                    waiting += [(right, turned), (left, sign)]
                case ast.Constant(value=int() | float() as value):
                    number = number * value if sign > 0 else number / value
                case _:
                    name = ast.unparse(node)
                    name = name if isinstance(node, ast.Name) else f"({name})"
                    powers[name] = powers.get(name, 0) + sign
        return cls(number, {name: power for name, power in powers.items() if power})

    def over(self, other: "_Term") -> "_Term":
        """Divide by a term whose number divides this one's."""
        powers = {
            name: self.powers.get(name, 0) - other.powers.get(name, 0)
            for name in dict.fromkeys([*self.powers, *other.powers])
        }
        left = {name: power for name, power in powers.items() if power}
        return _Term(self.number / other.number, left)

    @property
    def kind(self) -> frozenset[tuple[str, int]]:
        """What terms that can be added up have in common."""
        return frozenset(self.powers.items())

    @property
    def text(self) -> str:
        """The term in Python."""
        above = [_power(name, power) for name, power in self.powers.items() if power > 0]
        below = [_power(name, -power) for name, power in self.powers.items() if power < 0]
        if self.number != 1 or not above:
            above.insert(0, number_text(self.number))
        return " * ".join(above) + (f" / ({' * '.join(below)})" if below else "")


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name} ** {power}"


def number_text(number: float) -> str:
    """Write a number in full, a whole one without decimals."""
    return f"{number:.0f}" if number.is_integer() else repr(number)


def _tidy(text: str) -> Expression:
    """Read an expression of our own, without needless parentheses."""
    return Expression.of_tree(Expression(text).node)


def _law_terms(deployment: Deployment, row: Row, written: Notation) -> list[tuple[float, _Term]]:
    """Bytes and ``1 / dimension`` of the operands that leave the chip."""
    a, b, c = (deployment.element_bytes[kind] for kind in row.operands)
    pairs = ((b, row.m), (a, row.n), (c, row.k))
    return [
        (width, _Term(1.0, {}).over(_Term.of(written.symbolic(size))))
        for width, size in pairs
        if width
    ]


def _follows_law(rows: Sequence[Row]) -> bool:
    """Whether a kernel is a single product with all of its work."""
    return len(rows) == 1 and not rows[0].gather and rows[0].fill.is_one


def kernel_formula(deployment: Deployment, rows: Sequence[Row], written: Notation) -> Formula:
    """Intensity of one kernel.

    Args:
        deployment: Model, accelerator and choices.
        rows: Rows that share the launch.
        written: How symbols are written.

    Returns:
        The law ``2 / (e_b/m + e_a/n + e_c/k)`` for a single product, work over
        traffic without their common factors for several.
    """
    if _follows_law(rows):
        return _law(_law_terms(deployment, rows[0], written), written)
    return _ratio(deployment, rows, written)


def _law(terms: list[tuple[float, _Term]], written: Notation) -> Formula:
    plain = all(width == _LAW_WIDTH for width, _ in terms)
    top = "1" if plain else "2"
    parts = [
        _tidy(_Term(term.number * (1 if plain else width), term.powers).text)
        for width, term in terms
    ]
    values = [part.substitute(written.values) for part in parts]

    def text(denominators: list[Expression]) -> str:
        return f"{top} / ({' + '.join(part.text.replace(' / ', '/') for part in denominators)})"

    def tex(denominators: list[Expression]) -> str:
        sum_ = " + ".join(part.tex(written.tex) for part in denominators)
        return rf"\frac{{{top}}}{{{sum_}}}"

    return Formula(
        text=text(parts), values_text=text(values), tex=tex(parts), values_tex=tex(values)
    )


def _ratio(deployment: Deployment, rows: Sequence[Row], written: Notation) -> Formula:
    work: list[_Term] = []
    moved: list[_Term] = []
    for row in rows:
        symbolic = {
            name: f"({written.symbolic(getattr(row, name)).text})"
            for name in ("fill", "count", "m", "n", "k")
        }
        if not row.gather:
            whole = _tidy("{fill} * {count} * {m} * {n} * {k}".format(**symbolic))
            work.append(_Term.of(whole, 2.0))
        for kind, pattern in zip(
            row.operands,
            ("{count} * {m} * {k}", "{count} * {k} * {n}", "{count} * {m} * {n}"),
            strict=True,
        ):
            width = deployment.element_bytes[kind]
            if width:
                moved.append(_Term.of(_tidy(pattern.format(**symbolic)), width))
    above, below = _added(work), _added(moved)
    if above:
        shared = _shared([*above, *below])
        above, below = ([term.over(shared) for term in terms] for terms in (above, below))
    top, bottom = (" + ".join(term.text for term in terms) or "0" for terms in (above, below))
    whole = _tidy(f"({top}) / ({bottom})")
    values = whole.substitute(written.values)
    return Formula(
        text=whole.text,
        values_text=values.text,
        tex=whole.tex(written.tex),
        values_tex=values.tex(written.tex),
    )


def _added(terms: list[_Term]) -> list[_Term]:
    """Add up terms of one kind."""
    sums: dict[frozenset[tuple[str, int]], _Term] = {}
    for term in terms:
        before = sums.get(term.kind)
        number = term.number + (before.number if before else 0.0)
        sums[term.kind] = _Term(number, before.powers if before else term.powers)
    return list(sums.values())


def _shared(terms: list[_Term]) -> _Term:
    """The largest factor that all terms have in common."""
    names = dict.fromkeys(name for term in terms for name in term.powers)
    powers = {name: min(term.powers.get(name, 0) for term in terms) for name in names}
    whole = all(term.number.is_integer() for term in terms)
    number = math.gcd(*(int(term.number) for term in terms)) if whole else 1
    return _Term(float(number), {name: power for name, power in powers.items() if power})


def one_law(deployment: Deployment, kernels: Sequence[Sequence[Row]], written: Notation) -> bool:
    """Whether all kernels of a series have the same formula for their intensity."""
    if not all(_follows_law(rows) for rows in kernels):
        return len(kernels) == 1
    laws = {
        frozenset(
            Counter(
                (width, term.kind, term.number)
                for width, term in _law_terms(deployment, rows[0], written)
            ).items()
        )
        for rows in kernels
    }
    return len(laws) == 1
