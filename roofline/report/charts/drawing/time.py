"""Draw where the time of a step goes."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from roofline.report.charts.drawing.ends import End, name_ends
from roofline.report.charts.drawing.palette import light, series_colour
from roofline.report.charts.drawing.sheet import Canvas, axes_width, text_width
from roofline.report.charts.labels import size
from roofline.report.charts.spec import Band, Panel, StepTimes
from roofline.units import quantity

HEIGHTS: Final = (320.0, 470.0)
_TINT: Final = 0.5


def draw_times(canvas: Canvas, spec: StepTimes) -> None:
    """Draw two panels: beside each other, or on a phone one above the other."""
    layout = canvas.layout
    bands = spec.panels[0].bands
    room = max(text_width(_shown(canvas, band), layout.font) for band in bands) + 22
    if layout.narrow:
        half = layout.height / 2
        left, right = 48.0, room
        places = [(left, half + 36, right, 36.0), (left, 36.0, right, half + 36)]
    else:
        left, gap = 60.0, 34.0
        width = (layout.width - left - room - gap) / 2
        places = [
            (left, 44.0, layout.width - left - width, 42.0),
            (left + width + gap, 44.0, room, 42.0),
        ]
    for index, (panel, place) in enumerate(zip(spec.panels, places, strict=True)):
        axes = canvas.axes(*place)
        first = index == 0 or layout.narrow
        _draw_panel(axes, panel)
        _name_panel(canvas, axes, panel, f"Share of the {spec.step}'s time" if first else "")
        if index == 1 or layout.narrow:
            _name_bands(canvas, axes, panel)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_xscale("log", base=2)
    axes.set(xlim=(panel.x[0], panel.x[-1]), ylim=(0, 1))
    below = np.zeros(len(panel.x))
    for band, share in zip(panel.bands, panel.shares, strict=True):
        above = below + share
        axes.fill_between(
            panel.x,
            below,
            above,
            facecolor=series_colour(band.role),
            alpha=_TINT,
            linewidth=0,
            zorder=1,
            gid=f"{band.key}-{panel.vary}",
            label=band.series,
        )
        axes.plot(panel.x, above, color=light("paper"), linewidth=1, zorder=2)
        below = above
    if panel.full is not None:
        axes.axvspan(
            panel.full, panel.x[-1], color=light("paper"), alpha=0.55, linewidth=0, zorder=3
        )
        axes.axvline(
            panel.full,
            color=light("ink"),
            linewidth=1,
            linestyle=(0, (3, 3)),
            zorder=4,
            gid=f"full-{panel.vary}",
        )


def _name_panel(canvas: Canvas, axes: Axes, panel: Panel, y_label: str) -> None:
    """Name the axes, and write the time of the step above; without a label on y no shares."""
    font = canvas.layout.font
    axes.set_xticks(panel.ticks, [size(tick) for tick in panel.ticks])
    axes.minorticks_off()
    axes.set_yticks(
        [0, 0.25, 0.5, 0.75, 1],
        ["0", "25", "50", "75", "100%"] if y_label else [""] * 5,
    )
    name = "Batch (sequences)" if panel.vary == "batch" else "Length (tokens)"
    canvas.name_axes(axes, f"{name}, at {panel.other_text}", y_label)
    edge = axes.get_xaxis_transform()
    canvas.text(
        axes,
        panel.x[0],
        1.1,
        "Minimum time",
        transform=edge,
        va="bottom",
        color=light("muted"),
    )
    if panel.full is not None:
        canvas.text(axes, panel.full, 0.03, f" memory full at {size(panel.full)}", transform=edge,
                    va="bottom", rotation=90, ha="right", weight="bold", size=font)  # fmt: skip
    for x, side, text in _times(panel, axes_width(axes), font):
        canvas.text(
            axes,
            x,
            1.02,
            text,
            transform=edge,
            va="bottom",
            ha=side,
            weight="bold",
            size=font,
        )


def _times(panel: Panel, width: float, font: float) -> Iterator[tuple[float, str, str]]:
    """Choose the times to write above a panel, as place, alignment and text, that have room."""
    low, high = panel.x[0], panel.x[-1]
    samples = np.array(panel.x)
    taken: list[tuple[float, float]] = []
    # The ends come first, the ticks between them where there is room left.
    for at in dict.fromkeys([low, high, *panel.ticks]):
        place = int(np.abs(samples - at).argmin())
        text = quantity(panel.seconds[place], "s", 3)
        long = text_width(text, font, "bold")
        fraction = math.log(panel.x[place] / low) / math.log(high / low) * width
        side = "left" if fraction < long / 2 else "center"
        side = "right" if width - fraction < long / 2 else side
        start = fraction - {"left": 0.0, "center": long / 2, "right": long}[side]
        end = start + long
        if all(end + font / 2 < before or start > after + font / 2 for before, after in taken):
            taken.append((start, end))
            yield panel.x[place], side, text


def _shown(canvas: Canvas, band: Band) -> str:
    """Name a band; a phone has room for its series' label alone."""
    return band.series if canvas.layout.narrow else band.name


def _name_bands(canvas: Canvas, axes: Axes, panel: Panel) -> None:
    """Name the bands at their right ends."""
    shares = panel.shares[:, -1]
    middles = (np.cumsum(shares) - shares / 2).tolist()
    ends = [
        End(_shown(canvas, band), middle, series_colour(band.role), 2.0)
        for band, middle in zip(panel.bands, middles, strict=True)
    ]
    name_ends(canvas, axes, ends)
