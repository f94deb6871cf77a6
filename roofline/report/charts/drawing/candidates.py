"""Drawing intensity, and what is gained, against candidate tokens."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.report.charts.drawing.axes import (
    decades,
    log_axis,
    power_ticks,
    round_down,
    round_up,
    spread,
)
from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height, text_width
from roofline.report.charts.labels import X_LABEL, tick
from roofline.report.charts.spec import Line
from roofline.study.candidates import Best, Optimum, published_candidates, tokens_per_step
from roofline.units import significant

_X_LABEL: Final = "Candidate tokens per sequence and step"
_DASHED: Final = (0, (4, 2.5))


def _axes(canvas: Canvas, right: float) -> Axes:
    return canvas.axes(38 if canvas.layout.narrow else 50, 36 if canvas.layout.narrow else 44,
                       right, 12)  # fmt: skip


def _x_axis(axes: Axes, high: float) -> None:
    log_axis(axes, "x", 1, high, power_ticks(1, high, 8))


def _name_ends(
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


def draw_intensity(canvas: Canvas, lines: tuple[Line, ...], x: FloatArray, ridge: float) -> None:
    """Draw intensity against candidates, with the ridge across.

    Args:
        canvas: Where to.
        lines: The series.
        x: Candidates, in rising order.
        ridge: Intensity of the ridge [FLOP/Byte].
    """
    font = canvas.layout.font
    axes = _axes(canvas, max(text_width(line.label, font) for line in lines) + 20)
    low = round_down(min(float(line.y.min()) for line in lines))
    high = round_up(max(2 * ridge, *(float(line.y.max()) for line in lines)))
    _x_axis(axes, float(x[-1]))
    log_axis(axes, "y", low, high, {one: tick(one) for one in decades(low, high)})
    canvas.name_axes(axes, _X_LABEL, "Intensity (FLOP/Byte)" if canvas.layout.narrow else X_LABEL)
    for bottom, top, role in ((low, ridge, "memory"), (ridge, high, "compute")):
        axes.axhspan(bottom, top, color=light(role), alpha=0.06, linewidth=0, zorder=0)
    axes.axhline(ridge, color=light("muted"), linewidth=1, linestyle=(0, (4, 3)), zorder=1.5,
                 gid="ridge")  # fmt: skip
    axes.annotate(f"ridge {significant(ridge, 4)}", (1, ridge), xytext=(4, 3), va="bottom",
                  textcoords="offset points", size=font, color=light("muted"))  # fmt: skip
    marked = np.isin(x, published_candidates().grid)
    for line in lines:
        axes.plot(x, line.y, color=line.tone, linewidth=line.stroke, zorder=3, gid=line.key)
        axes.scatter(x[marked], line.y[marked], marker="x", s=24, linewidths=1.4, zorder=4,
                     color=line.tone, clip_on=False)  # fmt: skip
    rings = [line.crosses for line in lines if line.crosses is not None and line.crosses <= x[-1]]
    if rings:
        axes.scatter(rings, [ridge] * len(rings), s=34, facecolors=light("paper"), linewidths=1.2,
                     edgecolors=light("ink"), zorder=5, gid="crossings", clip_on=False)  # fmt: skip
    ends = [float(np.log(line.y[-1] / low) / np.log(high / low)) for line in lines]
    _name_ends(canvas, axes, [(line.label, end, line.tone, True)
                              for line, end in zip(lines, ends, strict=True)], 0.02)  # fmt: skip


def draw_speed_up(
    canvas: Canvas,
    x: NDArray[np.intp],
    gains: dict[str, FloatArray],
    best: Sequence[Best],
    fits: Sequence[bool],
) -> None:
    """Draw speed-up against candidates.

    Args:
        canvas: Where to.
        x: Candidates, in rising order.
        gains: ``attainable``, and where there are predictions ``predicted`` (launches
            hidden) and ``predicted_isolated``, in shape (batches, candidates).
        best: The best number of each batch, in the same order.
        fits: Whether each batch fits on the card; the names of others are pale.
    """
    font = canvas.layout.font
    names = [f"batch {one.batch:,}" for one in best]
    axes = _axes(canvas, max(text_width(name, font) for name in names) + 20)
    high = max(1.5, *(float(values.max()) for values in gains.values())) * 1.18
    _x_axis(axes, float(x[-1]))
    axes.set_ylim(0, high)
    axes.set_yticks([*range(int(high) + 1)], [f"{one}×" for one in range(int(high) + 1)])
    canvas.name_axes(axes, _X_LABEL, "Speed-up over one token per step")
    axes.axhspan(0, 1, color=light("too-large"), alpha=0.1, linewidth=0, zorder=0)
    axes.axhline(1, color=light("muted"), linewidth=1, linestyle=(0, (4, 3)), zorder=1.5)
    canvas.text(axes, 1.06, 0.06 * high / 3, "candidates lose", va="bottom", color=light("muted"))
    _draw_key(axes, font, predicted="predicted" in gains)
    for row, one in enumerate(best):
        solid = gains["attainable"][row]
        axes.plot(x, solid, color=light("ink"), linewidth=1.5, zorder=3,
                  gid=f"attainable-{one.batch}")  # fmt: skip
        marks = [(one.attainable, "ink")]
        if one.predicted is not None:
            hidden, isolated = gains["predicted"][row], gains["predicted_isolated"][row]
            axes.fill_between(x, hidden, isolated, color=light("compute"), alpha=0.25, linewidth=0,
                              zorder=2)  # fmt: skip
            axes.plot(x, hidden, color=light("compute"), linewidth=1.3, linestyle=_DASHED,
                      zorder=3, gid=f"predicted-{one.batch}")  # fmt: skip
            marks.append((one.predicted[0], "compute"))
        for side, (mark, role) in zip((1, -1), marks, strict=False):
            axes.scatter([mark.candidates], [mark.speed_up], s=30, facecolors=light("paper"),
                         edgecolors=light(role), linewidths=1.4, zorder=5, clip_on=False,
                         gid=f"best-{role}-{one.batch}")  # fmt: skip
            _name_best(axes, mark, font, role, above=side > 0)
    _name_ends(canvas, axes, [(name, float(row[-1]) / high, light("ink"), one) for name, row, one
                              in zip(names, gains["attainable"], fits, strict=True)],
               0.02)  # fmt: skip


def _name_best(axes: Axes, mark: Optimum, font: float, role: str, *, above: bool) -> None:
    """Write the best number of candidates at its mark."""
    # Above the tokens per step, which no line exceeds, nothing is in the way.
    at = float(tokens_per_step(mark.candidates)) if above else mark.speed_up
    axes.annotate(
        f"{mark.candidates:,}",
        (mark.candidates, at),
        xytext=(0, 5 if above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        size=font,
        weight="bold",
        color=light(role),
        bbox={"facecolor": light("paper"), "linewidth": 0, "pad": 0.6},
        zorder=4.5,
    )


def _draw_key(axes: Axes, font: float, *, predicted: bool) -> None:
    """Say which stroke is which."""
    axes.plot([], [], color=light("ink"), linewidth=1.5, label="attainable")
    if predicted:
        axes.plot([], [], color=light("compute"), linewidth=1.3, linestyle=_DASHED,
                  label="predicted")  # fmt: skip
    axes.legend(loc="upper left", frameon=False, fontsize=font, labelcolor=light("ink"),
                borderaxespad=0.2, handlelength=2.2)  # fmt: skip
