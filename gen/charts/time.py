"""Where the minimum time of a step goes, by operator."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gen.charts.canvas import Canvas, axes_height, axes_width, colour, text_width
from gen.charts.chart import Plan, Table
from gen.charts.curves import Setting
from gen.charts.data import StudyData
from gen.charts.scales import power_ticks, size, spread
from gen.palette import light
from roofline.budget import Budget, budget
from roofline.operators import Phase
from roofline.units import quantity

FloatArray = NDArray[np.float64]

HEIGHTS: Final = (320.0, 470.0)
_SAMPLES: Final = 33
_TICKS: Final = 4
_TINT: Final = 0.5
_STEPS: Final[dict[Phase, str]] = {"ar": "decode step", "init": "prefill"}
_MIXED: Final = " The lines run through settings that fit and settings that do not."
_SLUGS: Final[dict[Phase, str]] = {"ar": "time-decode", "init": "time-prefill"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Shares of time as one setting grows."""

    vary: Setting
    other: int
    x: FloatArray
    found: Budget

    @property
    def shares(self) -> FloatArray:
        """Share of every line, shape (lines, samples)."""
        return np.stack([line.seconds / self.found.seconds for line in self.found.lines])

    @property
    def other_text(self) -> str:
        """The setting that stays, in words."""
        return f"{'length' if self.vary == 'batch' else 'batch'} {size(self.other)}"


def time_plan(data: StudyData, phase: Phase) -> Plan:
    """Plan the chart of one decode step, or of one prefill."""
    file = data.study.file
    panels = (
        _panel(data, phase, "batch", data.middle_length, file.batches),
        _panel(data, phase, "length", file.batches[0], file.lengths),
    )
    title = _title(panels, phase)
    return Plan(
        slug=_SLUGS[phase],
        title=title,
        description=" ".join(
            (
                f"Two stacked area charts: share of each operator in one {_STEPS[phase]}'s time.",
                *(words for panel in panels for words in _panel_words(panel)),
            )
        ),
        caption=(
            f"Whole model; above each panel stands the minimum time: every kernel at "
            "its own roof, one after the other, without launch overhead."
            f"{data.condition if phase == 'ar' else ''} {data.misfits()}"
            f"{_MIXED * (0 < data.fitting < data.settings)}"
        ),
        table=_table(panels),
        draw=lambda canvas: draw_time(canvas, panels, data, phase),
        heights=HEIGHTS,
    )


def _panel(
    data: StudyData, phase: Phase, vary: Setting, other: int, grid: tuple[int, ...]
) -> Panel:
    low, high = float(grid[0]), float(max(grid[-1], 4 * grid[0]))
    # With the ticks, because the time is written above them.
    ticks = [*power_ticks(low, high, _TICKS)] or [low]
    x = np.unique(np.concatenate([np.geomspace(low, high, _SAMPLES), ticks]))
    batch, length = (x, float(other)) if vary == "batch" else (float(other), x)
    tokens = data.candidates if phase == "ar" else 1
    found = budget(data.study.deployment, phase, batch, length, tokens)
    return Panel(vary=vary, other=other, x=x, found=found)


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


def _title(panels: tuple[Panel, Panel], phase: Phase) -> str:
    """Say which share changes most, and along what."""
    changes = [
        (float(abs(panel.shares[:, -1] - panel.shares[:, 0]).max()), panel) for panel in panels
    ]
    _, panel = max(changes, key=lambda change: change[0])
    moved = panel.shares[:, -1] - panel.shares[:, 0]
    index = int(moved.argmax())
    first, last = (_percent(float(panel.shares[index, end])) for end in (0, -1))
    low, high = size(float(panel.x[0])), size(float(panel.x[-1]))
    step = _STEPS[phase]
    return (
        f"From {panel.vary} {low} to {high}, {panel.found.lines[index].series} goes from "
        f"{first} to {last} of a {step}'s minimum time"
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"  # noqa: PLR2004  # one in a hundred


def _panel_words(panel: Panel) -> Iterator[str]:
    for end in (0, -1):
        shares = ", ".join(
            f"{line.series} {_percent(float(share))}"
            for line, share in zip(panel.found.lines, panel.shares[:, end], strict=True)
        )
        yield (
            f"At {panel.vary} {size(float(panel.x[end]))} and {panel.other_text} the minimum "
            f"time is {quantity(float(panel.found.seconds[end]), 's', 3)}: {shares}."
        )


def _table(panels: tuple[Panel, ...]) -> Table:
    rows = [
        (panel, line, index)
        for panel in panels
        for line in panel.found.lines
        for index in range(panel.x.size)
    ]

    def setting(name: Setting) -> list[float]:
        return [
            float(panel.x[index]) if panel.vary == name else float(panel.other)
            for panel, _, index in rows
        ]

    return Table(
        columns={
            "series": ("", [line.series for _, line, _ in rows]),
            "batch": ("sequence", setting("batch")),
            "sequence_length": ("token", setting("length")),
            "seconds": ("s", [float(line.seconds[index]) for _, line, index in rows]),
            "step_seconds": ("s", [float(panel.found.seconds[index]) for panel, _, index in rows]),
        }
    )
