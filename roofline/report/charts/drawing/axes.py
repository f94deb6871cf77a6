"""Axes that follow the data: their ranges, ticks and labels."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from roofline.report.charts.drawing.palette import light


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Powers of ten in a range, thinned to so many."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return [float(f"1e{exponent}") for exponent in range(first, last + 1, step)]


def log_axis(
    axes: Axes, name: Literal["x", "y"], low: float, high: float, ticks: dict[float, str]
) -> None:
    """Make an axis logarithmic, with a fine dashed grid line at every tick.

    Between neighbouring powers of ten there are fainter lines at 2 and 5 times each.
    """
    axis = axes.xaxis if name == "x" else axes.yaxis
    (axes.set_xscale if name == "x" else axes.set_yscale)("log")
    (axes.set_xlim if name == "x" else axes.set_ylim)(low, high)
    axis.set_major_locator(FixedLocator([*ticks]))
    axis.set_major_formatter(FixedFormatter([*ticks.values()]))
    axis.set_minor_locator(NullLocator())
    draw = axes.vlines if name == "x" else axes.hlines
    other = axes.get_xaxis_transform() if name == "x" else axes.get_yaxis_transform()
    for values, width in ((ticks, 0.6), (_between(ticks), 0.35)):
        draw(
            [value for value in values if low < value <= high],
            0,
            1,
            transform=other,
            color=light("grid"),
            linewidth=width,
            linestyle=(0, (3, 3)),
            zorder=0.5,
        )


def _between(ticks: Iterable[float]) -> list[float]:
    """Find 2 and 5 times every tick, where the ticks are neighbouring powers of ten."""
    powers = sorted(ticks)
    close = all(math.isclose(b, 10 * a) for a, b in itertools.pairwise(powers))
    if len(powers) <= 1 or not close:
        return []
    return [step * power for power in (powers[0] / 10, *powers) for step in (2.0, 5.0)]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart by at least a gap, as little as possible, in their order.

    Args:
        places: Wanted places.
        gap: Least distance between two labels.
        low: Lowest place.
        high: Highest place.
    """
    order = np.argsort(np.asarray(places, dtype=np.float64), kind="stable")
    groups: list[tuple[float, int]] = []
    for index in order:
        centre, members = float(places[index]), 1
        while True:
            half = gap * (members - 1) / 2
            centre = min(max(centre, low + half), max(high - half, low + half))
            if not groups or centre - groups[-1][0] >= gap * (members + groups[-1][1]) / 2:
                break
            before, count = groups.pop()
            centre = (before * count + centre * members) / (count + members)
            members += count
        groups.append((centre, members))
    moved = [0.0] * len(places)
    spots = (
        centre + gap * (member - (members - 1) / 2)
        for centre, members in groups
        for member in range(members)
    )
    for index, spot in zip(order, spots, strict=True):
        moved[index] = spot
    return moved
