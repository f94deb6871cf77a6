"""Write text where it stands clear of the lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.sheet import axes_height, axes_width, text_width

_SAMPLES: Final = 400
"""Places at which a line is looked at."""
_GAP: Final = (6.0, 4.0)
"""Between a place and its text [point]."""
_CLEAR: Final = 3.0
"""Between text and what is drawn, at least [point]."""
_ABOVE: Final = 10.0
"""Room for text above the axes [point]."""
_BEYOND: Final = 10
"""Samples covered that are as bad as a point of text beyond the axes."""


def sheet_places(axes: Axes, x: Iterable[float], y: Iterable[float]) -> FloatArray:
    """Say where points of the data lie, from the lower left corner of the axes [point]."""
    drawn = axes.transData.transform(np.column_stack([tuple(x), tuple(y)]))
    shares = axes.transAxes.inverted().transform(drawn)
    return np.asarray(shares * (axes_width(axes), axes_height(axes)))


def sampled(places: FloatArray) -> FloatArray:
    """Fill the way between the places of a line, whichever way it runs, with more of them."""
    steps = np.linspace(0, len(places) - 1, _SAMPLES)
    return np.column_stack([np.interp(steps, range(len(places)), part) for part in places.T])


@dataclass(frozen=True)
class Side:
    """Text beside a place."""

    place: FloatArray
    """From the lower left corner of the axes [point]."""
    left: bool
    """Whether the text ends there."""
    above: bool

    def corners(self, width: float, height: float) -> FloatArray:
        """Lower left and upper right corner of text of this size [point]."""
        away = np.where([self.left, not self.above], -1, 1)
        near = self.place + away * _GAP
        return np.sort([near, near + away * (width, height)], axis=0)


def write_clear(
    axes: Axes, text: str, sides: Iterable[Side], taken: FloatArray, font: float, **style: Any
) -> FloatArray:
    """Write text on the first side where it covers least and leaves the axes least.

    Args:
        axes: Where to write.
        text: One line.
        sides: Where it may stand, the best first.
        taken: Places of what is drawn already.
        font: Its size [point].
        style: More properties of the text.

    Returns:
        What is drawn with the text.
    """
    width = text_width(text, font, style.get("weight", "normal"))
    room = (axes_width(axes), axes_height(axes) + _ABOVE)

    def covered(side: Side) -> float:
        low, high = side.corners(width, font)
        hit = ((taken > low - _CLEAR) & (taken < high + _CLEAR)).all(axis=1)
        beyond = np.maximum(np.maximum(-low, high - room), 0).sum()
        return float(hit.sum() + _BEYOND * beyond)

    low, high = min(sides, key=covered).corners(width, font)
    axes.annotate(
        text,
        (0, 0),
        xycoords="axes fraction",
        xytext=low,
        textcoords="offset points",
        va="bottom",
        size=font,
        **style,
    )
    diagonal = sampled(np.array([low, high]))
    return np.concatenate([taken, diagonal])
