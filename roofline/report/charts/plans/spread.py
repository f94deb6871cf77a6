"""How held-out predictions of a calibration spread, by stage and measured time."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from roofline.latency.calibration import Calibration, Errors
from roofline.latency.calibration import Spread as StageErrors
from roofline.latency.cross_validation import LEAST_TOGETHER
from roofline.latency.noise_floor import noise_floor
from roofline.measurements.products import KERNELS, Protocol
from roofline.model.operators import PHASES, load_operators
from roofline.report.charts.plans.series import series_role, shared_colour
from roofline.report.charts.spec import DataTable, Plan, Role, StageRange, StageSpread
from roofline.units import significant

_FAMILIES: Final = {"dense": "projections", "qk": "attention"}
"""Families whose first series lends its colour to a stage of the published measurements."""
_LEAST_SHOWN: Final = 0.5
"""Share of the products that the figures must be of; of fewer they would mislead."""


def spread_plan(calibration: Calibration, card: str, slug: str = "spread") -> Plan | None:
    """Plan the chart of a card's own calibration.

    Args:
        calibration: Its held-out spread is shown.
        card: Name of the accelerator.
        slug: Name of the chart.

    Returns:
        The plan; None where the calibration has such figures of few products.
    """
    return _plan(
        calibration.errors,
        slug,
        where="On held-out shapes",
        cells="every stage and range of time",
        about=f"for {card}, {KERNELS[calibration.protocol]}",
        stages="stage",
        how="Each group was predicted with parameters fitted to the other groups.",
    )


def carried_plan(errors: Errors, protocol: Protocol, slug: str) -> Plan | None:
    """Plan the chart of what is carried over, tried on each measured card.

    Args:
        errors: Of the trial, by calibration.
        protocol: What is predicted.
        slug: Name of the chart.

    Returns:
        The plan; None where there are such figures of few products.
    """
    return _plan(
        errors,
        slug,
        where="On cards left out",
        cells="every card and range of time",
        about=f"for {KERNELS[protocol]}, predicted from other cards",
        stages="card",
        how="Each card was predicted with the medians of the other cards' parameters.",
    )


def _plan(  # the words that differ
    every: Errors, slug: str, *, where: str, cells: str, about: str, stages: str, how: str
) -> Plan | None:
    errors, all_rows, noise = every.spread, every.held_out["all"], noise_floor().across_versions
    shown = sum(part.rows for part in errors)
    if shown < _LEAST_SHOWN * all_rows.rows:
        return None
    low, high = min(part.p10 for part in errors), max(part.p90 for part in errors)
    named = dict.fromkeys(part.stage for part in errors)
    return Plan(
        slug=slug,
        title=(
            f"{where}, four in five predicted times are within "
            f"{_outward(low, math.floor)} to {_outward(high, math.ceil)} times the measured time, "
            f"in {cells}"
        ),
        description=(
            f"Predicted over measured time against measured time, {about}: a bar from the "
            f"first to the ninth decile, and a mark at the median, for each {stages} and range of "
            f"time. " + " ".join(_words(stage, errors) for stage in named)
        ),
        caption=(
            f"Predicted over measured time, by {stages} and range of measured time. Mark: median. "
            "Bar: first to ninth decile. At 1, both times are equal; above 1, the predicted time "
            f"is too long. Shown are ranges with at least {LEAST_TOGETHER} products, {shown:,} of "
            f"the {all_rows.rows:,} products. {how} Dotted, the noise floor: {noise.name} differ "
            f"by more than {significant(100 * noise.p90, 2)}% for one product in ten."
        ),
        spec=_spread(errors, noise.p90),
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


def _spread(errors: Sequence[StageErrors], noise: float) -> StageSpread:
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
        ),
        noise=noise,
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
