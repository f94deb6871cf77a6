"""Draw lines that show one claim, with rings and guides where it turns."""

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.clear_text import Side, sampled, sheet_places, write_clear
from roofline.report.charts.drawing.ends import End, name_ends
from roofline.report.charts.drawing.palette import MARK, light, series_colour, series_size
from roofline.report.charts.drawing.sheet import Canvas, axes_width, text_width
from roofline.report.charts.labels import power_ticks, size, tick, without_zeros
from roofline.report.charts.spec import Guide, Lines, Ring, Scale

HEIGHTS: Final = (320.0, 290.0)
_DASHED: Final = (0, (5, 3))
_FINE: Final = (0, (3, 3))
_HALF: Final = 0.5
"""Levels to the right of this share of the width have their name at their left."""
_FEW: Final = 3
"""An axis with fewer powers of ten has ticks at 2 and 5 times each too."""


def draw_lines(canvas: Canvas, spec: Lines) -> None:
    """Draw lines that show one claim, with rings and guides where it turns."""
    narrow, font = canvas.layout.narrow, canvas.layout.font
    marked = [line for line in spec.lines if line.style == "marks"]
    named = [line for line in spec.lines if line.label and line not in marked]
    widest = max((text_width(line.label, font) for line in named), default=-4.0)
    axes = canvas.axes(40 if narrow else 54, 36 if narrow else 44, widest + 22, 14)
    _scale_axis(axes, "x", spec.x, 5 if narrow else 8)
    _scale_axis(axes, "y", spec.y, 5 if narrow else 8)
    canvas.name_axes(axes, spec.x.name, spec.y.name)
    if spec.ridge is not None:
        _shade(axes, spec, spec.ridge)
    for line in spec.lines:
        colour = series_colour(line.role)
        if line.style == "marks":
            axes.scatter(
                line.x,
                line.y,
                marker=MARK,
                s=18,
                linewidths=1.1,
                color=colour,
                zorder=4,
                label=line.label,
            )
            continue
        axes.plot(
            line.x,
            line.y,
            color=colour,
            linewidth=series_size(line.role).line,
            linestyle=_DASHED if line.style == "dashed" else "-",
            zorder=3,
        )
    height = _placing(spec.y)
    ends = [
        End(line.label, _clipped(height(line.y[-1])), series_colour(line.role)) for line in named
    ]
    name_ends(canvas, axes, ends)
    levels = [_draw_guide(canvas, axes, guide) for guide in spec.guides]
    taken = _draw_rings(canvas, axes, spec.rings, _taken(axes, spec, levels))
    for guide, level in zip(spec.guides, levels, strict=True):
        if guide.across == "y":
            taken = _name_level(canvas, axes, guide, level, taken)
    if marked:
        canvas.legend(axes, loc="best")


def _placing(scale: Scale) -> Callable[[float], float]:
    """Place values on an axis, as shares of its length."""

    def share(value: float) -> float:
        if scale.kind == "linear":
            return (value - scale.low) / (scale.high - scale.low)
        return math.log(value / scale.low) / math.log(scale.high / scale.low)

    return share


def _clipped(place: float) -> float:
    return min(max(place, 0.0), 1.0)


def _scale_axis(axes: Axes, name: Literal["x", "y"], scale: Scale, most: int) -> None:
    if scale.kind == "linear":
        _linear_axis(axes, name, scale, most)
        return
    if scale.kind == "doublings":
        ticks = {value: size(value) for value in power_ticks(scale.low, scale.high, most)}
    else:
        powers = decades(scale.low, scale.high, most)
        ticks = {value: tick(value) for value in powers}
        if len(powers) < _FEW:
            first, last = (math.floor(math.log10(end)) for end in (scale.low, scale.high))
            steps = (float(f"{step}e{ten}") for ten in range(first, last + 1) for step in (1, 2, 5))
            ticks = {
                value: without_zeros(value).replace(" ", "")
                for value in steps
                if scale.low <= value <= scale.high
            }
    log_axis(axes, name, scale.low, scale.high, ticks)


def _linear_axis(axes: Axes, name: Literal["x", "y"], scale: Scale, most: int) -> None:
    axis = axes.xaxis if name == "x" else axes.yaxis
    (axes.set_xlim if name == "x" else axes.set_ylim)(scale.low, scale.high)
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))

    def text(value: float, _: int | None) -> str:
        return f"{100 * value:g}%" if scale.percent else f"{value:,g}"

    axis.set_major_formatter(FuncFormatter(text))
    axis.grid(visible=True, color=light("grid"), linewidth=0.6, linestyle=_FINE)


def _shade(axes: Axes, spec: Lines, ridge: float) -> None:
    """Tell the two sides of the ridge apart, where the axis has both."""
    low, high = spec.y.low, spec.y.high
    level = min(max(ridge, low), high)
    axes.axhspan(low, level, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axhspan(level, high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)


def _taken(axes: Axes, spec: Lines, levels: Sequence[FloatArray]) -> FloatArray:
    """Say where lines, marks, rings and levels are, of which text is to stand clear."""
    rings = sheet_places(axes, (ring.x for ring in spec.rings), (ring.y for ring in spec.rings))
    lines = [(line.style, sheet_places(axes, line.x, line.y)) for line in spec.lines]
    drawn = [places if style == "marks" else sampled(places) for style, places in lines]
    return np.concatenate([rings, *drawn, *map(sampled, levels)])


def _draw_guide(canvas: Canvas, axes: Axes, guide: Guide) -> FloatArray:
    """Draw a level, and name one of the horizontal axis on top of it.

    Returns:
        Both of its ends.
    """
    upright, level = guide.across == "x", (guide.value, guide.value)
    (axes.axvline if upright else axes.axhline)(
        guide.value, color=light("muted"), linewidth=1, linestyle=_FINE, zorder=1.5
    )
    if not upright:
        return sheet_places(axes, axes.get_xlim(), level)
    ends = sheet_places(axes, level, axes.get_ylim())
    right = ends[1][0] > _HALF * axes_width(axes)
    axes.annotate(
        guide.text,
        (guide.value, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if right else 4, 2),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        size=canvas.layout.font,
        color=light("muted"),
    )
    return ends


def _name_level(
    canvas: Canvas, axes: Axes, guide: Guide, ends: FloatArray, taken: FloatArray
) -> FloatArray:
    """Name a level of the vertical axis at one of its ends."""
    sides = [Side(ends[end], bool(end), above) for above in (True, False) for end in (0, 1)]
    return write_clear(axes, guide.text, sides, taken, canvas.layout.font, color=light("muted"))


def _draw_rings(canvas: Canvas, axes: Axes, rings: Sequence[Ring], taken: FloatArray) -> FloatArray:
    """Ring every place that the claim names, and say where it is."""
    for ring in rings:
        axes.scatter(
            ring.x,
            ring.y,
            s=34,
            facecolors=light("paper"),
            edgecolors=light("ink"),
            linewidths=1.2,
            zorder=5,
            clip_on=False,
        )
        (place,) = sheet_places(axes, [ring.x], [ring.y])
        sides = [Side(place, left, above) for above in (True, False) for left in (True, False)]
        taken = write_clear(
            axes,
            ring.text,
            sides,
            taken,
            canvas.layout.font,
            weight="bold",
            color=light("ink"),
            zorder=6,
        )
    return taken
