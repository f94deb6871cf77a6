"""Draw where the time of a step goes."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from roofline.model.operators import Phase
from roofline.report.charts.drawing.axes import power_ticks, spread
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height, axes_width, colour, text_width
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.time import _STEPS, _TICKS
from roofline.report.charts.spec import Panel
from roofline.units import quantity

_TINT: Final = 0.5


def draw_time(canvas: Canvas, panels: tuple[Panel, Panel], data: StudyData, phase: Phase) -> None:
    """Draw two panels: beside each other, or on a phone one above the other."""
    layout = canvas.layout
    font = layout.font
    labels = [line.series for line in panels[0].found.lines]
    room = max(text_width(label, font) for label in labels) + 22
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
    for index, (panel, place) in enumerate(zip(panels, places, strict=True)):
        axes = canvas.axes(*place)
        first = index == 0 or layout.narrow
        _draw_panel(axes, panel, data, phase)
        _name_panel(canvas, axes, panel, phase, labelled=first)
        if index == 1 or layout.narrow:
            _name_lines(canvas, axes, panel, data, phase)


def _colours(panel: Panel, data: StudyData, phase: Phase) -> list[str]:
    entries = data.study.deployment.operators.series
    others = 0
    colours = []
    for line in panel.found.lines:
        entry = entries[line.series]
        colours.append(colour(entry.slug, phase, others))
        others += not entry.charted
    return colours


def _draw_panel(axes: Axes, panel: Panel, data: StudyData, phase: Phase) -> None:
    axes.set_xscale("log", base=2)
    axes.set(xlim=(panel.x[0], panel.x[-1]), ylim=(0, 1))
    below = np.zeros_like(panel.x)
    for line, share, tone in zip(
        panel.found.lines, panel.shares, _colours(panel, data, phase), strict=True
    ):
        above = below + share
        slug = data.study.deployment.operators.series[line.series].slug
        axes.fill_between(
            panel.x,
            below,
            above,
            facecolor=tone,
            alpha=_TINT,
            linewidth=0,
            zorder=1,
            gid=f"{slug}-{phase}-{panel.vary}",
            label=line.series,
        )
        axes.plot(panel.x, above, color=light("paper"), linewidth=1, zorder=2)
        below = above


def _name_panel(canvas: Canvas, axes: Axes, panel: Panel, phase: Phase, *, labelled: bool) -> None:
    font = canvas.layout.font
    ticks = power_ticks(float(panel.x[0]), float(panel.x[-1]), _TICKS)
    axes.set_xticks([*ticks], [*ticks.values()])
    axes.minorticks_off()
    axes.set_yticks(
        [0, 0.25, 0.5, 0.75, 1],
        ["0", "25", "50", "75", "100%"] if labelled else [""] * 5,
    )
    name = "Batch (sequences)" if panel.vary == "batch" else "Length (tokens)"
    y_label = f"Share of the {_STEPS[phase]}'s time" if labelled else ""
    canvas.name_axes(axes, f"{name}, at {panel.other_text}", y_label)
    edge = axes.get_xaxis_transform()
    canvas.text(
        axes,
        float(panel.x[0]),
        1.1,
        "Minimum time",
        transform=edge,
        va="bottom",
        color=light("muted"),
    )
    for place, side, text in _times(panel, [*ticks], axes_width(axes), font):
        canvas.text(
            axes,
            float(panel.x[place]),
            1.02,
            text,
            transform=edge,
            va="bottom",
            ha=side,
            weight="bold",
            size=font,
        )


def _times(
    panel: Panel, ticks: list[float], width: float, font: float
) -> Iterator[tuple[int, str, str]]:
    """Times to write above a panel: sample, alignment, text; those that have room."""
    low, high = float(panel.x[0]), float(panel.x[-1])
    taken: list[tuple[float, float]] = []
    # The ends come first, the ticks between them where there is room left.
    for at in dict.fromkeys([low, high, *ticks]):
        place = int(np.abs(panel.x - at).argmin())
        text = quantity(float(panel.found.seconds[place]), "s", 3)
        long = text_width(text, font, "bold")
        fraction = math.log(float(panel.x[place]) / low) / math.log(high / low) * width
        side = "left" if fraction < long / 2 else "center"
        side = "right" if width - fraction < long / 2 else side
        start = fraction - {"left": 0.0, "center": long / 2, "right": long}[side]
        end = start + long
        if all(end + font / 2 < before or start > after + font / 2 for before, after in taken):
            taken.append((start, end))
            yield place, side, text


def _name_lines(canvas: Canvas, axes: Axes, panel: Panel, data: StudyData, phase: Phase) -> None:
    """Name the bands at their right ends."""
    font = canvas.layout.font
    height = axes_height(axes)
    shares = panel.shares[:, -1]
    middles = (np.cumsum(shares) - shares / 2).tolist()
    places = spread(middles, font * 1.3 / height, 0.02, 0.98)
    colours = _colours(panel, data, phase)
    for line, middle, place, tone in zip(panel.found.lines, middles, places, colours, strict=True):
        axes.annotate(
            line.series,
            (1, middle),
            xycoords="axes fraction",
            xytext=(18, (place - middle) * height),
            textcoords="offset points",
            va="center",
            size=font,
            color=light("ink"),
            arrowprops={
                "arrowstyle": "-",
                "color": tone,
                "shrinkA": 1,
                "shrinkB": 0,
                "linewidth": 2,
                "relpos": (0, 0.5),
            },
        )
