"""Where a series reaches the ridge as one setting grows."""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import BoolArray, FloatArray
from roofline.memo import memoised
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import Points, evaluate

MOST = 1e9
"""No study has a larger batch or length."""

_SAMPLES = np.array([1.0, 2.0, 3.0, MOST])
"""Where a crossing is looked for; the first three make out the polynomials of work and traffic."""
_NEIGHBOURS = np.arange(-4096, 4097)
"""Floats on either side of a root that are evaluated, since rounding moves it a little."""
_SECTIONS = np.arange(65)
"""Ends of the parts into which a bracket is cut where there is no root to start from; more
parts would overflow the integers that are multiplied."""


@memoised
def crossing(
    deployment: Deployment,
    series: str,
    phase: Phase,
    *,
    vary: Literal["batch", "length", "candidates"],
    batch: float = 1.0,
    length: float = 1.0,
    candidates: float = 1.0,
) -> float | None:
    """Find the smallest batch, length or number of candidates at which a series is compute-bound.

    Intensity never falls as a setting grows, so there is one crossing at most.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qkv mlp``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        vary: The setting that grows; its own value counts for nothing.
        batch: Sequences, at least 1.
        length: Tokens, at least 1 [token].
        candidates: Tokens per sequence and decode step, at least 1 [token].

    Returns:
        The setting as a real number: the smallest float at which the intensity, as it is
        computed, reaches the ridge; 1.0 where the series starts there, and None where no
        setting up to `MOST` reaches it.

    Raises:
        KeyError: There is no such series.
        ValueError: A setting is below 1.
    """
    setting: dict[str, float] = {"batch": batch, "length": length, "candidates": candidates}

    def points(values: FloatArray) -> Points:
        return evaluate(deployment, series, phase, Grid(**setting | {vary: values}))

    def above(values: FloatArray) -> BoolArray:
        return points(values).bound_by("compute")

    def excess(at: Points) -> FloatArray:
        """Work beyond what the ridge asks of the traffic; it is zero at the crossing."""
        return at.flops - deployment.roof.ridge * at.bytes

    samples = points(_SAMPLES)
    start, *_, end = samples.bound_by("compute")
    if start:
        return 1.0
    if not end:
        return None
    root, slope = _rising_root(*excess(samples)[:3].tolist())
    if 1.0 < root < MOST:
        # Rounding moved it, since the samples lie far from it: one step of Newton's method.
        root -= float(excess(points(np.array(root)))) / slope
        values = np.clip(_floats(_place(root) + _NEIGHBOURS), 1.0, MOST)
        sides = above(values)
        if sides[-1] and not sides[0]:
            return float(values[np.argmax(sides)])
    return _first_by_sections(above)


def _rising_root(first: float, second: float, third: float) -> tuple[float, float]:
    """Where a parabola rises through zero, and its slope there.

    Work and traffic of products are polynomials of each setting, of degree two at most.

    Args:
        first: Its value at 1.
        second: Its value at 2.
        third: Its value at 3.

    Returns:
        Root and slope; not numbers where it rises through zero nowhere.
    """
    bend = (third - 2.0 * second + first) / 2.0
    rise = second - first - 3.0 * bend
    rest = first - bend - rise
    square = rise * rise - 4.0 * bend * rest
    if square <= 0.0 or (rise <= 0.0 and bend <= 0.0):
        return math.nan, math.nan
    slope = math.sqrt(square)
    # The form of the root in which nothing cancels.
    root = -2.0 * rest / (slope + rise) if rise > 0.0 else (slope - rise) / (2.0 * bend)
    return root, slope


def _first_by_sections(above: Callable[[FloatArray], BoolArray]) -> float:
    """The first float above the ridge, by cutting the bracket into many parts at a time."""
    low, high = _place(1.0), _place(MOST)
    while high - low > 1:
        places = low + _SECTIONS * (high - low) // _SECTIONS[-1]
        first = int(np.argmax(above(_floats(places))))
        low, high = int(places[first - 1]), int(places[first])
    return float(_floats(np.array(high)))


def _place(value: float) -> int:
    """Number a positive float by its place among all floats, which its bits give."""
    return int(np.float64(value).view(np.int64))


def _floats(places: NDArray[np.int64]) -> FloatArray:
    return places.view(np.float64)
