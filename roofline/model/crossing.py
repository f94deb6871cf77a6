"""Where a series reaches the ridge as one setting grows."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import BoolArray, FloatArray
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import Points, evaluate

MOST = 1e9
"""No study has a larger batch or length."""

_SAMPLES = np.array([1.0, 2.0, 3.0])
"""Where work and traffic are read to find their polynomials, of degree two at most."""
_NEIGHBOURS = np.arange(-4096, 4097)
"""Floats on either side of a root that are evaluated, since rounding moves it a little."""
_SECTIONS = np.arange(65)
"""Ends of the parts into which a bracket is cut where there is no root to start from; more
parts would overflow the integers that are multiplied."""


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

    ends = above(np.array([1.0, MOST]))
    if ends[0]:
        return 1.0
    if not ends[1]:
        return None
    samples = points(_SAMPLES)
    root = _smallest_root(samples.flops - deployment.roof.ridge * samples.bytes)
    return _first_at_root(above, root) or _first_by_sections(above)


def _smallest_root(samples: FloatArray) -> float | None:
    """Where the parabola through the values at `_SAMPLES` is zero, inside the range.

    Work and traffic of products are polynomials of each setting, so that the work beyond
    what the ridge asks of the traffic is one too.
    """
    roots = np.roots(np.polyfit(_SAMPLES, samples, 2))
    inside = [root.real for root in roots if abs(root.imag) == 0 and 1.0 < root.real < MOST]
    return min(inside, default=None)


def _first_at_root(above: Callable[[FloatArray], BoolArray], root: float | None) -> float | None:
    """The first float above the ridge among the neighbours of a root; None if not among them."""
    if root is None:
        return None
    values = _floats(_places(root) + _NEIGHBOURS)
    side = above(values)
    return float(values[np.argmax(side)]) if side[-1] and not side[0] else None


def _first_by_sections(above: Callable[[FloatArray], BoolArray]) -> float:
    """The first float above the ridge, by cutting the bracket into many parts at a time."""
    low, high = _places(1.0), _places(MOST)
    while high - low > 1:
        places = low + _SECTIONS * (high - low) // _SECTIONS[-1]
        first = int(np.argmax(above(_floats(places))))
        low, high = int(places[first - 1]), int(places[first])
    return float(_floats(np.array(high)))


def _places(value: float) -> int:
    """Place of a positive float among all of them: the integer that its bits spell."""
    return int(np.float64(value).view(np.int64))


def _floats(places: NDArray[np.int64]) -> FloatArray:
    return places.view(np.float64)
