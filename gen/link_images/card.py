"""The image that a link unfurls with: a claim, its number, and a small roofline chart."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from roofline.report.charts.drawing.marks import opacity, paint
from roofline.report.charts.drawing.palette import MARK, MEASURED_MARK, light, series_colour
from roofline.report.charts.drawing.sheet import FAINT, clean_text, shortened, text_width
from roofline.report.charts.drawing.text_layout import LEADING, SAFE, even, fitted
from roofline.report.charts.labels import ridge_text, size
from roofline.report.charts.spec import ATTAINABLE, MEASURED, Kind, Marks, MemoryMap, Roofline

WIDTH: Final = 1200
HEIGHT: Final = 630
"""Size of the image [pixel]."""

_MARGIN: Final = 64
_TOP: Final = 52
_BOTTOM: Final = 50
_SMALL: Final = 27.0
_CLAIM: Final = (112.0, 226.0)
"""Top of the claim, and its greatest height."""
_CLAIM_SIZES: Final = (62.0, 28.0)
_NUMBER_SIZES: Final = (132.0, 40.0)
_UNIT: Final = 40.0
_LEAST_BESIDE: Final = 0.6
"""Share of its largest size that a number keeps beside its unit."""
_CHART: Final = (480, 300)
"""Width and greatest height of the chart."""
_GAP: Final = 44
_MOST_CELLS: Final = 24
"""A longer grid has no gaps between its cells."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the image says."""

    claim: str
    """In large type; as many words as there are, in a size that fits."""
    number: str
    unit: str
    label: str
    """What the number is."""
    above: str
    """Small print over the claim."""
    site: str
    role: str
    """Role of the number's colour."""
    chart: Roofline | MemoryMap
    """The small chart."""
    reached: bool = False
    """Whether points show what is reached, as far as it is known, and not what is attainable."""


def draw_card(card: Card) -> Figure:
    """Draw the image; one point is one pixel."""
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=light("paper"))
    _head(figure, card)
    bottom = _claim(figure, card.claim)
    high = min(_CHART[1], HEIGHT - _BOTTOM - bottom - 40)
    _number(figure, card, HEIGHT - _BOTTOM - high)
    axes = figure.add_axes(
        (
            1 - (_MARGIN + _CHART[0]) / WIDTH,
            (_BOTTOM + 28) / HEIGHT,
            _CHART[0] / WIDTH,
            (high - 28) / HEIGHT,
        ),
        facecolor="none",
    )
    axes.tick_params(which="both", bottom=False, left=False, labelbottom=False, labelleft=False)
    for side, spine in axes.spines.items():
        spine.set(visible=side in {"left", "bottom"}, color=light("rule"), linewidth=2)
    if isinstance(card.chart, MemoryMap):
        _map(axes, card.chart)
    else:
        _roofline(axes, card.chart, reached=card.reached)
    return figure


def _write(figure: Figure, x: float, y: float, text: str, **options: object) -> None:
    """Write text with its baseline at pixels from the left and from the top."""
    look: dict[str, object] = {"color": light("ink"), "va": "baseline"}
    figure.text(x / WIDTH, 1 - y / HEIGHT, text, **(look | options))  # type: ignore[arg-type]  # any property of a text


def _head(figure: Figure, card: Card) -> None:
    """Name the study at the left and the site, with its sign, at the right."""
    baseline = _TOP + _SMALL * 0.75
    name = shortened(card.site, 300, _SMALL)
    left = WIDTH - _MARGIN - text_width(name, _SMALL, "bold") / SAFE
    _write(figure, left, baseline, name, size=_SMALL, weight="bold")
    sign = left - 52
    room = (sign - 40 - _MARGIN) * SAFE
    above = shortened(card.above, room, _SMALL)
    _write(figure, _MARGIN, baseline, above, size=_SMALL, color=light("muted"))
    for xs, ys, role in (
        ((sign, sign + 20), (baseline, baseline - 21), "memory"),
        ((sign + 20, sign + 38), (baseline - 21, baseline - 21), "compute"),
    ):
        figure.add_artist(
            Line2D(
                [x / WIDTH for x in xs],
                [1 - y / HEIGHT for y in ys],
                color=light(role),
                linewidth=6,
                solid_capstyle="round",
            )
        )


def _claim(figure: Figure, claim: str) -> float:
    """Write the claim as large as it fits; returns where it ends, from the top."""
    top, height = _CLAIM
    size, lines = fitted(claim, WIDTH - 2 * _MARGIN, height, _CLAIM_SIZES)
    for position, line in enumerate(lines):
        baseline = top + size * (0.8 + position * LEADING)
        _write(figure, _MARGIN, baseline, line, size=size, weight="bold")
    return top + size * (1 + (len(lines) - 1) * LEADING)


def _number(figure: Figure, card: Card, top: float) -> None:
    """Write the number at the lower left, with its unit, and below it what it is."""
    room = (WIDTH - 2 * _MARGIN - _CHART[0] - _GAP) * SAFE
    label_size = _SMALL + 1
    labels = even(clean_text(card.label), room, label_size)
    if len(labels) > 2:  # noqa: PLR2004  # small print takes two lines
        labels = [labels[0], shortened(" ".join(labels[1:]), room, label_size)]
    floor = HEIGHT - _BOTTOM - 6.0
    for line in reversed(labels):
        _write(figure, _MARGIN, floor, line, size=label_size, color=light("muted"))
        floor -= label_size * 1.25
    floor -= 12
    number, unit = clean_text(card.number), clean_text(card.unit)
    high, low = _NUMBER_SIZES
    wide = text_width(number, 1, "bold")
    space, beside = text_width(" ", _UNIT) * 1.3, text_width(unit, _UNIT)
    # The unit stands beside the number, or below one that it would make small.
    below = bool(unit) and (room - space - beside) / wide < _LEAST_BESIDE * high
    if below:
        _write(figure, _MARGIN, floor, unit, size=_UNIT, color=light("muted"))
        floor -= _UNIT * 1.2
    rest = room if below or not unit else room - space - beside
    size = max(low, min(high, (floor - top) / 0.75, rest / wide))
    number = shortened(number, room / 1.2, size)
    _write(figure, _MARGIN, floor, number, size=size, weight="bold", color=light(card.role))
    if unit and not below:
        place = _MARGIN + text_width(number, size, "bold") + space
        _write(figure, place, floor, unit, size=_UNIT, color=light("muted"))


def _roofline(axes: Axes, chart: Roofline, *, reached: bool) -> None:
    x_low, x_high = chart.x
    shown: list[tuple[Kind, Marks]] = [
        series.front if reached else (ATTAINABLE, series.marks(ATTAINABLE))
        for series in chart.series
    ]
    # Less room below the points than where they are named.
    y_low = max(chart.y[0], min(float(marks.y.min()) for _, marks in shown) / 3)
    y_high = chart.peak * 2
    axes.set(xscale="log", yscale="log", xlim=(x_low, x_high), ylim=(y_low, y_high))
    axes.axvspan(x_low, chart.ridge, color=light("memory"), alpha=0.07, linewidth=0, zorder=0)
    axes.axvspan(chart.ridge, x_high, color=light("compute"), alpha=0.07, linewidth=0, zorder=0)
    start = max(x_low, y_low / chart.bandwidth)
    corners = ((start, chart.bandwidth * start), (chart.ridge, chart.peak), (x_high, chart.peak))
    for (first, second), role in zip(pairwise(corners), ("memory", "compute"), strict=True):
        xs, ys = zip(first, second, strict=True)
        axes.plot(xs, ys, color=light(role), linewidth=5, solid_capstyle="round", zorder=2)
    for series, (kind, (x, y, fits)) in zip(chart.series, shown, strict=True):
        solid = opacity(series.key, chart.forward)
        for chosen, alpha, suffix in ((fits, solid, ""), (~fits, solid * FAINT, "-faint")):
            if chosen.any():
                axes.scatter(
                    x[chosen],
                    y[chosen],
                    marker=MEASURED_MARK if kind == MEASURED else MARK,
                    s=380 if solid == 1 and chart.forward else 160,
                    linewidths=6 if solid == 1 and chart.forward else 3,
                    alpha=alpha,
                    **paint(series_colour(series.role), kind),
                    zorder=4 if solid == 1 else 3,
                    clip_on=False,
                    gid=series.key + suffix,
                )
    _name_ridge(axes, chart.ridge, ridge_text(chart.ridge))


def _name_ridge(axes: Axes, ridge: float, text: str) -> None:
    """Mark the ridge, and name it under the axis."""
    axes.axvline(ridge, color=light("muted"), linewidth=2, linestyle=(0, (4, 3)), zorder=1.5)
    low, high = axes.get_xlim()
    _name(axes, math.log(ridge / low) / math.log(high / low), f"ridge {text} FLOP/Byte")


def _map(axes: Axes, chart: MemoryMap) -> None:
    """Fill the settings that fit: a row for each batch, a column for each length."""
    fits = np.array(chart.fits, dtype=np.float64)
    axes.pcolormesh(
        fits,
        cmap=ListedColormap([light("grid"), light("fits")]),
        vmin=0,
        vmax=1,
        edgecolors=light("paper"),
        linewidth=4 if max(fits.shape) <= _MOST_CELLS else 0,
        gid="fits",
    )
    ends = (
        f"{name} {size(values[0])} to {size(values[-1])}"
        for name, values in (("batch", chart.batches), ("length", chart.lengths))
    )
    _name(axes, 0.5, ", ".join(ends))


def _name(axes: Axes, fraction: float, words: str) -> None:
    """Write under the axis, as near to a place as there is room."""
    small = _SMALL - 5
    words = shortened(words, _CHART[0] * SAFE, small)
    half = text_width(words, small) / SAFE / 2 / _CHART[0]
    axes.annotate(
        words,
        (min(max(fraction, half), 1 - half), 0),
        xycoords="axes fraction",
        xytext=(0, -8),
        textcoords="offset points",
        ha="center",
        va="top",
        size=small,
        color=light("muted"),
    )
