"""What fits on the card, over batch and length."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from roofline.report.charts.labels import size, without_zeros
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import MOST_CELLS, DataTable, MemoryMap, Plan


def memory_map(data: StudyData) -> MemoryMap:
    """Make the map of what every setting takes, and whether it fits."""
    capacity, file = data.capacity, data.study.file
    batch, length = np.meshgrid(file.batches, file.lengths, indexing="ij")

    def rows(values: Any) -> tuple[tuple[Any, ...], ...]:
        return tuple(map(tuple, values.tolist()))

    return MemoryMap(
        batches=file.batches,
        lengths=file.lengths,
        device=capacity.device,
        used=rows(capacity.held(batch, length)),
        fits=rows(capacity.fits(batch, length)),
        with_scores=rows(capacity.fits_with_scores(batch, length)),
    )


def capacity_plan(data: StudyData) -> Plan:
    """Plan the map of what fits."""
    capacity, file = data.capacity, data.study.file
    spec = memory_map(data)
    with_scores = int(np.sum(spec.with_scores))
    caption = (
        f"Weights take {without_zeros(capacity.weights, 'byte', 4)}, the KV cache "
        f"{without_zeros(capacity.kv_per_token, 'byte', 3)} per token. "
        f"{data.misfits()} Activations and the runtime's own memory are left out."
    )
    if with_scores < data.fitting:
        caption += (
            " Hatched: does not fit if one layer's prefill scores are counted too. With them, "
            f"{with_scores:,} settings fit, {data.fitting - with_scores:,} fewer."
        )
    batch = np.repeat(file.batches, len(file.lengths))
    length = np.tile(file.lengths, len(file.batches))
    return Plan(
        slug="capacity",
        title=_title(data),
        description=" ".join((_map_words(data, with_scores), *_column_words(data))),
        caption=caption,
        spec=spec,
        table=DataTable.of(
            {
                "batch": ("sequence", batch),
                "sequence_length": ("token", length),
                "weights": ("byte", np.full(batch.size, capacity.weights)),
                "kv_cache": ("byte", capacity.kv_cache(batch, length)),
                "scores": ("byte", capacity.scores(batch, length)),
                "used": ("byte", np.ravel(spec.used)),
                "device": ("byte", np.full(batch.size, capacity.device)),
                "fits": ("", np.ravel(spec.fits)),
                "fits_with_scores": ("", np.ravel(spec.with_scores)),
            }
        ),
    )


def _title(data: StudyData) -> str:
    capacity = data.capacity
    device, weights = (
        without_zeros(capacity.device, "byte", 3),
        without_zeros(capacity.weights, "byte", 3),
    )
    if capacity.weights > capacity.device:
        return f"Nothing fits: the weights alone take {weights}, and the card has {device}"
    return (
        f"{data.fitting:,} of {data.settings:,} settings fit in {device}: beside "
        f"{weights} of weights there is room for {capacity.tokens:,} tokens of KV cache"
    )


def _map_words(data: StudyData, with_scores: int) -> str:
    file = data.study.file
    return (
        f"Map of {len(file.batches):,} batches by {len(file.lengths):,} lengths. Weights and "
        f"KV cache fit in {without_zeros(data.capacity.device, 'byte', 3)} at "
        f"{data.fitting:,} of {data.settings:,} settings, with one layer's prefill "
        f"scores at {with_scores:,}."
    )


def _column_words(data: StudyData) -> Iterator[str]:
    lengths = data.study.file.lengths
    for length in lengths if len(lengths) <= MOST_CELLS else (lengths[0], lengths[-1]):
        most = data.capacity.largest_batch(length)
        yield f"At length {size(length)} the largest batch that fits is {most:,}."
