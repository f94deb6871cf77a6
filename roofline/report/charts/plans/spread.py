"""How held-out predictions of a calibration spread, by stage and measured time."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from roofline.latency.calibration import Calibration
from roofline.latency.calibration import Spread as StageErrors
from roofline.latency.cross_validation import LEAST_TOGETHER
from roofline.measurements.products import KERNELS
from roofline.model.operators import PHASES, load_operators
from roofline.report.charts.plans.series import series_role, shared_colour
from roofline.report.charts.spec import DataTable, Plan, Role, StageRange, StageSpread
from roofline.units import significant

_FAMILIES: Final = {"dense": "projections", "qk": "attention"}
"""Families whose first series lends its colour to a stage of the published measurements."""
_LEAST_SHOWN: Final = 0.5
"""Share of the products that the figures must be of; of fewer they would mislead."""


def spread_plan(calibration: Calibration, card: str, slug: str = "spread") -> Plan | None:
    """Plan the chart; None where the calibration has such figures of few products.

    Args:
        calibration: Its held-out spread is shown.
        card: Name of the accelerator.
        slug: Name of the chart.
    """
    errors = calibration.errors.spread
    all_rows = calibration.errors.held_out["all"]
    shown = sum(part.rows for part in errors)
    if shown < _LEAST_SHOWN * all_rows.rows:
        return None
    low, high = min(part.p10 for part in errors), max(part.p90 for part in errors)
    stages = dict.fromkeys(part.stage for part in errors)
    return Plan(
        slug=slug,
        title=(
            "On held-out shapes, four in five predicted times are within "
            f"{_outward(low, math.floor)} to {_outward(high, math.ceil)} times the measured time, "
            "in every stage and range of time"
        ),
        description=(
            f"Predicted over measured time against measured time, for {card}, "
            f"{KERNELS[calibration.protocol]}: a bar from the "
            f"first to the ninth decile, and a mark at the median, for each stage and range of "
            f"time. " + " ".join(_words(stage, errors) for stage in stages)
        ),
        caption=(
            "Predicted over measured time, by stage and range of measured time. Mark: median. "
            "Bar: first to ninth decile. At 1, both times are equal; above 1, the predicted time "
            f"is too long. Shown are ranges with at least {LEAST_TOGETHER} products, {shown:,} of "
            f"the {all_rows.rows:,} products. Each group was predicted with parameters fitted to "
            "the other groups."
        ),
        spec=_spread(errors),
        table=DataTable.of(
            {
                "stage": ("", [part.stage for part in errors]),
                "measured_seconds_low": ("s", [part.low for part in errors]),
                "measured_seconds_high": ("s", [part.high for part in errors]),
                "products": ("", [part.rows for part in errors]),
                "ratio_p10": ("1", [part.p10 for part in errors]),
                "ratio_median": ("1", [part.median for part in errors]),
                "ratio_p90": ("1", [part.p90 for part in errors]),
            }
        ),
    )


def _spread(errors: Sequence[StageErrors]) -> StageSpread:
    """Give each stage the role of its series; those that are none share a few colours."""
    roles: dict[str, Role] = {}
    for part in errors:
        roles.setdefault(part.stage, _role(part.stage, len(roles)))
    return StageSpread(
        ranges=tuple(
            StageRange(
                stage=part.stage,
                role=roles[part.stage],
                low=part.low,
                high=part.high,
                p10=part.p10,
                median=part.median,
                p90=part.p90,
            )
            for part in errors
        )
    )


def _role(stage: str, position: int) -> Role:
    operators = load_operators()
    for phase in PHASES:
        names = {f"{series} {phase}": series for series in operators.series}
        names |= {
            f"{name}_{phase}": operators.family(family)[0] for name, family in _FAMILIES.items()
        }
        if stage in names:
            return series_role(operators, names[stage], phase, position)
    return Role(shared_colour(position))


def _outward(ratio: float, rounded: Callable[[float], int]) -> str:
    """Write a limit so that rounding does not make it narrower."""
    return f"{rounded(round(100 * ratio, 6)) / 100:.2f}"


def _words(stage: str, errors: Sequence[StageErrors]) -> str:
    own = [part for part in errors if part.stage == stage]
    low, high = min(part.p10 for part in own), max(part.p90 for part in own)
    return f"{stage}: {significant(low, 2)} to {significant(high, 2)} times."
