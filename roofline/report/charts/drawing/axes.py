"""Axes that follow the data: their ranges, ticks and labels."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from roofline.report.charts.drawing.palette import light
from roofline.report.charts.labels import size


def round_down(value: float) -> float:
    """Largest of 0.1, 0.3, 0.6, 1, 3, 6, 10, … that leaves some room below a value."""
    return _rounded(value * 0.95, (6, 3, 1), up=False)


def round_up(value: float) -> float:
    """Smallest of 1, 3, 10, 30, … that leaves some room above a value."""
    return _rounded(value * 1.05, (1, 3, 10), up=True)


def _rounded(value: float, steps: Sequence[int], *, up: bool) -> float:
    decade = math.floor(math.log10(value))
    found = [
        float(f"{step}e{decade}")
        for step in steps
        if (float(f"{step}e{decade}") >= value if up else float(f"{step}e{decade}") <= value)
    ]
    return found[0]


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Powers of ten in a range, thinned to so many."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return [float(f"1e{exponent}") for exponent in range(first, last + 1, step)]


def log_axis(
    axes: Axes, name: Literal["x", "y"], low: float, high: float, ticks: dict[float, str]
) -> None:
    """Make an axis logarithmic, with a fine dashed grid line at every tick."""
    axis = axes.xaxis if name == "x" else axes.yaxis
    (axes.set_xscale if name == "x" else axes.set_yscale)("log")
    (axes.set_xlim if name == "x" else axes.set_ylim)(low, high)
    axis.set_major_locator(FixedLocator([*ticks]))
    axis.set_major_formatter(FixedFormatter([*ticks.values()]))
    axis.set_minor_locator(NullLocator())
    draw = axes.vlines if name == "x" else axes.hlines
    other = axes.get_xaxis_transform() if name == "x" else axes.get_yaxis_transform()
    inner = [value for value in ticks if low < value <= high]
    draw(
        inner,
        0,
        1,
        transform=other,
        color=light("grid"),
        linewidth=0.6,
        linestyle=(0, (3, 3)),
        zorder=0.5,
    )


def power_ticks(low: float, high: float, most: int) -> dict[float, str]:
    """Ticks at powers of two, thinned to so many, for batches and lengths."""
    first, last = math.ceil(math.log2(low) - 1e-9), math.floor(math.log2(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return {float(2**power): size(2**power) for power in range(max(first, 0), last + 1, step)}


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
