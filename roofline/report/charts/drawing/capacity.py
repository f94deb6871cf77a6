"""Draw which settings fit in device memory."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from roofline.report.charts.drawing.palette import light
from roofline.report.charts.drawing.sheet import Canvas, axes_height, axes_width, text_width
from roofline.report.charts.labels import size, without_zeros
from roofline.report.charts.spec import MOST_CELLS, MemoryMap
from roofline.units import significant

HEIGHTS: Final = (350.0, 320.0)
_LOOKS: Final = {
    "fits": ("fits", 0.2, None),
    "prefill-limit": ("prefill-limit", 0.3, "////"),
    "too-large": ("too-large", 0.1, None),
}
"""Role, opacity and hatching of each state."""


def draw_memory(canvas: Canvas, spec: MemoryMap) -> None:
    """Draw the map: a row for each batch, a column for each length."""
    narrow = canvas.layout.narrow
    rows, columns = len(spec.batches), len(spec.lengths)
    axes = canvas.axes(*((36, 36, 8, 46) if narrow else (52, 44, 14, 42)))
    axes.set(xlim=(0, columns), ylim=(0, rows))
    canvas.name_axes(axes, "Length (tokens)", "Batch (sequences)")
    for axis, values in ((axes.xaxis, spec.lengths), (axes.yaxis, spec.batches)):
        step = max(1, -(-len(values) // (7 if narrow else 10)))
        chosen = range(0, len(values), step)
        axis.set_ticks([place + 0.5 for place in chosen], [size(values[place]) for place in chosen])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    used: set[str] = set()
    for state, x, y, width, height in _blocks(spec):
        used.add(state)
        role, alpha, hatch = _LOOKS[state]
        axes.add_patch(
            Rectangle(
                (x, y),
                width,
                height,
                facecolor=light(role),
                alpha=alpha,
                linewidth=0,
                gid=f"{state}-{x}-{y}",
            )
        )
        if hatch:
            _hatch(axes, (x, y, width, height), role)
    if spec.small:
        _draw_cells(canvas, axes, spec)
    _draw_boundary(axes, np.array(spec.fits))
    _draw_key(canvas, axes, spec, [state for state in _LOOKS if state in used])


def _states(spec: MemoryMap) -> NDArray[np.str_]:
    return np.where(spec.with_scores, "fits", np.where(spec.fits, "prefill-limit", "too-large"))


def _blocks(spec: MemoryMap) -> Iterator[tuple[str, int, int, int, int]]:
    """Cut the map into rectangles of one state: state, x, y, width, height.

    Whatever fits also fits at a smaller batch or length, so rows hold three runs at most,
    and equal rows become one block.
    """
    states = _states(spec)
    row = 0
    while row < len(states):
        height = 1
        while row + height < len(states) and (states[row + height] == states[row]).all():
            height += 1
        edges = [0, *(np.flatnonzero(states[row][1:] != states[row][:-1]) + 1).tolist()]
        ends = [*edges[1:], len(states[row])]
        for start, end in zip(edges, ends, strict=True):
            yield str(states[row][start]), start, row, end - start, height
        row += height


def _hatch(axes: Axes, block: tuple[int, int, int, int], role: str) -> None:
    """Rule a block with diagonals, as lines, which follow the page's colours."""
    x, y, width, height = block
    for column in range(x, x + min(width, MOST_CELLS)):
        for row in range(y, y + min(height, MOST_CELLS)):
            for offset in (0.25, 0.5, 0.75):
                axes.plot(
                    [column, column + offset],
                    [row + 1 - offset, row + 1],
                    [column + offset, column + 1],
                    [row, row + 1 - offset],
                    color=light(role),
                    linewidth=0.6,
                    alpha=0.55,
                    zorder=1.2,
                )


def _draw_cells(canvas: Canvas, axes: Axes, spec: MemoryMap) -> None:
    """Rule the cells, and write the memory that each needs."""
    rows, columns = len(spec.batches), len(spec.lengths)
    axes.hlines(range(rows + 1), 0, columns, color=light("paper"), linewidth=1.5, zorder=1.5)
    axes.vlines(range(columns + 1), 0, rows, color=light("paper"), linewidth=1.5, zorder=1.5)
    width = axes_width(axes) / columns
    font = canvas.layout.font
    texts = [[_gigabytes(value) for value in row] for row in spec.used]
    widest = max(text_width(text, font) for row in texts for text in row)
    font = min(font, font * (width - 3) / widest)
    for row in range(rows):
        for column in range(columns):
            canvas.text(
                axes,
                column + 0.5,
                row + 0.5,
                texts[row][column],
                ha="center",
                size=font,
                color=light("ink" if spec.fits[row][column] else "muted"),
            )


def _gigabytes(value: float) -> str:
    return significant(value / 1e9, 3)


def _draw_boundary(axes: Axes, fits: NDArray[np.bool_]) -> None:
    """Draw the steps between what fits and what does not."""
    widths = fits.sum(axis=1)
    rows, columns = fits.shape
    x: list[float] = [float(widths[0])]
    y: list[float] = [0.0]
    for row in range(1, rows):
        if widths[row] != widths[row - 1]:
            x += [float(widths[row - 1]), float(widths[row])]
            y += [float(row), float(row)]
    x += [float(widths[-1])]
    y += [float(rows)]
    if widths.min() == columns or widths.max() == 0:
        return
    if widths[-1] == 0:
        x, y = x[:-1], y[:-1]
    axes.plot(
        x,
        y,
        color=light("ink"),
        linewidth=1.8,
        zorder=2,
        gid="boundary",
        solid_joinstyle="miter",
        clip_on=False,
    )


def _draw_key(canvas: Canvas, axes: Axes, spec: MemoryMap, states: list[str]) -> None:
    """Say what the colours mean, in a row above the map."""
    device = without_zeros(spec.device, "byte", 3)
    words = {
        "fits": f"fits in {device}",
        "prefill-limit": "fits, but not with prefill's scores",
        "too-large": "does not fit",
    }
    font = canvas.layout.font
    width, height = axes_width(axes), axes_height(axes)
    x, y = 0.0, 1 + (25 if canvas.layout.narrow else 22) / height
    lead = "GB of weights and KV cache in each cell" if spec.small else "Weights and KV cache"
    edge = axes.transAxes
    canvas.text(
        axes,
        0,
        y + 0.7 * font / height * 1.6,
        lead,
        transform=edge,
        va="bottom",
        color=light("muted"),
        clip_on=False,
    )
    for state in states:
        role, alpha, _ = _LOOKS[state]
        if x > 0 and x + (14 + text_width(words[state], font)) / width > 1:
            x, y = 0.0, y - 1.4 * font / height
        axes.add_patch(
            Rectangle(
                (x, y - 0.4 * font / height),
                9 / width,
                0.9 * font / height,
                transform=edge,
                facecolor=light(role),
                alpha=min(1.0, alpha * 2),
                linewidth=0,
                clip_on=False,
            )
        )
        canvas.text(axes, x + 13 / width, y, words[state], transform=edge, clip_on=False)
        x += (13 + text_width(words[state], font) + 14) / width
