"""Drawing intensity against one setting, with the ridge across."""

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import (
    decades,
    log_axis,
    power_ticks,
    round_down,
    round_up,
    spread,
)
from roofline.report.charts.drawing.marks import opacity
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import FAINT, Canvas, axes_height, axes_width, text_width
from roofline.report.charts.labels import X_LABEL, join_words, tick
from roofline.report.charts.spec import MOST_MARKED, Curve, IntensityCurves
from roofline.units import significant


def draw_comparison(canvas: Canvas, found: IntensityCurves, forward: Collection[str] = ()) -> None:
    """Draw intensity against one setting, with the ridge across.

    Args:
        canvas: Where to.
        found: The curves.
        forward: Keys of the curves to bring forward, if any.
    """
    narrow, font = canvas.layout.narrow, canvas.layout.font
    widest = max(text_width(one.label, font, _weight(one, forward)) for one in found.curves)
    axes = canvas.axes(36 if narrow else 48, 36 if narrow else 44, widest + 22, 10)
    lowest = min(float(one.y.min()) for one in found.curves)
    highest = max(float(one.y.max()) for one in found.curves)
    # Room at the bottom, where the crossings are named.
    low, high = round_down(min(lowest, found.ridge) / 2), round_up(max(highest, 2 * found.ridge))
    ticks = power_ticks(found.low, found.high, 5 if narrow else 10)
    log_axis(axes, "x", found.low, found.high, ticks)
    log_axis(axes, "y", low, high, {one: tick(one) for one in decades(low, high)})
    name = "Batch (sequences)" if found.vary == "batch" else "Length (tokens)"
    canvas.name_axes(axes, name, "Intensity (FLOP/Byte)" if narrow else X_LABEL)
    axes.axhspan(low, found.ridge, color=light("memory"), alpha=0.06, linewidth=0, zorder=0)
    axes.axhspan(found.ridge, high, color=light("compute"), alpha=0.06, linewidth=0, zorder=0)
    axes.axhline(
        found.ridge,
        color=light("muted"),
        linewidth=1,
        linestyle=(0, (4, 3)),
        zorder=1.5,
        gid="ridge",
    )
    _draw_curves(axes, found, forward)
    _name_curves(canvas, axes, found, forward)
    _name_ridge(canvas, axes, found)
    _draw_crossings(canvas, axes, found, forward)


def _weight(one: Curve, forward: Collection[str]) -> str:
    return "bold" if one.key in forward else "normal"


def _draw_curves(axes: Axes, found: IntensityCurves, forward: Collection[str]) -> None:
    for one in found.curves:
        solid = opacity(one.key, forward)
        axes.plot(
            one.x,
            one.y,
            color=one.colour,
            linewidth=one.stroke,
            alpha=None if solid == 1 else solid,
            zorder=3 if solid == 1 else 2.5,
            linestyle=(0, (5, 2)) if one.thin else "-",
            label=one.label,
            gid=f"{one.key}{'-variant' if one.thin else ''}",
        )
        if one.thin:
            continue
        x, y, fits = one.marks
        for chosen, alpha in ((fits, solid), (~fits, solid * FAINT)):
            if chosen.any() and x.size <= MOST_MARKED:
                axes.scatter(
                    x[chosen],
                    y[chosen],
                    marker="x",
                    s=24,
                    linewidths=1.4,
                    alpha=alpha,
                    color=one.colour,
                    zorder=4,
                    clip_on=False,
                )


def _fractions(values: Sequence[float], low: float, high: float) -> list[float]:
    span = np.log(high / low)
    return [float(np.log(value / low) / span) for value in values]


def _name_curves(
    canvas: Canvas, axes: Axes, found: IntensityCurves, forward: Collection[str]
) -> None:
    """Name the curves at their right ends."""
    font = canvas.layout.font
    low, high = axes.get_ylim()
    height = axes_height(axes)
    ends = _fractions([float(one.y[-1]) for one in found.curves], low, high)
    places = spread(ends, font * 1.35 / height, 0.02, 0.98)
    for one, end, place in zip(found.curves, ends, places, strict=True):
        axes.annotate(
            one.label,
            (1, end),
            xycoords="axes fraction",
            xytext=(18, (place - end) * height),
            textcoords="offset points",
            va="center",
            size=font,
            weight=_weight(one, forward),
            color=light("ink" if opacity(one.key, forward) == 1 else "muted"),
            arrowprops={
                "arrowstyle": "-",
                "color": one.colour,
                "alpha": opacity(one.key, forward),
                "shrinkA": 1,
                "shrinkB": 0,
                "linewidth": one.stroke,
                "relpos": (0, 0.5),
            },
        )


def _name_ridge(canvas: Canvas, axes: Axes, found: IntensityCurves) -> None:
    """Name the ridge where no curve runs through the name."""
    font = canvas.layout.font
    text = f"ridge {significant(found.ridge, 4)}"
    width = (text_width(text, font) + 12) / axes_width(axes)
    starts = {"left": 0.01, "right": 1 - width, "center": 0.5 - width / 2}

    def crowded(start: float) -> int:
        return sum(
            int(((one.y > found.ridge * 0.95) & (one.y < found.ridge * 2) & covered).any())
            for one in found.curves
            for at in (np.asarray(_fractions(one.x.tolist(), found.low, found.high)),)
            for covered in ((at >= start - 0.02) & (at <= start + width + 0.02),)
        )

    side = min(starts, key=lambda name: crowded(starts[name]))
    axes.annotate(
        text,
        (starts[side], found.ridge),
        xycoords=("axes fraction", "data"),
        xytext=(3, 3),
        textcoords="offset points",
        va="bottom",
        size=font,
        color=light("muted"),
    )


def _draw_crossings(
    canvas: Canvas, axes: Axes, found: IntensityCurves, forward: Collection[str]
) -> None:
    """Ring every crossing that is not in the background, and say where it is."""
    solid = (one for one in found.curves if opacity(one.key, forward) == 1)
    inside = sorted(
        (one for one in solid if one.crosses and found.low < one.crosses < found.high),
        key=lambda one: one.crosses or 0.0,
    )
    groups: list[list[Curve]] = []
    for one in inside:
        if groups and (one.crosses or 0) / (groups[-1][-1].crosses or 1) < 1.3:  # noqa: PLR2004  # one label
            groups[-1].append(one)
        else:
            groups.append([one])
    letter = "b" if found.vary == "batch" else "s"
    bottom = axes.get_ylim()[0]
    for position, group in enumerate(groups):
        places = [one.crosses or 0.0 for one in group]
        axes.scatter(
            places,
            [found.ridge] * len(places),
            s=34,
            facecolors=light("paper"),
            edgecolors=light("ink"),
            linewidths=1.2,
            zorder=5,
            gid=f"crossing-{position}x",
        )
        axes.vlines(places, bottom, found.ridge, color=light("rule"), linewidth=0.5, zorder=1)
        texts = sorted({significant(place, 4) for place in places}, key=_number)
        fraction = _fractions(places, found.low, found.high)[0]
        right = fraction < 0.45  # noqa: PLR2004  # the wider side
        axes.annotate(
            f"{letter} = {join_words(texts)}",
            (places[-1 if right else 0], bottom),
            xytext=(4 if right else -4, 4 + 1.4 * canvas.layout.font * (position % 2)),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom",
            size=canvas.layout.font,
            weight="bold",
            color=light("ink"),
        )


def _number(text: str) -> float:
    return float(text.replace(",", ""))
