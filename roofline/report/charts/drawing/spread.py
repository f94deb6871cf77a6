"""Draw how predictions of a calibration spread."""

import math
from typing import Final

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.palette import MEASURED_MARK, light, series_colour
from roofline.report.charts.drawing.sheet import Canvas
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.spec import StageSpread

HEIGHTS: Final = (320.0, 290.0)
_ROOM: Final = 0.72
"""Share of a range of time that its bars take."""
_MARKS: Final = (MEASURED_MARK, "s", "^", "D")
"""Of the first stage in a colour, the second, and so on."""
_WIDE_LINE: Final = 90
"""Characters that a line of the legend has room for."""
_NARROW_LINE: Final = 44
"""The same of the narrow layout."""
_LEGEND: Final = 8.0
"""Above and below the legend."""
_LEGEND_LINE: Final = 15.0
"""Height of one of its lines."""
_MARK_ROOM: Final = 4
"""Characters that a mark and its distance take."""


def draw_spread(canvas: Canvas, spec: StageSpread) -> None:
    """Draw a bar with its median for each stage and range of time, stages beside each other."""
    narrow = canvas.layout.narrow
    low = 10.0 ** math.floor(math.log10(min(part.low for part in spec.ranges)) + 1e-9)
    high = 10.0 ** math.ceil(math.log10(max(part.high for part in spec.ranges)) - 1e-9)
    farthest = max(max(part.p90, 1 / part.p10) for part in spec.ranges)
    ticks = _ratio_ticks(farthest)
    stages = {part.stage: part.role for part in spec.ranges}
    columns = _columns([*stages], _NARROW_LINE if narrow else _WIDE_LINE)
    lines = -(-len(stages) // columns)
    left, bottom, right = (40, 36, 20) if narrow else (52, 44, 26)
    axes = canvas.axes(left, bottom, right, _LEGEND + lines * _LEGEND_LINE)
    canvas.name_axes(axes, "Measured time", "Predicted / measured")
    times = {tick: without_zeros(tick, "s") for tick in decades(low, high, 8)}
    log_axis(axes, "x", low, high, times)
    log_axis(axes, "y", ticks[0], ticks[-1], {tick: f"{tick:g}" for tick in ticks})
    axes.axhline(1, color=light("muted"), linewidth=1, zorder=1.5, gid="equal")
    for ratio, end in ((1 + spec.noise, "above"), (1 / (1 + spec.noise), "below")):
        axes.axhline(
            ratio,
            color=light("muted"),
            linewidth=0.8,
            linestyle=(0, (2, 2)),
            zorder=1.5,
            gid=f"noise-{end}",
        )
    for place, (stage, role) in enumerate(stages.items()):
        own = [part for part in spec.ranges if part.stage == stage]
        shift = _ROOM * ((place + 0.5) / len(stages) - 0.5)
        middle = [math.sqrt(part.low * part.high) * (part.high / part.low) ** shift for part in own]
        colour = series_colour(role)
        # Stages that are no series share a few colours, and are told apart by their marks.
        alike = [*stages.values()][:place].count(role)
        axes.vlines(
            middle,
            [part.p10 for part in own],
            [part.p90 for part in own],
            color=colour,
            linewidth=1.6 if narrow else 2.4,
            zorder=3,
            gid=f"spread-{place}",
        )
        axes.scatter(
            middle,
            [part.median for part in own],
            marker=_MARKS[alike % len(_MARKS)],
            s=12 if narrow else 20,
            color=colour,
            zorder=4,
            clip_on=False,
            label=stage,
            gid=f"median-{place}",
        )
    canvas.legend(
        axes,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=columns,
        borderaxespad=0.1,
        columnspacing=1.0,
    )


def _columns(names: list[str], room: int) -> int:
    """How many names of stages fit beside each other."""
    return min(len(names), max(room // (max(map(len, names)) + _MARK_ROOM), 1))


def _ratio_ticks(farthest: float) -> list[float]:
    """List ticks from one ratio to its inverse, with room for the farthest."""
    for steps in ((1.1, 1.2), (1.2, 1.4), (1.5, 2.0), (2.0, 4.0), (3.0, 10.0), (10.0, 100.0)):
        if farthest <= steps[-1]:
            break
    return [*(float(f"{1 / step:.2g}") for step in reversed(steps)), 1.0, *steps]
