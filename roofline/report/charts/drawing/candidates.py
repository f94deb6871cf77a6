"""Draw intensity, and what is gained, against candidate tokens."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from roofline.report.charts.drawing.axes import decades, log_axis
from roofline.report.charts.drawing.ends import End, name_ends
from roofline.report.charts.drawing.palette import MARK, light, series_colour, series_size
from roofline.report.charts.drawing.sheet import Canvas, text_width
from roofline.report.charts.labels import X_LABEL, power_ticks, round_down, round_up, size, tick
from roofline.report.charts.spec import BestCandidates, CandidateIntensity, SpeedUps
from roofline.units import significant

INTENSITY_HEIGHTS: Final = (320.0, 300.0)
SPEED_UP_HEIGHTS: Final = (340.0, 330.0)
_X_LABEL: Final = "Candidate tokens per sequence and step"
_DASHED: Final = (0, (4, 2.5))


def _axes(canvas: Canvas, right: float) -> Axes:
    return canvas.axes(38 if canvas.layout.narrow else 50, 36 if canvas.layout.narrow else 44,
                       right, 12)  # fmt: skip


def _x_axis(axes: Axes, high: float) -> None:
    log_axis(axes, "x", 1, high, {tick: size(tick) for tick in power_ticks(1, high, 8)})


def draw_candidate_intensity(canvas: Canvas, spec: CandidateIntensity) -> None:
    """Draw intensity against candidates, with the ridge across."""
    font = canvas.layout.font
    # A phone has room for labels alone.
    shown = [curve.label if canvas.layout.narrow else curve.name for curve in spec.curves]
    axes = _axes(canvas, max(text_width(name, font) for name in shown) + 22)
    low = round_down(min(min(curve.y) for curve in spec.curves))
    high = round_up(max(2 * spec.ridge, *(max(curve.y) for curve in spec.curves)))
    last = spec.candidates[-1]
    _x_axis(axes, last)
    log_axis(axes, "y", low, high, {value: tick(value) for value in decades(low, high)})
    canvas.name_axes(axes, _X_LABEL, "Intensity (FLOP/Byte)" if canvas.layout.narrow else X_LABEL)
    for bottom, top, role in ((low, spec.ridge, "memory"), (spec.ridge, high, "compute")):
        axes.axhspan(bottom, top, color=light(role), alpha=0.06, linewidth=0, zorder=0)
    axes.axhline(spec.ridge, color=light("muted"), linewidth=1, linestyle=(0, (4, 3)), zorder=1.5,
                 gid="ridge")  # fmt: skip
    axes.annotate(f"ridge {significant(spec.ridge, 4)}", (1, spec.ridge), xytext=(4, 3),
                  va="bottom", textcoords="offset points", size=font,
                  color=light("muted"))  # fmt: skip
    x = np.array(spec.candidates, dtype=np.float64)
    marked = np.isin(x, spec.marked)
    for curve in spec.curves:
        colour, y = series_colour(curve.role), np.array(curve.y)
        axes.plot(x, y, color=colour, linewidth=series_size(curve.role).line, zorder=3,
                  gid=curve.key)  # fmt: skip
        axes.scatter(x[marked], y[marked], marker=MARK, s=24, linewidths=1.4, zorder=4,
                     color=colour, clip_on=False)  # fmt: skip
    crossings = (curve.crosses for curve in spec.curves)
    rings = [place for place in crossings if place is not None and place <= last]
    if rings:
        axes.scatter(rings, [spec.ridge] * len(rings), s=34, facecolors=light("paper"),
                     linewidths=1.2, edgecolors=light("ink"), zorder=5, gid="crossings",
                     clip_on=False)  # fmt: skip
    ends = [
        End(name, float(np.log(curve.y[-1] / low) / np.log(high / low)), series_colour(curve.role))
        for name, curve in zip(shown, spec.curves, strict=True)
    ]
    name_ends(canvas, axes, ends)


def draw_speed_ups(canvas: Canvas, spec: SpeedUps) -> None:
    """Draw speed-up against candidates; names of batches that do not fit are pale."""
    font = canvas.layout.font
    names = [f"batch {gains.batch:,}" for gains in spec.batches]
    axes = _axes(canvas, max(text_width(name, font) for name in names) + 20)
    curves = [
        curve for gains in spec.batches for curve in (gains.attainable, *(gains.predicted or ()))
    ]
    high = max(1.5, *(max(curve) for curve in curves)) * 1.18
    _x_axis(axes, spec.candidates[-1])
    axes.set_ylim(0, high)
    whole = range(int(high) + 1)
    axes.set_yticks([*whole], [f"{times}×" for times in whole])
    canvas.name_axes(axes, _X_LABEL, "Speed-up over one token per step")
    axes.axhspan(0, 1, color=light("too-large"), alpha=0.1, linewidth=0, zorder=0)
    axes.axhline(1, color=light("muted"), linewidth=1, linestyle=(0, (4, 3)), zorder=1.5)
    canvas.text(axes, 1.06, 0.06 * high / 3, "candidates lose", va="bottom", color=light("muted"))
    _draw_key(axes, font, predicted=any(gains.predicted for gains in spec.batches))
    x = spec.candidates
    for gains in spec.batches:
        axes.plot(x, gains.attainable, color=light("ink"), linewidth=1.5, zorder=3,
                  gid=f"attainable-{gains.batch}")  # fmt: skip
        if gains.predicted is not None:
            hidden, isolated = gains.predicted
            axes.fill_between(x, hidden, isolated, color=light("compute"), alpha=0.25, linewidth=0,
                              zorder=2)  # fmt: skip
            axes.plot(x, hidden, color=light("compute"), linewidth=1.3, linestyle=_DASHED,
                      zorder=3, gid=f"predicted-{gains.batch}")  # fmt: skip
        for best, role in ((gains.best, "ink"), (gains.best_predicted, "compute")):
            if best is None:
                continue
            axes.scatter([best.candidates], [best.speed_up], s=30, facecolors=light("paper"),
                         edgecolors=light(role), linewidths=1.4, zorder=5, clip_on=False,
                         gid=f"best-{role}-{gains.batch}")  # fmt: skip
            _name_best(axes, best, font, role)
    ends = [
        End(name, gains.attainable[-1] / high, light("ink"), strong=gains.fits)
        for name, gains in zip(names, spec.batches, strict=True)
    ]
    name_ends(canvas, axes, ends)


def _name_best(axes: Axes, best: BestCandidates, font: float, role: str) -> None:
    """Write the best number of candidates: attainable above the lines, predicted at its mark."""
    above = role == "ink"
    axes.annotate(
        f"{best.candidates:,}",
        (best.candidates, best.tokens if above else best.speed_up),
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
