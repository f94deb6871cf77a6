"""Charts of a study: each carries one message, and its data."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

from roofline.findings.finding import Finding
from roofline.latency.prediction import calibration_for
from roofline.model.operators import Phase
from roofline.report.charts.output import cache
from roofline.report.charts.output.chart import Chart, draw_chart
from roofline.report.charts.plans import candidates
from roofline.report.charts.plans import messages_measured as measurement
from roofline.report.charts.plans.agreement import agreement_plan
from roofline.report.charts.plans.capacity import capacity_plan
from roofline.report.charts.plans.finding import finding_plan
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.spread import spread_plan
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import SCHEMA, Plan
from roofline.study.study import Study

__all__ = [
    "SCHEMA",
    "Chart",
    "calibration_charts",
    "candidate_charts",
    "drawn",
    "finding_chart",
    "measured_title",
    "operator_chart",
    "study_charts",
]

_MANIFEST: Final = "manifest.json"
_BINARY: Final = frozenset({"svg", "png", "csv", "json"})


def study_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Draw the charts of a study, or take them from the cache.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        The reference chart first, then intensity by batch and by length, capacity, and
        the time of a decode step and of a prefill, and predicted against measured time where
        points have both.
    """

    def plans() -> Sequence[Plan]:
        data = StudyData(study=study)
        agreement = agreement_plan(data)
        return (
            roofline_plan(data),
            batch_plan(data),
            length_plan(data),
            capacity_plan(data),
            time_plan(data, "ar"),
            time_plan(data, "init"),
            *(() if agreement is None else (agreement,)),
        )

    return _cached(study, version, "study", plans)


def candidate_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Draw the charts of candidate tokens, or take them from the cache.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        Intensity against candidates, then speed-up.
    """

    def plans() -> Sequence[Plan]:
        data = StudyData(study=study)
        return (candidates.intensity_plan(data), candidates.speed_up_plan(data))

    return _cached(study, version, "candidates", plans)


def calibration_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Draw how the predictions of a study's calibration spread, or take it from the cache.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        One chart; none where no calibration applies, or it has no such figures.
    """
    calibration = calibration_for(study)
    card = study.deployment.accelerator.name

    def plans() -> Sequence[Plan]:
        plan = None if calibration is None else spread_plan(calibration, card)
        return () if plan is None else (plan,)

    return _cached(study, version, "calibration", plans)


def operator_chart(study: Study, series: str, phase: Phase, version: str) -> Chart:
    """Draw the reference chart with one series brought forward.

    Args:
        study: The study.
        series: Label or slug of a charted series, such as ``qk/pv`` or ``qk-pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        version: Version of this project, which the files name.

    Returns:
        The chart, from the cache where it is there.

    Raises:
        KeyError: The series is not charted in this phase.
    """
    entries = study.deployment.operators.series
    slug = entries[series].slug if series in entries else series

    def plans() -> Sequence[Plan]:
        return (operator_plan(StudyData(study=study), slug, phase),)

    return _cached(study, version, f"operator {slug} {phase}", plans)[0]


def finding_chart(study: Study, finding: Finding, version: str) -> Chart:
    """Draw the chart that shows a finding, with what it is about brought forward.

    Args:
        study: The study.
        finding: A finding about it.
        version: Version of this project, which the files name.

    Returns:
        The chart, from the cache where it is there; its title is the claim.

    Raises:
        KeyError: There is no such chart, or the study charts no such series.
    """

    def plans() -> Sequence[Plan]:
        return (finding_plan(StudyData(study=study), finding),)

    parts = (finding.slug, finding.chart, *sorted(set(finding.highlight)), finding.claim)
    return _cached(study, version, f"finding {json.dumps(parts)}", plans)[0]


def drawn(study: Study, version: str) -> bool:
    """Whether the charts of a study's own page are in the cache."""
    return cache.load(_key(study, version, "study")) is not None


def _key(study: Study, version: str, name: str) -> str:
    inputs = {
        "what": name,
        "version": version,
        "identifier": study.identifier,
        "study": study.file.model_dump(mode="json"),
        "measured": _measured(study),
    }
    return cache.key(inputs)


def _cached(
    study: Study, version: str, name: str, plans: Callable[[], Sequence[Plan]]
) -> tuple[Chart, ...]:
    key = _key(study, version, name)
    files = cache.load(key)
    charts = None if files is None else _unpacked(files)
    if charts is None:
        charts = tuple(draw_chart(plan, study, version) for plan in plans())
        cache.store(key, _packed(charts))
    return charts


def measured_title(study: Study) -> str:
    """Say how measured points of a study lie below the roof, or that there are none."""
    return measurement.title(StudyData(study=study).series) or "No point was measured"


def _measured(study: Study) -> list[str]:
    """What the files of a study's measurements hold."""
    files = () if study.measured is None else study.measured.files
    contents = (content for file in files for content in file.published.values())
    return [hashlib.sha256(content).hexdigest() for content in contents]


def _packed(charts: Sequence[Chart]) -> dict[str, bytes]:
    names = [field.name for field in fields(Chart)]
    manifest = [
        {name: getattr(chart, name) for name in names if name not in _BINARY} for chart in charts
    ]
    files = {_MANIFEST: json.dumps(manifest).encode()}
    for chart in charts:
        files |= {f"{chart.slug}.{name}": getattr(chart, name) for name in sorted(_BINARY)}
    return files


def _unpacked(files: dict[str, bytes]) -> tuple[Chart, ...] | None:
    """Read charts back, or None where something is missing."""
    try:
        return tuple(_chart(texts, files) for texts in json.loads(files[_MANIFEST]))
    except (KeyError, TypeError, ValueError):
        return None


def _chart(texts: dict[str, Any], files: dict[str, bytes]) -> Chart:
    parts = {name: files[f"{texts['slug']}.{name}"] for name in _BINARY}
    layers = {"layers": tuple(texts["layers"])}  # JSON has lists alone
    return Chart(**(texts | parts | layers))
