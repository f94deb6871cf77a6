"""What fits on the card, over batch and length."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gen.charts.canvas import Canvas, axes_height, axes_width, text_width
from gen.charts.chart import Plan, Table
from gen.charts.data import StudyData
from gen.charts.scales import plain, size
from gen.palette import light
from roofline.units import significant

HEIGHTS: Final = (350.0, 320.0)
_MOST_CELLS: Final = 12
"""A longer axis has no numbers in its cells."""
_LOOKS: Final = {
    "fits": ("fits", 0.2, None),
    "prefill-limit": ("prefill-limit", 0.3, "////"),
    "too-large": ("too-large", 0.1, None),
}
"""Role, opacity and hatching of each state."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Memory at every setting; arrays of shape (batches, lengths)."""

    batches: tuple[int, ...]
    lengths: tuple[int, ...]
    used: NDArray[np.float64]
    """Weights and KV cache [byte]."""
    scores: NDArray[np.float64]
    fits: NDArray[np.bool_]
    with_scores: NDArray[np.bool_]

    @property
    def small(self) -> bool:
        """Whether cells have room for numbers."""
        return max(len(self.batches), len(self.lengths)) <= _MOST_CELLS


def capacity_plan(data: StudyData) -> Plan:
    """Plan the map of what fits."""
    found, file = data.capacity, data.study.file
    batch, length = np.meshgrid(file.batches, file.lengths, indexing="ij")
    weights = np.full(batch.shape, found.weights)
    grid = Grid(
        batches=file.batches,
        lengths=file.lengths,
        used=weights + found.kv_cache(batch, length),
        scores=found.scores(batch, length),
        fits=found.fits(batch, length),
        with_scores=found.fits_with_scores(batch, length),
    )
    title = _title(data, grid)
    weights_text = plain(found.weights, "byte", 4)
    token = plain(found.kv_per_token, "byte", 3)
    caption = (
        f"Weights take {weights_text}, the KV cache {token} per token. "
        f"{data.misfits()} Activations are left out, so this is the most that fits."
    )
    limited = int(grid.fits.sum() - grid.with_scores.sum())
    if limited:
        caption += (
            f" Hatched: prefill also holds one layer's scores, and with them "
            f"{int(grid.with_scores.sum()):,} settings fit, {limited:,} fewer."
        )
    columns: dict[str, tuple[str, Any]] = {
        "batch": ("sequence", batch.ravel()),
        "sequence_length": ("token", length.ravel()),
        "weights": ("byte", weights.ravel()),
        "kv_cache": ("byte", found.kv_cache(batch, length).ravel()),
        "scores": ("byte", grid.scores.ravel()),
        "used": ("byte", grid.used.ravel()),
        "device": ("byte", np.full(batch.size, found.device)),
        "fits": ("", grid.fits.ravel()),
        "fits_with_scores": ("", grid.with_scores.ravel()),
    }
    return Plan(
        slug="capacity",
        title=title,
        description=" ".join((_map_words(data, grid), *_column_words(data))),
        caption=caption,
        table=Table(columns=columns),
        draw=lambda canvas: draw_capacity(canvas, data, grid),
        heights=HEIGHTS,
    )


def draw_capacity(canvas: Canvas, data: StudyData, grid: Grid) -> None:
    """Draw the map: a row for each batch, a column for each length."""
    narrow = canvas.layout.narrow
    rows, columns = grid.used.shape
    axes = canvas.axes(*((36, 36, 8, 46) if narrow else (52, 44, 14, 42)))
    axes.set(xlim=(0, columns), ylim=(0, rows))
    canvas.name_axes(axes, "Length (tokens)", "Batch (sequences)")
    for axis, values in ((axes.xaxis, grid.lengths), (axes.yaxis, grid.batches)):
        step = max(1, -(-len(values) // (7 if narrow else 10)))
        chosen = range(0, len(values), step)
        axis.set_ticks([one + 0.5 for one in chosen], [size(values[one]) for one in chosen])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    used: set[str] = set()
    for state, x, y, width, height in _blocks(grid):
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
    if grid.small:
        _draw_cells(canvas, axes, grid)
    _draw_boundary(axes, grid)
    _draw_key(canvas, axes, data, [state for state in _LOOKS if state in used])


def _states(grid: Grid) -> NDArray[np.str_]:
    return np.where(grid.with_scores, "fits", np.where(grid.fits, "prefill-limit", "too-large"))


def _blocks(grid: Grid) -> Iterator[tuple[str, int, int, int, int]]:
    """Rectangles of one state: state, x, y, width, height.

    Whatever fits also fits at a smaller batch or length, so rows hold three runs at most,
    and equal rows become one block.
    """
    states = _states(grid)
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
    for column in range(x, x + min(width, _MOST_CELLS)):
        for row in range(y, y + min(height, _MOST_CELLS)):
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


def _draw_cells(canvas: Canvas, axes: Axes, grid: Grid) -> None:
    """Rule the cells, and write the memory that each needs."""
    rows, columns = grid.used.shape
    axes.hlines(range(rows + 1), 0, columns, color=light("paper"), linewidth=1.5, zorder=1.5)
    axes.vlines(range(columns + 1), 0, rows, color=light("paper"), linewidth=1.5, zorder=1.5)
    width = axes_width(axes) / columns
    font = canvas.layout.font
    texts = [[_gigabytes(value) for value in row] for row in grid.used.tolist()]
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
                color=light("ink" if grid.fits[row, column] else "muted"),
            )


def _gigabytes(value: float) -> str:
    return significant(value / 1e9, 3)


def _draw_boundary(axes: Axes, grid: Grid) -> None:
    """Draw the steps between what fits and what does not."""
    widths = grid.fits.sum(axis=1)
    rows, columns = grid.fits.shape
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


def _draw_key(canvas: Canvas, axes: Axes, data: StudyData, states: list[str]) -> None:
    """Say what the colours mean, in a row above the map."""
    device = plain(data.capacity.device, "byte", 3)
    words = {
        "fits": f"fits in {device}",
        "prefill-limit": "fits, but not with prefill's scores",
        "too-large": "does not fit",
    }
    font = canvas.layout.font
    width, height = axes_width(axes), axes_height(axes)
    x, y = 0.0, 1 + (25 if canvas.layout.narrow else 22) / height
    lead = (
        "GB of weights and KV cache in each cell"
        if max(len(data.study.file.batches), len(data.study.file.lengths)) <= _MOST_CELLS
        else "Weights and KV cache"
    )
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


def _title(data: StudyData, grid: Grid) -> str:
    found = data.capacity
    device, weights = plain(found.device, "byte", 3), plain(found.weights, "byte", 3)
    if found.weights > found.device:
        return f"Nothing fits: the weights alone take {weights}, and the card has {device}"
    return (
        f"{int(grid.fits.sum()):,} of {grid.fits.size:,} settings fit in {device}: beside "
        f"{weights} of weights there is room for {found.tokens:,} tokens of KV cache"
    )


def _map_words(data: StudyData, grid: Grid) -> str:
    return (
        f"Map of {len(grid.batches):,} batches by {len(grid.lengths):,} lengths. Weights and "
        f"KV cache fit in {plain(data.capacity.device, 'byte', 3)} at "
        f"{int(grid.fits.sum()):,} of {grid.fits.size:,} settings, with one layer's prefill "
        f"scores at {int(grid.with_scores.sum()):,}."
    )


def _column_words(data: StudyData) -> Iterator[str]:
    lengths = data.study.file.lengths
    for length in lengths if len(lengths) <= _MOST_CELLS else (lengths[0], lengths[-1]):
        most = data.capacity.largest_batch(length)
        yield f"At length {size(length)} the largest batch that fits is {most:,}."
