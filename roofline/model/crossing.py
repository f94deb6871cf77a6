"""Where a series reaches the ridge as one setting grows."""

from typing import Any, Literal

import numpy as np

from roofline.model.deployment import Deployment
from roofline.model.operators import Phase
from roofline.model.points import evaluate

MOST = 1e9
"""No study has a larger batch or length."""

_STEPS = 100
"""Halvings of the bracket; far more than a float can resolve."""


def crossing(
    deployment: Deployment,
    series: str,
    phase: Phase,
    *,
    vary: Literal["batch", "length"],
    other: float,
    candidates: float = 1.0,
) -> float | None:
    """Find the smallest batch or length at which a series is compute-bound.

    Intensity never falls as either setting grows, so there is one crossing at most.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qkv mlp``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        vary: The setting that grows.
        other: Value of the setting that stays.
        candidates: Tokens per sequence and decode step.

    Returns:
        The setting as a real number, 1.0 where the series starts above the ridge, or
        None where no setting up to `MOST` reaches it.

    Raises:
        KeyError: There is no such series.
        ValueError: A setting is below 1.
    """

    def above(value: float) -> bool:
        batch, length = (value, other) if vary == "batch" else (other, value)
        points = evaluate(deployment, series, phase, batch, length, candidates)
        return bool(points.compute_bound)

    if above(1.0):
        return 1.0
    if not above(MOST):
        return None
    low, high = 1.0, MOST
    for _ in range(_STEPS):
        middle = float(np.sqrt(low * high))
        if not low < middle < high:
            break
        low, high = (low, middle) if above(middle) else (middle, high)
    return high


_HALVINGS = 100
"""Of the bracket of a crossing; far more than a float can resolve."""


def candidates_to_ridge(
    deployment: Deployment, series: str, batch: float, length: float
) -> float | None:
    """Find the number of candidates with which a series becomes compute-bound in decode.

    Fewer cost a memory-bound series almost no time; each one more costs its full share.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qkv mlp``.
        batch: Sequences, at least 1.
        length: Tokens in the cache, at least 1 [token].

    Returns:
        A real number; 1.0 where one candidate is enough, None where no number is [token].

    Raises:
        KeyError: There is no such series.
        ValueError: A setting is below 1.
    """

    def above(candidates: float) -> Any:
        return evaluate(deployment, series, "ar", batch, length, candidates).compute_bound

    low, high = 1.0, MOST
    if above(low):
        return low
    if not above(high):
        return None
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        if not low < middle < high:
            break
        low, high = (low, middle) if above(middle) else (middle, high)
    return high
