"""Draw lines that show one claim, with rings and guides where it turns."""

import math
from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.ends import End, name_ends
from roofline.report.charts.drawing.palette import MARK, light, series_colour, series_size
from roofline.report.charts.drawing.sheet import Canvas, axes_width, text_width
from roofline.report.charts.labels import power_ticks, size, tick, without_zeros
from roofline.report.charts.spec import Guide, Lines, Ring, Scale, Trace

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
    along = _placing(spec.x)
    early = any(along(ring.x) < _HALF for ring in spec.rings)
    for guide in spec.guides:
        _draw_guide(canvas, axes, guide, far=early or bool(marked))
    _draw_rings(canvas, axes, spec)
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


def _draw_guide(canvas: Canvas, axes: Axes, guide: Guide, *, far: bool) -> None:
    """Draw a level and name it: one of the vertical axis at the left, or at the far end."""
    upright = guide.across == "x"
    (axes.axvline if upright else axes.axhline)(
        guide.value, color=light("muted"), linewidth=1, linestyle=_FINE, zorder=1.5
    )
    low, high = axes.get_xlim()
    share = math.log(guide.value / low) / math.log(high / low) if upright else float(far)
    right = share > _HALF
    axes.annotate(
        guide.text,
        (guide.value, 1) if upright else (float(far), guide.value),
        xycoords=("data", "axes fraction") if upright else ("axes fraction", "data"),
        xytext=(-4 if right else 4, 2 if upright else 3),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        size=canvas.layout.font,
        color=light("muted"),
    )


def _draw_rings(canvas: Canvas, axes: Axes, spec: Lines) -> None:
    """Ring every place that the claim names, and say where it is, clear of the line."""
    if not spec.rings:
        return
    along = _placing(spec.x)
    axes.scatter(
        [ring.x for ring in spec.rings],
        [ring.y for ring in spec.rings],
        s=34,
        facecolors=light("paper"),
        edgecolors=light("ink"),
        linewidths=1.2,
        zorder=5,
        clip_on=False,
    )
    font, width = canvas.layout.font, axes_width(axes)
    for ring in spec.rings:
        room, needed = along(ring.x) * width, text_width(ring.text, font, "bold") + 10
        rising = _rises(spec, ring)
        # Above a rising line there is room at the left, below it at the right.
        left = room > needed if rising else width - room < needed
        # A level drawn through the text would strike it out.
        levels = [along(guide.value) * width for guide in spec.guides if guide.across == "x"]
        if left and any(room - needed < level < room - 1 for level in levels):
            left = width - room < needed
        above = left == rising
        axes.annotate(
            ring.text,
            (ring.x, ring.y),
            xytext=(-6 if left else 6, 4 if above else -4),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom" if above else "top",
            size=font,
            weight="bold",
            color=light("ink"),
            zorder=6,
        )


def _rises(spec: Lines, ring: Ring) -> bool:
    """Whether the line that runs through a ring, or nearest to it, rises there."""
    up = _placing(spec.y)

    def distance(line: Trace) -> float:
        order = np.argsort(line.x)
        height = np.interp(ring.x, np.array(line.x)[order], np.array(line.y)[order])
        return abs(up(float(height)) - up(ring.y))

    line = min(spec.lines, key=distance)
    order = np.argsort(line.x)
    return bool(np.array(line.y)[order][-1] >= np.array(line.y)[order][0])
