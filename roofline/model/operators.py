"""The operator table: matrix products as rows of data.

A row is ``count`` independent products ``A[m, k] @ B[k, n] -> C[m, n]``, with
work ``2 count m n k`` and traffic ``count (e_a m k + e_b k n + e_c m n)``.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from roofline.catalog.entries import Entry, ListOf, Reference, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.catalog.transformer import Transformer, published_fields
from roofline.errors import InputError, join_choices, unknown
from roofline.files.validation import validate
from roofline.model.expression import Expression, Value

Phase = Literal["init", "ar"]
PHASES: tuple[Phase, ...] = ("init", "ar")
PHASE_NAMES: dict[Phase, str] = {"init": "prefill", "ar": "decode"}
StoredOperand = Literal["weight", "activation", "kv-cache", "scores"]
Operand = Literal[StoredOperand, "on-chip"]
Operands = Annotated[tuple[Operand, Operand, Operand], Field(strict=False)]
STORED: tuple[StoredOperand, ...] = get_args(StoredOperand)
"""Kinds of operand that live in device memory."""


SETTINGS = ("batch", "length", "candidates")
"""What a symbol can read of a setting."""
ARCHITECTURE = published_fields(Transformer)
"""What a symbol or a condition can read of a transformer."""


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
    """How formulas write it."""
    reads: Text
    """What gives its value: `batch`, `length`, `candidates`, or a field of the transformer."""
    meaning: Text
    """What it is, in words."""


class DerivedSymbol(Entry):
    """A symbol with one definition in each phase."""

    tex: Text
    """How formulas write it."""
    meaning: Text
    """What it is, in words."""
    init: Formula
    """Definition in prefill."""
    ar: Formula
    """Definition in decode."""


Conditions = dict[str, str | bool | int | float]
"""What must hold: options by choice, values by field of the transformer."""


class Choice(Entry):
    """An implementation choice of a study; the first option is the default."""

    options: Annotated[ListOf[Text], Field(min_length=1)]
    """Names of the options; the first is the default."""
    needs: dict[str, dict[str, str]] = Field(default_factory=dict)
    """What must be chosen elsewhere, by option that needs it."""
    meaning: Text
    """What it is, in words."""


class Drawn(Entry):
    """How charts draw a series; the words are the palette's."""

    init: Text | None = None
    """Colour in prefill."""
    ar: Text | None = None
    """Colour in decode."""
    size: Text | None = None
    """Size of its marks and curves."""

    def in_phase(self, phase: Phase) -> str | None:
        """Colour in a phase; None where it has none of its own."""
        return self.init if phase == "init" else self.ar


class Series(Entry):
    """Operators that the reference chart plots as one."""

    slug: Text
    """Name in addresses."""
    title: Text
    """Title."""
    short: Text | None = None
    """Title in a word or two, for legends and navigation, where it is longer."""
    charted: bool
    """Whether charts and pages show the series."""
    family: Text
    """What it has in common with others; findings and pages speak of families."""
    drawn: Drawn = Drawn()
    """How charts draw it, where not as any other."""

    @property
    def name(self) -> str:
        """Name in a word or two, such as ``Attention``."""
        return self.short or self.title

    def named(self, phase: Phase) -> str:
        """Name the series in a phase, such as ``Attention, decode``."""
        return f"{self.name}, {PHASE_NAMES[phase]}"


class Variant(Entry):
    """What changes in a row when a choice is made."""

    when: Conditions
    """Options, and values of the transformer's fields, under which the variant holds."""
    kernel: Text | None = None
    """Rows of one kernel share a launch."""
    count: Formula | None = None
    """Independent products in one launch."""
    m: Formula | None = None
    """Rows of A and of C."""
    n: Formula | None = None
    """Columns of B and of C."""
    k: Formula | None = None
    """Columns of A, rows of B."""
    fill: Formula | None = None
    """Computed share of the m by n products."""
    operands: Operands | None = None
    """Kinds of A, B and C."""


class Row(Entry):
    """One matrix product."""

    series: Text
    """Series that the row belongs to."""
    name: Text
    """Name shown on the pages."""
    kernel: Text | None = None
    """Rows of one kernel share a launch; the row's own name by default."""
    meaning: Text
    """What it is, in words."""
    phases: ListOf[Phase]
    """``init`` (prefill), ``ar`` (decode) or both."""
    launches: Formula
    """How often the product runs in one step: layers, or 1."""
    after: ListOf[Text] = ()
    """Rows of the same layer whose results it reads; the layer's input by default."""
    count: Formula
    """Independent products in one launch."""
    m: Formula
    """Rows of A and of C."""
    n: Formula
    """Columns of B and of C."""
    k: Formula
    """Columns of A, rows of B."""
    fill: Formula = Expression("1")
    """Computed share of the m by n products."""
    operands: Operands
    """Kinds of A, B and C."""
    when: Conditions = Field(default_factory=dict)
    """Options, and values of the transformer's fields, under which the row is there; always
    by default."""
    gather: bool = False
    """Moves bytes without arithmetic."""
    parameters: Formula | None = None
    """Parameters that the row holds; k times n by default where B is a weight."""
    variants: ListOf[Variant] = ()
    """What changes with a choice."""

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

    def under(self, facts: Mapping[str, object]) -> "Row | None":
        """The row as it is under some facts; None where it is not there.

        Args:
            facts: The option of every choice, and the value of every field of the transformer.
        """
        if not _hold(self.when, facts):
            return None
        changes: dict[str, Any] = {"variants": ()}
        for variant in self.variants:
            if _hold(variant.when, facts):
                changes |= {
                    name: value
                    for name in variant.model_fields_set - {"when"}
                    if (value := getattr(variant, name)) is not None
                }
        return self.model_copy(update=changes)


def _hold(conditions: Mapping[str, object], facts: Mapping[str, object]) -> bool:
    return all(facts[name] == value for name, value in conditions.items())


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
        rules = [
            *self._broken_symbols(),
            *self._broken_expressions(),
            *self._broken_rows(),
            *self._broken_needs(),
            *self._broken_flow(),
        ]
        if rules:
            raise ValueError(*rules)
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
            conditions = {f"{place}.when": row.when} | {
                f"{place}.variants[{number}].when": variant.when
                for number, variant in enumerate(row.variants)
            }
            for where, when in conditions.items():
                rules += [f"{where}: {rule}" for rule in self._broken_conditions(when)]
        for name, series in self.series.items():
            rows = [row for row in self.rows if row.series == name]
            # The series is evaluated as one: its kernels run equally often.
            launches = {row.launches.text for row in rows}
            if len(launches) > 1:
                different = join_choices(sorted(launches), "and")
                rules.append(f"series.{name}: expected rows of equal launches, got {different}")
            if series.charted and any(row.gather for row in rows):
                rules.append(f"series.{name}: expected no gather, since charts have no intensity 0")
        return rules

    def _broken_needs(self) -> list[str]:
        rules = []
        for name, choice in self.choices.items():
            place = f"choices.{name}.needs"
            for option, needed in choice.needs.items():
                if option not in choice.options:
                    rules.append(f"{place}: {unknown('option', option, choice.options)}")
                rules += [f"{place}.{option}: {rule}" for rule in self._broken_options(needed)]
        return rules

    def _broken_flow(self) -> list[str]:
        known = [row.name for row in self.rows]
        rules = [
            f"rows[{index}].after: {unknown('row', name, known)}"
            for index, row in enumerate(self.rows)
            for name in row.after
            if name not in known
        ]
        try:
            self.steps()
        except CycleError as error:
            circle = join_choices(sorted(set(error.args[1])), "and")
            rules.append(f"rows: expected rows that do not run after each other, got {circle}")
        return rules

    def _broken_conditions(self, conditions: Conditions) -> list[str]:
        rules = []
        for name, value in conditions.items():
            if name in self.choices:
                options = self.choices[name].options
                if value not in options:
                    rules.append(unknown(f"option of {name}", str(value), options))
            elif name not in ARCHITECTURE:
                rules.append(unknown("choice or field", name, [*self.choices, *ARCHITECTURE]))
        return rules

    def _broken_symbols(self) -> list[str]:
        known = [*SETTINGS, *ARCHITECTURE]
        return [
            f"symbols.{name}.reads: {unknown('setting or field', symbol.reads, known)}"
            for name, symbol in self.symbols.items()
            if symbol.reads not in known
        ]

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

    def broken_choices(self, made: Mapping[str, str]) -> list[str]:
        """List what is wrong with the choices of a study.

        Args:
            made: Options by choice; what is left out has its default.
        """
        if rules := self._broken_options(made):
            return rules
        in_force = self.defaults() | dict(made)
        return [
            f"expected {other}: {needed} with {name}: {in_force[name]}, got {other}: "
            f"{in_force[other]}"
            for name, other, needed in self._unmet(made)
        ]

    def _broken_options(self, made: Mapping[str, str]) -> list[str]:
        rules = []
        for name, option in made.items():
            if name not in self.choices:
                rules.append(unknown("choice", name, [*self.choices]))
            elif option not in self.choices[name].options:
                rules.append(unknown(f"option of {name}", option, self.choices[name].options))
        return rules

    def _unmet(self, made: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Find choices that need an option of another which is not in force."""
        in_force = self.defaults() | dict(made)
        for name, choice in self.choices.items():
            for other, needed in choice.needs.get(in_force[name], {}).items():
                if in_force[other] != needed:
                    yield name, other, needed

    def possible(self, made: Mapping[str, str]) -> dict[str, str]:
        """Leave out the choices that others of them rule out."""
        ruled_out = {name for name, _, _ in self._unmet(made)}
        return {name: option for name, option in made.items() if name not in ruled_out}

    def steps(self) -> dict[str, int]:
        """The step of each row in its layer: 0, or one more than the last row that it reads.

        Raises:
            CycleError: Rows run after each other.
        """
        after = {row.name: row.after for row in self.rows}
        steps: dict[str, int] = {}
        for name in TopologicalSorter(after).static_order():
            steps[name] = max((steps[before] + 1 for before in after.get(name, ())), default=0)
        return steps

    def defaults(self) -> dict[str, str]:
        """The default option of every choice."""
        return {name: choice.options[0] for name, choice in self.choices.items()}

    def family(self, name: str) -> tuple[str, ...]:
        """Charted series of a family, in the order of the legend."""
        return tuple(
            label
            for label, series in self.series.items()
            if series.charted and series.family == name
        )

    def base_values(
        self, transformer: Transformer, settings: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Values of the base symbols.

        Args:
            transformer: Gives its fields.
            settings: ``batch``, ``length`` and ``candidates``; a symbol of one that is not
                given is left out.
        """
        given = {**settings, **transformer.fields}
        return {
            name: given[symbol.reads]
            for name, symbol in self.symbols.items()
            if symbol.reads in given
        }

    def definitions(self, phase: Phase) -> dict[str, Expression]:
        """Derived symbols in base symbols alone."""
        known: dict[str, Expression] = {}
        for name, symbol in self.derived.items():
            expression: Expression = getattr(symbol, phase)
            known[name] = expression.substitute(known)
        return known


@cache
def load_operators() -> Operators:
    """Load the operator table of the catalogue.

    Returns:
        The checked table.

    Raises:
        InputError: The table breaks a rule.
    """
    return validate(Operators, read_catalogue("operators.yml"), context())


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
        raise InputError.at("--series", rule)
    return known[wanted]
