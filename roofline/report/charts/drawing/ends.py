"""Name lines where they end, at the right of a chart."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import spread
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height


def name_ends(
    canvas: Canvas, axes: Axes, names: Sequence[tuple[str, float, str, bool]], lift: float
) -> None:
    """Name lines at their right ends.

    Args:
        canvas: Where to.
        axes: Theirs.
        names: Text, place as a share of the height, colour of the line, and whether to
            write it in the usual ink.
        lift: Least place of a name.
    """
    font, height = canvas.layout.font, axes_height(axes)
    places = spread([end for _, end, _, _ in names], font * 1.35 / height, lift, 0.98)
    for (text, end, tone, strong), place in zip(names, places, strict=True):
        axes.annotate(
            text,
            (1, end),
            xycoords="axes fraction",
            xytext=(16, (place - end) * height),
            textcoords="offset points",
            va="center",
            size=font,
            color=light("ink" if strong else "muted"),
            arrowprops={"arrowstyle": "-", "color": tone, "shrinkA": 1, "shrinkB": 0,
                        "linewidth": 1.2, "relpos": (0, 0.5)},
        )  # fmt: skip
