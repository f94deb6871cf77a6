"""How held-out predictions of a calibration spread, by stage and measured time."""

import math
from collections.abc import Callable, Sequence

from gen.charts.canvas import Canvas, colour
from gen.charts.chart import Plan, Table
from gen.charts.scales import decades, log_axis, plain
from gen.palette import light
from roofline.calibrate import LEAST_TOGETHER
from roofline.calibration import Calibration, Spread
from roofline.operators import PHASES, load_operators
from roofline.units import significant

HEIGHTS = (320.0, 290.0)
STAGES = {
    "dense_ar": ("qkv-mlp", "ar"),
    "dense_init": ("qkv-mlp", "init"),
    "qk_ar": ("qk-pv", "ar"),
    "qk_init": ("qk-pv", "init"),
}
"""Series and phase whose colour a stage of the published measurements takes."""
_LEAST_SHOWN = 0.5
"""Share of the products that the figures must be of; of fewer they would mislead."""
_ROOM = 0.72
"""Share of a range of time that its bars take."""


def spread_plan(calibration: Calibration, card: str) -> Plan | None:
    """Plan the chart; None where the calibration has such figures of few products.

    Args:
        calibration: Its held-out spread is shown.
        card: Name of the accelerator.
    """
    found = calibration.errors.spread
    all_rows = calibration.errors.held_out["all"]
    shown = sum(one.rows for one in found)
    if shown < _LEAST_SHOWN * all_rows.rows:
        return None
    low, high = min(one.p10 for one in found), max(one.p90 for one in found)
    return Plan(
        slug="spread",
        title=(
            "Of every stage and range of time, four in five predictions on held-out shapes are "
            f"{_outward(low, math.floor)} to {_outward(high, math.ceil)} times the measured time "
            "or closer"
        ),
        description=(
            f"Predicted over measured time against measured time, for {card}: a bar from the "
            f"first to the ninth decile, and a mark at the median, for each stage and range of "
            f"time. "
            + " ".join(_words(name, found) for name in dict.fromkeys(one.stage for one in found))
        ),
        caption=(
            f"Predicted over measured time, by stage, in ranges of measured time that hold at "
            f"least {LEAST_TOGETHER} products: {shown:,} of {all_rows.rows:,} in all. Mark: "
            f"median; bar: first to ninth decile. At 1 both are equal; above it a prediction is "
            f"too slow. Every group was predicted with parameters fitted to the others."
        ),
        table=Table(
            columns={
                "stage": ("", [one.stage for one in found]),
                "measured_seconds_low": ("s", [one.low for one in found]),
                "measured_seconds_high": ("s", [one.high for one in found]),
                "products": ("", [one.rows for one in found]),
                "ratio_p10": ("1", [one.p10 for one in found]),
                "ratio_median": ("1", [one.median for one in found]),
                "ratio_p90": ("1", [one.p90 for one in found]),
            }
        ),
        draw=lambda canvas: _draw(canvas, found),
        heights=HEIGHTS,
    )


def _outward(ratio: float, rounded: Callable[[float], int]) -> str:
    """Write a limit so that rounding does not make it narrower."""
    return f"{rounded(round(100 * ratio, 6)) / 100:.2f}"


def _words(stage: str, found: Sequence[Spread]) -> str:
    own = [one for one in found if one.stage == stage]
    low, high = min(one.p10 for one in own), max(one.p90 for one in own)
    return f"{stage}: {significant(low, 2)} to {significant(high, 2)} times."


def _colour(stage: str, position: int) -> str:
    """Colour of a stage: that of its series where it is one."""
    series = load_operators().series
    labels = {
        f"{name} {phase}": (entry.slug, phase) for name, entry in series.items() for phase in PHASES
    }
    slug, phase = (STAGES | labels).get(stage, (stage, "init"))
    return colour(slug, phase, position)


def _draw(canvas: Canvas, found: Sequence[Spread]) -> None:
    narrow = canvas.layout.narrow
    low = 10.0 ** math.floor(math.log10(min(one.low for one in found)) + 1e-9)
    high = 10.0 ** math.ceil(math.log10(max(one.high for one in found)) - 1e-9)
    farthest = max(max(one.p90, 1 / one.p10) for one in found)
    ticks = _ratios(farthest)
    axes = canvas.axes(*((40, 36, 20, 34) if narrow else (52, 44, 26, 26)))
    canvas.name_axes(axes, "Measured time", "Predicted / measured")
    log_axis(axes, "x", low, high, {one: plain(one, "s") for one in decades(low, high, 8)})
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


def _ratios(farthest: float) -> list[float]:
    """Ticks from one ratio to its inverse, with room for the farthest."""
    for steps in ((1.1, 1.2), (1.2, 1.4), (1.5, 2), (2, 4), (3, 10), (10, 100)):
        if farthest <= steps[-1]:
            break
    over = [float(one) for one in steps]
    return [*(float(f"{1 / one:.2g}") for one in reversed(over)), 1.0, *over]
