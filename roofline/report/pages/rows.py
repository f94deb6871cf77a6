"""Rows of the study's and the operators' tables, taken from the model's answers."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from roofline.model.expression import Expression
from roofline.model.operators import PHASE_NAMES, Phase
from roofline.model.roof import BOUNDS
from roofline.report.pages.series_view import SeriesView
from roofline.report.pages.study_view import StudyView

Row = dict[str, Any]


def bounds(study: StudyView, link: Callable[[str], str]) -> list[Row]:
    """One row for each charted series: its intensities, and where it meets the ridge."""
    found = []
    for series in study.series:
        address = Markup('<a href="{}"><code>{}</code></a><br>{}').format(
            link(series.page), series.label, series.title
        )
        found.append(
            {
                "series": address,
                "smallest": series.smallest()["intensity"],
                "largest": series.largest()["intensity"],
                "compute": f"{series.compute_bound} of {len(series.records)}",
                "batch": series.crossing("batch", length=study.crossing_length),
            }
            | (_predicted(series) if series.predicted else {})
        )
    return found


def _predicted(series: SeriesView) -> Row:
    """Range of a series' predicted rates, and its points by predicted bound."""
    return {
        "slowest": series.slowest()["predicted_flops_per_s"],
        "fastest": series.fastest()["predicted_flops_per_s"],
    } | {f"{bound}_points": series.ruled(bound) for bound in BOUNDS}


def measured(study: StudyView, link: Callable[[str], str]) -> list[Row]:
    """One row for each series with measured points: rates, shares of the roof, errors."""
    found = []
    for series in study.series:
        one = series.measured
        if one is None:
            continue
        address = Markup('<a href="{}"><code>{}</code></a>').format(link(series.page), series.label)
        points = f"{one.points} of {one.settings}"
        found.append({"series": address} | dataclasses.asdict(one) | {"points": points})
    return found


def steps(study: StudyView, settings: Sequence[tuple[Phase, int, int]]) -> list[Row]:
    """One row for each step: its minimum time on the roof, and its predicted range.

    Args:
        study: With a calibration.
        settings: Phase, batch and length of each step.
    """
    found = []
    for phase, batch, length in settings:
        predicted = study.step(phase, batch, length)
        if predicted is None:
            continue
        found.append(
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
    return found


def capacity(study: StudyView) -> list[Row]:
    """One row for each length: what fits, and the ceiling of decoding."""
    found = []
    for length in study.study.file.lengths:
        batch = study.capacity.largest_batch(length)
        found.append(
            {
                "length": length,
                "batch": batch or None,
                "kv": float(study.capacity.kv_cache(1, length)),
                "ceiling": study.decode_ceiling(1, length),
                "ceiling_full": study.decode_ceiling(batch, length) if batch else None,
            }
        )
    return found


def budget(study: StudyView, phase: Phase, *, layers: bool) -> list[Row]:
    """One row for each series of a step at the example setting, and the sum."""
    step = study.budget(phase, *study.example, layers=layers)
    found = [
        {
            "series": line.series,
            "flops": float(line.flops),
            "flops_share": step.share("flops", line),
            "bytes": float(line.bytes),
            "bytes_share": step.share("bytes", line),
            "seconds": float(line.seconds),
            "seconds_share": step.share("seconds", line),
        }
        for line in step.lines
    ]
    total = {
        "series": "sum",
        "flops": float(step.flops),
        "flops_share": 1.0,
        "bytes": float(step.bytes),
        "bytes_share": 1.0,
        "seconds": float(step.seconds),
        "seconds_share": 1.0,
    }
    return [*found, total]


def kernels(series: SeriesView) -> list[Row]:
    """One row for each matrix product of a series, its sizes in symbols and values."""
    explanation = series.explain(*series.study.example)
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
    return Markup("<code>{}</code> = {}").format(text, shown)


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


def shares(series: SeriesView) -> list[Row]:
    """One row for each kernel of a series at the example setting, and the sum."""
    explanation = series.explain(*series.study.example)
    found = [
        {
            "name": share.name,
            "flops": share.flops,
            "bytes": share.bytes,
            "intensity": share.intensity,
            "attainable": share.attainable,
            "bound": share.bound,
        }
        for share in explanation.kernels
    ]
    if len(found) > 1:
        total = explanation.total
        found.append(
            {
                "name": "sum",
                "flops": total.flops,
                "bytes": total.bytes,
                "intensity": total.intensity,
                "attainable": total.attainable,
                "bound": total.bound,
            }
        )
    return found
