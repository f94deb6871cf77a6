"""Intensity as the batch grows, and as the sequence grows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from roofline.arrays import FloatArray
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.operators import PHASE_NAMES, Phase, Series
from roofline.model.points import evaluate
from roofline.report.charts.labels import join_words, lower_first, ridge_text, size
from roofline.report.charts.plans.series import StudyData, series_role
from roofline.report.charts.spec import Curve, DataTable, IntensityCurves, Plan, Setting
from roofline.study.results import charted_series
from roofline.units import significant

_SAMPLES: Final = 49
_BEYOND: Final = 2.5
"""How far the axis goes beyond a crossing."""
_FURTHEST: Final = 64
"""How many times the largest setting of the grid a crossing may be, to be shown."""


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """What one curve is of."""

    deployment: Deployment
    series: str
    phase: Phase
    option: str = ""
    """Option of the attention, where the chart compares two."""
    thin: bool = False

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.option, self.series, self.phase)))


def batch_plan(data: StudyData) -> Plan:
    """Plan the chart of intensity against batch: all charted series."""
    deployment = data.study.deployment
    ridge = ridge_text(deployment.roof.ridge)
    variants = [
        _Variant(deployment=deployment, series=series, phase=phase)
        for series, phase in charted_series(deployment)
    ]
    spec = _compare(data, "batch", data.middle_length, variants)
    crossed = [
        (curve.crosses, _spoken(data, variant))
        for curve, variant in zip(spec.curves, variants, strict=True)
        if variant.phase == "ar" and curve.crosses is not None
    ]
    never = [
        _spoken(data, variant)
        for curve, variant in zip(spec.curves, variants, strict=True)
        if curve.crosses is None
    ]
    if crossed:
        names = join_words([name for _, name in crossed])
        title = (
            f"{names} reach{'' if len(crossed) > 1 else 'es'} "
            f"the ridge at {ridge} FLOP/Byte from batch {math.ceil(max(crossed)[0]):,} on"
        )
        title = f"{title[:1].upper()}{title[1:]}"
    else:
        title = f"No batch brings decode to the ridge at {ridge} FLOP/Byte"
    if never:
        title += f"; {join_words(never)} never {'reaches' if len(never) == 1 else 'reach'} it"
    return _plan(data, spec, title, f"At length {size(spec.other)}.")


def length_plan(data: StudyData) -> Plan:
    """Plan the chart of attention's intensity against length: all options of attention."""
    deployment = data.study.deployment
    variants = [
        _Variant(
            deployment=deployment.with_attention(option),
            series=series,
            phase=phase,
            option=option,
            thin=option != deployment.choice("attention"),
        )
        for option in deployment.operators.choices["attention"].options
        for series, phase in charted_series(deployment)
        if series in deployment.family("attention")
    ]
    spec = _compare(data, "length", data.study.file.batches[0], variants)
    chosen = deployment.choice("attention")
    note = f"At batch {size(spec.other)}. Thick lines: {chosen} attention, as in the study."
    return _plan(data, spec, _length_title(data, spec, variants), note)


def _compare(
    data: StudyData,
    vary: Setting,
    other: int,
    variants: Sequence[_Variant],
) -> IntensityCurves:
    """Evaluate the variants where the study has settings, and between and beyond them."""
    file, operators = data.study.file, data.study.deployment.operators
    grid = file.batches if vary == "batch" else file.lengths
    crossings = [_crossing(data, variant, vary, other) for variant in variants]
    low, high = float(grid[0]), float(grid[-1])
    shown = [place for place in crossings if place is not None and place <= high * _FURTHEST]
    high = max([high, 4 * low, *(place * _BEYOND for place in shown)])
    x = np.geomspace(low, high, _SAMPLES)
    curves = []
    for variant, crosses in zip(variants, crossings, strict=True):
        marks = () if variant.thin else _intensity(data, variant, vary, np.array(grid), other)
        curves.append(
            Curve(
                label=variant.label,
                key=f"{operators.series[variant.series].slug}-{variant.phase}",
                name=_name(operators.series[variant.series], variant),
                role=series_role(operators, variant.series, variant.phase),
                thin=variant.thin,
                y=tuple(_intensity(data, variant, vary, x, other).tolist()),
                marks=tuple(np.asarray(marks).tolist()),
                crosses=crosses,
            )
        )
    fits = data.capacity.fits(*((grid, other) if vary == "batch" else (other, grid)))
    return IntensityCurves(
        vary=vary,
        other=other,
        ridge=data.study.deployment.roof.ridge,
        x=tuple(x.tolist()),
        grid=grid,
        fits=tuple(fits.tolist()),
        curves=tuple(curves),
    )


def _spoken(data: StudyData, variant: _Variant) -> str:
    """Name a series inside a sentence, such as ``decode attention``."""
    name = data.study.deployment.operators.series[variant.series].name
    return f"{PHASE_NAMES[variant.phase]} {lower_first(name)}"


def _name(series: Series, variant: _Variant) -> str:
    """Name a curve, with the option of attention where the chart compares two."""
    name = series.named(variant.phase)
    return f"{name}, {variant.option}" if variant.option else name


def _crossing(data: StudyData, variant: _Variant, vary: Setting, other: int) -> float | None:
    return crossing(
        variant.deployment,
        variant.series,
        variant.phase,
        vary=vary,
        # The value of the one that varies counts for nothing.
        batch=other,
        length=other,
        candidates=data.candidates if variant.phase == "ar" else 1,
    )


def _intensity(
    data: StudyData, variant: _Variant, vary: Setting, values: FloatArray, other: int
) -> FloatArray:
    grid = data.line(variant.phase, vary, values, other)
    return evaluate(variant.deployment, variant.series, variant.phase, grid).intensity


def _plan(data: StudyData, spec: IntensityCurves, title: str, note: str) -> Plan:
    size_of_table = len(spec.curves) * len(spec.x)
    settings: dict[Setting, Any] = {
        "batch": np.full(size_of_table, float(spec.other)),
        "length": np.full(size_of_table, float(spec.other)),
        spec.vary: np.tile(spec.x, len(spec.curves)),
    }
    words = [_curve_words(curve, spec) for curve in spec.curves]
    return Plan(
        slug=f"intensity-{spec.vary}",
        title=title,
        description=" ".join(
            (f"Line chart with logarithmic axes: intensity against {spec.vary}. {note}", *words)
        ),
        caption=(
            f"{note}{data.condition} Crosses are settings of the study, faint "
            f"where they do not fit. {data.misfits()} Rings mark where a line reaches the "
            "ridge. Intensity is computed from the operators' work and traffic; nothing is "
            "measured."
        ),
        spec=spec,
        table=DataTable.of(
            {
                "label": ("", [curve.label for curve in spec.curves for _ in curve.y]),
                "batch": ("sequence", settings["batch"]),
                "sequence_length": ("token", settings["length"]),
                "intensity": ("FLOP/Byte", [value for curve in spec.curves for value in curve.y]),
                "ridge": ("FLOP/Byte", np.full(size_of_table, spec.ridge)),
            }
        ),
    )


def _curve_words(curve: Curve, spec: IntensityCurves) -> str:
    first, last = (significant(curve.y[end], 3) for end in (0, -1))
    words = (
        f"{curve.label}: {first} FLOP/Byte at {spec.vary} {size(spec.x[0])}, "
        f"{last} at {size(spec.x[-1])}"
    )
    if curve.crosses is None:
        return f"{words}; it never reaches the ridge."
    if curve.crosses <= spec.x[0]:
        return f"{words}; it is above the ridge throughout."
    return f"{words}; it reaches the ridge at {spec.vary} {significant(curve.crosses, 4)}."


def _length_title(data: StudyData, spec: IntensityCurves, variants: Sequence[_Variant]) -> str:
    ridge = ridge_text(spec.ridge)

    def words(curve: Curve, variant: _Variant) -> str:
        if curve.crosses is None:
            most = float(_intensity(data, variant, "length", np.array(MOST), spec.other))
            limit = significant(most, 3)
            return f"{variant.option}, its limit of {limit} FLOP/Byte is below the ridge at {ridge}"
        if curve.crosses <= 1:
            return f"{variant.option}, it is above the ridge at {ridge} at any length"
        return f"{variant.option}, it is compute-bound from length {math.ceil(curve.crosses):,}"

    prefill = [
        words(curve, variant)
        for curve, variant in zip(spec.curves, variants, strict=True)
        if variant.phase == "init"
    ]
    return f"Prefill attention: {'; '.join(prefill)}"
