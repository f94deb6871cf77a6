"""What fits on the card, over batch and length."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from roofline.report.charts.drawing.capacity import draw_capacity
from roofline.report.charts.labels import size, without_zeros
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Grid, Plan, Table

HEIGHTS: Final = (350.0, 320.0)
_MOST_CELLS: Final = 12
"""A longer axis has no numbers in its cells."""


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
    weights_text = without_zeros(found.weights, "byte", 4)
    token = without_zeros(found.kv_per_token, "byte", 3)
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


def _title(data: StudyData, grid: Grid) -> str:
    found = data.capacity
    device, weights = (
        without_zeros(found.device, "byte", 3),
        without_zeros(found.weights, "byte", 3),
    )
    if found.weights > found.device:
        return f"Nothing fits: the weights alone take {weights}, and the card has {device}"
    return (
        f"{int(grid.fits.sum()):,} of {grid.fits.size:,} settings fit in {device}: beside "
        f"{weights} of weights there is room for {found.tokens:,} tokens of KV cache"
    )


def _map_words(data: StudyData, grid: Grid) -> str:
    return (
        f"Map of {len(grid.batches):,} batches by {len(grid.lengths):,} lengths. Weights and "
        f"KV cache fit in {without_zeros(data.capacity.device, 'byte', 3)} at "
        f"{int(grid.fits.sum()):,} of {grid.fits.size:,} settings, with one layer's prefill "
        f"scores at {int(grid.with_scores.sum()):,}."
    )


def _column_words(data: StudyData) -> Iterator[str]:
    lengths = data.study.file.lengths
    for length in lengths if len(lengths) <= _MOST_CELLS else (lengths[0], lengths[-1]):
        most = data.capacity.largest_batch(length)
        yield f"At length {size(length)} the largest batch that fits is {most:,}."
