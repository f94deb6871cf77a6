"""The reference chart, and the same with some series brought forward."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from roofline.errors import join_choices
from roofline.model.operators import PHASE_NAMES, PHASES
from roofline.model.roof import Roof
from roofline.report.charts.labels import bandwidth_text, peak_text, ridge_text, round_down
from roofline.report.charts.plans import messages
from roofline.report.charts.plans.series import StudyData, StudySeries, points_table
from roofline.report.charts.spec import ATTAINABLE, PREDICTED, Plan, Roofline, View
from roofline.units import significant

_DECADES: Final = 5
"""Height of the chart: room for kernels that stay far below the roof."""
_FEWEST: Final = 3
"""Height where it is known how far below they stay."""


def roofline_spec(data: StudyData, forward: Sequence[str] = ()) -> Roofline:
    """Make the points of all series under the roof, with limits that follow them.

    Args:
        data: The study.
        forward: Keys of the series to bring forward, if any.
    """
    roof = data.study.deployment.roof
    every = tuple(series.points for series in data.series)
    intensity = [value for points in every for value in points.intensity]
    x_low = round_down(min(*intensity, roof.ridge))
    x_high = 10.0 ** math.ceil(math.log10(max(*intensity, 2 * roof.ridge)))
    least = min(points.lowest for points in every)
    top = math.ceil(math.log10(roof.peak * 1.5))
    low = math.floor(math.log10(min(least, roof.bandwidth * x_low)))
    known = all(points.measured is not None for points in every)
    return Roofline(
        bandwidth=roof.bandwidth,
        peak=roof.peak,
        ridge=roof.ridge,
        x=(x_low, x_high),
        y=(10.0 ** min(low, top - (_FEWEST if known else _DECADES)), 10.0**top),
        series=every,
        forward=tuple(forward),
    )


def roofline_plan(data: StudyData) -> Plan:
    """Plan the reference chart."""
    spec = roofline_spec(data)
    words = (_axes_words(data, spec), *map(_series_words, data.series))
    return Plan(
        slug="roofline",
        title=_title(data, data.series),
        description=" ".join(words),
        caption=_conditions(data, data.series),
        spec=spec,
        table=points_table(data.series),
        views=_views(data, spec, data.series),
    )


def operator_plan(data: StudyData, key: str) -> Plan:
    """Plan the reference chart with one series brought forward; its data are those of the series.

    Args:
        data: The study.
        key: The series and its phase, such as ``qk-pv-ar``.

    Raises:
        KeyError: The series is not charted in this phase.
    """
    shown = next((series for series in data.series if series.key == key), None)
    if shown is None:
        raise KeyError(key)
    spec = roofline_spec(data, [shown.key] if len(data.series) > 1 else [])
    words = [_axes_words(data, spec), _series_words(shown)]
    if spec.forward:
        words.append("The other series are faint.")

    def title(series: StudySeries) -> str:
        reach = messages.series_reach(series) or _reach(series, data.study.deployment.roof)
        return f"{series.heading} in {PHASE_NAMES[series.result.phase]}: {reach}"

    views = _views(data, spec, [shown])
    return Plan(
        slug=f"roofline-{shown.key}",
        title=title(shown),
        description=" ".join(words),
        caption=_conditions(data, [shown]),
        spec=spec,
        table=points_table((shown,)),
        page=f"operators/{shown.key}/",
        views=tuple(replace(view, title=title(shown.only(view.layers))) for view in views),
    )


def _views(data: StudyData, spec: Roofline, shown: Sequence[StudySeries]) -> tuple[View, ...]:
    """Say of each choice of layers what the chart says without the others."""
    views = []
    for layers in spec.views:
        seen = [series.only(layers) for series in shown]
        caption = _conditions(data, seen, behind=layers != spec.layers)
        views.append(View(layers=layers, title=_title(data, seen), caption=caption))
    return tuple(views)


def _title(data: StudyData, shown: Sequence[StudySeries]) -> str:
    return messages.measured_title(shown) or _bounds_title(data)


def _axes_words(data: StudyData, spec: Roofline) -> str:
    roof = data.study.deployment.roof
    rates = join_choices(spec.layers or (ATTAINABLE,), "and")
    return (
        f"Roofline chart with logarithmic axes: {rates} performance against operational "
        f"intensity. The roof rises at {bandwidth_text(roof.bandwidth)} to the ridge at "
        f"{ridge_text(roof.ridge)} FLOP/Byte and is flat at {peak_text(roof.peak)} beyond it."
    )


def _series_words(series: StudySeries) -> str:
    intensity, bound = series.result.points.intensity, series.result.points.bound_by("compute")
    low, high = (significant(float(value), 3) for value in (intensity.min(), intensity.max()))
    reach = f"from {low} to {high} FLOP/Byte" if low != high else f"at {low} FLOP/Byte"
    count = int(bound.sum())
    side = f"{count:,} of {bound.size:,} settings are compute-bound"
    if count in {0, bound.size}:
        side = f"{'compute' if count else 'memory'}-bound at every setting"
    return f"{series.label}: {reach}, {side}{messages.description(series)}."


def _reach(series: StudySeries, roof: Roof) -> str:
    intensity, bound = series.result.points.intensity, series.result.points.bound_by("compute")
    count, total, ridge = int(bound.sum()), bound.size, ridge_text(roof.ridge)
    if not count:
        most = significant(float(intensity.max()), 3)
        return f"at most {most} FLOP/Byte, always below the ridge at {ridge}"
    if count == total:
        least = significant(float(intensity.min()), 3)
        return f"at least {least} FLOP/Byte, always above the ridge at {ridge}"
    return f"{count:,} of {total:,} settings reach the ridge at {ridge} FLOP/Byte"


def _bounds_title(data: StudyData) -> str:
    """Say what bounds each phase: of a family of series, where the families differ."""
    entries = data.study.deployment.operators.series
    parts = []
    for phase in reversed(PHASES):
        found: dict[str, list[NDArray[np.bool_]]] = {}
        for series in data.series:
            if series.result.phase == phase:
                bound = series.result.points.bound_by("compute").ravel()
                found.setdefault(entries[series.result.series].family, []).append(bound)
        sides = {family: _side(np.concatenate(bounds)) for family, bounds in found.items()}
        name = PHASE_NAMES[phase]
        # What is fused decides the side of attention in prefill.
        attention = f"{data.study.deployment.choice('attention')} " if phase == "init" else ""
        if len(set(sides.values())) == 1:
            parts.append(f"{name} is {next(iter(sides.values()))}")
            continue
        for family, side in sides.items():
            prefix = attention if family == "attention" else ""
            verb = "are" if family.endswith("s") else "is"
            parts.append(f"{prefix}{name} {family} {verb} {side}")
    return f"By the roof, {'; '.join(parts)}"


def _side(compute: NDArray[np.bool_]) -> str:
    count = int(compute.sum())
    if count in {0, compute.size}:
        return f"{'compute' if count else 'memory'}-bound"
    return f"compute-bound at {count:,} of {compute.size:,} points"


def _conditions(data: StudyData, shown: Sequence[StudySeries], *, behind: bool = False) -> str:
    """Say what the marks are, and which of them are faint.

    Args:
        data: The study.
        shown: The series that it is about.
        behind: Whether attainable points are those of the layer behind, which are fewer.
    """
    predicted = any(series.points.predicted is not None for series in shown)
    attainable = [
        series.points.backdrop if behind else series.points.marks(ATTAINABLE) for series in shown
    ]
    fits = np.concatenate(
        [
            (marks if series.points.predicted is None else series.points.marks(PREDICTED)).fits
            for series, marks in zip(shown, attainable, strict=True)
        ]
    )
    faint, total = int((~fits).sum()), fits.size
    words = f"{messages.caption(shown, data.study.measured)} {data.misfits()}"
    if faint:
        words += (
            f" {'Fainter' if predicted else 'Faint'} marks, {faint:,} of the {total:,}, do not "
            "fit on the card. Some marks stand for several settings."
        )
    return words
