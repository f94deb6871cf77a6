"""Name lines and bands where they end, at the right of a chart."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import spread
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height

_LOW: Final = 0.02
_HIGH: Final = 0.98
"""Ends of the room for names, as shares of the height."""
_APART: Final = 1.35
"""Least distance of two names, in sizes of the font."""
_OUT: Final = 18.0
"""How far out of the axes names stand [point]."""


class End(NamedTuple):
    """Where a line ends, and what it is called."""

    text: str
    place: float
    """As a share of the height."""
    colour: str
    """Of the line that leads to the name."""
    width: float = 1.2
    """Of that line [point]."""
    strong: bool = True
    """Whether the name is in the usual ink."""


def name_ends(canvas: Canvas, axes: Axes, ends: Sequence[End]) -> None:
    """Name lines at their right ends, one name under the other."""
    font, height = canvas.layout.font, axes_height(axes)
    places = spread([end.place for end in ends], font * _APART / height, _LOW, _HIGH)
    for end, place in zip(ends, places, strict=True):
        axes.annotate(
            end.text,
            (1, end.place),
            xycoords="axes fraction",
            xytext=(_OUT, (place - end.place) * height),
            textcoords="offset points",
            va="center",
            size=font,
            color=light("ink" if end.strong else "muted"),
            arrowprops={
                "arrowstyle": "-",
                "color": end.colour,
                "shrinkA": 1,
                "shrinkB": 0,
                "linewidth": end.width,
                "relpos": (0, 0.5),
            },
        )
