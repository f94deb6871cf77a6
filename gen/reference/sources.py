"""Rows of the tables of sources and of the catalogue's numbers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from markupsafe import Markup, escape

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.entries import Entry, Published
from roofline.catalog.reader import identifiers, number_formats, sources
from roofline.catalog.transformer import load_transformer
from roofline.files.table import Record
from roofline.latency.calibration import all_calibrations
from roofline.latency.end_to_end import published_requests
from roofline.latency.noise_floor import noise_floor
from roofline.model.operators import load_operators
from roofline.report.pages.study_view import StudyView
from roofline.study.candidates import published_candidates
from roofline.study.reference_chart import load_reference_chart
from roofline.units import prefix, significant

_DIGITS = 12
"""More than any published number has."""
_UNITS = {
    "peaks": "FLOP/s",
    "bandwidth": "byte/s",
    "capacity": "byte",
    "reported": "byte",
    "allocatable": "byte",
    "l2_cache": "byte",
    "clock": "Hz",
    "context": "token",
    "bytes": "byte",
}
_NAMES = {
    "peaks": "peak",
    "capacity": "memory, as sold",
    "reported": "memory, as reported",
    "allocatable": "memory, for a framework",
    "l2_cache": "L2 cache",
    "kv_heads": "KV heads",
    "bytes": "bytes per element",
}


def quotes() -> list[Record]:
    """One row for each published number of the catalogue."""
    entries: list[tuple[str, str, str, Entry]] = [
        *(
            ("accelerator", key, load_accelerator(key).name, load_accelerator(key))
            for key in identifiers("accelerators")
        ),
        *(
            ("transformer", key, load_transformer(key).name, load_transformer(key))
            for key in identifiers("transformers")
        ),
        *(("number format", name, name, entry) for name, entry in number_formats().items()),
    ]
    return [
        {
            "kind": kind,
            "entry": name,
            "identifier": identifier,
            "quantity": quantity,
            **_shown(quoted.value, unit),
            "source": quoted.source,
            "title": sources()[quoted.source].title,
            "where": quoted.where,
        }
        for kind, identifier, name, entry in entries
        for quantity, unit, quoted in _quoted(entry)
    ]


def _quoted(entry: Entry) -> Iterator[tuple[str, str, Published[Any]]]:
    """Every published number of an entry, with its quantity and base unit."""
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        name, unit = _NAMES.get(field, field.replace("_", " ")), _UNITS.get(field, "")
        if isinstance(value, Published):
            yield name, unit, value
        elif isinstance(value, dict):
            for key, number in value.items():
                yield f"{key} {name}", unit, number


def _shown(value: Any, unit: str) -> Record:
    """Write a value for people, exactly: large ones with a prefix."""
    if isinstance(value, bool):
        return {"value": "yes" if value else "no", "unit": ""}
    factor = 1.0
    if unit == "byte/s":  # as data sheets write bandwidth
        factor, unit = 1e9, "GB/s"
    elif unit in {"FLOP/s", "Hz"} or (unit == "byte" and value >= 1):  # nobody speaks of millibytes
        factor, unit = prefix(value, unit)
    text = significant(value / factor, _DIGITS)
    return {"value": text.rstrip("0").rstrip(".") if "." in text else text, "unit": unit}


def count_citations() -> Counter[str]:
    """Count how often each source is cited, by numbers, measurements and counts alike."""
    counts = Counter(row["source"] for row in quotes())
    counts.update(reference.source for reference in load_operators().sources)
    chart = load_reference_chart()
    counts.update(statement.source for statement in (*chart.statements, *chart.drawn))
    fitted = (calibration.provenance.published for calibration in all_calibrations().values())
    counts.update(published.source for published in fitted if published is not None)
    counts.update(one.published.source for one in noise_floor().comparisons)
    counts.update(request.published.source for request in published_requests())
    candidates = published_candidates()
    counts.update(published.source for _, _, published in _quoted(candidates))
    return counts


def bibliography() -> list[Record]:
    """One row for each source, in the order of its file."""
    uses = count_citations()
    rows = []
    for key, source in sources().items():
        title: Markup = escape(source.title)
        if source.url:
            title = Markup('<a href="{}">{}</a>').format(source.url, source.title)
        rows.append(
            {
                "key": Markup('<span id="source-{0}"><code>{0}</code></span>').format(key),
                "title": title,
                "authors": source.authors,
                "year": str(source.year),
                "kind": source.kind,
                "identifier": source.identifier or "–",
                "uses": uses[key],
            }
        )
    return rows


def operator_sources() -> list[Record]:
    """One row for each source of the counts of work and traffic."""
    return [
        {"title": sources()[reference.source].title, "where": reference.where}
        for reference in load_operators().sources
    ]


def studies(views: Sequence[StudyView], link: Callable[[str], str]) -> list[Record]:
    """One row for each study, with a link to its page."""
    return [
        {
            "title": Markup('<a href="{}">{}</a>').format(link(view.page), view.title),
            "model": view.deployment.transformer.name,
            "accelerator": view.deployment.accelerator.name,
            "dtype": view.study.file.dtype,
            "ridge": view.roof.ridge,
            "points": len(view.records),
            "compute": sum(record["bound"] == "compute" for record in view.records),
            "measured": view.measured_points or None,
            "fitting": view.fitting,
            "settings": view.grid_size,
        }
        for view in views
    ]
