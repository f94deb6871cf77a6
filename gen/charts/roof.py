"""Drawing the reference chart: the roof, the series, the legend."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D

from gen.charts.canvas import FAINT, Canvas, axes_height, axes_width, colour
from gen.charts.data import StudyData, StudySeries
from gen.charts.scales import decades, log_axis, plain, round_down, tick
from gen.palette import light
from roofline.roof import Roof
from roofline.units import significant

X_LABEL = "Operational Intensity (FLOP/Byte)"


Y_LABEL = "Performance (FLOP/s)"


_DECADES = 5


"""Height of the chart: room for kernels that stay far below the roof."""


_BACKDROP = 0.22


_FORWARD = 1.8


"""Least stroke of a mark that is brought forward."""


def ranges(roof: Roof, data: StudyData) -> tuple[float, float, float, float]:
    """Ranges of both axes: x low, x high, y low, y high."""
    intensity = np.concatenate([one.points.intensity for one in data.series])
    attainable = np.concatenate([one.points.attainable for one in data.series])
    x_low = round_down(min(float(intensity.min()), roof.ridge))
    x_high = 10.0 ** math.ceil(math.log10(max(float(intensity.max()), 2 * roof.ridge)))
    top = math.ceil(math.log10(roof.peak * 1.5))
    low = math.floor(math.log10(min(float(attainable.min()), roof.bandwidth * x_low)))
    return x_low, x_high, 10.0 ** min(low, top - _DECADES), 10.0**top


def draw_roofline(canvas: Canvas, data: StudyData, forward: Collection[str] = ()) -> None:
    """Draw the reference chart.

    Args:
        canvas: Where to.
        data: The study.
        forward: Keys of the series to bring forward, if any.
    """
    roof = data.study.deployment.roof
    narrow = canvas.layout.narrow
    x_low, x_high, y_low, y_high = ranges(roof, data)
    axes = canvas.axes(*((44, 36, 8, 22) if narrow else (62, 44, 14, 26)))
    canvas.name_axes(axes, X_LABEL, Y_LABEL)
    log_axis(axes, "x", x_low, x_high, {one: tick(one) for one in decades(x_low, x_high)})
    log_axis(axes, "y", y_low, y_high, {one: tick(one) for one in decades(y_low, y_high, 9)})
    _draw_roof(canvas, axes, roof)
    for one in data.series:
        _draw_series(axes, one, forward)
    if forward:
        _name_ends(canvas, axes, roof.ridge, [one for one in data.series if one.key in forward])
    _draw_legend(canvas, axes, data.series, forward)


def _draw_roof(canvas: Canvas, axes: Axes, roof: Roof) -> None:
    x_low, x_high = axes.get_xlim()
    y_low, y_high = axes.get_ylim()
    ridge, font = roof.ridge, canvas.layout.font
    axes.axvspan(x_low, ridge, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axvspan(ridge, x_high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)
    memory: dict[str, Any] = {"color": light("memory"), "linewidth": 1.3, "zorder": 2}
    compute: dict[str, Any] = {"color": light("compute"), "linewidth": 1.3, "zorder": 2}
    start = max(x_low, y_low / roof.bandwidth)
    axes.plot([start, ridge], [roof.bandwidth * start, roof.peak], gid="bandwidth", **memory)
    axes.plot([ridge, x_high], [roof.peak, roof.peak], gid="peak", **compute)
    axes.plot(
        [ridge, ridge],
        [y_low, y_high],
        color=light("muted"),
        linewidth=1,
        linestyle=(0, (4, 3)),
        zorder=1.5,
        gid="ridge",
    )
    slope = math.degrees(
        math.atan2(
            axes_height(axes) / math.log10(y_high / y_low),
            axes_width(axes) / math.log10(x_high / x_low),
        )
    )
    place = math.sqrt(start * ridge)
    axes.annotate(
        bandwidth_text(roof),
        (place, roof.bandwidth * place),
        xytext=(
            -0.75 * font * math.sin(math.radians(slope)),
            0.75 * font * math.cos(math.radians(slope)),
        ),
        textcoords="offset points",
        rotation=slope,
        rotation_mode="anchor",
        ha="center",
        va="baseline",
        size=font,
        color=light("memory"),
        weight="bold",
    )
    axes.annotate(
        peak_text(roof),
        (x_high, roof.peak),
        xytext=(-2, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=font,
        color=light("compute"),
        weight="bold",
    )
    edge = axes.get_xaxis_transform()
    for name, x, side, role in (
        ("Memory-bound", x_low, "left", "memory"),
        ("Compute-bound", x_high, "right", "compute"),
    ):
        canvas.text(
            axes,
            x,
            1.015,
            name,
            transform=edge,
            ha=side,
            va="bottom",
            color=light(role),
            size=font + (0 if canvas.layout.narrow else 1),
        )
    axes.annotate(
        f"ridge {ridge_text(roof)}"
        if canvas.layout.narrow
        else f"ridge {ridge_text(roof)} FLOP/Byte",
        (ridge, 0),
        xycoords=edge,
        xytext=(-4, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=font,
        color=light("muted"),
    )


def bandwidth_text(roof: Roof) -> str:
    """Write the bandwidth as the reference chart does, in GB/s."""
    if roof.bandwidth < 1e9:  # noqa: PLR2004  # a gigabyte
        return plain(roof.bandwidth, "byte/s")
    number = significant(roof.bandwidth / 1e9, 4)
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} GB/s"


def peak_text(roof: Roof) -> str:
    """Write the peak, such as ``312 TFLOP/s``."""
    return plain(roof.peak, "FLOP/s")


def ridge_text(roof: Roof) -> str:
    """Write the ridge without its unit."""
    return significant(roof.ridge, 4)


def opacity(key: str, forward: Collection[str]) -> float:
    """Opacity of a series, where some are brought forward; of all, where none is."""
    return 1.0 if not forward or key in forward else _BACKDROP


def _style(one: StudySeries, forward: Collection[str]) -> tuple[float, float]:
    """Area and stroke of a mark.

    Points of different series nearly coincide. Broad marks lie at the bottom and long thin
    ones on top, so that all of them show. What is brought forward is not thin.
    """
    styles = {"qkv-mlp": (50.0, 2.8), "up-gate-down": (30.0, 1.4)}
    area, stroke = styles.get(one.slug, (76.0, 0.9))
    return area, max(stroke, _FORWARD) if one.key in forward else stroke


def _draw_series(axes: Axes, one: StudySeries, forward: Collection[str]) -> None:
    x, y, fits = one.marks
    area, stroke = _style(one, forward)
    solid = opacity(one.key, forward)
    for chosen, alpha, suffix in ((fits, solid, ""), (~fits, solid * FAINT, "-faint")):
        if not chosen.any():
            continue
        marks: PathCollection = axes.scatter(
            x[chosen],
            y[chosen],
            marker="x",
            s=area,
            linewidths=stroke,
            alpha=alpha,
            color=colour(one.slug, one.phase),
            zorder=4 if solid == 1 else 3,
            clip_on=False,
            gid=one.key + suffix,
        )
        marks.set_label(one.label + suffix)


def _draw_legend(
    canvas: Canvas, axes: Axes, found: tuple[StudySeries, ...], forward: Collection[str]
) -> None:
    handles = []
    for one in found:
        area, stroke = _style(one, forward)
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker="x",
                markersize=math.sqrt(area),
                markeredgewidth=stroke,
                color=colour(one.slug, one.phase),
                alpha=None if opacity(one.key, forward) == 1 else FAINT,
                label=one.label,
            )
        )
    legend = axes.legend(
        handles=handles,
        loc="lower right",
        fontsize=canvas.layout.font,
        frameon=False,
        borderaxespad=0.3,
        handletextpad=0.1,
        labelspacing=0.35,
        handlelength=1.6,
        labelcolor=light("ink"),
    )
    if forward:
        for text, one in zip(legend.get_texts(), found, strict=True):
            text.set_color(light("ink" if one.key in forward else "muted"))
            text.set_fontweight("bold" if one.key in forward else "normal")


def _name_ends(canvas: Canvas, axes: Axes, ridge: float, shown: Sequence[StudySeries]) -> None:
    """Write the smallest and the largest intensity at the two ends of some series."""
    x, y = (np.concatenate([one.marks[part] for one in shown]) for part in (0, 1))
    ends = sorted({int(x.argmin()), int(x.argmax())}, key=lambda index: float(x[index]))
    texts = [significant(float(x[index]), 3) for index in ends]
    if len(set(texts)) == 1:
        ends, texts = ends[-1:], texts[-1:]
    elif math.log10(x[ends[1]] / x[ends[0]]) < 0.5:  # noqa: PLR2004  # too close for two labels
        ends, texts = ends[-1:], [f"{texts[0]} to {texts[1]}"]
    for index, text in zip(ends, texts, strict=True):
        # Clear of the roof, and of the ridge.
        place, side, edge = (7.0, -6.0), "left", "top"
        if ridge / 5 < x[index] < ridge:
            place, side, edge = (-7.0, 7.0), "right", "bottom"
        elif x[index] >= ridge:
            place, side, edge = (4.0, -8.0), "right", "top"
        axes.annotate(
            text,
            (x[index], y[index]),
            xytext=place,
            textcoords="offset points",
            ha=side,
            va=edge,
            size=canvas.layout.font,
            color=light("ink"),
            weight="bold",
        )
