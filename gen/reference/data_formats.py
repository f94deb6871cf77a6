"""Rows of the tables that document the files this project reads and writes.

Fields come from the models that check the files, columns from the records that are
written: a field without a description, or a column without a meaning, fails the build.
"""

import json
from pathlib import Path
from typing import Any, get_args, get_origin

from markupsafe import Markup
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gen.reference.meanings import COLUMNS, PLAIN
from roofline.catalog.accelerator import Accelerator
from roofline.catalog.entries import NumberFormat, Published, Reference, Source
from roofline.catalog.reader import FOLDER
from roofline.catalog.transformer import Transformer
from roofline.latency.calibration import (
    Calibration,
    ErrorFigures,
    Errors,
    Fitted,
    Provenance,
    Span,
    Spread,
)
from roofline.model.operators import (
    STORED,
    Choice,
    DerivedSymbol,
    Row,
    Series,
    Symbol,
    Variant,
    load_operators,
)
from roofline.report.charts.library import calibration_charts, candidate_charts
from roofline.report.pages.study_view import StudyView
from roofline.study.columns import UNITS
from roofline.study.explain import explain
from roofline.study.records import explanation_record, explanation_rows, points_json
from roofline.study.reference_chart import Statement
from roofline.study.study import MOST_SETTINGS, StudyFile
from roofline.version import __version__

Record = dict[str, Any]

KINDS = STORED
"""Kinds of operand that a study can store in a format of its own."""
LARGEST = MOST_SETTINGS
"""Settings that a study has at most."""

MODELS: dict[str, type[BaseModel]] = {
    "study": StudyFile,
    "accelerator": Accelerator,
    "transformer": Transformer,
    "quoted": Published,
    "citation": Reference,
    "source": Source,
    "number format": NumberFormat,
    "symbol": Symbol,
    "derived symbol": DerivedSymbol,
    "choice": Choice,
    "series": Series,
    "row": Row,
    "variant": Variant,
    "statement": Statement,
    "calibration": Calibration,
    "fitted": Fitted,
    "errors": Errors,
    "error figures": ErrorFigures,
    "spread": Spread,
    "span": Span,
    "provenance": Provenance,
}
_TYPES = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "Expression": "expression",
    "NoneType": "nothing",
    "Fitted": "fitted parameter",
    "ErrorFigures": "error figures",
    "Spread": "spread",
    "Any": "value",
    "TypeVar": "value",
}
_NULLS = {"predicted_bound": "string", "extrapolated": "boolean"}
"""Types of keys that can be null, where not numbers."""
_MORE_UNITS = {
    "peak": "FLOP/s",
    "bandwidth": "byte/s",
    "ridge": "FLOP/Byte",
    "bytes_per_element": "byte",
}


def fields(name: str) -> list[Record]:
    """One row for each field of a file's format.

    Args:
        name: Which of `MODELS`.

    Raises:
        KeyError: A field has no description.
    """
    return [
        {
            "name": Markup("<code>{}</code>").format(key),
            "type": type_name(info.annotation),
            "required": "yes" if info.is_required() else "no",
            "default": _default(info),
            "meaning": _meaning(key, info),
        }
        for key, info in MODELS[name].model_fields.items()
    ]


def _meaning(key: str, info: FieldInfo) -> str:
    """Say what a field is; a bare symbol in its description is spelled out."""
    text = (info.description or PLAIN[key]).replace("`", "")
    name, found, _ = text.replace(".", ",").partition(",")
    symbols = load_operators().symbols
    return f"{name}: {symbols[name].meaning}." if found and name in symbols else text


def type_name(annotation: Any) -> str:  # noqa: PLR0911  # one for each kind of type
    """Say a type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return type_name(inner[0])
    if origin is None:
        metadata = getattr(annotation, "__pydantic_generic_metadata__", None)
        if metadata and metadata["origin"] is Published:
            return f"{type_name(metadata['args'][0])}, quoted"
        name = getattr(annotation, "__name__", type(annotation).__name__)
        return _TYPES.get(name, _TYPES.get(type(annotation).__name__, name.lower()))
    if origin is dict:
        return f"mapping to {type_name(inner[1])}"
    if origin is tuple:
        return f"list: {type_name(inner[0])}"
    if str(origin) == "typing.Literal":
        return "one of " + ", ".join(str(option) for option in inner)
    kept = [type_name(one) for one in inner if one is not type(None)]
    return " or ".join(dict.fromkeys(kept))


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "–"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or value in ((), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "text", value))


def points_document(study: StudyView) -> Record:
    """The points of a study as they are written."""
    document: Record = json.loads(points_json(study.study, study.records[:1], "0.0.0"))
    return document


def explain_document(study: StudyView) -> Record:
    """One explanation as it is written, of the last charted series."""
    return explanation_record(_explanation(study), "0.0.0")


def explain_row(study: StudyView) -> Record:
    """One row of an explanation's CSV."""
    return explanation_rows(_explanation(study))[0]


def _explanation(study: StudyView) -> Any:
    last = study.series[-1]
    return explain(study.study, last.name, last.phase, *study.example)


def keys(document: Record) -> list[Record]:
    """One row for each key of an object that is written.

    Raises:
        KeyError: A key has no meaning in `COLUMNS`.
    """
    return [
        {
            "name": Markup("<code>{}</code>").format(key),
            "type": json_type(value)
            if value is not None
            else f"{_NULLS.get(key, 'number')} or null",
            "unit": {**UNITS, **_MORE_UNITS}.get(key, "–"),
            "meaning": COLUMNS[key].replace("`", ""),
        }
        for key, value in document.items()
    ]


def json_type(value: object) -> str:
    """Name a value's type as JSON does."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def chart_document(study: StudyView) -> Record:
    """The data of a study's first chart as it is written."""
    document: Record = json.loads(next(iter(study.charts.values())).json)
    return document


def chart_columns(study: StudyView) -> list[Record]:
    """One row for each column of each chart's data."""
    found = []
    more = (
        *candidate_charts(study.study, __version__),
        *calibration_charts(study.study, __version__),
    )
    for chart in (*study.charts.values(), *more):
        document = json.loads(chart.json)
        found += [
            {"chart": chart.slug, "column": name, "unit": document["units"][name] or "–"}
            for name in document["columns"]
        ]
    return found


def catalogue_file(name: str) -> Markup:
    """A file of the catalogue, as a block of code."""
    return yaml_block((FOLDER / name).read_text(encoding="utf-8"))


def yaml_block(text: str) -> Markup:
    """Write YAML as a block of code."""
    return Markup("```yaml\n{}\n```").format(Markup(text.rstrip()))  # noqa: S704  # in a block of code


def json_block(value: object) -> Markup:
    """Write a value as a block of JSON."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return Markup("```json\n{}\n```").format(Markup(text))  # noqa: S704  # in a block of code


def study_file(identifier: str) -> Markup:
    """A study's file, as a block of code."""
    path = Path(__file__).parent.parent / "docs" / "studies" / f"{identifier}.yml"
    return yaml_block(path.read_text(encoding="utf-8"))
