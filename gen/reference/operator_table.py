"""Rows of the tables that show the operator table itself, in its own symbols."""

from typing import Any

from markupsafe import Markup, escape

from roofline.files.table import Record
from roofline.model.expression import Expression
from roofline.model.operators import PHASE_NAMES, Row, Variant, load_operators
from roofline.report.pages.study_view import StudyView

_SIZES = ("count", "m", "n", "k")
_OPERANDS = ("A", "B", "C")


def code(expression: Expression) -> Markup:
    """Write an expression of the table as code, with the signs of a formula."""
    text = expression.text.replace(" ** ", "^").replace(" * ", "·").replace(" / ", "/")
    return Markup("<code>{}</code>").format(text)


def symbols(study: StudyView) -> list[Record]:
    """One row for each base symbol, with its value in a study."""
    file = study.study.file
    fields = study.deployment.transformer.fields
    given: dict[str, tuple[Any, ...]] = {name: (value,) for name, value in fields.items()}
    given |= {"batch": file.batches, "length": file.lengths, "candidates": file.candidates}
    return [
        {
            "symbol": Markup("<code>{}</code>").format(name),
            "meaning": symbol.meaning,
            "value": " to ".join(f"{end:,}" for end in _ends(given[symbol.reads])),
        }
        for name, symbol in load_operators().symbols.items()
    ]


def _ends(values: tuple[Any, ...]) -> list[Any]:
    """The first and the last value, or the only one."""
    return list(dict.fromkeys((values[0], values[-1])))


def derived() -> list[Record]:
    """One row for each derived symbol, with its definition in each phase."""
    return [
        {
            "symbol": Markup("<code>{}</code>").format(name),
            "meaning": symbol.meaning,
            "init": code(symbol.init),
            "ar": code(symbol.ar),
        }
        for name, symbol in load_operators().derived.items()
    ]


def operands(study: StudyView) -> list[Record]:
    """One row for each kind of operand, with its bytes in a study."""
    width = study.deployment.element_bytes
    return [
        {"kind": kind, "meaning": meaning, "bytes": width[kind]}
        for kind, meaning in load_operators().kinds.items()
    ]


def rows() -> list[Record]:
    """One row for each product of the operator table, before any choice is made."""
    return [
        {
            "series": row.series,
            "name": row.name,
            "meaning": row.meaning,
            "phases": " and ".join(PHASE_NAMES[phase] for phase in row.phases),
            "launches": code(row.launches),
            **{size: code(getattr(row, size)) for size in _SIZES},
            **dict(zip(_OPERANDS, row.operands, strict=True)),
            "work": "none" if row.gather else Markup("2 {}").format(_work(row)),
        }
        for row in load_operators().rows
    ]


def _work(row: Row) -> Markup:
    """Sizes whose product is half of the work."""
    factors = [getattr(row, size) for size in (*_SIZES, "fill")]
    return Markup(" · ").join(code(factor) for factor in factors if not factor.is_one)


def changes() -> list[Record]:
    """One row for each change that a choice makes to a row."""
    return [
        {
            "choice": ", ".join(f"{name}: {option}" for name, option in variant.when.items()),
            "series": row.series,
            "name": row.name,
            "change": Markup("; ").join(_change(row, variant)),
        }
        for row in load_operators().rows
        for variant in row.variants
    ]


def _change(row: Row, variant: Variant) -> list[Markup]:
    """What is different in a variant, in words."""
    changes: list[Markup] = []
    if variant.kernel:
        changes.append(Markup("runs in the kernel <code>{}</code>").format(variant.kernel))
    for size in (*_SIZES, "fill"):
        value = getattr(variant, size)
        if value is not None:
            changes.append(Markup("{} is {}").format(size, code(value)))
    for letter, before, after in zip(
        _OPERANDS, row.operands, variant.operands or row.operands, strict=True
    ):
        if before != after:
            changes.append(escape(f"{letter} is {after}"))
    return changes


def choices() -> list[Record]:
    """One row for each implementation choice."""
    return [
        {
            "name": name,
            "options": ", ".join(choice.options),
            "default": choice.options[0],
            "meaning": choice.meaning,
        }
        for name, choice in load_operators().choices.items()
    ]
