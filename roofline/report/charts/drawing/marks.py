"""Marks of the reference chart: the series, in one layer or several, and their legend."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from roofline.report.charts.drawing.palette import QUIET, light
from roofline.report.charts.drawing.sheet import FAINT, Canvas, colour
from roofline.report.charts.plans.messages_predicted import layers_of
from roofline.report.charts.plans.series import Marks, StudySeries
from roofline.report.charts.spec import ATTAINABLE, MEASURED, PREDICTED
from roofline.units import significant

_BACKDROP = 0.22


_FORWARD = 1.8
"""Least stroke of a mark that is brought forward."""


_THIN = 0.9
"""Least stroke of a mark."""


_SMALLER = 0.5
"""Area of a predicted point's mark, in that of an attainable one."""


_CIRCLE = 26.0
"""Area of a measured point's mark, a circle."""


_MARKERS = {MEASURED: "o"}


_HEIGHTS = {PREDICTED: 0.4, MEASURED: 0.8}
"""How far the layers lie above the attainable points."""


def opacity(key: str, forward: Collection[str]) -> float:
    """Opacity of a series, where some are brought forward; of all, where none is."""
    return 1.0 if not forward or key in forward else _BACKDROP


def _style(one: StudySeries, forward: Collection[str], layer: str = "") -> tuple[float, float]:
    """Area and stroke of a mark.

    Points of different series nearly coincide. Broad marks lie at the bottom and long thin
    ones on top, so that all of them show. What is brought forward is not thin. Predicted
    points are many, and so each is small.
    """
    styles = {"qkv-mlp": (50.0, 2.8), "up-gate-down": (30.0, 1.4)}
    area, stroke = styles.get(one.slug, (76.0, _THIN))
    least = _FORWARD if one.key in forward else 0.0
    if layer == MEASURED:
        return _CIRCLE, max(_THIN, least)
    if layer == PREDICTED:
        area *= _SMALLER
        stroke = max(_THIN, stroke * math.sqrt(_SMALLER))
        least *= math.sqrt(_SMALLER)
    return area, max(stroke, least)


def draw_series(axes: Axes, one: StudySeries, forward: Collection[str]) -> None:
    """Draw a series: measured and predicted points over the attainable ones, or these alone."""
    if one.predicted is None and one.measured is None:
        _draw_layer(axes, one, one.marks, forward)
        return
    _draw_layer(axes, one, one.quiet_marks, forward, ATTAINABLE)
    _draw_layer(axes, one, one.predicted_marks, forward, PREDICTED)
    _draw_layer(axes, one, one.measured_marks, forward, MEASURED)


def _draw_layer(
    axes: Axes, one: StudySeries, marks: Marks, forward: Collection[str], layer: str = ""
) -> None:
    x, y, fits = marks
    area, stroke = _style(one, forward, layer)
    solid = opacity(one.key, forward)
    above = _HEIGHTS.get(layer, 0.0) + (solid == 1)
    strength = solid * (QUIET if layer == ATTAINABLE else 1)
    for chosen, alpha, suffix in ((fits, strength, ""), (~fits, strength * FAINT, "-faint")):
        if not chosen.any():
            continue
        drawn = axes.scatter(
            x[chosen],
            y[chosen],
            marker=_MARKERS.get(layer, "x"),
            s=area,
            linewidths=stroke,
            alpha=alpha,
            **paint(colour(one.slug, one.phase), layer),
            zorder=3 + above,
            clip_on=False,
            gid=f"{layer}-{one.key}{suffix}" if layer else one.key + suffix,
        )
        drawn.set_label(one.label + suffix)


def paint(shade: str, layer: str) -> dict[str, Any]:
    """Colours of a mark: circles are open."""
    if layer == MEASURED:
        return {"facecolors": "none", "edgecolors": shade}
    return {"color": shade}


def draw_legend(
    canvas: Canvas, axes: Axes, found: tuple[StudySeries, ...], forward: Collection[str]
) -> None:
    """Name the series, and the layers behind the one in front."""
    layers = layers_of(found)
    front = layers[0] if layers else ""
    handles = []
    for one in found:
        area, stroke = _style(one, forward, front)
        handles.append(
            _handle(
                one.label,
                colour(one.slug, one.phase),
                marker="s" if front == MEASURED else "x",
                size=math.sqrt(area),
                stroke=stroke,
                alpha=None if opacity(one.key, forward) == 1 else FAINT,
            )
        )
    # Where three kinds of marks share a colour, each kind is named; the last can go unmissed.
    kinds = {MEASURED: [MEASURED, ATTAINABLE, *layers[1:-1]], PREDICTED: [ATTAINABLE]}
    behind = kinds.get(front, [])
    handles += [
        _handle(
            name,
            light("muted"),
            marker=_MARKERS.get(name, "x"),
            size=7,
            stroke=1.4,
            alpha=QUIET if name == ATTAINABLE else None,
        )
        for name in behind
    ]
    legend = canvas.legend(axes, handles=handles, loc="lower right")
    for place, name in enumerate(behind, len(found)):
        # Each goes where its layer goes; two layers need no name once one has gone.
        layer = PREDICTED if front == PREDICTED else name
        text, handle = legend.get_texts()[place], legend.legend_handles[place]
        text.set(gid=f"{layer}-name-{name}", color=light("muted"))
        if handle is not None:
            handle.set_gid(f"{layer}-mark-{name}")
    if forward:
        for text, one in zip(legend.get_texts(), found, strict=False):
            text.set_color(light("ink" if one.key in forward else "muted"))
            text.set_fontweight("bold" if one.key in forward else "normal")


def _handle(
    label: str,
    colour: str,
    *,
    size: float,
    stroke: float,
    alpha: float | None,
    marker: str = "x",
) -> Line2D:
    """One mark of the legend."""
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


def name_ends(canvas: Canvas, axes: Axes, ridge: float, shown: Sequence[StudySeries]) -> None:
    """Write the smallest and the largest intensity at the two ends of some series."""
    x, y = (np.concatenate([one.marks[part] for one in shown]) for part in (0, 1))
    ends = sorted({int(x.argmin()), int(x.argmax())}, key=lambda index: float(x[index]))
    texts = [significant(float(x[index]), 3) for index in ends]
    if len(set(texts)) == 1:
        ends, texts = ends[-1:], texts[-1:]
    elif math.log10(x[ends[1]] / x[ends[0]]) < 0.5:  # noqa: PLR2004  # too close for two labels
        ends, texts = ends[-1:], [f"{texts[0]} to {texts[1]}"]
    over, rates = (np.concatenate([one.predicted_marks[part] for one in shown]) for part in (0, 1))
    for index, text in zip(ends, texts, strict=True):
        height = y[index]
        # Clear of the roof, and of the ridge.
        place, side, edge = (7.0, -6.0), "left", "top"
        if ridge / 5 < x[index] < ridge:
            place, side, edge = (-7.0, 7.0), "right", "bottom"
        elif x[index] >= ridge:
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
