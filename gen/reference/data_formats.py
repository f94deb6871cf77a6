"""Rows of the tables that document the files this project reads and writes.

Fields come from the models that check the files, keys from the records that are written: a
field without a description, or a key without a meaning, fails the build.
"""

import json
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from markupsafe import Markup
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from roofline.catalog.accelerator import Accelerator
from roofline.catalog.configuration import FAMILIES
from roofline.catalog.entries import (
    LEAST_WIDTH,
    MOST_WIDTH,
    NumberFormat,
    Published,
    Reference,
    Source,
)
from roofline.catalog.reader import FOLDER
from roofline.catalog.transformer import Transformer
from roofline.citations.records import FINDING_KEYS, FINDINGS_KEYS, NUMBER_KEYS, findings_record
from roofline.citations.releases import SCHEMA, Release, Value, release_values
from roofline.citations.scan import find_citations
from roofline.citations.site_address import load_identity, site_version
from roofline.citations.stamp import cite
from roofline.citations.verify import (
    CHECK_KEYS,
    VERIFICATION_KEYS,
    VerifiedDocument,
    load_facts,
    verification_record,
    verify,
)
from roofline.files.table import Record
from roofline.latency.calibration import (
    Calibration,
    ErrorFigures,
    Errors,
    Fitted,
    Provenance,
    Span,
    Spread,
)
from roofline.latency.carried_over import CarriedOver
from roofline.latency.end_to_end import Request
from roofline.latency.noise_floor import Comparison
from roofline.measurements.plausibility import LEAST_ISOLATED, MEASURED_CEILING
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
from roofline.report.charts import (
    calibration_charts,
    candidate_charts,
    reproduction_charts,
    spec,
)
from roofline.report.pages.study_view import StudyView
from roofline.study import records
from roofline.study.columns import COLUMN, COLUMNS, UNITS
from roofline.study.explain import Explanation, explain
from roofline.study.reference_chart import DrawnStatement, Statement
from roofline.study.study import MOST_SETTINGS, StudyFile
from roofline.version import __version__

KINDS = STORED
"""Kinds of operand that a study can store in a format of its own."""
LARGEST = MOST_SETTINGS
"""Settings that a study has at most."""
WIDTHS = (LEAST_WIDTH, MOST_WIDTH)
"""Fewest and most bytes per element that a study stores an operand in."""
IMPORTED = tuple(sorted(FAMILIES))
"""Families of models whose configuration can be imported."""
FASTER = MEASURED_CEILING
"""How many times as fast as a measured ceiling a measured product may be."""
SHORTEST = LEAST_ISOLATED
"""The least that a kernel of a card takes which is launched and waited for by itself [s]."""

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
    "drawn statement": DrawnStatement,
    "calibration": Calibration,
    "fitted": Fitted,
    "errors": Errors,
    "error figures": ErrorFigures,
    "spread": Spread,
    "span": Span,
    "provenance": Provenance,
    "carried over": CarriedOver,
    "noise floor": Comparison,
    "request": Request,
    "release": Release,
    "released value": Value,
}

MEANINGS: dict[str, Mapping[str, str]] = {
    # Of charts and explanations too.
    "points": {column.name: column.meaning for column in COLUMNS} | records.KEYS | spec.KEYS,
    "findings": FINDINGS_KEYS,
    "finding": FINDING_KEYS,
    "number": NUMBER_KEYS,
    "verification": VERIFICATION_KEYS,
    "check": CHECK_KEYS,
}
"""What keys mean, by the kind of object that has them."""

_UNITS = UNITS | records.STUDY_UNITS | {"bytes_per_element": "byte"}
_TYPES = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "Expression": "expression",
    "Reference": "citation",
    "NoneType": "nothing",
    "Fitted": "fitted parameter",
    "ErrorFigures": "error figures",
    "Spread": "spread",
    "Any": "value",
    "TypeVar": "value",
}


def fields(name: str) -> list[Record]:
    """One row for each field of a file's format.

    Args:
        name: Which of `MODELS`.

    Raises:
        ValueError: A field has no description.
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
    if info.description is None:
        raise ValueError(f"the field {key} has no description")
    text = info.description.replace("`", "")
    name, comma, _ = text.replace(".", ",").partition(",")
    symbols = load_operators().symbols
    return f"{name}: {symbols[name].meaning}." if comma and name in symbols else text


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
    kept = dict.fromkeys(type_name(part) for part in inner if part is not type(None))
    if "number" in kept:
        kept.pop("whole number", None)
    return " or ".join(kept)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "–"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or value in ((), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "text", value))


def keys(document: Record, kind: str = "points") -> list[Record]:
    """One row for each key of an object that is written.

    Args:
        document: The object.
        kind: Which of `MEANINGS`, or of `MODELS`.

    Raises:
        KeyError: A key has no meaning.
    """
    meanings = MEANINGS[kind] if kind in MEANINGS else _model_meanings(MODELS[kind])
    return [
        {
            "name": Markup("<code>{}</code>").format(key),
            "type": _key_type(key, value, meanings[key]),
            "unit": _UNITS.get(key, "–"),
            "meaning": meanings[key].replace("`", ""),
        }
        for key, value in document.items()
    ]


def _model_meanings(model: type[BaseModel]) -> dict[str, str]:
    """Descriptions of a model's fields by the keys that are written, worded as other keys' are."""
    meanings = {}
    for name, info in model.model_fields.items():
        text = _meaning(name, info).removesuffix(".")
        meanings[info.alias or name] = text[:1].lower() + text[1:]
    return meanings


def _key_type(key: str, value: object, meaning: str) -> str:
    """Name the type of a key; one that is no column says in its meaning when it is null."""
    name = json_type(value)
    if value is None:
        name = COLUMN[key].type if key in COLUMN else "string"
    nullable = value is None or (key not in COLUMN and "null" in meaning)
    return f"{name} or null" if nullable else name


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


def points_document(study: StudyView) -> Record:
    """The points of a study as they are written."""
    text = records.points_json(study.study, study.records[:1], "0.0.0")
    document: Record = json.loads(text)
    return document


def explain_document(study: StudyView) -> Record:
    """One explanation as it is written, of the last charted series."""
    return records.explanation_record(_explanation(study), "0.0.0")


def explain_row(study: StudyView) -> Record:
    """One row of an explanation's CSV."""
    return records.explanation_rows(_explanation(study))[0]


def _explanation(study: StudyView) -> Explanation:
    last = study.series[-1]
    return explain(study.study, last.name, last.phase, *study.example)


def chart_document(study: StudyView) -> Record:
    """The data of a study's first chart as it is written."""
    document: Record = json.loads(next(iter(study.charts.values())).json)
    return document


def chart_columns(study: StudyView) -> list[Record]:
    """One row for each column of each chart's data."""
    charts = (
        *study.charts.values(),
        *candidate_charts(study.study, __version__),
        *calibration_charts(study.study, __version__)[:1],  # all have the same columns
        *reproduction_charts(study.study, __version__),
    )
    documents = {chart.slug: json.loads(chart.json) for chart in charts}
    return [
        {"chart": slug, "column": name, "unit": document["units"][name] or "–"}
        for slug, document in documents.items()
        for name in document["columns"]
    ]


def findings_document(study: StudyView) -> Record:
    """The findings of a study as they are written."""
    made = [view.finding for view in study.findings]
    return findings_record(study.study, made, site_version(), load_identity().site_url)


def verification_document(study: StudyView) -> Record:
    """A verification as it is written, of a document that cites the study's first finding."""
    facts = load_facts()
    snippets = cite(study.findings[0].finding, study.id, facts.version, facts.site_url)
    occurrences = find_citations(snippets.text, facts.site_url)
    checks = verify(occurrences, facts)
    document = VerifiedDocument(name="review.md", citations=len(occurrences), checks=checks)
    return verification_record([document], facts)


def release_document(study: StudyView) -> Record:
    """The values of a release as they are kept, of the study's first finding."""
    kept = release_values([study.findings[0].finding])
    release = Release(schema=SCHEMA, version="1.0", studies={study.id: kept})
    return release.model_dump(by_alias=True)


def first_value(study: StudyView) -> Record:
    """One value of a release."""
    finding = study.findings[0].finding
    value: Record = release_document(study)["studies"][study.id][finding.slug][finding.headline.key]
    return value


def repository() -> Markup:
    """Owner and name of the repository."""
    return Markup(load_identity().repository)  # noqa: S704  # checked: letters, digits, hyphens


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
