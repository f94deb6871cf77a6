"""Draw intensity against one setting, with the ridge across."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.ends import End, name_ends
from roofline.report.charts.drawing.palette import MARK, light, series_colour, series_size
from roofline.report.charts.drawing.sheet import FAINT, Canvas, axes_width, text_width
from roofline.report.charts.labels import (
    X_LABEL,
    join_words,
    power_ticks,
    round_down,
    round_up,
    size,
    tick,
)
from roofline.report.charts.spec import Curve, IntensityCurves
from roofline.units import significant

HEIGHTS: Final = (330.0, 290.0)
_MOST_MARKED: Final = 49
"""A longer grid has no marks: they would run together."""
_LABEL_APART: Final = 1.3
"""Crossings closer than this factor share a label."""


def draw_curves(canvas: Canvas, spec: IntensityCurves) -> None:
    """Draw intensity against one setting, with the ridge across."""
    narrow, font = canvas.layout.narrow, canvas.layout.font
    widest = max(text_width(_shown(canvas, curve), font) for curve in spec.curves)
    axes = canvas.axes(36 if narrow else 48, 36 if narrow else 44, widest + 24, 10)
    lowest = min(min(curve.y) for curve in spec.curves)
    highest = max(max(curve.y) for curve in spec.curves)
    # Room at the bottom, where the crossings are named.
    low, high = round_down(min(lowest, spec.ridge) / 2), round_up(max(highest, 2 * spec.ridge))
    first, last = spec.x[0], spec.x[-1]
    ticks = power_ticks(first, last, 5 if narrow else 10)
    log_axis(axes, "x", first, last, {value: size(value) for value in ticks})
    log_axis(axes, "y", low, high, {value: tick(value) for value in decades(low, high)})
    name = "Batch (sequences)" if spec.vary == "batch" else "Length (tokens)"
    canvas.name_axes(axes, name, "Intensity (FLOP/Byte)" if narrow else X_LABEL)
    axes.axhspan(low, spec.ridge, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axhspan(spec.ridge, high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)
    axes.axhline(
        spec.ridge,
        color=light("muted"),
        linewidth=1,
        linestyle=(0, (4, 3)),
        zorder=1.5,
        gid="ridge",
    )
    for curve in spec.curves:
        _draw_curve(axes, curve, spec)
    _name_curves(canvas, axes, spec)
    _name_ridge(canvas, axes, spec)
    _draw_crossings(canvas, axes, spec)


def _draw_curve(axes: Axes, curve: Curve, spec: IntensityCurves) -> None:
    colour = series_colour(curve.role)
    axes.plot(
        spec.x,
        curve.y,
        color=colour,
        linewidth=_stroke(curve),
        zorder=3,
        linestyle=(0, (5, 2)) if curve.thin else "-",
        label=curve.label,
        gid=f"{curve.key}{'-variant' if curve.thin else ''}",
    )
    if curve.thin or len(spec.grid) > _MOST_MARKED:
        return
    x, y, fits = np.array(spec.grid, dtype=np.float64), np.array(curve.marks), np.array(spec.fits)
    for chosen, alpha in ((fits, 1.0), (~fits, FAINT)):
        if chosen.any():
            axes.scatter(
                x[chosen],
                y[chosen],
                marker=MARK,
                s=24,
                linewidths=1.4,
                alpha=alpha,
                color=colour,
                zorder=4,
                clip_on=False,
            )


def _stroke(curve: Curve) -> float:
    return 1.0 if curve.thin else series_size(curve.role).line


def _fractions(values: Sequence[float], low: float, high: float) -> list[float]:
    """Place values on a logarithmic axis, as shares of its length."""
    span = np.log(high / low)
    return [float(np.log(value / low) / span) for value in values]


def _name_curves(canvas: Canvas, axes: Axes, spec: IntensityCurves) -> None:
    """Name the curves at their right ends."""
    places = _fractions([curve.y[-1] for curve in spec.curves], *axes.get_ylim())
    ends = [
        End(_shown(canvas, curve), place, series_colour(curve.role), _stroke(curve))
        for curve, place in zip(spec.curves, places, strict=True)
    ]
    name_ends(canvas, axes, ends)


def _shown(canvas: Canvas, curve: Curve) -> str:
    """Name a curve; a phone has room for its label alone."""
    return curve.label if canvas.layout.narrow else curve.name


def _name_ridge(canvas: Canvas, axes: Axes, spec: IntensityCurves) -> None:
    """Name the ridge where no curve runs through the name."""
    font = canvas.layout.font
    text = f"ridge {significant(spec.ridge, 4)}"
    width = (text_width(text, font) + 12) / axes_width(axes)
    starts = {"left": 0.01, "right": 1 - width, "center": 0.5 - width / 2}
    places = np.array(_fractions(spec.x, spec.x[0], spec.x[-1]))
    curves = np.array([curve.y for curve in spec.curves])
    near = (curves > spec.ridge * 0.95) & (curves < spec.ridge * 2)

    def crowd(start: float) -> int:
        covered = (places >= start - 0.02) & (places <= start + width + 0.02)
        return int((near & covered).any(axis=1).sum())

    side = min(starts, key=lambda name: crowd(starts[name]))
    axes.annotate(
        text,
        (starts[side], spec.ridge),
        xycoords=("axes fraction", "data"),
        xytext=(3, 3),
        textcoords="offset points",
        va="bottom",
        size=font,
        color=light("muted"),
    )


def _draw_crossings(canvas: Canvas, axes: Axes, spec: IntensityCurves) -> None:
    """Ring every crossing, and say where it is."""
    first, last = spec.x[0], spec.x[-1]
    crossings = sorted(
        curve.crosses
        for curve in spec.curves
        if curve.crosses is not None and first < curve.crosses < last
    )
    groups: list[list[float]] = []
    for place in crossings:
        if groups and place / groups[-1][-1] < _LABEL_APART:
            groups[-1].append(place)
        else:
            groups.append([place])
    letter = "b" if spec.vary == "batch" else "s"
    bottom = axes.get_ylim()[0]
    for position, places in enumerate(groups):
        axes.scatter(
            places,
            [spec.ridge] * len(places),
            s=34,
            facecolors=light("paper"),
            edgecolors=light("ink"),
            linewidths=1.2,
            zorder=5,
            gid=f"crossing-{position}x",
        )
        axes.vlines(places, bottom, spec.ridge, color=light("rule"), linewidth=0.5, zorder=1)
        texts = dict.fromkeys(significant(place, 4) for place in places)
        right = _fractions(places, first, last)[0] < 0.45  # noqa: PLR2004  # the wider side
        axes.annotate(
            f"{letter} = {join_words([*texts])}",
            (places[-1 if right else 0], bottom),
            xytext=(4 if right else -4, 4 + 1.4 * canvas.layout.font * (position % 2)),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom",
            size=canvas.layout.font,
            weight="bold",
            color=light("ink"),
        )
