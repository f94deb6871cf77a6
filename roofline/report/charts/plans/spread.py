"""How held-out predictions of a calibration spread, by stage and measured time."""

import math
from collections.abc import Callable, Sequence

from roofline.latency.calibration import Calibration, Spread
from roofline.latency.cross_validation import LEAST_TOGETHER
from roofline.report.charts.drawing.spread import draw_spread
from roofline.report.charts.spec import Plan, Table
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
        draw=lambda canvas: draw_spread(canvas, found),
        heights=HEIGHTS,
    )


def _outward(ratio: float, rounded: Callable[[float], int]) -> str:
    """Write a limit so that rounding does not make it narrower."""
    return f"{rounded(round(100 * ratio, 6)) / 100:.2f}"


def _words(stage: str, found: Sequence[Spread]) -> str:
    own = [one for one in found if one.stage == stage]
    low, high = min(one.p10 for one in own), max(one.p90 for one in own)
    return f"{stage}: {significant(low, 2)} to {significant(high, 2)} times."
