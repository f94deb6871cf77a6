"""Draw how predictions of a calibration spread."""

import math
from collections.abc import Sequence

from roofline.latency.calibration import Spread
from roofline.model.operators import PHASES, load_operators
from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, colour
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.plans.spread import STAGES

_ROOM = 0.72
"""Share of a range of time that its bars take."""


def _colour(stage: str, position: int) -> str:
    """Colour of a stage: that of its series where it is one."""
    series = load_operators().series
    labels = {
        f"{name} {phase}": (entry.slug, phase) for name, entry in series.items() for phase in PHASES
    }
    slug, phase = (STAGES | labels).get(stage, (stage, "init"))
    return colour(slug, phase, position)


def draw_spread(canvas: Canvas, found: Sequence[Spread]) -> None:
    narrow = canvas.layout.narrow
    low = 10.0 ** math.floor(math.log10(min(one.low for one in found)) + 1e-9)
    high = 10.0 ** math.ceil(math.log10(max(one.high for one in found)) - 1e-9)
    farthest = max(max(one.p90, 1 / one.p10) for one in found)
    ticks = draw_ratios(farthest)
    axes = canvas.axes(*((40, 36, 20, 34) if narrow else (52, 44, 26, 26)))
    canvas.name_axes(axes, "Measured time", "Predicted / measured")
    log_axis(axes, "x", low, high, {one: without_zeros(one, "s") for one in decades(low, high, 8)})
    log_axis(axes, "y", ticks[0], ticks[-1], {one: f"{one:g}" for one in ticks})
    axes.axhline(1, color=light("muted"), linewidth=1, zorder=1.5, gid="equal")
    stages = [*dict.fromkeys(one.stage for one in found)]
    for place, stage in enumerate(stages):
        own = [one for one in found if one.stage == stage]
        shift = _ROOM * ((place + 0.5) / len(stages) - 0.5)
        middle = [math.sqrt(one.low * one.high) * (one.high / one.low) ** shift for one in own]
        shade = _colour(stage, place)
        axes.vlines(
            middle,
            [one.p10 for one in own],
            [one.p90 for one in own],
            color=shade,
            linewidth=1.6 if narrow else 2.4,
            zorder=3,
            gid=f"spread-{place}",
        )
        axes.scatter(
            middle,
            [one.median for one in own],
            marker="o",
            s=12 if narrow else 20,
            color=shade,
            zorder=4,
            clip_on=False,
            label=stage,
            gid=f"median-{place}",
        )
    canvas.legend(
        axes,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2 if narrow and len(stages) > 3 else min(len(stages), 3 if narrow else 6),  # noqa: PLR2004  # a line's room
        borderaxespad=0.1,
        columnspacing=1.0,
    )


def draw_ratios(farthest: float) -> list[float]:
    """Ticks from one ratio to its inverse, with room for the farthest."""
    for steps in ((1.1, 1.2), (1.2, 1.4), (1.5, 2), (2, 4), (3, 10), (10, 100)):
        if farthest <= steps[-1]:
            break
    over = [float(one) for one in steps]
    return [*(float(f"{1 / one:.2g}") for one in reversed(over)), 1.0, *over]
