"""Rows of the study's and the operators' tables, taken from the model's answers."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from roofline.model.budget import Quantity
from roofline.model.expression import Expression
from roofline.model.operators import PHASE_NAMES, Phase
from roofline.model.roof import BOUNDS
from roofline.report.pages.series_view import SeriesView
from roofline.report.pages.study_view import StudyView
from roofline.study.explain import Explanation

Row = dict[str, Any]


def bounds(study: StudyView, link: Callable[[str], str]) -> list[Row]:
    """One row for each charted series: its intensities, and where it meets the ridge."""
    return [
        {
            "series": _linked(series, link),
            "smallest": series.smallest()["intensity"],
            "largest": series.largest()["intensity"],
            "compute": f"{series.compute_bound} of {len(series.records)}",
            "batch": series.crossing("batch", length=study.crossing_length),
        }
        | (_predicted(series) if series.predicted else {})
        for series in study.series
    ]


def _linked(series: SeriesView, link: Callable[[str], str]) -> Markup:
    """Name a series in words, linked to its page, with the label of the reference chart."""
    return Markup('<a href="{}">{}</a> <code>{}</code>').format(
        link(series.page), series.short, series.label
    )


def _predicted(series: SeriesView) -> Row:
    """Range of a series' predicted rates, and its points by predicted bound."""
    slowest, fastest = series.predicted_rates()
    return {"slowest": slowest, "fastest": fastest} | {
        f"{bound}_points": series.ruled(bound) for bound in BOUNDS
    }


def measured(study: StudyView, link: Callable[[str], str]) -> list[Row]:
    """One row for each series with measured points: rates, shares of the roof, errors."""
    rows = []
    for series in study.series:
        summary = series.measured
        if summary is None:
            continue
        address = _linked(series, link)
        points = f"{summary.points} of {summary.settings}"
        rows.append({"series": address} | dataclasses.asdict(summary) | {"points": points})
    return rows


def steps(study: StudyView, settings: Sequence[tuple[Phase, int, int]]) -> list[Row]:
    """One row for each step: its minimum time on the roof, and its predicted range.

    Args:
        study: With a calibration.
        settings: Phase, batch and length of each step.
    """
    rows = []
    for phase, batch, length in settings:
        predicted = study.step(phase, batch, length)
        if predicted is None:
            continue
        rows.append(
            {
                "step": "decode step" if phase == "ar" else "prefill",
                "batch": batch,
                "length": length,
                "least": float(study.budget(phase, batch, length).seconds),
                "low": float(predicted.low),
                "high": float(predicted.high),
                "launches": predicted.launches,
            }
        )
    return rows


def capacity(study: StudyView) -> list[Row]:
    """One row for each length: what fits, and the ceiling of decoding."""
    batches = {length: study.capacity.largest_batch(length) for length in study.study.file.lengths}
    return [
        {
            "length": length,
            "batch": batch or None,
            "kv": float(study.capacity.kv_cache(1, length)),
            "ceiling": study.decode_ceiling(1, length),
            "ceiling_full": study.decode_ceiling(batch, length) if batch else None,
        }
        for length, batch in batches.items()
    ]


def budget(study: StudyView, phase: Phase, *, layers: bool) -> list[Row]:
    """One row for each series of a step at the example setting, and the sum."""
    step = study.budget(phase, *study.example, layers=layers)
    quantities: tuple[Quantity, ...] = ("flops", "bytes", "seconds")
    entries = study.deployment.operators.series
    rows = [
        {"series": Markup("{} <code>{}</code>").format(entries[line.series].name, line.series)}
        | {name: float(getattr(line, name)) for name in quantities}
        | {f"{name}_share": step.share(name, line) for name in quantities}
        for line in step.lines
    ]
    total = (
        {"series": "sum"}
        | {name: float(getattr(step, name)) for name in quantities}
        | {f"{name}_share": 1.0 for name in quantities}
    )
    return [*rows, total]


def kernels(explanation: Explanation) -> list[Row]:
    """One row for each matrix product of a series, its sizes in symbols and values."""
    return [
        {
            "name": sized.row.name,
            "meaning": sized.row.meaning,
            "kernel": sized.row.launch,
            "operands": ", ".join(sized.row.operands),
        }
        | {name: _sized(*getattr(sized, name)) for name in ("count", "m", "n", "k")}
        for sized in explanation.rows
    ]


def _sized(expression: Expression, value: float) -> Markup:
    text = expression.text.replace(" * ", "·").replace(" / ", "/")
    shown = f"{value:,.0f}"
    if text == f"{value:.0f}":
        return Markup(escape(shown))  # noqa: S704  # digits
    return Markup("<code>{}</code>\u00a0=\u00a0{}").format(text, shown)


def findings(study: StudyView, link: Callable[[str], str]) -> list[Row]:
    """One row for each finding of a study."""
    return [
        {
            "claim": Markup('<a href="{}">{}</a>').format(link(view.page), view.finding.claim),
            "number": view.finding.headline.text,
            "bound": view.bounds,
            "phase": [PHASE_NAMES[phase] for phase in view.finding.phases],
            "series": view.finding.series,
        }
        for view in study.findings
    ]


def shares(explanation: Explanation) -> list[Row]:
    """One row for each kernel of a series, and the sum where there are several."""
    rows = list(explanation.kernels)
    if len(rows) > 1:
        rows.append(dataclasses.replace(explanation.total, name="sum"))
    return [dataclasses.asdict(share) for share in rows]
