"""The reference chart, and the same with one series brought forward."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from roofline.errors import join_choices
from roofline.model.operators import PHASE_NAMES
from roofline.model.roof import Roof
from roofline.report.charts.drawing.roofline import draw_roofline
from roofline.report.charts.labels import bandwidth_text, peak_text, ridge_text
from roofline.report.charts.plans import messages_measured as measurement
from roofline.report.charts.plans import messages_predicted as prediction
from roofline.report.charts.plans.messages_predicted import layers_of
from roofline.report.charts.plans.series import StudyData, StudySeries, points_table
from roofline.report.charts.spec import ATTAINABLE, Plan
from roofline.units import significant

HEIGHTS = (360.0, 300.0)


def roofline_plan(data: StudyData) -> Plan:
    """Plan the reference chart."""
    roof = data.study.deployment.roof
    return Plan(
        slug="roofline",
        title=measurement.title(data.series)
        or prediction.title(data.series)
        or _decode_title(data),
        description=" ".join((_axes_words(roof, data), *map(_series_words, data.series))),
        caption=_conditions(data, data.series),
        table=points_table(data.series),
        draw=lambda canvas: draw_roofline(canvas, data),
        heights=HEIGHTS,
        layers=layers_of(data.series),
    )


def forward_plan(data: StudyData, forward: Collection[str]) -> Plan:
    """Plan the reference chart with some series brought forward; its data are theirs.

    Args:
        data: The study.
        forward: Keys of charted series; the reference chart itself where there is none.
    """
    shown = tuple(one for one in data.series if one.key in forward)
    if len(shown) in {0, len(data.series)}:
        return roofline_plan(data)
    words = (
        _axes_words(data.study.deployment.roof, data),
        *map(_series_words, shown),
        "The other series are faint.",
    )
    return Plan(
        slug="roofline-forward",
        title=measurement.title(shown, named=True)
        or prediction.title(shown, named=True)
        or _decode_title(data),
        description=" ".join(words),
        caption=_conditions(data, shown),
        table=points_table(shown),
        draw=lambda canvas: draw_roofline(canvas, data, [one.key for one in shown]),
        heights=HEIGHTS,
        layers=layers_of(data.series),
    )


def operator_plan(data: StudyData, slug: str, phase: str) -> Plan:
    """Plan the chart of one series.

    Raises:
        KeyError: The series is not charted in this phase.
    """
    shown = next((one for one in data.series if one.key == f"{slug}-{phase}"), None)
    if shown is None:
        raise KeyError(f"{slug}-{phase}")
    reach = (
        measurement.operator_reach(shown)
        or prediction.operator_reach(shown)
        or _reach(shown, data.study.deployment.roof)
    )
    return replace(
        forward_plan(data, [shown.key]),
        slug=f"roofline-{shown.key}",
        title=f"{shown.heading} in {PHASE_NAMES[shown.phase]}: {reach}",
    )


def _axes_words(roof: Roof, data: StudyData) -> str:
    rates = join_choices(layers_of(data.series) or (ATTAINABLE,), "and")
    return (
        f"Roofline chart with logarithmic axes: {rates} performance against operational "
        f"intensity. The roof rises at {bandwidth_text(roof)} to the ridge at "
        f"{ridge_text(roof)} FLOP/Byte and is flat at {peak_text(roof)} beyond it."
    )


def _series_words(one: StudySeries) -> str:
    intensity, bound = one.points.intensity, one.points.compute_bound
    low, high = (significant(float(value), 3) for value in (intensity.min(), intensity.max()))
    reach = f"from {low} to {high} FLOP/Byte" if low != high else f"at {low} FLOP/Byte"
    count = int(bound.sum())
    side = f"{count:,} of {bound.size:,} settings are compute-bound"
    if count in {0, bound.size}:
        side = f"{'compute' if count else 'memory'}-bound at every setting"
    return f"{one.label}: {reach}, {side}{_over_words(one)}."


def _over_words(one: StudySeries) -> str:
    return prediction.description(one) + measurement.description(one)


def _reach(one: StudySeries, roof: Roof) -> str:
    intensity, bound = one.points.intensity, one.points.compute_bound
    count, total = int(bound.sum()), bound.size
    if not count:
        most = significant(float(intensity.max()), 3)
        return f"at most {most} FLOP/Byte, always below the ridge at {ridge_text(roof)}"
    if count == total:
        least = significant(float(intensity.min()), 3)
        return f"at least {least} FLOP/Byte, always above the ridge at {ridge_text(roof)}"
    return f"{count:,} of {total:,} settings reach the ridge at {ridge_text(roof)} FLOP/Byte"


def _decode_title(data: StudyData) -> str:
    ridge = ridge_text(data.study.deployment.roof)
    decode = [one.points for one in data.series if one.phase == "ar"]
    intensity = np.concatenate([points.intensity for points in decode])
    bound = np.concatenate([points.compute_bound for points in decode])
    if not bound.any():
        most = significant(float(intensity.max()), 3)
        return (
            f"Decode is memory-bound at every setting: its intensity stays at or below "
            f"{most} FLOP/Byte, and the ridge is at {ridge}"
        )
    return (
        f"Decode reaches the ridge at {ridge} FLOP/Byte in {int(bound.sum()):,} of "
        f"{bound.size:,} points"
    )


def _conditions(data: StudyData, found: tuple[StudySeries, ...]) -> str:
    predicted = prediction.caption(found)
    marks = [(one.marks if one.predicted is None else one.predicted_marks)[2] for one in found]
    faint = sum(int((~fits).sum()) for fits in marks)
    total = sum(fits.size for fits in marks)
    measured = measurement.caption(data.study, found)
    words = predicted or "Points are attainable rates, not measurements."
    if measured:
        words = f"{measured} {predicted or 'Crosses are attainable rates.'}"
    words += f" {data.misfits()}"
    if faint:
        words += (
            f" A mark is {'fainter' if predicted else 'faint'} where none of its settings "
            f"fits: {faint:,} of the {total:,} {'predicted ' if predicted else ''}marks, "
            f"since settings of equal intensity {'and rate ' if predicted else ''}share one."
        )
    return words
