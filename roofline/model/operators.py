"""The operator table: matrix products as rows of data.

A row is ``count`` independent products ``A[m, k] @ B[k, n] -> C[m, n]``, with
work ``2 count m n k`` and traffic ``count (e_a m k + e_b k n + e_c m n)``.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from roofline.catalog.entries import Entry, ListOf, Reference, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.errors import InputError, Problem, join_choices, unknown
from roofline.files.validation import validate
from roofline.model.expression import Expression


class Choice(Entry):
    """An implementation choice of a study; the first option is the default."""

    options: Annotated[ListOf[Text], Field(min_length=1)]
    meaning: Text


def _expression(value: object) -> object:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return Expression.parse(value)
    return value


Formula = Annotated[
    Expression,
    BeforeValidator(_expression),
    PlainSerializer(lambda expression: expression.text, return_type=str),
]


class Symbol(Entry):
    """A base symbol, given by a setting or a transformer."""

    tex: Text
    meaning: Text


class DerivedSymbol(Symbol):
    """A symbol with one definition in each phase."""

    init: Formula
    ar: Formula


StoredOperand = Literal["weight", "activation", "kv-cache", "scores"]
Operand = Literal[StoredOperand, "on-chip"]

Phase = Literal["init", "ar"]
Operands = Annotated[tuple[Operand, Operand, Operand], Field(strict=False)]


class Variant(Entry):
    """What changes in a row when a choice is made."""

    when: dict[str, str]
    kernel: Text | None = None
    count: Formula | None = None
    m: Formula | None = None
    n: Formula | None = None
    k: Formula | None = None
    fill: Formula | None = None
    operands: Operands | None = None


class Row(Entry):
    """One matrix product."""

    series: Text
    name: Text
    kernel: Text | None = None
    """Rows of one kernel share a launch; the row's own name by default."""
    meaning: Text
    phases: ListOf[Phase]
    launches: Formula
    """How often the product runs in one step: layers, or 1."""
    count: Formula
    """Independent products in one launch."""
    m: Formula
    n: Formula
    k: Formula
    fill: Formula = Expression("1")
    """Computed share of the m by n products."""
    operands: Operands
    """Kinds of A, B and C."""
    gather: bool = False
    """Moves bytes without arithmetic."""
    parameters: Formula | None = None
    """Parameters that the row holds; k times n by default where B is a weight."""
    variants: ListOf[Variant] = ()

    @property
    def launch(self) -> str:
        """Name of the kernel that the row belongs to."""
        return self.kernel or self.name

    @property
    def per_layer(self) -> bool:
        """Whether the row runs once in every layer."""
        return not self.launches.is_one

    def held(self) -> Expression | None:
        """Parameters that one launch of the row holds, if any."""
        if self.parameters is not None:
            return self.parameters
        if self.operands[1] == "weight":
            return Expression.parse(f"({self.k.text}) * ({self.n.text})")
        return None

    def chosen(self, choices: Mapping[str, str]) -> "Row":
        """The row after the given choices are made."""
        changes: dict[str, Any] = {"variants": ()}
        for variant in self.variants:
            if all(choices[name] == option for name, option in variant.when.items()):
                changes |= {
                    name: value
                    for name in variant.model_fields_set - {"when"}
                    if (value := getattr(variant, name)) is not None
                }
        return self.model_copy(update=changes)


class Series(Entry):
    """Operators that the reference chart plots as one."""

    slug: Text
    title: Text
    charted: bool
    """Whether the reference chart shows the series."""


class Operators(Entry):
    """The whole table with its vocabulary."""

    sources: ListOf[Reference]
    symbols: dict[str, Symbol]
    derived: dict[str, DerivedSymbol]
    kinds: dict[Operand, Text]
    choices: dict[str, Choice]
    series: dict[str, Series]
    rows: ListOf[Row]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        rules = [*self._broken_expressions(), *self._broken_rows()]
        if rules:
            raise ValueError("; ".join(rules))
        return self

    def _broken_expressions(self) -> list[str]:
        return [
            f"{place}: {unknown('symbol', name, known)}"
            for place, expression, known in self._expressions()
            for name in sorted(expression.names)
            if name not in known
        ]

    def _broken_rows(self) -> list[str]:
        rules = []
        for index, row in enumerate(self.rows):
            place = f"rows[{index}]"
            if row.series not in self.series:
                rules.append(f"{place}.series: {unknown('series', row.series, [*self.series])}")
            for name, option in [pair for variant in row.variants for pair in variant.when.items()]:
                if name not in self.choices:
                    rules.append(f"{place}.variants: {unknown('choice', name, [*self.choices])}")
                elif option not in (options := self.choices[name].options):
                    what = f"option of {name}"
                    rules.append(f"{place}.variants: {unknown(what, option, options)}")
        for series in self.series:
            # The series is evaluated as one: its kernels run equally often.
            launches = {row.launches.text for row in self.rows if row.series == series}
            if len(launches) > 1:
                different = join_choices(sorted(launches), "and")
                rules.append(f"series.{series}: expected rows of equal launches, got {different}")
        return rules

    def _expressions(self) -> list[tuple[str, Expression, list[str]]]:
        """Every expression with its place and the symbols that it may use."""
        known = [*self.symbols]
        expressions: list[tuple[str, Expression, list[str]]] = []
        for name, symbol in self.derived.items():
            before = [*known]  # a definition uses those above it, so there is no circle
            expressions += [
                (f"derived.{name}.{phase}", getattr(symbol, phase), before) for phase in PHASES
            ]
            known.append(name)
        for index, row in enumerate(self.rows):
            for entry in (row, *row.variants):
                expressions += [
                    (f"rows[{index}].{field}", value, known)
                    for field in type(entry).model_fields
                    if isinstance(value := getattr(entry, field), Expression)
                ]
        return expressions

    def defaults(self) -> dict[str, str]:
        """The default option of every choice."""
        return {name: choice.options[0] for name, choice in self.choices.items()}

    def definitions(self, phase: Phase) -> dict[str, Expression]:
        """Derived symbols in base symbols alone."""
        known: dict[str, Expression] = {}
        for name, symbol in self.derived.items():
            expression: Expression = getattr(symbol, phase)
            known[name] = expression.substitute(known)
        return known


def parse_label(label: str, operators: Operators) -> tuple[str, Phase]:
    """Read a series with its phase.

    Args:
        label: Such as ``qk/pv ar``, ``qk-pv-ar`` or ``qk/pv decode``.
        operators: The table that has the series.

    Raises:
        InputError: There is no such series or phase.
    """
    known: dict[str, tuple[str, Phase]] = {}
    for name, series in operators.series.items():
        for phase in PHASES:
            for ending in (phase, PHASE_NAMES[phase]):
                known[f"{name} {ending}".lower()] = (name, phase)
                known[f"{series.slug}-{ending}".lower()] = (name, phase)
    wanted = " ".join(label.split()).lower()
    if wanted not in known:
        shown = [f"{name} {phase}" for name in operators.series for phase in PHASES]
        rule = unknown("series", label, shown)
        raise InputError("--series", [Problem(place="", rule=rule)])
    return known[wanted]


PHASES: tuple[Phase, ...] = ("init", "ar")
PHASE_NAMES: dict[Phase, str] = {"init": "prefill", "ar": "decode"}
STORED: tuple[StoredOperand, ...] = get_args(StoredOperand)
"""Kinds of operand that live in device memory."""


@cache
def load_operators() -> Operators:
    """Load the operator table of the catalogue.

    Returns:
        The checked table.

    Raises:
        InputError: The table breaks a rule.
    """
    return validate(Operators, read_catalogue("operators.yml"), context())
