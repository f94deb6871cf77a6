"""Draw the marks of the reference chart: the series, in one layer or several, and their legend."""

import math
from collections.abc import Collection
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.palette import (
    MARK,
    MARK_AREA,
    MEASURED_MARK,
    QUIET,
    light,
    series_colour,
    series_size,
)
from roofline.report.charts.drawing.sheet import FAINT, Canvas
from roofline.report.charts.spec import (
    ATTAINABLE,
    LEGEND,
    MEASURED,
    PREDICTED,
    STREAMED,
    Kind,
    Marks,
    Roofline,
    SeriesPoints,
)
from roofline.units import significant

_BACKDROP: Final = 0.22
_FORWARD: Final = 1.8
"""Least stroke of a mark that is brought forward."""
_THIN: Final = 0.9
"""Least stroke of a mark."""
_SMALLER: Final = 0.5
"""Area of a predicted point's mark, in that of an attainable one."""
_CIRCLE: Final = 26.0
"""Area of a measured point's mark, a circle."""
_MARKERS: Final[dict[Kind | None, str]] = {MEASURED: MEASURED_MARK}
_HEIGHTS: Final[dict[Kind | None, float]] = {PREDICTED: 0.4, STREAMED: 0.4, MEASURED: 0.8}
"""How far the layers lie above the attainable points."""


def opacity(key: str, forward: Collection[str]) -> float:
    """Choose the opacity of a series: less in the background, where some are brought forward."""
    return 1.0 if not forward or key in forward else _BACKDROP


def _style(
    series: SeriesPoints, forward: Collection[str], layer: Kind | None
) -> tuple[float, float]:
    """Choose area and stroke of a mark.

    What is brought forward is not thin. Predicted points are many, and so each is small.
    """
    area, stroke = MARK_AREA, series_size(series.role).stroke
    least = _FORWARD if series.key in forward else 0.0
    if layer == MEASURED:
        return _CIRCLE, max(_THIN, least)
    if layer in {PREDICTED, STREAMED}:
        area *= _SMALLER
        stroke = max(_THIN, stroke * math.sqrt(_SMALLER))
        least *= math.sqrt(_SMALLER)
    return area, max(stroke, least)


def draw_series(axes: Axes, series: SeriesPoints, forward: Collection[str]) -> None:
    """Draw a series: measured and predicted points over the attainable ones, or these alone."""
    if series.predicted is None and series.measured is None:
        _draw_layer(axes, series, series.marks(ATTAINABLE), forward, None)
        return
    _draw_layer(axes, series, series.backdrop, forward, ATTAINABLE)
    _draw_layer(axes, series, series.marks(PREDICTED), forward, PREDICTED)
    # Seen in a page where it is chosen in place of the former; never in a file.
    _draw_layer(axes, series, series.marks(STREAMED), forward, STREAMED)
    _draw_layer(axes, series, series.marks(MEASURED), forward, MEASURED)


def _draw_layer(
    axes: Axes, series: SeriesPoints, marks: Marks, forward: Collection[str], layer: Kind | None
) -> None:
    """Draw the marks of one layer; None is the only one."""
    area, stroke = _style(series, forward, layer)
    solid = opacity(series.key, forward)
    above = _HEIGHTS.get(layer, 0.0) + (solid == 1)
    strength = solid * (QUIET if layer == ATTAINABLE else 1)
    for chosen, alpha, suffix in (
        (marks.fits, strength, ""),
        (~marks.fits, strength * FAINT, "-faint"),
    ):
        if not chosen.any():
            continue
        drawn = axes.scatter(
            marks.x[chosen],
            marks.y[chosen],
            marker=_MARKERS.get(layer, MARK),
            s=area,
            linewidths=stroke,
            alpha=alpha,
            **paint(series_colour(series.role), layer),
            zorder=3 + above,
            clip_on=False,
            gid=f"{layer}-{series.key}{suffix}" if layer else series.key + suffix,
        )
        drawn.set_label(series.label + suffix)


def paint(colour: str, layer: Kind | None) -> dict[str, Any]:
    """Choose the colours of a mark: circles are open."""
    if layer == MEASURED:
        return {"facecolors": "none", "edgecolors": colour}
    return {"color": colour}


def draw_legend(canvas: Canvas, axes: Axes, spec: Roofline) -> None:
    """Name the series, and the layers behind the one in front."""
    layers = spec.layers
    front = layers[0] if layers else None
    handles = []
    for series in spec.series:
        area, stroke = _style(series, spec.forward, front)
        handles.append(
            _handle(
                series.name if canvas.layout.narrow else f"{series.name} ({series.label})",
                series_colour(series.role),
                marker="s" if front == MEASURED else MARK,
                size=math.sqrt(area),
                stroke=stroke,
                alpha=None if opacity(series.key, spec.forward) == 1 else FAINT,
            )
        )
    # Where three kinds of marks share a colour, each kind is named; the last can go unmissed.
    kinds: dict[Kind | None, list[Kind]] = {
        MEASURED: [MEASURED, ATTAINABLE, *layers[1:-1]],
        PREDICTED: [ATTAINABLE],
    }
    behind = kinds.get(front, [])
    handles += [
        _handle(
            name,
            light("muted"),
            marker=_MARKERS.get(name, MARK),
            size=7,
            stroke=1.4,
            alpha=QUIET if name == ATTAINABLE else None,
        )
        for name in behind
    ]
    # Names with labels are long, and the ridge stands close.
    small = canvas.layout.font - (1.0 if canvas.layout.narrow else 1.5)
    legend = canvas.legend(axes, handles=handles, loc="lower right", fontsize=small)
    for place, name in enumerate(behind, len(spec.series)):
        # Each goes where its layer goes; two layers need no name once the last is alone.
        layer = LEGEND if front == PREDICTED else name
        text, handle = legend.get_texts()[place], legend.legend_handles[place]
        text.set(gid=f"{layer}-name-{name}", color=light("muted"))
        if handle is not None:
            handle.set_gid(f"{layer}-mark-{name}")
    if spec.forward:
        for text, series in zip(legend.get_texts(), spec.series, strict=False):
            text.set_color(light("ink" if series.key in spec.forward else "muted"))
            text.set_fontweight("bold" if series.key in spec.forward else "normal")


def _handle(
    label: str,
    colour: str,
    *,
    size: float,
    stroke: float,
    alpha: float | None,
    marker: str = MARK,
) -> Line2D:
    """Make one mark of the legend."""
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=size,
        markeredgewidth=stroke,
        markerfacecolor=colour if marker == "s" else "none",
        color=colour,
        alpha=alpha,
        label=label,
    )


def name_ends(canvas: Canvas, axes: Axes, spec: Roofline) -> None:
    """Write the smallest and the largest intensity at the two ends of what is in front."""
    shown = [series for series in spec.series if series.key in spec.forward]
    x, y = _joined(shown, ATTAINABLE)
    ends = sorted({int(x.argmin()), int(x.argmax())}, key=lambda index: float(x[index]))
    texts = [significant(float(x[index]), 3) for index in ends]
    if len(set(texts)) == 1:
        ends, texts = ends[-1:], texts[-1:]
    elif math.log10(x[ends[1]] / x[ends[0]]) < 0.5:  # noqa: PLR2004  # too close for two labels
        ends, texts = ends[-1:], [f"{texts[0]} to {texts[1]}"]
    over, rates = _joined(shown, PREDICTED)
    for index, text in zip(ends, texts, strict=True):
        height = y[index]
        # Clear of the roof, and of the ridge.
        place, side, edge = (7.0, -6.0), "left", "top"
        if spec.ridge / 5 < x[index] < spec.ridge:
            place, side, edge = (-7.0, 7.0), "right", "bottom"
        elif x[index] >= spec.ridge:
            place, side, edge = (4.0, -8.0), "right", "top"
            # Below the predicted point too.
            if over.size:
                height = min(height, rates[np.abs(np.log(over / x[index])).argmin()])
        axes.annotate(
            text,
            (x[index], height),
            xytext=place,
            textcoords="offset points",
            ha=side,
            va=edge,
            size=canvas.layout.font,
            color=light("ink"),
            weight="bold",
        )


def _joined(shown: list[SeriesPoints], kind: Kind) -> tuple[FloatArray, FloatArray]:
    """Put the marks of several series behind each other: intensities and rates."""
    x, y, _ = zip(*(series.marks(kind) for series in shown), strict=True)
    return np.concatenate(x), np.concatenate(y)
