"""Intensity as the batch grows, and as the sequence grows."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from roofline.arrays import FloatArray
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase
from roofline.model.points import evaluate
from roofline.report.charts.drawing.intensity import draw_comparison
from roofline.report.charts.labels import join_words, ridge_text, size
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Curve, IntensityCurves, Plan, Setting, Table
from roofline.units import significant

HEIGHTS = (330.0, 290.0)


_SAMPLES = 49


_BEYOND = 2.5
"""How far the axis goes beyond a crossing."""


_FURTHEST = 64
"""How many times the largest setting of the grid a crossing may be, to be shown."""


def batch_plan(data: StudyData, forward: Collection[str] = ()) -> Plan:
    """Plan the chart of intensity against batch.

    Args:
        data: The study.
        forward: Keys of the series to bring forward; those without a curve change nothing.
    """
    length = data.middle_length
    found = _compare(data, "batch", length, _series(data, data.study.deployment))
    ridge = ridge_text(data.study.deployment.roof)
    decode = [curve for curve in found.curves if curve.phase == "ar"]
    crossed = [(curve.crosses, curve.label) for curve in decode if curve.crosses is not None]
    never = [curve.label for curve in found.curves if curve.crosses is None]
    if crossed:
        names = join_words([label for _, label in crossed])
        title = (
            f"{names} reach{'' if len(crossed) > 1 else 'es'} "
            f"the ridge at {ridge} FLOP/Byte from a batch of {significant(max(crossed)[0], 4)} on"
        )
    else:
        title = f"No batch brings decode to the ridge at {ridge} FLOP/Byte"
    if never:
        title += f"; {join_words(never)} never {'reaches' if len(never) == 1 else 'reach'} it"
    return _plan(data, found, "intensity-batch", title, f"At length {size(length)}.", forward)


def length_plan(data: StudyData, forward: Collection[str] = ()) -> Plan:
    """Plan the chart of attention's intensity against length.

    Args:
        data: The study.
        forward: Keys of the series to bring forward; those without a curve change nothing.
    """
    deployment = data.study.deployment
    batch = data.study.file.batches[0]
    chosen = (deployment.operators.defaults() | dict(deployment.choices))["attention"]
    variants = []
    for option in deployment.operators.choices["attention"].options:
        choices = dict(deployment.choices) | {"attention": option}
        other = replace(deployment, choices=choices)
        variants += [
            (other, series, phase, option, option != chosen)
            for _, series, phase, _, _ in _series(data, deployment)
            if series == "qk/pv"
        ]
    found = _compare(data, "length", batch, variants)
    title = _length_title(found, ridge_text(deployment.roof))
    note = f"At batch {size(batch)}; thick lines have {chosen} attention, as the study has."
    return _plan(data, found, "intensity-length", title, note, forward)


_Variant = tuple[Deployment, str, Phase, str, bool]


def _series(data: StudyData, deployment: Deployment) -> list[_Variant]:
    return [
        (deployment, name, phase, "", False)
        for name, entry in data.study.deployment.operators.series.items()
        if entry.charted
        for phase in PHASES
    ]


def _compare(
    data: StudyData, vary: Setting, other: int, variants: Sequence[_Variant]
) -> IntensityCurves:
    file, roof = data.study.file, data.study.deployment.roof
    grid = np.asarray(file.batches if vary == "batch" else file.lengths, dtype=np.float64)
    candidates = data.candidates
    crossings = [
        crossing(
            deployment,
            series,
            phase,
            vary=vary,
            other=other,
            candidates=candidates if phase == "ar" else 1,
        )
        for deployment, series, phase, _, _ in variants
    ]
    low, high = float(grid[0]), float(grid[-1])
    shown = [at for at in crossings if at is not None and at <= high * _FURTHEST]
    high = max([high, 4 * low, *(at * _BEYOND for at in shown)])
    x = np.geomspace(low, high, _SAMPLES)

    def values(variant: _Variant, at: FloatArray) -> FloatArray:
        deployment, series, phase, _, _ = variant
        batch, length = (at, other) if vary == "batch" else (other, at)
        tokens = candidates if phase == "ar" else 1
        return evaluate(deployment, series, phase, Grid(batch, length, tokens)).intensity

    fits = data.capacity.fits(*((grid, other) if vary == "batch" else (other, grid)))
    entries = data.study.deployment.operators.series
    curves = tuple(
        Curve(
            label=" ".join(filter(None, (variant[3], variant[1], variant[2]))),
            slug=entries[variant[1]].slug,
            phase=variant[2],
            variant=variant[3],
            thin=variant[4],
            x=x,
            y=values(variant, x),
            crosses=at,
            limit=float(values(variant, np.asarray(MOST))),
            marks=(grid, values(variant, grid), fits),
        )
        for variant, at in zip(variants, crossings, strict=True)
    )
    return IntensityCurves(
        vary=vary, other=other, ridge=roof.ridge, low=low, high=high, curves=curves
    )


def _plan(  # noqa: PLR0917  # private, called twice
    data: StudyData,
    found: IntensityCurves,
    slug: str,
    title: str,
    note: str,
    forward: Collection[str],
) -> Plan:
    count = len(found.curves)
    shown = {one.key for one in found.curves} & set(forward)
    return Plan(
        slug=slug,
        title=title,
        description=" ".join(
            (
                f"Line chart with logarithmic axes: intensity against {found.vary}. {note}",
                *(
                    _curve_words(curve, found)
                    for curve in found.curves
                    if not shown or curve.key in shown
                ),
                *(["The other lines are faint."] if shown else []),
            )
        ),
        caption=(
            f"{note}{data.condition} Crosses are settings of the study, faint "
            f"where they do not fit. {data.misfits()} Rings mark where a line reaches the "
            "ridge. Intensity is that of the operators' own work and traffic; nothing is measured."
        ),
        table=Table(
            columns={
                "label": ("", [one.label for one in found.curves for _ in one.x]),
                "batch": _setting(found, "batch"),
                "sequence_length": _setting(found, "length"),
                "intensity": ("FLOP/Byte", np.concatenate([one.y for one in found.curves])),
                "ridge": ("FLOP/Byte", np.full(count * _SAMPLES, found.ridge)),
            }
        ),
        draw=lambda canvas: draw_comparison(canvas, found, shown),
        heights=HEIGHTS,
    )


def _setting(found: IntensityCurves, name: Setting) -> tuple[str, Any]:
    unit = "sequence" if name == "batch" else "token"
    if name == found.vary:
        return unit, np.concatenate([one.x for one in found.curves])
    return unit, np.full(len(found.curves) * _SAMPLES, float(found.other))


def _curve_words(one: Curve, found: IntensityCurves) -> str:
    first, last = (significant(float(one.y[end]), 3) for end in (0, -1))
    words = (
        f"{one.label}: {first} FLOP/Byte at {found.vary} {size(found.low)}, "
        f"{last} at {size(found.high)}"
    )
    if one.crosses is None:
        return f"{words}; it never reaches the ridge."
    if one.crosses <= found.low:
        return f"{words}; it is above the ridge throughout."
    return f"{words}; it reaches the ridge at {found.vary} {significant(one.crosses, 4)}."


def _length_title(found: IntensityCurves, ridge: str) -> str:
    def words(one: Curve) -> str:
        if one.crosses is None:
            limit = significant(one.limit, 3)
            return f"{one.variant}, its limit of {limit} FLOP/Byte is below the ridge at {ridge}"
        if one.crosses <= 1:
            return f"{one.variant}, it is above the ridge at {ridge} at any length"
        return f"{one.variant}, it reaches the ridge at length {significant(one.crosses, 4)}"

    prefill = [one for one in found.curves if one.phase == "init"]
    return f"Prefill attention: {'; '.join(words(one) for one in prefill)}"
